// SPDX-License-Identifier: Apache-2.0
// planning.cpp: questions about the future. The state is copied on the controller's thread; what may come of
// it is worked out on a thread of its own, so nobody waits for it who did not ask.
#include <algorithm>

#include "api/answers.hpp"
#include "api/office.hpp"
#include "plan/forecast.hpp"
#include "wire/json_out.hpp"
#include "wire/words.hpp"

namespace busbar::api {
namespace {

/// Questions that are worked out or wait for it: each holds a copy of the state.
constexpr int most_planning = 8;

struct Seen {
  explicit Seen(std::shared_ptr<Office> at) : office(std::move(at)) { ++office->planning; }
  ~Seen() { --office->planning; }
  Seen(const Seen&) = delete;
  Seen& operator=(const Seen&) = delete;

  std::shared_ptr<Office> office;
  plan::Present present;
  wire::Names names;
};

/// What came of earlier answers. Errors: those of the journal.
Status judge(plan::TrackRecord& record, const model::Cluster& cluster, store::Journal& journal) {
  for (const JobId id : record.open()) {
    const auto lives = cluster.jobs.find(id);
    if (lives != cluster.jobs.end()) {
      if (lives->second.state != model::JobState::pending) record.started(id, lives->second.started);
      continue;
    }
    const Result<std::optional<model::Job>> over = journal.ended_job(id);
    if (!over) return over.error();
    if (*over && (*over)->started != Instant{}) record.started(id, (*over)->started);
    record.gone(id);
  }
  return Done{};
}

/// Copies the state where `wanted` says so; then, on the worker, hands it over with what ended jobs teach.
void with_present(const Calling& call, std::function<bool(const model::Cluster&)> wanted,
                  std::function<void(const Seen&)> then) {
  auto seen = std::make_shared<Seen>(call->office);
  if (call->office->planning > most_planning)
    return call->refuse(
        {Errc::unavailable, "so many futures are being looked at already; ask again in a moment"});
  call->office->controller.look(
      [seen, wanted = std::move(wanted)](const control::View& view) {
        if (!wanted(view.cluster)) return;
        seen->present.cluster = std::make_shared<const model::Cluster>(view.cluster);
        seen->present.now = std::max(view.now, view.cluster.now);
        seen->names = names_of(view.cluster);
      },
      [call, seen, then = std::move(then)] {
        call->office->plans.post([call, seen, then] {
          if (!seen->present.cluster) return then(*seen);
          store::Journal& journal = call->office->controller.journal();
          const auto ended = journal.ended({.most = plan::Traffic::most_kept + 1});
          if (!ended) return call->refuse(ended.error());
          plan::TrackRecord& record = call->office->record;
          if (const Status judged = judge(record, *seen->present.cluster, journal); !judged)
            return call->refuse(judged.error());
          auto traffic = std::make_shared<plan::Traffic>();
          std::for_each(ended->rbegin(), ended->rend(), [&](const model::Job& job) { traffic->learn(job); });
          seen->present.traffic = std::move(traffic);
          seen->present.record = std::make_shared<const plan::TrackRecord>(record);
          seen->present.ended = [&journal](JobId id) { return journal.ended_job(id); };
          then(*seen);
        });
      });
}

void put(wire::JsonOut& out, const char* name, const plan::Moments& moments) {
  const auto time = [&](const char* of, const std::optional<Instant>& at) {
    at ? out.time(of, *at) : out.null(of);
  };
  out.key(name);
  out.open('{');
  time("p10", moments.p10);
  time("p50", moments.p50);
  time("p90", moments.p90);
  out.close('}');
}

void put(wire::JsonOut& out, const char* name, std::int64_t p10, std::int64_t p50, std::int64_t p90) {
  out.key(name);
  out.open('{');
  out.whole("p10", p10);
  out.whole("p50", p50);
  out.whole("p90", p90);
  out.close('}');
}

void put(wire::JsonOut& out, const plan::Start& start, const plan::TrackRecord& record) {
  out.whole("futures", start.futures);
  out.whole("started", start.started);
  put(out, "start", start.starts);
  put(out, "end", start.ends);
  put(out, "runs_ms", start.runs.p10.count(), start.runs.p50.count(), start.runs.p90.count());
  out.whole("learned", start.learned);
  out.whole("submissions", start.submissions);
  out.key("record");
  out.open('{');
  out.whole("judged", record.judged());
  out.whole("held", record.held());
  out.close('}');
}

std::string when_json(const model::Job& job, const plan::Start& start, const plan::TrackRecord& record) {
  wire::JsonOut out;
  out.open('{');
  out.whole("version", 1);
  out.whole("id", job.id.value);
  out.word("state", model::name_of(job.state));
  put(out, start, record);
  out.close('}');
  return std::move(out.text);
}

void put_tasks(wire::JsonOut& out, const plan::Outlook& outlook, const wire::Names& names) {
  out.key("tasks");
  out.open('[');
  for (const model::Launch& launch : outlook.launches) {
    out.open('{');
    out.whole("task", launch.attempt.task);
    out.word("node", names.nodes.at(launch.node));
    out.key("gpus");
    out.open('[');
    for (const model::Holding& holding : launch.holdings) out.whole(names.device_index.at(holding.device));
    out.close(']');
    out.close('}');
  }
  out.close(']');
}

std::string outlook_json(const plan::Outlook& outlook, const Seen& seen) {
  const model::Cluster& cluster = *seen.present.cluster;
  wire::JsonOut out;
  out.open('{');
  out.whole("version", 1);
  out.truth("at_once", outlook.at_once);
  put(out, outlook.start, *seen.present.record);
  out.key("reason");
  outlook.waits ? out.raw(wire::encode(*outlook.waits, seen.present.now)) : out.null();
  put_tasks(out, outlook, seen.names);
  out.key("preempts");
  out.open('[');
  for (const plan::Outlook::Victim& victim : outlook.preempts) {
    out.open('{');
    out.whole("id", victim.job.value);
    out.word("user", cluster.jobs.at(victim.job).owner.user);
    out.whole("futures", victim.futures);
    out.close('}');
  }
  out.close(']');
  const bool priced = cluster.per_device_hour != Money{} || cluster.per_cpu_hour != Money{};
  const plan::Quantiles<Money>& costs = outlook.costs;
  priced ? put(out, "cost_micro", costs.p10.count, costs.p50.count, costs.p90.count) : out.null("cost_micro");
  out.close('}');
  return std::move(out.text);
}

void refuse_ended(const Calling& call) {
  with_job(call, [call](const model::Job& job, const wire::Names&) {
    if (!call->may(model::Verb::see, job.owner)) return;
    call->refuse({Errc::conflict, "job " + model::show_id(job) + " is over: " + wire::ending_in_words(job)});
  });
}

}  // namespace

void tell_when(const Calling& call) {
  with_present(
      call, [id = call->job](const model::Cluster& cluster) { return cluster.jobs.contains(id); },
      [call](const Seen& seen) {
        if (!seen.present.cluster) return refuse_ended(call);
        const model::Job& job = seen.present.cluster->jobs.at(call->job);
        if (!call->may(model::Verb::see, job.owner)) return;
        const Result<plan::Start> start = plan::when(seen.present, job.id);
        if (!start) return call->refuse(start.error());
        if (job.state == model::JobState::pending)
          call->office->record.asked(job.id, seen.present.now, start->played,
                                     {start->starts.p10, start->starts.p90});
        call->answer(when_json(job, *start, *seen.present.record));
      });
}

void try_job(const Calling& call) {
  auto form = wire::decode_submit(call->request.body);
  if (!form) return call->refuse(form.error());
  if (const Status valid = wire::validate(form->spec); !valid) return call->refuse(valid.error());
  auto spec = std::make_shared<const model::JobSpec>(std::move(form->spec));
  with_present(
      call, [](const model::Cluster&) { return true; },
      [call, spec](const Seen& seen) {
        const Result<plan::Outlook> outlook = plan::outlook(seen.present, call->who, spec);
        if (!outlook) return call->refuse(outlook.error());
        call->answer(outlook_json(*outlook, seen));
      });
}

}  // namespace busbar::api
