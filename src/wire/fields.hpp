// SPDX-License-Identifier: Apache-2.0
// fields.hpp: the names under which the model's values stand in text, each listed once, for writing and
// reading alike. To carry a type of your own: add a `fields` for it (and a `words` for an enumeration) in
// namespace busbar::wire.
#pragma once
#include <array>
#include <string_view>

#include "model/cluster.hpp"

namespace busbar::wire {

template <class T>
struct Of {};  // picks the listing; holds nothing

// The words of an enumeration, in the order of its values.
// --------------------------------------------------------

constexpr auto words(Of<model::Dependency::When>) {
  return std::to_array<std::string_view>({"started", "any", "ok", "not_ok"});
}
constexpr auto words(Of<model::JobState>) {
  return std::to_array<std::string_view>({"PENDING", "RUNNING", "SUSPENDED", "COMPLETED", "FAILED",
                                          "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "PREEMPTED",
                                          "DEADLINE", "BOOT_FAIL"});
}
constexpr auto words(Of<model::Cause>) {
  return std::to_array<std::string_view>(
      {"exited", "stopped", "timeout", "out_of_memory", "lost", "not_started"});
}
constexpr auto words(Of<model::Attempt::State>) {
  return std::to_array<std::string_view>({"launching", "running", "ended"});
}
constexpr auto words(Of<model::Device::Kind>) {
  return std::to_array<std::string_view>({"whole", "share", "mig"});
}
constexpr auto words(Of<model::Enforcement>) {
  return std::to_array<std::string_view>({"none", "watched", "enforced"});
}
constexpr auto words(Of<model::Node::State>) { return std::to_array<std::string_view>({"up", "lost"}); }
constexpr auto words(Of<model::Preemption::Why>) {
  return std::to_array<std::string_view>({"priority", "share", "drain", "balance", "failover", "lent"});
}
constexpr auto words(Of<model::TimeCame::What>) {
  return std::to_array<std::string_view>({"begin", "deadline"});
}
constexpr auto words(Of<model::Rules::Order>) {
  return std::to_array<std::string_view>({"fair", "fifo", "shortest"});
}
constexpr auto words(Of<model::Rules::Passing>) {
  return std::to_array<std::string_view>({"none", "easy", "conservative", "anyone"});
}
constexpr auto words(Of<model::Rules::Fit>) {
  return std::to_array<std::string_view>({"busbar", "random", "first", "best", "worst", "dot-product",
                                          "packing", "clustering", "fgd", "consolidate"});
}

// The fields of a value: visit(name, member), in the order in which they are written.
// ------------------------------ A name, once in a journal, is never given to another meaning.

template <class Visit>
constexpr void fields(Of<model::Principal>, Visit&& visit) {
  using T = model::Principal;
  visit("tenant", &T::tenant);
  visit("user", &T::user);
  visit("via", &T::via);
  visit("uid", &T::uid);
  visit("gid", &T::gid);
  visit("admin", &T::admin);
}

template <class Visit>
constexpr void fields(Of<model::Resources>, Visit&& visit) {
  using T = model::Resources;
  visit("gpus", &T::gpus);
  visit("gpu_model", &T::gpu_model);
  visit("gpu_memory", &T::gpu_memory);
  visit("cpus", &T::cpus);
  visit("memory", &T::memory);
  visit("disk", &T::disk);
}

template <class Visit>
constexpr void fields(Of<model::Where>, Visit&& visit) {
  using T = model::Where;
  visit("labels", &T::labels);
  visit("on", &T::on);
  visit("off", &T::off);
  visit("alone", &T::alone);
  visit("per_node", &T::per_node);
}

template <class Visit>
constexpr void fields(Of<model::Dependency>, Visit&& visit) {
  using T = model::Dependency;
  visit("job", &T::job);
  visit("when", &T::when);
}

template <class Visit>
constexpr void fields(Of<model::Warning>, Visit&& visit) {
  using T = model::Warning;
  visit("signal", &T::signal);
  visit("ahead", &T::ahead);
  visit("asked", &T::asked);
}

template <class Visit>
constexpr void fields(Of<model::Array>, Visit&& visit) {
  using T = model::Array;
  visit("indices", &T::indices);
  visit("at_once", &T::at_once);
}

template <class Visit>
constexpr void fields(Of<model::JobSpec>, Visit&& visit) {
  using T = model::JobSpec;
  visit("name", &T::name);
  visit("project", &T::project);
  visit("workdir", &T::workdir);
  visit("command", &T::command);
  visit("script", &T::script);
  visit("env", &T::env);
  visit("each", &T::each);
  visit("tasks", &T::tasks);
  visit("nodes", &T::nodes);
  visit("priority", &T::priority);
  visit("array", &T::array);
  visit("after", &T::after);
  visit("time_limit", &T::time_limit);
  visit("retries", &T::retries);
  visit("grace", &T::grace);
  visit("warning", &T::warning);
  visit("output", &T::output);
  visit("error", &T::error);
  visit("slurm_env", &T::slurm_env);
  visit("hold_for_nodes", &T::hold_for_nodes);
  visit("kept", &T::kept);
  visit("preemptible", &T::preemptible);
  visit("requeue", &T::requeue);
  visit("saves_every", &T::saves_every);
  visit("where", &T::where);
  visit("hold", &T::hold);
  visit("begin", &T::begin);
  visit("deadline", &T::deadline);
}

template <class Visit>
constexpr void fields(Of<model::AttemptId>, Visit&& visit) {
  using T = model::AttemptId;
  visit("job", &T::job);
  visit("task", &T::task);
  visit("n", &T::n);
}

template <class Visit>
constexpr void fields(Of<model::Holding>, Visit&& visit) {
  using T = model::Holding;
  visit("device", &T::device);
  visit("milli", &T::milli);
  visit("memory", &T::memory);
}

template <class Visit>
constexpr void fields(Of<model::Ending>, Visit&& visit) {
  using T = model::Ending;
  visit("exit_code", &T::exit_code);
  visit("signal", &T::signal);
  visit("cause", &T::cause);
  visit("ran", &T::ran);
  visit("message", &T::message);
}

template <class Visit>
constexpr void fields(Of<model::Attempt>, Visit&& visit) {
  using T = model::Attempt;
  visit("n", &T::n);
  visit("epoch", &T::epoch);
  visit("node", &T::node);
  visit("holdings", &T::holdings);
  visit("state", &T::state);
  visit("stop_told", &T::stop_told);
  visit("pid", &T::pid);
  visit("launched", &T::launched);
  visit("started", &T::started);
  visit("ending", &T::ending);
  visit("lent", &T::lent);
}

template <class Visit>
constexpr void fields(Of<model::Task>, Visit&& visit) {
  visit("attempts", &model::Task::attempts);
}

template <class Visit>
constexpr void fields(Of<model::Stopping>, Visit&& visit) {
  using T = model::Stopping;
  visit("towards", &T::towards);
  visit("reason", &T::reason);
}

template <class Visit>
constexpr void fields(Of<model::Preemption>, Visit&& visit) {
  using T = model::Preemption;
  visit("why", &T::why);
  visit("by", &T::by);
  visit("attempt", &T::attempt);
  visit("told", &T::told);
  visit("over", &T::over);
  visit("saved", &T::saved);
  visit("lost", &T::lost);
}

template <class Visit>
constexpr void fields(Of<model::Hold>, Visit&& visit) {
  visit("user", &model::Hold::user);
  visit("by_admin", &model::Hold::by_admin);
}

template <class Visit>
constexpr void fields(Of<model::Job>, Visit&& visit) {
  using T = model::Job;
  visit("id", &T::id);
  visit("array", &T::array);
  visit("array_index", &T::array_index);
  visit("owner", &T::owner);
  visit("spec", &T::spec);
  visit("key", &T::key);
  visit("state", &T::state);
  visit("reason", &T::reason);
  visit("submitted", &T::submitted);
  visit("started", &T::started);
  visit("ended", &T::ended);
  visit("eligible", &T::eligible);
  visit("exit_code", &T::exit_code);
  visit("signal", &T::signal);
  visit("restarts", &T::restarts);
  visit("waits_for", &T::waits_for);
  visit("tasks", &T::tasks);
  visit("master_port", &T::master_port);
  visit("stopping", &T::stopping);
  visit("preemptions", &T::preemptions);
  visit("batch", &T::batch);
  visit("expected", &T::expected);
  visit("hold", &T::hold);
  visit("early", &T::early);
}

template <class Visit>
constexpr void fields(Of<model::Device>, Visit&& visit) {
  using T = model::Device;
  visit("id", &T::id);
  visit("uuid", &T::uuid);
  visit("index", &T::index);
  visit("parent", &T::parent);
  visit("kind", &T::kind);
  visit("model", &T::model);
  visit("compute", &T::compute);
  visit("memory", &T::memory);
  visit("declared", &T::declared);
  visit("link", &T::link);
}

template <class Visit>
constexpr void fields(Of<model::NodeFacts>, Visit&& visit) {
  using T = model::NodeFacts;
  visit("id", &T::id);
  visit("boot_id", &T::boot_id);
  visit("name", &T::name);
  visit("os", &T::os);
  visit("cpu_model", &T::cpu_model);
  visit("cpus", &T::cpus);
  visit("numa", &T::numa);
  visit("memory", &T::memory);
  visit("disk", &T::disk);
  visit("devices", &T::devices);
  visit("memory_limit", &T::memory_limit);
  visit("cpu_limit", &T::cpu_limit);
  visit("process_limit", &T::process_limit);
  visit("isolation", &T::isolation);
  visit("rack", &T::rack);
  visit("switch", &T::switch_name);
  visit("labels", &T::labels);
}

template <class Visit>
constexpr void fields(Of<model::Drain>, Visit&& visit) {
  using T = model::Drain;
  visit("reason", &T::reason);
  visit("user", &T::user);
  visit("move", &T::move);
}

template <class Visit>
constexpr void fields(Of<model::Idle>, Visit&& visit) {
  visit("most", &model::Idle::most);
  visit("lent", &model::Idle::lent);
  visit("over", &model::Idle::over);
  visit("borrowers", &model::Idle::borrowers);
}

template <class Visit>
constexpr void fields(Of<model::Node>, Visit&& visit) {
  using T = model::Node;
  visit("facts", &T::facts);
  visit("state", &T::state);
  visit("cpus_held", &T::cpus_held);
  visit("memory_held", &T::memory_held);
  visit("held", &T::held);
  visit("ports", &T::ports);
  visit("foreign_ports", &T::foreign_ports);
  visit("tasks", &T::tasks);
  visit("drain", &T::drain);
  visit("alone", &T::alone);
  visit("disk_held", &T::disk_held);
  visit("idle", &T::idle);
}

template <class Visit>
constexpr void fields(Of<model::Rules>, Visit&& visit) {
  using T = model::Rules;
  visit("order", &T::order);
  visit("passing", &T::passing);
  visit("fit", &T::fit);
  visit("tie_seed", &T::tie_seed);
}

template <class Visit>
constexpr void fields(Of<model::PreemptionRules>, Visit&& visit) {
  using T = model::PreemptionRules;
  visit("on", &T::on);
  visit("min_run", &T::min_run);
  visit("restart", &T::restart);
  visit("moves", &T::moves);
}

template <class Visit>
constexpr void fields(Of<model::Quota>, Visit&& visit) {
  visit("guaranteed", &model::Quota::guaranteed);
  visit("limit", &model::Quota::limit);
}

template <class Visit>
constexpr void fields(Of<model::Settings>, Visit&& visit) {
  using T = model::Settings;
  visit("declared_gpus", &T::declared_gpus);
  visit("isolation", &T::isolation);
  visit("half_life", &T::half_life);
  visit("log_limit", &T::log_limit);
  visit("process_limit", &T::process_limit);
  visit("rules", &T::rules);
  visit("preemption", &T::preemption);
  visit("shares", &T::shares);
  visit("labels", &T::labels);
  visit("spare", &T::spare);
  visit("lend_cpus", &T::lend_cpus);
  visit("priority_limit", &T::priority_limit);
}

template <class Visit>
constexpr void fields(Of<model::Held>, Visit&& visit) {
  visit("all", &model::Held::all);
  visit("firm", &model::Held::firm);
  visit("leaving", &model::Held::leaving);
}

template <class Visit>
constexpr void fields(Of<model::Shares>, Visit&& visit) {
  visit("held", &model::Shares::held);
  visit("beyond", &model::Shares::beyond);
}

template <class Visit>
constexpr void fields(Of<model::Account>, Visit&& visit) {
  using T = model::Account;
  visit("tenant", &T::tenant);
  visit("project", &T::project);
  visit("user", &T::user);
}

template <class Visit>
constexpr void fields(Of<model::Use>, Visit&& visit) {
  visit("average", &model::Use::average);
  visit("rate", &model::Use::rate);
  visit("as_of", &model::Use::as_of);
}

template <class Visit>
constexpr void fields(Of<model::Want>, Visit&& visit) {
  using T = model::Want;
  visit("gpus", &T::gpus);
  visit("cpus", &T::cpus);
  visit("memory", &T::memory);
  visit("gpu_model", &T::gpu_model);
}

template <class Visit>
constexpr void fields(Of<model::Workload>, Visit&& visit) {
  using T = model::Workload;
  visit("seen", &T::seen);
  visit("learned", &T::learned);
  visit("arrived", &T::arrived);
  visit("learn_at", &T::learn_at);
}

template <class Visit>
constexpr void fields(Of<model::Kin>, Visit&& visit) {
  visit("account", &model::Kin::account);
  visit("name", &model::Kin::name);
  visit("gpus", &model::Kin::gpus);
}

template <class Visit>
constexpr void fields(Of<model::Lengths>, Visit&& visit) {
  using T = model::Lengths;
  visit("weights", &T::weights);
  visit("total", &T::total);
  visit("moment", &T::moment);
  visit("next", &T::next);
  visit("count", &T::count);
}

template <class Visit>
constexpr void fields(Of<model::Batch>, Visit&& visit) {
  using T = model::Batch;
  visit("jobs", &T::jobs);
  visit("left", &T::left);
  visit("ended", &T::ended);
  visit("steps", &T::steps);
  visit("lengths", &T::lengths);
}

template <class Visit>
constexpr void fields(Of<model::Past>, Visit&& visit) {
  using T = model::Past;
  visit("lengths", &T::lengths);
  visit("batches", &T::batches);
  visit("over", &T::over);
  visit("next", &T::next);
  visit("last", &T::last);
}

template <class Visit>
constexpr void fields(Of<model::Moved>, Visit&& visit) {
  visit("since", &model::Moved::since);
  visit("tasks", &model::Moved::tasks);
}

template <class Visit>
constexpr void fields(Of<model::Claim::Task>, Visit&& visit) {
  visit("node", &model::Claim::Task::node);
  visit("holdings", &model::Claim::Task::holdings);
}

template <class Visit>
constexpr void fields(Of<model::Claim>, Visit&& visit) {
  using T = model::Claim;
  visit("job", &T::job);
  visit("waits_for", &T::waits_for);
  visit("tasks", &T::tasks);
  visit("until", &T::until);
}

template <class Visit>
constexpr void fields(Of<model::Preempt>, Visit&& visit) {
  using T = model::Preempt;
  visit("job", &T::job);
  visit("why", &T::why);
  visit("by", &T::by);
}

template <class Visit>
constexpr void fields(Of<model::Reservation>, Visit&& visit) {
  using T = model::Reservation;
  visit("name", &T::name);
  visit("from", &T::from);
  visit("until", &T::until);
  visit("nodes", &T::nodes);
  visit("project", &T::project);
  visit("user", &T::user);
  visit("by", &T::by);
}

template <class Visit>
constexpr void fields(Of<model::Cluster>, Visit&& visit) {
  using T = model::Cluster;
  visit("generation", &T::generation);
  visit("seq", &T::seq);
  visit("epoch", &T::epoch);
  visit("now", &T::now);
  visit("next_id", &T::next_id);
  visit("settings", &T::settings);
  visit("per_device_hour", &T::per_device_hour);
  visit("per_cpu_hour", &T::per_cpu_hour);
  visit("nodes", &T::nodes);
  visit("jobs", &T::jobs);
  visit("keys", &T::keys);
  visit("dependents", &T::dependents);
  visit("array_running", &T::array_running);
  visit("use", &T::use);
  visit("workload", &T::workload);
  visit("claims", &T::claims);
  visit("moved", &T::moved);
  visit("history", &T::history);
  visit("shares", &T::shares);
  visit("reservations", &T::reservations);
}

template <class Visit>
constexpr void fields(Of<model::Launch>, Visit&& visit) {
  using T = model::Launch;
  visit("attempt", &T::attempt);
  visit("node", &T::node);
  visit("holdings", &T::holdings);
  visit("master_port", &T::master_port);
  visit("lent", &T::lent);
}

}  // namespace busbar::wire
