// SPDX-License-Identifier: Apache-2.0
// settings.hpp: what was asked for, setting by setting, in words.
#pragma once
#include <string>
#include <vector>

#include "model/job.hpp"

namespace busbar::cli::render {

struct Setting {
  std::string name, value;
  bool is_default = false;  // what a job has that says nothing of it
};
std::vector<Setting> settings(const model::JobSpec& spec);

/// Words as a shell takes them: quoted where they need it.
std::string shell_words(const std::vector<std::string>& words);

}  // namespace busbar::cli::render
