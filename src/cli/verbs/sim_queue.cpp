// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "cli/render/queue.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

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
};

Result<Timed> replay(const sim::QueueQuestion& question, bool quiet, Sheet* starts) {
  Progress progress(quiet);
  sim::QueueWatch watch;
  watch.progress = [&progress](std::int64_t jobs, Instant now) { progress.show(jobs, now); };
  if (starts != nullptr) {
    starts->write(render::starts_header);
    watch.over = [starts](const sim::JobOutcome& outcome, Instant begin) {
      starts->write(render::starts_line(outcome, begin));
    };
  }
  const auto begin = Steady::now();
  Result<sim::QueueAnswer> answer = sim::replay_queue(question, watch);
  if (!answer) return answer.error();
  return Timed{std::move(*answer), std::chrono::duration_cast<Duration>(Steady::now() - begin)};
}

}  // namespace

int sim_queue(const Invocation& invocation) {
  const QueueFlags& flags = invocation.sim_queue;
  std::optional<Sheet> starts;
  if (!flags.starts.empty()) starts.emplace(flags.starts);
  Result<Timed> done = replay(flags.question, invocation.quiet, starts ? &*starts : nullptr);
  if (!done) return failed(done.error());
  if (starts)
    if (const Status written = starts->close(); !written) return failed(written.error());
  if (!invocation.quiet)
    for (const std::string& remark : render::remarks(done->answer)) note(remark);
  return print(invocation.json ? render::queue_json(done->answer, done->took)
                               : render::queue(done->answer, done->took, screen_of(STDOUT_FILENO)));
}

}  // namespace busbar::cli
