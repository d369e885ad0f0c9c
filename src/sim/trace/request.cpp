// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/request.hpp"

namespace busbar::sim {
namespace {

/// Beyond so many different ones, all are forgotten: those in use live on with their jobs, and the memory of
/// a trace in which no two are equal stays bounded.
constexpr std::size_t most_kept = 1 << 16;

template <class Key, class Value>
std::shared_ptr<const Value>& kept(std::map<Key, std::shared_ptr<const Value>>& known, const Key& key) {
  if (known.size() >= most_kept && !known.contains(key)) known.clear();
  return known[key];
}

int tasks_of(const Request& request) {
  if (request.nodes <= 1) return 1;
  if (request.gpus % request.nodes == 0) return request.nodes;
  return request.gpus > request.nodes ? int(request.gpus) : 1;
}

}  // namespace

model::JobSpec spec_of(const Request& request) {
  model::JobSpec spec;
  spec.project = request.project;
  spec.command = {"true"};
  spec.tasks = tasks_of(request);
  spec.nodes = spec.tasks > 1 ? request.nodes : 0;
  spec.each.gpus = whole_device * (request.gpus / spec.tasks);
  spec.each.gpu_model = request.gpu_model;
  spec.each.cpus = {request.cpus.count / spec.tasks};
  spec.each.memory = {request.memory.count / spec.tasks};
  spec.time_limit = request.time_limit;
  return spec;
}

std::shared_ptr<const model::JobSpec> Shared::spec(const Request& request) {
  auto& spec = kept(specs_, request);
  if (!spec) spec = std::make_shared<const model::JobSpec>(spec_of(request));
  return spec;
}

std::shared_ptr<const model::Principal> Shared::user(const std::string& name) {
  auto& user = kept(users_, name);
  if (!user) user = std::make_shared<const model::Principal>(model::Principal{.user = name, .via = "trace"});
  return user;
}

}  // namespace busbar::sim
