// SPDX-License-Identifier: Apache-2.0
#include "cli/queue_flags.hpp"

#include "base/text.hpp"
#include "cli/args.hpp"
#include "cli/policy_flags.hpp"

namespace busbar::cli {
namespace {

Error mistake(const std::string& message) { return {Errc::invalid, message}; }
Error wrong(const char* flag, const std::string& found, const std::string& right) {
  return mistake(std::string(flag) + ": found " + text::quote(found) + "; " + right + " would be right");
}

Result<model::Policy> policy_of(const char* flag, const std::string& name) {
  const auto policy = parse_policy(name, true);
  if (!policy) return mistake(std::string(flag) + ": " + policy.error().message);
  return **policy;
}

/// "0.25" in thousandths.
Result<std::int64_t> milli_of(const char* flag, const std::string& text, const char* right) {
  const Result<Cpus> milli = text::parse_cpus(text);
  if (!milli || text.back() == 'm' || milli->count > 1'000'000) return wrong(flag, text, right);
  return milli->count;
}

Status read_moment(const Tokens& tokens, const char* flag, std::optional<Instant>& into) {
  const auto given = tokens.value(flag);
  if (!given) return Done{};
  const Result<Instant> moment = sim::parse_moment(*given);
  if (!moment) return mistake(std::string(flag) + ": " + moment.error().message);
  into = *moment;
  return Done{};
}

Status read_span(const Tokens& tokens, sim::QueueQuestion& question) {
  if (Status since = read_moment(tokens, "--since", question.since); !since) return since;
  if (Status until = read_moment(tokens, "--until", question.until); !until) return until;
  if (question.since && question.until && *question.since >= *question.until)
    return mistake("--until: found a time that is not after --since; a later one would be right");
  return Done{};
}

}  // namespace

Result<QueueFlags> read_queue_flags(const Tokens& tokens) {
  QueueFlags flags;
  sim::QueueQuestion& question = flags.question;
  question.jobs = tokens.value("--jobs").value_or("");
  if (question.jobs.empty())
    return mistake(
        "busbar sim queue needs the jobs to replay: --jobs FILE, or --jobs DIR for a state folder");
  question.gpus = tokens.value("--job-gpus").value_or("");
  question.cluster = tokens.value("--cluster").value_or("");
  const Result<model::Policy> policy = policy_of("--policy", tokens.value("--policy").value_or("busbar"));
  if (!policy) return policy.error();
  question.policy = *policy;
  if (const auto scale = tokens.value("--scale")) {
    const auto milli = milli_of("--scale", *scale, "a factor from 0.001 to 1000 such as 0.5");
    if (!milli) return milli.error();
    question.scale = *milli;
  }
  if (Status span = read_span(tokens, question); !span) return span.error();
  for (const std::string& names :
       tokens.has("--drop-vc") ? tokens.flags.at("--drop-vc") : std::vector<std::string>{})
    for (const std::string& name : text::split(names, ',')) question.drop.insert(name);
  question.pool = tokens.has("--pool");
  if (const auto shares = tokens.value("--shares")) {
    if (*shares != "clusters") return wrong("--shares", *shares, "clusters");
    if (question.pool) return mistake("--shares: with --pool there are no clusters that could have shares");
    question.shares = true;
  }
  if (const auto every = tokens.value("--preemptible")) {
    const Result<Duration> time = text::parse_duration(*every);
    if (!time || time->count() <= 0) return wrong("--preemptible", *every, "a time such as 10m");
    question.saves_every = *time;
  }
  if (const auto spare = tokens.value("--spare")) {
    const Result<std::int64_t> machines = text::parse_whole(*spare, 0, 2);
    if (!machines) return mistake("--spare: " + machines.error().message);
    question.spare = static_cast<int>(*machines);
  }
  question.lenient = tokens.has("--lenient");

  if (const auto every = tokens.value("--when-every")) {
    const Result<std::int64_t> whole = text::parse_whole(*every, 1, 1'000'000'000);
    if (!whole) return mistake("--when-every: " + whole.error().message);
    flags.when_every = *whole;
  }
  if (const auto against = tokens.value("--against")) {
    const Result<model::Policy> other = policy_of("--against", *against);
    if (!other) return other.error();
    flags.against = *other;
  }
  if (const auto price = tokens.value("--gpu-hour")) {
    const auto milli = milli_of("--gpu-hour", *price, "a price from 0.001 to 1000 such as 2.50");
    if (!milli) return milli.error();
    flags.gpu_hour_milli = *milli;
  }
  flags.more = tokens.value("--more").value_or("");
  flags.starts = tokens.value("--starts").value_or("");
  flags.report = tokens.value("--report").value_or("");
  return flags;
}

}  // namespace busbar::cli
