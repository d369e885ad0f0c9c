// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "promise.hpp"
#include "wire/forms.hpp"
#include "wire/job_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace busbar;
  model::JobSpec defaults;
  defaults.workdir = "/home/ada";
  defaults.env = {{"HOME", "/home/ada"}};
  const auto file = wire::parse_yaml({reinterpret_cast<const char*>(bytes), size}, "train.yaml", defaults);
  fuzz::check_refusal(file);
  if (!file) return 0;
  BUSBAR_CHECK(!file->spec.command.empty(), "a job that was taken has a command");
  BUSBAR_CHECK(file->spec.tasks >= 1 && file->spec.nodes <= file->spec.tasks, "a job that was taken can run");
  fuzz::check_refusal(wire::validate(file->spec));
  return 0;
}
