// SPDX-License-Identifier: Apache-2.0
#include "cli/sim_flags.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "cli/args.hpp"
#include "cli/policy_flags.hpp"
#include "wire/fields.hpp"

namespace busbar::cli {
namespace {

constexpr std::int64_t most_seeds = 10'000, largest_seed = 1'000'000'000'000;

Error wrong(const std::string& found, const std::string& right) {
  return {Errc::invalid, "found " + text::quote(found) + "; " + right + " would be right"};
}
Error of_flag(const char* flag, const Error& error) {
  return {error.code, std::string(flag) + ": " + error.message};
}

/// "fgd,best", or "all".
Result<std::vector<model::Rules::Fit>> parse_policies(const std::string& text) {
  constexpr auto names = wire::words(wire::Of<model::Rules::Fit>{});
  std::vector<model::Rules::Fit> policies;
  for (const std::string& name : text::split(text, ',')) {
    if (name == "all") {  // but for consolidate, which is for whole machines
      for (std::size_t k = 0; k < names.size(); ++k)
        if (model::Rules::Fit(k) != model::Rules::Fit::consolidate) policies.push_back(model::Rules::Fit(k));
      continue;
    }
    const auto placement = parse_placement(name);
    if (!placement) return placement.error();
    policies.push_back(*placement);
  }
  return policies;
}

/// "1.3"
Result<std::int64_t> parse_load(const std::string& text) {
  constexpr std::int64_t most_milli = 100'000;
  const Result<Cpus> load = text::parse_cpus(text);  // a decimal number in thousandths
  if (load && load->count >= 10 && load->count <= most_milli && text.back() != 'm') return load->count;
  return wrong(text, "a factor from 0.01 to 100, such as 1.3 for 130 % of the GPUs,");
}

/// In thousandths.
Result<int> parse_percent(std::string text, int most, const char* of) {
  if (text.ends_with('%')) text.pop_back();
  const auto percent = text::parse_whole(text, 0, most);
  if (!percent)
    return wrong(text, "a part of " + std::string(of) + ", from 0% to " + std::to_string(most) + "%,");
  return static_cast<int>(*percent * 10);
}

}  // namespace

Result<int> parse_moves(std::string text) { return parse_percent(std::move(text), 100, "what runs"); }
Result<int> parse_lend_cpus(std::string text) { return parse_percent(std::move(text), 50, "the samples"); }

Result<std::vector<std::uint64_t>> parse_seeds(const std::string& text) {
  std::vector<std::uint64_t> seeds;
  const auto refused = [&] {
    return wrong(text,
                 "seeds such as 42, 42..51 or 1,2,7, at most " + std::to_string(most_seeds) + ", each once");
  };
  for (const std::string& part : text::split(text, ',')) {
    const std::size_t dots = part.find("..");
    const auto first = text::parse_whole(part.substr(0, dots), 0, largest_seed);
    const auto last =
        dots == std::string::npos ? first : text::parse_whole(part.substr(dots + 2), 0, largest_seed);
    if (!first || !last || *last < *first || *last - *first >= most_seeds) return refused();
    for (std::int64_t seed = *first; seed <= *last; ++seed) seeds.push_back(static_cast<std::uint64_t>(seed));
    if (std::ssize(seeds) > most_seeds) return refused();
  }
  std::vector<std::uint64_t> sorted = seeds;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return refused();
  return seeds;
}

Result<SimPlace> read_sim_place(const Tokens& tokens) {
  SimPlace into;
  const auto needed = [](const char* flag, const char* example) {
    return Error{Errc::invalid,
                 std::string("busbar sim place needs ") + flag + ", such as " + flag + " " + example};
  };
  const auto nodes = tokens.value("--nodes");
  if (!nodes) return needed("--nodes", "nodes.csv");
  into.nodes = *nodes;
  if (!tokens.has("--pods")) return needed("--pods", "pods.csv.gz");
  into.pods = tokens.flags.at("--pods");
  const auto policies = parse_policies(tokens.value("--policy").value_or("busbar"));
  if (!policies) return of_flag("--policy", policies.error());
  into.policies = *policies;
  const auto seeds = parse_seeds(tokens.value("--seeds").value_or("42..51"));
  if (!seeds) return of_flag("--seeds", seeds.error());
  into.seeds = *seeds;
  const auto load = parse_load(tokens.value("--load").value_or("1.3"));
  if (!load) return of_flag("--load", load.error());
  into.load_milli = *load;
  const auto moves = parse_moves(tokens.value("--move").value_or("0"));
  if (!moves) return of_flag("--move", moves.error());
  into.move_milli = *moves;
  into.report = tokens.value("--report").value_or("");
  if (!into.report.empty() && into.pods.size() > 1)
    return Error{Errc::invalid, "--report: found several lists; one --pods would be right"};
  into.placements = tokens.value("--placements").value_or("");
  if (!into.placements.empty() && (into.pods.size() > 1 || into.policies.size() > 1))
    return Error{Errc::invalid,
                 "--placements: found several lists or policies; one --pods and one --policy would be right"};
  into.lenient = tokens.has("--lenient");
  return into;
}

Result<SimShare> read_sim_share(const Tokens& tokens) {
  SimShare into;
  const auto duty = tokens.value("--duty");
  if (!duty) return Error{Errc::invalid, "busbar sim share needs --duty, such as --duty duty.csv.gz"};
  into.duty = *duty;
  std::string budget = tokens.value("--budget").value_or("1%");
  const auto refused = wrong(budget, "0% to 100%, such as 1% or 0.5%,");
  if (!budget.ends_with('%')) return of_flag("--budget", refused);
  budget.pop_back();
  const Result<Cpus> percent = text::parse_cpus(budget);  // a decimal number in thousandths
  if (!percent || budget.ends_with('m') || percent->count < 0 || percent->count > 100'000 ||
      percent->count % 100 != 0)
    return of_flag("--budget", refused);
  into.budget_milli = percent->count / 100;
  return into;
}

}  // namespace busbar::cli
