// SPDX-License-Identifier: Apache-2.0
// fold.hpp: one record on its way into the state. Its events are in apply.cpp.
#pragma once
#include <string>
#include <vector>

#include "model/cluster.hpp"
#include "model/use.hpp"

namespace busbar::model {

/// An impossible record: `invariant` as architecture.md numbers them.
inline Error breaks(const char* invariant, const std::string& what) {
  return {Errc::internal, std::string(invariant) + " is broken: " + what};
}

class Fold {
 public:
  Fold(Cluster& cluster, const Record& record) : cluster_(cluster), at_(record.at), epoch_(record.epoch) {}
  Status operator()(const Opened& event);
  Status operator()(const SettingsChanged& event);
  Status operator()(const ClockJumped&);
  Status operator()(const PriceSet& event);
  Status operator()(const NodeJoined& event);
  Status operator()(const NodeLeft& event);
  Status operator()(const DrainAsked& event);
  Status operator()(const IdleChanged& event);
  Status operator()(const Submitted& event);
  Status operator()(const StopAsked& event);
  Status operator()(const HoldAsked& event);
  Status operator()(const TimeCame& event);
  Status operator()(const ReservationMade& event);
  Status operator()(const ReservationEnded& event);
  Status operator()(const Decided& event);
  Status operator()(const Started& event);
  Status operator()(const Finished& event);

  Changes changes;

 private:
  using LaunchAt = std::vector<Launch>::const_iterator;
  bool has_shares() const { return !cluster_.settings.shares.empty(); }

  // preempt.cpp
  Status preempt(const Preempt& event);
  bool is_called_back(const Job& job) const;
  Status own(JobId id);
  static void lend_no_more(Node& node);
  Status spares_the_share(const Preempt& event, const Job& job) const;
  void stop(Job& job, Stopping stopping);
  void count_move(const Job& job);
  void give_up_claims_on(NodeId node);

  // launch.cpp
  Held held(const Job& job) const;
  void holds(const Job& job, const Held& before);
  Status keeps_the_limit(const Job& job) const;
  Attempt* live(const AttemptId& id);
  Status launch(LaunchAt first, LaunchAt last);
  Status is_open(NodeId node, const Job& job) const;
  Status hold(const Job& job, const Attempt& attempt, int port);
  Status lend(Node& node, const JobSpec& spec) const;
  static bool attempt_port_is_foreign(const Job& job, NodeId node, int port);
  void weigh(const Job& job, std::int64_t attempts);
  static int devices_each(const JobSpec& spec);
  static void release(Node& node, const Job& job, const Attempt& attempt);

  Cluster& cluster_;
  Instant at_;
  Epoch epoch_;
};

}  // namespace busbar::model
