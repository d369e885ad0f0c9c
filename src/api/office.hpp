// SPDX-License-Identifier: Apache-2.0
// office.hpp: what every question needs to be answered, and the question itself.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/server.hpp"
#include "api/worker.hpp"
#include "net/http.hpp"
#include "plan/track_record.hpp"
#include "wire/forms.hpp"

namespace busbar::api {

/// Held by all work that is under way, on whichever thread. Once the workers have stopped (Api's end), what
/// comes back late from the controller finds closed replies and stopped workers, and touches nothing else.
struct Office {
  Office(control::Controller& with, engine::Engine& from, Clock& by, Options chosen)
      : controller(with), engine(from), clock(by), options(std::move(chosen)) {}

  control::Controller& controller;
  engine::Engine& engine;
  Clock& clock;
  const Options options;
  Worker past;                    // reads what is over from the journal
  Worker outputs;                 // reads output; follows running jobs
  Worker plans;                   // plays the future
  plan::TrackRecord record;       // how its answers fared since the start; on that thread alone
  std::atomic<int> planning = 0;  // questions about it under way, each with a copy of the state
};

/// One request under way.
struct Call {
  std::shared_ptr<Office> office;
  model::Principal who;
  JobId job;
  net::Request request;
  std::shared_ptr<net::Reply> reply;

  void answer(std::string json, int status = 200) const { reply->send({status, std::move(json)}); }
  void refuse(const Error& error) const { answer(wire::error_json(error), wire::http_status_of(error.code)); }
  void unknown_job() const {
    refuse({Errc::not_found, "there is no job " + std::to_string(job.value) + ", and there never was one"});
  }
  /// Refuses and returns false where `who` may not do this to what belongs to `owner`.
  bool may(model::Verb verb, const model::Principal& owner) const;
  bool asks_for(const char* name) const;  // ?name=1

  /// ?name=7; `otherwise` where it is not there. Refuses, and gives nothing, when it is no number from `low`
  /// to `high`.
  std::optional<std::int64_t> number(const char* name, std::int64_t otherwise, std::int64_t low,
                                     std::int64_t high) const;
};
using Calling = std::shared_ptr<const Call>;

/// Finds the job of the call, alive or over, with all names; answers by itself where there is none.
void with_job(const Calling& call, std::function<void(const model::Job&, const wire::Names&)> then);

/// GET /v1/jobs/ID/events
void follow(const Calling& call);

// Everything else, each on the server's thread.
void tell_version(const Calling& call);
void submit(const Calling& call);
void list_jobs(const Calling& call);
void show_job(const Calling& call);
void tell_why(const Calling& call);
void tell_when(const Calling& call);
void try_job(const Calling& call);
void read_output(const Calling& call);
void stop_job(const Calling& call);
void hold_job(const Calling& call, bool end);
void list_nodes(const Calling& call);
void drain_node(const Calling& call);
void list_reservations(const Calling& call);
void reserve(const Calling& call);
void list_balances(const Calling& call);
void list_usage(const Calling& call);
void go_down(const Calling& call);

}  // namespace busbar::api
