// SPDX-License-Identifier: Apache-2.0
#include "cli/follow.hpp"

#include <time.h>

#include <chrono>
#include <map>

#include "base/text.hpp"
#include "cli/base64.hpp"
#include "wire/forms.hpp"

namespace busbar::cli {
namespace {

using Steady = std::chrono::steady_clock;

/// Where one task's output has been read to.
struct Position {
  int attempt = 0;  // 0: not known yet
  std::int64_t next = 0;
};

class Follower {
 public:
  Follower(Remote& remote, JobId id, const FollowOptions& options, Interrupts& interrupts)
      : remote_(remote),
        id_(id),
        options_(options),
        interrupts_(interrupts),
        aside_(net::client(remote.place().socket())) {
    positions_[options.task] = {options.attempt.value_or(0), options.from};
    all_in_stream_ = options.every_task;
  }

  Result<Followed> go();

 private:
  bool take(std::string_view piece);
  bool take_line(std::string_view line);
  void take_job(const json::value& job);
  bool take_output(const json::value& line);
  bool interrupted();
  bool keys();
  void stop_job();
  void tell_why();
  bool is_gang() const { return options_.output && options_.every_task && job_.tasks.size() > 1; }
  bool read_other_tasks();
  bool read_page(int task, Position& at, bool& at_end);
  bool wait_for_server();
  std::string target() const;
  std::string job_path() const { return "/v1/jobs/" + std::to_string(id_.value); }
  void remark(const std::string& sentence) const {
    if (options_.remark) options_.remark(sentence);
  }
  Result<Followed> ended(Followed::By by) const { return Followed{by, job_}; }

  Remote& remote_;
  const JobId id_;
  const FollowOptions& options_;
  Interrupts& interrupts_;
  std::unique_ptr<net::Client> aside_;  // for questions while the stream is open
  JobAnswer job_;
  bool known_ = false;                                // job_ has been told
  std::string line_;                                  // an unfinished one
  std::map<int, Position> positions_;                 // by task
  std::vector<std::pair<Stream, std::string>> page_;  // output whose end position has not come yet
  bool all_in_stream_ = true;                         // the stream brings the output of every task
  std::optional<Followed::By> over_by_;
  int presses_seen_ = 0;
  bool stop_asked_ = false;
  std::string told_why_;  // kind of the reason last told
  std::optional<Steady::time_point> away_since_;
  bool told_away_ = false;
};

std::string Follower::target() const {
  std::string path = job_path() + "/events";
  if (!options_.output) return path;
  const Position& at = positions_.at(options_.task);
  path += "?output=1&from=" + std::to_string(at.next);
  if (at.attempt != 0) path += "&attempt=" + std::to_string(at.attempt);
  if (!all_in_stream_) path += "&task=" + std::to_string(options_.task);
  return path;
}

Result<Followed> Follower::go() {
  for (;;) {
    line_.clear();
    page_.clear();  // it comes again
    auto response = remote_.client().stream(
        "GET", target(), {}, [this](std::string_view piece) { return take(piece); },
        [this] { return interrupted(); });
    if (over_by_) return ended(*over_by_);
    if (response && response->status / 100 != 2) {
      const Error error = wire::decode_error(response->status, response->body);
      if (error.code != Errc::unavailable) return error;
    } else if (response && known_ && job_.over()) {
      if (is_gang() && !read_other_tasks()) return ended(Followed::By::reader_gone);
      return ended(stop_asked_ ? Followed::By::stopped : Followed::By::job_over);
    } else if (!response && response.error().code != Errc::unavailable) {
      return remote_.explained(response.error());
    }
    // A stream resumes one task where it was left; the others are then read page by page, each from its own
    // place.
    if (is_gang()) all_in_stream_ = false;
    if (!wait_for_server()) {
      if (over_by_) return ended(*over_by_);
      return Error{Errc::unavailable, "job " + std::to_string(id_.value) + ": the server has been away for " +
                                          text::show(options_.patience.whole) +
                                          "; the job may go on without it"};
    }
  }
}

/// True when it is time to try again.
bool Follower::wait_for_server() {
  const auto now = Steady::now();
  if (!away_since_) away_since_ = now;
  if (now - *away_since_ >= options_.patience.whole) return false;
  if (!told_away_) {
    remark("job " + std::to_string(id_.value) + ": the server went away; trying to reach it for " +
           text::show(options_.patience.whole) + " (running jobs go on without it)");
    told_away_ = true;
  }
  const timespec pause{options_.patience.pause.count() / 1000,
                       options_.patience.pause.count() % 1000 * 1'000'000};
  ::nanosleep(&pause, nullptr);  // a key ends it early
  return keys();
}

bool Follower::take(std::string_view piece) {
  away_since_.reset();
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    if (end == std::string_view::npos) {
      line_ += piece;
      return true;
    }
    bool go_on = false;
    if (line_.empty()) {
      go_on = take_line(piece.substr(0, end));
    } else {
      line_ += piece.substr(0, end);
      go_on = take_line(line_);
      line_.clear();
    }
    if (!go_on) return false;
    piece.remove_prefix(end + 1);
  }
  return true;
}

bool Follower::take_line(std::string_view line) {
  if (line.empty()) return true;
  auto value = parse_json(line);
  if (!value) return true;  // a kind of news that this client does not know
  const json::value& job = at(*value, "job");
  if (job.is_object()) return take_job(job), true;
  if (options_.output && !at(*value, "stream").is_null()) return take_output(*value);
  return true;
}

void Follower::take_job(const json::value& from) {
  const bool first = !known_;
  const bool waited = job_.waits();
  job_ = read_job(from);
  known_ = true;
  if (first && options_.remark && options_.tell_waits && job_.waits())
    interrupts_.tick_after(options_.first_remark);
  if (waited && !job_.waits() && !told_why_.empty()) {
    told_why_.clear();
    if (job_.state == "RUNNING") remark("job " + show_id(job_) + " runs on " + job_.node);
  }
  if (is_gang() && !all_in_stream_ && job_.state == "RUNNING")
    interrupts_.tick_after(std::chrono::milliseconds(200));
}

/// The last line of a page tells the position behind it. Its output is handed on only then, so that a page
/// that breaks off in the middle can be read again from its beginning.
bool Follower::take_output(const json::value& line) {
  page_.emplace_back(stream_of(text_at(line, "stream")), bytes_of(line));
  if (at(line, "next").is_null()) return true;
  Position& at = positions_[static_cast<int>(whole_at(line, "task", options_.task))];
  at.next = whole_at(line, "next", at.next);
  at.attempt = static_cast<int>(whole_at(line, "attempt", job_.attempt));
  for (const auto& [stream, bytes] : page_) {
    if (options_.output(stream, bytes)) continue;
    over_by_ = Followed::By::reader_gone;
    return false;
  }
  page_.clear();
  return true;
}

/// Called when a signal woke the stream; false hangs up.
bool Follower::interrupted() {
  if (!keys()) return false;
  if (!interrupts_.ticked()) return true;
  if (job_.waits()) {
    tell_why();
    interrupts_.tick_after(std::chrono::seconds(5));
  } else if (is_gang() && !all_in_stream_ && !job_.over()) {
    if (!read_other_tasks()) {
      over_by_ = Followed::By::reader_gone;
      return false;
    }
    interrupts_.tick_after(std::chrono::milliseconds(200));
  }
  return true;
}

/// False when the keys say to go.
bool Follower::keys() {
  if (interrupts_.leave()) {
    over_by_ = Followed::By::left;
    return false;
  }
  while (presses_seen_ < interrupts_.presses()) {
    ++presses_seen_;
    if (options_.stop_as.value == 0) {
      over_by_ = Followed::By::left;
      return false;
    }
    if (presses_seen_ == 1) {
      options_.answer("job " + std::to_string(id_.value) +
                      " goes on; Ctrl-C again stops it, Ctrl-\\ leaves it running");
    } else if (!stop_asked_) {
      stop_job();
    } else {
      over_by_ = Followed::By::stopped;
      return false;
    }
  }
  return true;
}

void Follower::stop_job() {
  const std::string id = std::to_string(options_.stop_as.value);
  auto response =
      aside_->ask("POST", "/v1/jobs/" + id + "/stop",
                  R"({"reason":"Ctrl-C in busbar run","whole_array":true})", std::chrono::seconds(5));
  stop_asked_ = response && response->status / 100 == 2;
  if (stop_asked_) {
    options_.answer("job " + id + " is being stopped; Ctrl-C again does not wait for its end");
  } else {
    options_.answer(
        "job " + id + " could not be stopped: " +
        (response ? wire::decode_error(response->status, response->body) : response.error()).message +
        "; Ctrl-\\ leaves");
  }
}

void Follower::tell_why() {
  auto response = aside_->ask("GET", job_path() + "/why", {}, std::chrono::seconds(5));
  if (!response || response->status != 200) return;  // the stream will notice a server that has gone
  auto answer = parse_json(response->body);
  if (!answer) return;
  const json::value& reason = at(*answer, "reason");
  const std::string kind = text_at(reason, "kind");
  if (kind.empty() || kind == "next_in_turn" || kind == told_why_) return;
  told_why_ = kind;
  remark("job " + show_id(job_) + " waits: " + text_at(reason, "words"));
}

/// False when nobody reads any more.
bool Follower::read_other_tasks() {
  if (all_in_stream_) return true;
  for (const TaskAnswer& task : job_.tasks) {
    if (task.index == options_.task || task.attempt == 0) continue;
    Position& at = positions_[task.index];
    if (at.attempt == 0) at.attempt = 1;
    for (bool at_end = false; !at_end;) {
      if (!read_page(task.index, at, at_end)) return false;
      if (at_end && at.attempt < task.attempt) {
        at = {at.attempt + 1, 0};
        at_end = false;
      }
    }
  }
  return true;
}

bool Follower::read_page(int task, Position& at_position, bool& at_end) {
  auto response = aside_->ask("GET", job_path() + "/output?task=" + std::to_string(task) +
                                         "&attempt=" + std::to_string(at_position.attempt) +
                                         "&from=" + std::to_string(at_position.next) + "&most=1048576");
  at_end = true;
  if (!response || response->status != 200) return true;  // tried again with the next tick
  auto page = parse_json(response->body);
  if (!page) return true;
  for (const json::value& piece : list_at(*page, "pieces")) {
    if (!options_.output(stream_of(text_at(piece, "stream")), bytes_of(piece))) return false;
  }
  const std::int64_t next = whole_at(*page, "next", at_position.next);
  at_end = truth_at(*page, "at_end") || next == at_position.next;
  at_position.next = next;
  return true;
}

}  // namespace

Stream stream_of(std::string_view word) {
  if (word == "out") return Stream::out;
  if (word == "err") return Stream::err;
  return Stream::note;
}

std::string bytes_of(const json::value& piece) {
  if (at(piece, "base64").is_string()) return decode_base64(text_at(piece, "base64"));
  return text_at(piece, "text");
}

Result<Followed> follow(Remote& remote, JobId id, const FollowOptions& options, Interrupts& interrupts) {
  return Follower(remote, id, options, interrupts).go();
}

}  // namespace busbar::cli
