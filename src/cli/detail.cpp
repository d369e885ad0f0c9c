// SPDX-License-Identifier: Apache-2.0
#include "cli/detail.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"
#include "cli/terminal.hpp"
#include "wire/forms.hpp"
#include "wire/words.hpp"

namespace busbar::cli {
namespace {

using model::Cause;
using model::JobState;

constexpr JobState states[] = {JobState::pending,   JobState::running,       JobState::suspended,
                               JobState::completed, JobState::failed,        JobState::cancelled,
                               JobState::timeout,   JobState::out_of_memory, JobState::node_fail,
                               JobState::preempted, JobState::deadline,      JobState::boot_fail};

JobState state_named(const std::string& name) {
  for (const JobState state : states) {
    if (name == model::name_of(state)) return state;
  }
  return JobState::failed;
}

Cause cause_of(JobState state) {
  switch (state) {
    case JobState::cancelled:
    case JobState::preempted:
      return Cause::stopped;
    case JobState::timeout:
    case JobState::deadline:
      return Cause::timeout;
    case JobState::out_of_memory:
      return Cause::out_of_memory;
    case JobState::node_fail:
      return Cause::lost;
    case JobState::boot_fail:
      return Cause::not_started;
    default:
      return Cause::exited;
  }
}

}  // namespace

Result<Detail> read_detail(std::string body) {
  auto answer = parse_json(body);
  if (!answer) return answer.error();
  Detail detail;
  detail.job = read_job(at(*answer, "job"));
  for (const json::value& each : list_at(*answer, "preemptions")) {
    detail.preemptions.push_back({time_at(each, "at"), time_at(each, "gone"), text_at(each, "why"),
                                  whole_at(each, "by"), truth_at(each, "saved"),
                                  Duration(whole_at(each, "lost_ms"))});
  }
  // The spec stands there in the form in which it is submitted; one reader knows that form.
  const json::object form = {{"version", 1}, {"key", "shown"}, {"spec", at(*answer, "spec")}};
  auto submitted = wire::decode_submit(json::serialize(form));
  if (!submitted)
    return Error{Errc::internal, "the server describes the job in a way this client does not know: " +
                                     submitted.error().message};
  detail.spec = std::make_shared<const model::JobSpec>(std::move(submitted->spec));
  detail.body = std::move(body);
  return detail;
}

Result<Detail> ask_detail(Remote& remote, JobId id) {
  auto body = remote.ask("GET", "/v1/jobs/" + std::to_string(id.value));
  if (!body) return body.error();
  return read_detail(std::move(*body));
}

std::string ending_in_words(const Detail& detail) {
  model::Job job;
  job.id = JobId{detail.job.id};
  job.spec = detail.spec;
  job.state = state_named(detail.job.state);
  job.reason = detail.job.reason;
  job.exit_code = detail.job.exit_code;
  job.signal = detail.job.signal;
  model::Attempt last;
  last.n = detail.job.attempt;
  last.state = model::Attempt::State::ended;
  last.ending = {job.exit_code, job.signal, cause_of(job.state), Duration{0}, detail.job.reason};
  job.tasks.push_back({{std::move(last)}});
  return wire::ending_in_words(job);
}

void note_ending(Remote& remote, const JobAnswer& job) {
  if (job.state == "COMPLETED") return;
  auto detail = ask_detail(remote, JobId{job.id});
  const std::string words = detail ? ending_in_words(*detail) : "";
  const bool says_more = !words.empty() && text::lower(job.state) != words;
  note("job " + show_id(job) + ": " + job.state + (says_more ? ": " + words : ""));
}

}  // namespace busbar::cli
