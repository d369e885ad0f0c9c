// SPDX-License-Identifier: Apache-2.0
// load.hpp: requests to a served model as they come in: recorded, or made up of a rate.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/chance.hpp"
#include "base/result.hpp"
#include "estimate/units.hpp"

namespace busbar::plan {

struct Request {
  estimate::Seconds at;          // since the first
  double input = 1, output = 1;  // tokens
};

/// In the order in which they come; never empty.
struct Load {
  std::vector<Request> requests;
  estimate::Seconds span() const { return requests.back().at; }
  double rate() const;                   // a second, on the mean
  double input() const, output() const;  // tokens, on the mean
};

/// A table with TIMESTAMP (seconds, or "2023-11-16 18:15:46.6805900"), ContextTokens and GeneratedTokens, as
/// the Azure LLM inference traces have it (Splitwise, ISCA 2024); arrival, input and output are other names
/// of these columns. Answers of no token are counted as one. Errors (Errc::invalid) name line and column: a
/// time that is none or goes back, tokens that are none, fewer than two requests, no time between first and
/// last.
Result<Load> parse_load(std::string name, std::string_view text);

/// So many a second, each of the same size, independent of one another (a Poisson process): ten minutes of
/// them, but 300 at least and 60,000 at most.
Load steady_load(double rate, double input, double output, Rng& chance);

}  // namespace busbar::plan
