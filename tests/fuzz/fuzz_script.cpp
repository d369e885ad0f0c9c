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
  const std::string text = "#!/bin/sh\n" + std::string(reinterpret_cast<const char*>(bytes), size);
  const auto file = wire::parse_script(text, "train.sh", defaults, {"1"});
  fuzz::check_refusal(file);
  if (!file) return 0;
  BUSBAR_CHECK(file->spec.script == text, "a script is taken as it stands");
  BUSBAR_CHECK(file->spec.tasks >= 1 && file->spec.each.cpus.count >= 1, "a job that was taken can run");
  for (const std::string& warning : file->warnings) BUSBAR_CHECK(!warning.empty(), "a warning is a sentence");
  fuzz::check_refusal(wire::validate(file->spec));
  return 0;
}
