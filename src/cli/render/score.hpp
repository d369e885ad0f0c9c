// SPDX-License-Identifier: Apache-2.0
// score.hpp: predictions of measured runs, and how good they were, for people and for programs. Pure.
#pragma once
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "plan/score.hpp"

namespace busbar::cli::render {

/// One JSON object a line: id, value, low, high, fits; null and a reason where it cannot say.
std::string predictions_json(const std::vector<plan::Answered>& rows);
std::string predictions(const std::vector<plan::Answered>& rows, const Screen& screen);

std::string score_json(const plan::Score& score);
std::string score(const plan::Score& score, const Screen& screen);

}  // namespace busbar::cli::render
