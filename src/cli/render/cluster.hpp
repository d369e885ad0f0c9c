// SPDX-License-Identifier: Apache-2.0
// cluster.hpp: what `busbar plan cluster` answers, for people and for programs.
#pragma once
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "plan/buy.hpp"
#include "plan/cluster.hpp"

namespace busbar::cli::render {

/// What the plan takes for granted, a sentence each.
std::vector<std::string> assumptions(const plan::ClusterQuestion& question, const plan::ClusterPlan& plan);

/// "4 x hgx, 2 x compute switch"
std::string contents(const plan::Rack& rack);

/// The first of `buys`, which has a plan; the others beside it where there are any.
std::string cluster(const std::vector<plan::Buy>& buys, const std::vector<std::string>& remarks,
                    const Screen& screen);
std::string cluster_json(const std::vector<plan::Buy>& buys, const std::vector<std::string>& remarks);

}  // namespace busbar::cli::render
