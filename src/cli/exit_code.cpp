// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"

#include "cli/terminal.hpp"

namespace busbar::cli {

int exit_code_of(const JobAnswer& job) {
  if (job.state == "COMPLETED") return 0;
  if (job.state == "FAILED") {
    if (job.signal != 0) return 128 + job.signal;
    return job.exit_code != 0 ? job.exit_code : exit_code::failed;
  }
  if (job.state == "CANCELLED") return exit_code::cancelled;
  if (job.state == "TIMEOUT" || job.state == "DEADLINE") return exit_code::timeout;
  if (job.state == "OUT_OF_MEMORY") return exit_code::out_of_memory;
  return exit_code::busbar_failed;  // NODE_FAIL, BOOT_FAIL, and states that this client does not know
}

int exit_code_of(const Error& error) {
  return error.code == Errc::invalid ? exit_code::usage : exit_code::failed;
}

int exit_code_in_place_of_a_job(const Error& error) {
  const bool ours =
      error.code == Errc::unavailable || error.code == Errc::internal || error.code == Errc::exhausted;
  return ours ? exit_code::busbar_failed : exit_code_of(error);
}

int failed(const Error& error) {
  complain(error.message);
  return exit_code_of(error);
}

int failed_for_a_job(const Error& error) {
  complain(error.message);
  return exit_code_in_place_of_a_job(error);
}

}  // namespace busbar::cli
