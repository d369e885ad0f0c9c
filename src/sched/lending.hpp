// SPDX-License-Identifier: Apache-2.0
// lending.hpp: what projects hold of their shares while a pass goes on, and so who may start within its own
// project's guarantee, who only as a borrower, and who not at all (docs/adr/0025).
#pragma once
#include <map>
#include <optional>
#include <string>

#include "model/cluster.hpp"

namespace busbar::sched {

class Lending {
 public:
  /// `devices`: all there are on machines that are up, in thousandths. The cluster must outlive this.
  Lending(const model::Cluster& cluster, Share devices);

  /// Has anybody a share? If not, nothing below matters.
  bool on() const { return !cluster_.settings.shares.empty(); }

  /// Does so much more fit into what the project was guaranteed? Nothing is own to whom nothing is
  /// guaranteed.
  bool is_own(const std::string& project, Share devices) const;

  /// Why a job may not start, whatever is free.
  enum class Refusal {
    limit,  // its project would hold more than it may
    firm,   // it may not be stopped, and would borrow for good what others are guaranteed
  };
  std::optional<Refusal> refuses(const model::JobSpec& spec) const;
  /// Likewise, if nobody held anything. Other jobs of its project need not wait for such a one.
  std::optional<Refusal> ever_refuses(const model::JobSpec& spec) const;

  /// In this pass.
  void starts(const model::JobSpec& spec);
  void is_told_to_go(const model::JobSpec& spec);

  /// How much of what it holds the project would have to give back: all above its guarantee that is not on
  /// its way out. What starts in this pass does not count.
  Share borrowed(const std::string& project) const;
  /// What it holds, with what starts in this pass.
  Share held(const std::string& project) const;
  /// What may be lent for good: all that is guaranteed to nobody.
  Share unpromised() const { return unpromised_; }

 private:
  struct More {
    Share all, firm, leaving;
  };
  bool is_firm(const model::JobSpec& spec) const {
    return !spec.preemptible || !cluster_.settings.preemption.on;
  }
  Share firm(const std::string& project) const;
  More more(const std::string& project) const;

  const model::Cluster& cluster_;
  Share unpromised_;
  std::map<std::string, More> more_;  // since the pass began
  Share beyond_;                      // likewise, of firm jobs above the guarantees of their projects
};

}  // namespace busbar::sched
