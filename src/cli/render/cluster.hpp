// SPDX-License-Identifier: Apache-2.0
// cluster.hpp: what `busbar plan cluster` answers, for people and for programs.
#pragma once
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "plan/cluster.hpp"

namespace busbar::cli::render {

/// What the plan takes for granted, a sentence each.
std::vector<std::string> assumptions(const plan::ClusterQuestion& question, const plan::ClusterPlan& plan);

std::string cluster(const plan::ClusterQuestion& question, const plan::ClusterPlan& plan,
                    const std::vector<std::string>& remarks, const Screen& screen);
std::string cluster_json(const plan::ClusterPlan& plan, const std::vector<std::string>& remarks);

}  // namespace busbar::cli::render
