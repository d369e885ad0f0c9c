// SPDX-License-Identifier: Apache-2.0
#include "bin/check.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "control/controller.hpp"
#include "wire/forms.hpp"

namespace busbar {
namespace {

Result<std::vector<control::Finding>> findings_in(const std::string& folder) {
  if (access((folder + "/journal.db").c_str(), R_OK) != 0 && errno == EACCES)
    return Error{Errc::denied, "the journal in " + folder +
                                   " holds everybody's jobs and is read by its server's user alone; an "
                                   "administrator would run: sudo busbar check"};
  Result<std::unique_ptr<store::Journal>> journal = store::sqlite_journal_to_read(folder);
  if (!journal) return journal.error();
  return control::check(**journal);
}

}  // namespace

int run_check(const std::string& state_folder, bool json) {
  const Result<std::vector<control::Finding>> findings = findings_in(state_folder);
  if (!findings) {
    json ? fmt::print("{}\n", wire::error_json(findings.error()))
         : fmt::print(stderr, "error: {}\n", findings.error().message);
    return 1;
  }
  if (json) {
    fmt::print("{{\"version\":1,\"ok\":true,\"findings\":[");
    const char* between = "";
    for (const control::Finding& finding : *findings) {
      fmt::print("{}{{\"invariant\":\"{}\",\"checked\":{}}}", between, finding.invariant, finding.checked);
      between = ",";
    }
    fmt::print("]}}\n");
    return 0;
  }
  for (const control::Finding& finding : *findings)
    fmt::print("{:>10}  {}\n", finding.checked, finding.invariant);
  fmt::print("every invariant holds\n");
  return 0;
}

}  // namespace busbar
