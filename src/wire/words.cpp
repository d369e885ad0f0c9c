// SPDX-License-Identifier: Apache-2.0
#include "wire/words.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "wire/json_out.hpp"

namespace busbar::wire {
namespace {

using model::Reason;
using Kind = Reason::Kind;
using Scarce = Reason::Scarce;

std::string counted(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// "job 3", "jobs 3 and 4", "jobs 3, 4, 5 and 9 more".
std::string named(const std::vector<JobId>& jobs) {
  constexpr std::size_t most_named = 5;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < std::min(jobs.size(), most_named); ++i)
    ids.push_back(std::to_string(jobs[i].value));
  if (jobs.size() > most_named) ids.push_back(std::to_string(jobs.size() - most_named) + " more");
  if (ids.empty()) return "other jobs";
  if (ids.size() == 1) return "job " + ids.front();
  const std::string last = ids.back();
  ids.pop_back();
  return "jobs " + text::join(ids, ", ") + " and " + last;
}

/// "2 H100 GPUs", "0.5 of a GPU", "16 CPUs", "64 GiB of memory": so much of the scarce thing.
std::string amount(const Reason& reason, std::int64_t count) {
  const std::string model = reason.gpu_model.empty() ? "" : text::quote(reason.gpu_model).substr(1);
  const std::string gpu = (model.empty() ? "" : model.substr(0, model.size() - 1) + " ") + "GPU";
  switch (reason.scarce) {
    case Scarce::gpus:
      if (count > 0 && count < whole_device.count) return text::show(Share{count}) + " of a " + gpu;
      return text::show(Share{count}) + " " + gpu + (count == whole_device.count ? "" : "s");
    case Scarce::gpu_memory:
      return "a " + gpu + " with " + text::show(Bytes{count}) + " of memory";
    case Scarce::cpus:
      return text::show(Cpus{count}) + (count == 1000 ? " CPU" : " CPUs");
    case Scarce::memory:
      return text::show(Bytes{count}) + " of memory";
    case Scarce::disk:
      return text::show(Bytes{count}) + " of disk";
    case Scarce::nodes:
      return counted(count, "machine");
    case Scarce::ports:
      return "a free port for MASTER_PORT";
    case Scarce::machines:
      return reason.where.empty() ? "a machine that nobody has to themselves" : "a machine " + reason.where;
    case Scarce::none:
      break;
  }
  return std::to_string(count);
}

/// The number alone, where what is counted was named just before.
std::string bare(const Reason& reason, std::int64_t count) {
  switch (reason.scarce) {
    case Scarce::gpus:
      return text::show(Share{count});
    case Scarce::gpu_memory:
    case Scarce::memory:
    case Scarce::disk:
      return text::show(Bytes{count});
    case Scarce::cpus:
      return text::show(Cpus{count});
    default:
      return std::to_string(count);
  }
}

/// "14:05 UTC (in 12 min)", with the date when it is not within a day.
std::string clock_time(Instant at, Instant now) {
  const std::string full = text::rfc3339(at);
  const bool soon = at - now < std::chrono::hours(24);
  const std::string clock = full.substr(11, 5) + " UTC";
  return (soon ? clock : full.substr(0, 10) + " " + clock) + " (in " + text::show(Duration(at - now)) + ")";
}

/// By when it starts.
std::string moment(Instant at, Instant now) {
  return at <= now ? "any moment now" : "at the latest at " + clock_time(at, now);
}

std::string place(const Reason& reason) {
  if (reason.place <= 0 || reason.waiting <= 1) return "";
  return "; place " + std::to_string(reason.place) + " of " + std::to_string(reason.waiting) +
         " in the queue";
}

/// "2 of its 4 tasks would fit now, and each" or nothing for a job of one task.
std::string who_needs(const Reason& reason, const char* fit) {
  if (reason.tasks <= 1) return "needs ";
  return std::to_string(reason.tasks_fit) + " of its " + std::to_string(reason.tasks) + " tasks " + fit +
         "; each task needs ";
}

std::string none_that_large(const Reason& reason) {
  if (reason.scarce == Scarce::machines) return "needs " + amount(reason, 1) + "; there is none";
  if (reason.scarce == Scarce::nodes) {
    return "needs " + amount(reason, reason.wanted) + ", each with room for its part; there " +
           (reason.most_total == 1 ? "is " : "are ") + std::to_string(reason.most_total);
  }
  const std::string needs =
      who_needs(reason, "would fit if all machines were empty") + amount(reason, reason.wanted);
  if (reason.scarce == Scarce::gpu_memory) {
    return reason.most_total > 0 ? needs + "; the largest has " + bare(reason, reason.most_total)
                                 : needs + "; there is none";
  }
  const bool no_gpus = reason.scarce == Scarce::gpus && reason.most_total == 0;
  if (no_gpus)
    return needs + "; no machine has " + (reason.gpu_model.empty() ? "a GPU that suits" : "such a GPU");
  return needs + " on one machine; the most that a suitable machine has is " +
         bare(reason, reason.most_total);
}

std::string busy(const Reason& reason, Instant now) {
  std::string words;
  if (reason.scarce == Scarce::ports) {
    words = "needs " + amount(reason, 1) + "; every port of a suitable machine is taken";
  } else if (reason.scarce == Scarce::machines) {
    words = "needs " + amount(reason, 1) + "; none is free";
  } else if (reason.scarce == Scarce::nodes) {
    words = "needs " + amount(reason, reason.wanted) + ", each with room for its part; free are " +
            std::to_string(reason.most_free) + " of " + std::to_string(reason.most_total);
  } else if (reason.scarce == Scarce::none) {
    words = "waits until machines are free";
  } else {
    words = who_needs(reason, "would fit now") + amount(reason, reason.wanted) +
            " on one machine; the most that is free is " + bare(reason, reason.most_free) + " of " +
            bare(reason, reason.most_total);
  }
  if (!reason.jobs.empty()) words += "; in use by " + named(reason.jobs);
  if (reason.free_at) words += "; starts " + moment(*reason.free_at, now);
  return words + place(reason);
}

/// "needs 2 GPUs; its project "vision" holds 4 of the 5 that it may hold at most".
std::string over_its_share(const Reason& reason) {
  const std::string needs = "needs " + amount(reason, reason.wanted);
  const std::string whose = "project " + text::quote(reason.project);
  const std::string holds = reason.kind == Kind::over_limit
                                ? " holds " + bare(reason, reason.held) + " of the " +
                                      bare(reason, reason.most_total) + " that it may hold at most"
                                : " holds " + bare(reason, reason.held) + " and is guaranteed " +
                                      bare(reason, reason.most_total) +
                                      "; more is lent only to jobs that may be stopped (--preemptible)";
  if (reason.jobs.empty()) return needs + "; " + whose + holds + place(reason);
  return "waits behind " + named(reason.jobs) + " of its project, which " + needs + "; " + whose + holds +
         place(reason);
}

/// "job 7 (loses at most 12 min x 2 GPUs)", "job 8 (saves first)".
std::string loss_of(const Reason::Loss& loss) {
  std::string words = "job " + std::to_string(loss.job.value) + " (";
  if (loss.saves) return words + "saves first)";
  if (loss.time <= Duration{0}) return words + "loses nothing)";
  words += "loses at most " + text::show(loss.time);
  if (loss.gpus > Share{0})
    words += " x " + text::show(loss.gpus) + (loss.gpus == whole_device ? " GPU" : " GPUs");
  return words + ")";
}

std::string making_room(const Reason& reason, Instant now) {
  std::vector<std::string> losses;
  for (const Reason::Loss& loss : reason.losses) losses.push_back(loss_of(loss));
  const std::string by = losses.empty() ? "" : ", by stopping " + text::join(losses, ", ");
  return "room is being made for it; starts " + (reason.free_at ? moment(*reason.free_at, now) : "soon") + by;
}

std::string_view word_of(Kind kind) {
  switch (kind) {
    case Kind::next_in_turn:
      return "next_in_turn";
    case Kind::dependency:
      return "dependency";
    case Kind::no_nodes:
      return "no_nodes";
    case Kind::none_that_large:
      return "none_that_large";
    case Kind::busy:
      return "busy";
    case Kind::behind:
      return "behind";
    case Kind::array_full:
      return "array_full";
    case Kind::stopping:
      return "stopping";
    case Kind::making_room:
      return "making_room";
    case Kind::drained:
      return "drained";
    case Kind::over_limit:
      return "over_limit";
    case Kind::over_share:
      return "over_share";
    case Kind::spare:
      return "spare";
    case Kind::held:
      return "held";
    case Kind::early:
      return "early";
    case Kind::reserved:
      return "reserved";
  }
  return "";
}
std::string_view word_of(Scarce scarce) {
  switch (scarce) {
    case Scarce::none:
      return "none";
    case Scarce::gpus:
      return "gpus";
    case Scarce::gpu_memory:
      return "gpu_memory";
    case Scarce::cpus:
      return "cpus";
    case Scarce::memory:
      return "memory";
    case Scarce::disk:
      return "disk";
    case Scarce::nodes:
      return "nodes";
    case Scarce::ports:
      return "ports";
    case Scarce::machines:
      return "machines";
  }
  return "";
}

/// The flag that asks for just so much: "-g 4:H100", "--mem 16GiB"; "" where no flag does.
std::string flag(const Reason& reason, std::int64_t count) {
  std::string size = text::show(Bytes{count});  // cut, never above what there is
  std::erase(size, ' ');
  switch (reason.scarce) {
    case Scarce::gpus:
      if (count > whole_device.count) count -= count % whole_device.count;
      return "-g " + text::show(Share{count}) + (reason.gpu_model.empty() ? "" : ":" + reason.gpu_model);
    case Scarce::gpu_memory:
      return "--gpu-memory " + size;
    case Scarce::cpus:
      return "--cpus " + text::show(Cpus{count});
    case Scarce::memory:
      return "--mem " + size;
    case Scarce::disk:
      return "--disk " + size;
    default:
      return "";
  }
}

/// "it was killed by SIGSEGV (signal 11)" or "it ended with exit code 3".
std::string exit_in_words(int exit_code, int signal) {
  if (signal == 0) return "it ended with exit code " + std::to_string(exit_code);
  const std::string name = text::signal_name(signal), number = "signal " + std::to_string(signal);
  return "killed by " + (name == number ? name : name + " (" + number + ")");
}

/// "held by ada", "held by root; only an administrator releases it".
std::string held(const Reason& reason) {
  const model::Hold hold = reason.hold.value_or(model::Hold{});
  return "held by " + hold.user + (hold.by_admin ? "; only an administrator releases it" : "");
}

std::string early(const Reason& reason, Instant now) {
  if (!reason.begins || *reason.begins <= now) return "its time to begin has come";
  return "begins at " + clock_time(*reason.begins, now) + " at the earliest";
}

/// Reserved now, or so soon that it might not be gone by then.
std::string reserved(const Reason& reason, Instant now) {
  const model::Reservation one = reason.reservation.value_or(model::Reservation{});
  std::string words = "would fit " + reason.machines + ", reserved for " + model::purpose_of(one) + " (" +
                      text::quote(one.name) + ") ";
  if (one.from > now) {
    words += "from " + clock_time(one.from, now) + ": it might still be there then";
  } else {
    words += "until " + clock_time(one.until, now);
  }
  if (reason.free_at) words += "; starts " + moment(*reason.free_at, now);
  return words + place(reason);
}

/// What keeps it, whatever its deadline.
std::string cause_in_words(const Reason& reason, Instant now) {
  switch (reason.kind) {
    case Kind::next_in_turn:
      return "fits now; starts with the next decision" + place(reason);
    case Kind::dependency:
      return "waits for " + named(reason.jobs);
    case Kind::no_nodes:
      return "no machine is up" + place(reason);
    case Kind::none_that_large:
      return none_that_large(reason);
    case Kind::busy:
      return busy(reason, now);
    case Kind::behind: {
      std::string words = "would fit now, but would delay " + named(reason.jobs) +
                          ", which is ahead and has its place reserved";
      if (reason.free_at) words += "; starts " + moment(*reason.free_at, now);
      return words + place(reason);
    }
    case Kind::array_full:
      if (reason.most_total <= 0) return "as many elements of its array run as its submitter allowed";
      return std::to_string(reason.wanted) +
             (reason.wanted == 1 ? " element of its array runs" : " elements of its array run") +
             ", and its submitter allowed " + std::to_string(reason.most_total) + " at once";
    case Kind::stopping:
      return "its former run is still being stopped";
    case Kind::making_room:
      return making_room(reason, now);
    case Kind::drained:
      return "would fit " + reason.machines + ": an administrator lets nothing new start there" +
             place(reason);
    case Kind::over_limit:
    case Kind::over_share:
      return over_its_share(reason);
    case Kind::spare:
      return "would fit now, but the jobs of a machine that fails would then have no place elsewhere" +
             (reason.free_at ? "; starts " + moment(*reason.free_at, now) : "") + place(reason);
    case Kind::held:
      return held(reason);
    case Kind::early:
      return early(reason, now);
    case Kind::reserved:
      return reserved(reason, now);
  }
  return "";
}

}  // namespace

std::string in_words(const Reason& reason, Instant now) {
  const std::string cause = cause_in_words(reason, now);
  if (!reason.last_start || *reason.last_start < now) return cause;
  return cause + "; starts by " + clock_time(*reason.last_start, now) + ", or ends as DEADLINE";
}

namespace {

/// `hold` is what to do about a request that no machine could ever hold.
std::string advice(const Reason& reason, const std::string& hold) {
  switch (reason.kind) {
    case Kind::none_that_large:
      if (reason.tasks > 1 && reason.tasks_fit > 0 && reason.scarce != Scarce::nodes) {
        return "try: --tasks " + std::to_string(reason.tasks_fit) + ", or " + hold;
      }
      if (reason.scarce == Scarce::nodes && reason.most_total > 0) {
        const std::int64_t each = (reason.tasks + reason.most_total - 1) / reason.most_total;
        return (reason.per_node > 0 ? "try: --tasks-per-node " + std::to_string(each)
                                    : "try: --nodes " + std::to_string(reason.most_total)) +
               ", or " + hold;
      }
      if (reason.most_total > 0) return "try: " + flag(reason, reason.most_total) + ", or " + hold;
      if (reason.scarce == Scarce::machines)
        return "try: names and labels that `busbar nodes` lists, or " + hold;
      if (reason.scarce == Scarce::gpus || reason.scarce == Scarce::gpu_memory) {
        return "try: a GPU that `busbar nodes` lists, or " + hold;
      }
      return "try: " + hold;
    case Kind::no_nodes:
      return "try: `busbar nodes`, which says what became of the machines";
    case Kind::busy:
      // A whole device may be had now where several were asked for; of other things people need what they
      // need.
      if (reason.scarce == Scarce::gpus && reason.tasks <= 1 && reason.most_free >= whole_device.count &&
          reason.most_free < reason.wanted) {
        return "try: " + flag(reason, reason.most_free) + ", as many are free now";
      }
      if (reason.idle > Cpus{0})
        return "try: --preemptible, with which it may run on the " + text::show(reason.idle) +
               " CPUs that others hold there and leave idle";
      return "";
    case Kind::behind:
      return "try: a shorter --time, so that it ends before " + named(reason.jobs) + " can start";
    case Kind::array_full:
      return "try: a larger number behind the % of --array next time";
    case Kind::next_in_turn:
    case Kind::dependency:
    case Kind::stopping:
    case Kind::making_room:
      return "";
    case Kind::drained:
      return "try: `busbar nodes`, which says who drains them";
    case Kind::held: {
      const bool by_admin = reason.hold && reason.hold->by_admin;
      return by_admin || reason.jobs.empty() ? ""
                                             : "try: busbar release " + std::to_string(reason.jobs[0].value);
    }
    case Kind::early:
      return "";
    case Kind::reserved:
      return "try: a --time that ends it before then, or see `busbar reservations`";
    case Kind::over_limit:
      return "see: `busbar usage`, which says what each project holds";
    case Kind::over_share:
      return "try: --preemptible, which lets it borrow what others leave idle";
    case Kind::spare:
      return "try: --preemptible, which lets it run in the room that is kept";
  }
  return "";
}

}  // namespace

std::string advice(const Reason& reason) {
  return advice(reason, "--hold-for-nodes to queue it all the same");
}

std::string encode(const Reason& reason, Instant now) {
  JsonOut out;
  out.open('{');
  out.word("kind", word_of(reason.kind));
  out.word("scarce", word_of(reason.scarce));
  out.whole("wanted", reason.wanted);
  out.whole("most_free", reason.most_free);
  out.whole("most_total", reason.most_total);
  out.word("gpu_model", reason.gpu_model);
  if (!reason.where.empty()) out.word("where", reason.where);
  out.whole("tasks", reason.tasks);
  out.whole("tasks_fit", reason.tasks_fit);
  out.whole("place", reason.place);
  out.whole("waiting", reason.waiting);
  out.time("free_at", reason.free_at.value_or(Instant{}));
  if (reason.begins) out.time("begins", *reason.begins);
  if (reason.last_start) out.time("last_start", *reason.last_start);
  if (reason.reservation) {
    out.word("reservation", reason.reservation->name);
    out.time("from", reason.reservation->from);
    out.time("until", reason.reservation->until);
  }
  if (reason.hold) {
    out.word("held_by", reason.hold->user);
    out.truth("by_admin", reason.hold->by_admin);
  }
  out.key("jobs");
  out.open('[');
  for (const JobId job : reason.jobs) out.whole(job.value);
  out.close(']');
  if (!reason.machines.empty()) out.word("machines", reason.machines);
  if (!reason.project.empty()) {
    out.word("project", reason.project);
    out.whole("held", reason.held);
  }
  if (!reason.losses.empty()) {
    out.key("losses");
    out.open('[');
    for (const Reason::Loss& loss : reason.losses) {
      out.open('{');
      out.whole("job", loss.job.value);
      out.whole("lost_ms", loss.time.count());
      out.whole("gpu_milli", loss.gpus.count);
      out.truth("saves", loss.saves);
      out.close('}');
    }
    out.close(']');
  }
  out.word("words", in_words(reason, now));
  out.word("advice", advice(reason, "wait for a machine that is large enough"));  // it is queued already
  out.close('}');
  return std::move(out.text);
}

std::string ending_in_words(const model::Job& job) {
  using model::JobState;
  const model::JobSpec plain;
  const model::JobSpec& spec = job.spec ? *job.spec : plain;
  const std::string because = job.reason.empty() ? "" : ": " + job.reason;
  switch (job.state) {
    case JobState::pending:
    case JobState::running:
    case JobState::suspended:
      return "";
    case JobState::completed:
      return "it ended well";
    case JobState::failed:
      return exit_in_words(job.exit_code, job.signal) + because;
    case JobState::cancelled:
      return job.reason.empty() ? "cancelled" : job.reason;
    case JobState::timeout:
      return "over its time limit" +
             (spec.time_limit.count() == 0 ? "" : " of " + text::show(spec.time_limit)) + because;
    case JobState::out_of_memory:
      return "over its memory limit" +
             (spec.each.memory.count == 0 ? "" : " of " + text::show(spec.each.memory)) + because;
    case JobState::node_fail:
      return "its machine or its supervisor went away; how it ended is not known" + because;
    case JobState::preempted:
      return "it made room for another job" + because;
    case JobState::deadline:
      return job.reason.empty() ? "its deadline passed" : job.reason;
    case JobState::boot_fail:
      return "it could not be started" + because;
  }
  return "";
}

}  // namespace busbar::wire
