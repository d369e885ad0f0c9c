// SPDX-License-Identifier: Apache-2.0
// sim_flags.hpp: what `busbar sim ...` is told to simulate.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/rules.hpp"

namespace busbar::cli {

struct Tokens;

/// `busbar sim place`
struct SimPlace {
  std::string nodes;              // path
  std::vector<std::string> pods;  // paths
  std::vector<model::Rules::Fit> policies;
  std::vector<std::uint64_t> seeds;
  std::int64_t load_milli = 1300;  // GPUs asked for, in thousandths of those there are
  int move_milli = 0;              // of the tasks that are placed, how many may be moved
  std::string placements;          // path; "" when not wanted
  std::string report;              // likewise
  bool lenient = false;
};

/// Errors: Errc::invalid, naming the flag, what was found and what would be right.
Result<SimPlace> read_sim_place(const Tokens& tokens);

/// "2%" or "2" as thousandths.
Result<int> parse_moves(std::string text);
/// Likewise of samples.
Result<int> parse_lend_cpus(std::string text);

/// `busbar sim share`
struct SimShare {
  std::string duty;                // path
  std::int64_t budget_milli = 10;  // of the samples of a device
};

/// Errors as above.
Result<SimShare> read_sim_share(const Tokens& tokens);

/// Seeds as "42..51", "42", or several of these joined by ','. At most 10,000, each once.
Result<std::vector<std::uint64_t>> parse_seeds(const std::string& text);

}  // namespace busbar::cli
