// SPDX-License-Identifier: Apache-2.0
// request.hpp: what a row of a trace asked for, as a JobSpec that equal rows share.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "model/job.hpp"

namespace busbar::sim {

/// All of a job's tasks together. What a trace does not say is 0 or "".
struct Request {
  std::string project = "default";
  std::int64_t gpus = 0;
  std::string gpu_model;
  Cpus cpus{0};
  Bytes memory{0};
  int nodes = 0;
  Duration time_limit{0};
  auto operator<=>(const Request&) const = default;
};

/// A task for each node where the request says how many and divides among them, a task for each GPU where
/// only those do, else one task for all of it.
model::JobSpec spec_of(const Request& request);

/// Gives equal requests the same spec, and equal names the same principal, while they are not too many.
class Shared {
 public:
  std::shared_ptr<const model::JobSpec> spec(const Request& request);
  std::shared_ptr<const model::Principal> user(const std::string& name);

 private:
  std::map<Request, std::shared_ptr<const model::JobSpec>> specs_;
  std::map<std::string, std::shared_ptr<const model::Principal>> users_;
};

}  // namespace busbar::sim
