// SPDX-License-Identifier: Apache-2.0
// need.hpp: what a training run or a served model needs, for people and for programs. Pure: values in, text
// out.
#pragma once
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "plan/serve.hpp"
#include "plan/train.hpp"

namespace busbar::cli::render {

/// One place in full: the answer, memory part by part as bars, time part by part, what is assumed and why the
/// interval is as wide as it is, what would make it fit.
struct TrainStory {
  const plan::TrainQuestion& question;
  const std::vector<plan::TrainAnswer>& answers;  // one a place
  const std::vector<plan::TrainAnswer>& front;    // that none beats
  const std::vector<std::string>& remedies;       // where the first place does not hold it
  const std::vector<std::string>& assumed;
};
std::string train(const TrainStory& story, const Screen& screen);
std::string train_json(const TrainStory& story);

struct ServeStory {
  const plan::ServeQuestion& question;
  const std::vector<plan::ServeAnswer>& answers;
  const std::vector<std::string>& assumed;
};
std::string serve(const ServeStory& story, const Screen& screen);
std::string serve_json(const ServeStory& story);

/// "13.2 GiB"; "2 h 10 min"; "$12.30", "$1,234".
std::string said(estimate::Bytes bytes);
std::string said(estimate::Seconds time);
std::string said(estimate::Usd money);

}  // namespace busbar::cli::render
