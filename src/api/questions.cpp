// SPDX-License-Identifier: Apache-2.0
// questions.cpp: what reads and changes nothing.
#include <algorithm>
#include <limits>

#include "api/answers.hpp"
#include "api/office.hpp"
#include "wire/reserve_form.hpp"
#include "wire/usage.hpp"
#include "wire/words.hpp"

namespace busbar::api {
namespace {

constexpr std::int64_t most_jobs = 100'000;
constexpr Duration recent = std::chrono::hours(1);
constexpr auto any_number = std::numeric_limits<std::int64_t>::max();

/// Which jobs GET /v1/jobs asks for.
struct Wanted {
  std::optional<std::string> project, user;
  bool all = false;
  std::int64_t limit = most_jobs;

  bool has(const model::Principal& who, const model::Job& job) const {
    return (!project || job.spec->project == *project) && (!user || job.owner.user == *user) &&
           model::may(who, model::Verb::see, job.owner);
  }
};

std::optional<Wanted> wanted_of(const Call& call) {
  Wanted wanted;
  const auto word = [&](const char* name) -> std::optional<std::string> {
    const auto found = call.request.query.find(name);
    if (found == call.request.query.end()) return {};
    return found->second;
  };
  wanted.project = word("project");
  wanted.user = word("user");
  wanted.all = call.asks_for("all");
  const auto limit = call.number("limit", most_jobs, 1, most_jobs);
  if (!limit) return {};
  wanted.limit = *limit;
  return wanted;
}

struct Listing {
  Wanted wanted;
  Instant now;
  std::vector<model::Job> jobs;
  wire::Names names;
};

/// On the worker: those alive are there; adds those that are over. One that ended in between is in both, and
/// over.
void finish_listing(const Call& call, Listing& listing) {
  store::EndedQuery query;
  query.project = listing.wanted.project;
  if (!listing.wanted.all) query.since = listing.now - recent;
  // Whose they are is looked at here, so only a list of everybody's may be cut short by the store.
  if (!listing.wanted.user) query.most = static_cast<std::size_t>(listing.wanted.limit);
  auto ended = call.office->controller.journal().ended(query);
  if (!ended) return call.refuse(ended.error());
  std::vector<model::Job>& jobs = listing.jobs;
  for (model::Job& job : *ended) {
    if (listing.wanted.has(call.who, job)) jobs.push_back(std::move(job));
  }
  std::sort(jobs.begin(), jobs.end(), [](const model::Job& a, const model::Job& b) {
    return a.id != b.id ? a.id < b.id : model::is_over(a.state) && !model::is_over(b.state);
  });
  jobs.erase(std::unique(jobs.begin(), jobs.end(),
                         [](const model::Job& a, const model::Job& b) { return a.id == b.id; }),
             jobs.end());
  if (std::ssize(jobs) > listing.wanted.limit) jobs.erase(jobs.begin(), jobs.end() - listing.wanted.limit);
  call.answer(wire::jobs_json(jobs, listing.names));
}

/// What was asked for, without what only its owner may see.
model::Job without_secrets(model::Job job) {
  auto spec = std::make_shared<model::JobSpec>(*job.spec);
  spec->env.clear();
  spec->script.clear();
  job.spec = std::move(spec);
  return job;
}

/// The attempt whose output is asked for; nothing when the task has not been launched.
std::optional<model::AttemptId> attempt_of(const model::Job& job, std::int64_t task, std::int64_t attempt) {
  if (task >= std::ssize(job.tasks)) return {};
  const auto& attempts = job.tasks[static_cast<std::size_t>(task)].attempts;
  if (attempts.empty()) return {};
  return model::AttemptId{job.id, static_cast<int>(task),
                          attempt != 0 ? static_cast<int>(attempt) : attempts.back().n};
}

}  // namespace

void tell_version(const Calling& call) {
  auto standing = std::make_shared<Standing>();
  call->office->controller.look(
      [standing](const control::View& view) {
        if (view.degraded)
          standing->degraded =
              view.degraded_why.empty() ? "the journal cannot be written" : view.degraded_why;
        standing->jobs = std::ssize(view.cluster.jobs);
        standing->records = view.cluster.seq.value;
        standing->batches = view.batches;
      },
      [call, standing] { call->answer(version_json(call->office->options, *standing)); });
}

void list_jobs(const Calling& call) {
  auto wanted = wanted_of(*call);
  if (!wanted) return;
  auto listing = std::make_shared<Listing>();
  listing->wanted = std::move(*wanted);
  call->office->controller.look(
      [call, listing](const control::View& view) {
        listing->now = view.now;
        listing->names = names_of(view.cluster);
        for (const auto& [id, job] : view.cluster.jobs) {
          if (listing->wanted.has(call->who, job)) listing->jobs.push_back(job);
        }
      },
      [call, listing] { call->office->past.post([call, listing] { finish_listing(*call, *listing); }); });
}

void show_job(const Calling& call) {
  with_job(call, [call](const model::Job& job, const wire::Names& names) {
    if (!call->may(model::Verb::see, job.owner)) return;
    const bool own = model::may(call->who, model::Verb::read_output, job.owner);
    call->answer(wire::job_json(own ? job : without_secrets(job), names));
  });
}

void tell_why(const Calling& call) {
  struct Seen {
    std::string reason = "null", words;
  };
  auto seen = std::make_shared<Seen>();
  call->office->controller.look(
      [call, seen](const control::View& view) {
        if (const auto reason = view.scheduler.why(call->job, view.now)) {
          seen->reason = wire::encode(*reason, view.now);
          seen->words = wire::in_words(*reason, view.now);
        }
      },
      [call, seen] {
        with_job(call, [call, seen](const model::Job& job, const wire::Names&) {
          if (!call->may(model::Verb::see, job.owner)) return;
          const bool waits = job.state == model::JobState::pending;
          if (model::is_over(job.state))
            return call->answer(why_json(job, "null", wire::ending_in_words(job)));
          call->answer(why_json(job, waits ? seen->reason : "null", waits ? seen->words : ""));
        });
      });
}

void read_output(const Calling& call) {
  const auto task = call->number("task", 0, 0, 1'000'000), attempt = call->number("attempt", 0, 0, 1'000'000);
  if (!task || !attempt) return;
  const auto from = call->number("from", 0, 0, any_number),
             most = call->number("most", 64 << 10, 1, any_number);
  if (!from || !most) return;
  with_job(call, [=](const model::Job& job, const wire::Names&) {
    if (!call->may(model::Verb::read_output, job.owner)) return;
    if (*task >= job.spec->tasks) {
      return call->refuse({Errc::not_found, "job " + std::to_string(job.id.value) + " has no task " +
                                                std::to_string(*task) + ": it has " +
                                                std::to_string(job.spec->tasks) + ", counted from 0"});
    }
    const auto wanted = attempt_of(job, *task, *attempt);
    if (wanted && wanted->n > job.tasks[static_cast<std::size_t>(*task)].attempts.back().n) {
      const int made = job.tasks[static_cast<std::size_t>(*task)].attempts.back().n;
      return call->refuse({Errc::not_found, "job " + std::to_string(job.id.value) + " has no attempt " +
                                                std::to_string(*attempt) + ": it has had " +
                                                std::to_string(made)});
    }
    if (!wanted) return call->answer(page_json({}, {job.id, static_cast<int>(*task), 0}));
    call->office->outputs.post([=] {
      constexpr std::int64_t most_page = 4 << 20;
      const auto page =
          call->office->engine.read(*wanted, *from, static_cast<std::size_t>(std::min(*most, most_page)));
      page ? call->answer(page_json(*page, *wanted)) : call->refuse(page.error());
    });
  });
}

void list_nodes(const Calling& call) {
  auto json = std::make_shared<std::string>();
  call->office->controller.look(
      [json](const control::View& view) { *json = wire::nodes_json(view.cluster, view.cpu_duty); },
      [call, json] { call->answer(std::move(*json)); });
}

void list_reservations(const Calling& call) {
  auto json = std::make_shared<std::string>();
  call->office->controller.look(
      [json](const control::View& view) { *json = wire::reservations_json(view.cluster, view.now); },
      [call, json] { call->answer(std::move(*json)); });
}

void list_usage(const Calling& call) {
  auto json = std::make_shared<std::string>();
  call->office->controller.look([json](const control::View& view) { *json = wire::usage_json(view.cluster); },
                                [call, json] { call->answer(std::move(*json)); });
}

void list_balances(const Calling& call) {
  auto balances = std::make_shared<std::map<model::Account, ledger::Balance>>();
  call->office->controller.look(
      [balances](const control::View& view) { *balances = view.balances.at(view.now); },
      [call, balances] {
        if (!call->who.admin) {
          std::erase_if(*balances, [&](const auto& row) { return row.first.tenant != call->who.tenant; });
        }
        call->answer(balances_json(*balances));
      });
}

}  // namespace busbar::api
