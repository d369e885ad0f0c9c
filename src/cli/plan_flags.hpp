// SPDX-License-Identifier: Apache-2.0
// plan_flags.hpp: what `busbar plan ...` is asked. Numbers are real ones here: nothing in them decides what
// runs.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "plan/cluster.hpp"
#include "plan/offers.hpp"
#include "plan/tco.hpp"

namespace busbar::cli {

struct Tokens;

/// `busbar plan offers`
struct PlanOffers {
  std::optional<estimate::Date> as_of;  // absent: today
  plan::OffersQuestion question;        // but for its date
  std::size_t first = 15;
};

/// `busbar plan tco`
struct PlanTco {
  std::optional<estimate::Date> as_of;  // absent: today
  plan::TcoQuestion question;           // but for the demand, and for the rent where that is looked up
  double gpus = 0, busy = 0.5;
  std::string gpu, provider, region;  // whose rent is looked up; "" for none, any
  std::string history;                // path of recorded use; "" for none
  std::string report;                 // path; "" when not wanted
};

/// `busbar plan cluster`
struct PlanCluster {
  plan::ClusterQuestion question;  // but for its kind of node, its work and the switches there are
  std::string node;                // "": hgx, or what the budget buys most work with
  std::string jobs;                // path of a table of work; "" for none
  std::string report;              // path; "" when not wanted
};

/// Errors of all: Errc::invalid, naming the flag, what was found and what would be right.
Result<PlanOffers> read_plan_offers(const Tokens& tokens);
Result<PlanTco> read_plan_tco(const Tokens& tokens);
Result<PlanCluster> read_plan_cluster(const Tokens& tokens);

/// Which offers are looked at, and how many of them are shown.
Status read_rented(const Tokens& tokens, plan::OffersQuestion& question, std::size_t& first);
/// --as-of
Result<std::optional<estimate::Date>> read_date(const Tokens& tokens);
/// "8:H100", "8": how many, and a model that may be "". Left as they are when the flag was not given.
Status read_gpus(const Tokens& tokens, double& gpus, std::string& model);

/// A flag whose value is a number in [low, high]; `into` stays as it is when it was not given.
struct NumberFlag {
  const char* flag;
  double* into;
  double low, high;
  const char* right;
  double unit = 1;  // what is given times this is what is kept
};
Status read_numbers(const Tokens& tokens, const std::vector<NumberFlag>& flags);

}  // namespace busbar::cli
