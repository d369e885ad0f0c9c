// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "cli/render/queue.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"
#include "sim/report.hpp"

namespace busbar::cli {
namespace {

using Steady = std::chrono::steady_clock;

/// A file that is there as a whole at the end, or the command has failed.
class Sheet {
 public:
  explicit Sheet(const std::string& path) : path_(path), file_(path, std::ios::binary | std::ios::trunc) {}
  void write(const std::string& text) { file_ << text; }
  Status close() {
    file_.close();
    if (file_) return Done{};
    return Error{Errc::unavailable, path_ + ": cannot be written"};
  }

 private:
  std::string path_;
  std::ofstream file_;
};

/// One line on stderr that changes while the replay runs; on a terminal alone.
class Progress {
 public:
  explicit Progress(bool quiet) : shown_(!quiet && screen_of(STDERR_FILENO).width > 0) {}
  ~Progress() {
    if (drawn_) write_all(STDERR_FILENO, "\r\x1b[K");
  }
  void show(std::int64_t jobs, Instant now) {
    if (!shown_ || (drawn_ && Steady::now() - last_ < std::chrono::milliseconds(100))) return;
    last_ = Steady::now();
    drawn_ = true;
    const std::string day = text::rfc3339(now).substr(0, 10);
    write_all(STDERR_FILENO, "\r\x1b[K" + std::to_string(jobs) + " jobs over; it is " + day + " there");
  }

 private:
  bool shown_, drawn_ = false;
  Steady::time_point last_;
};

struct Timed {
  sim::QueueAnswer answer;
  Duration took;
  std::optional<plan::Hits> hits;
};

Result<Timed> replay(const sim::QueueQuestion& question, bool quiet, Sheet* starts, std::int64_t when_every) {
  Progress progress(quiet);
  sim::QueueWatch watch;
  watch.progress = [&progress](std::int64_t jobs, Instant now) { progress.show(jobs, now); };
  if (starts != nullptr) {
    starts->write(render::starts_header);
    watch.over = [starts](const sim::JobOutcome& outcome, Instant begin) {
      starts->write(render::starts_line(outcome, begin));
    };
  }
  plan::Calibration calibration(when_every);
  if (when_every > 0)
    watch.beside = [&calibration](const sim::World& world) { return calibration.beside(world); };
  const auto begin = Steady::now();
  Result<sim::QueueAnswer> answer = sim::replay_queue(question, watch);
  if (!answer) return answer.error();
  Timed timed{std::move(*answer), std::chrono::duration_cast<Duration>(Steady::now() - begin), std::nullopt};
  if (when_every > 0) timed.hits = calibration.hits();
  return timed;
}

/// The page compares the replay with a second one where that was asked for, else with the recorded days where
/// they are known.
Status write_report(const QueueFlags& flags, const sim::QueueAnswer& answer, const sim::QueueAnswer* other) {
  sim::Report report{flags.question.jobs,
                     answer.format,
                     render::machines(answer) + ".",
                     {},
                     render::remarks(answer),
                     double(flags.gpu_hour_milli) / 1000};
  const std::string label = answer.policy;
  if (other) {
    std::string second = other->policy;
    if (!flags.more.empty()) {
      second += ", with " + flags.more + " more";
      report.machines += " In the second replay " + render::machines(*other) + ".";
    }
    report.runs = {{label, &answer.measures}, {second, &other->measures}};
  } else if (answer.recorded) {
    report.runs = {{"as recorded", &*answer.recorded}, {label, &answer.measures}};
  } else {
    report.runs = {{label, &answer.measures}};
  }
  Sheet page(flags.report);
  page.write(sim::report_page(report));
  return page.close();
}

/// What to compare with, where that was asked for.
Result<std::optional<Timed>> second_replay(const QueueFlags& flags, bool quiet) {
  if (!flags.against && flags.more.empty()) return std::optional<Timed>{};
  sim::QueueQuestion question = flags.question;
  if (flags.against) question.policy = *flags.against;
  question.more = flags.more;
  Result<Timed> done = replay(question, quiet, nullptr, flags.when_every);
  if (!done) return done.error();
  return std::optional(std::move(*done));
}

}  // namespace

int sim_queue(const Invocation& invocation) {
  const QueueFlags& flags = invocation.sim_queue;
  std::optional<Sheet> starts;
  if (!flags.starts.empty()) starts.emplace(flags.starts);
  Result<Timed> done =
      replay(flags.question, invocation.quiet, starts ? &*starts : nullptr, flags.when_every);
  if (!done) return failed(done.error());
  if (starts)
    if (const Status written = starts->close(); !written) return failed(written.error());
  Result<std::optional<Timed>> other = second_replay(flags, invocation.quiet);
  if (!other) return failed(other.error());
  if (!flags.report.empty()) {
    const Status written = write_report(flags, done->answer, *other ? &(*other)->answer : nullptr);
    if (!written) return failed(written.error());
  }
  if (!invocation.quiet)
    for (const std::string& remark : render::remarks(done->answer)) note(remark);
  const double gpu_hour = double(flags.gpu_hour_milli) / 1000;
  std::vector<render::Replayed> replays = {{&done->answer, done->took, gpu_hour, done->hits}};
  if (*other) replays.push_back({&(*other)->answer, (*other)->took, gpu_hour, (*other)->hits});
  return print(invocation.json ? render::queue_json(replays)
                               : render::queue(replays, screen_of(STDOUT_FILENO)));
}

}  // namespace busbar::cli
