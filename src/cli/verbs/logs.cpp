// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <deque>

#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

bool is_wanted(const Invocation& invocation, Stream stream) {
  if (invocation.only_out) return stream == Stream::out;
  if (invocation.only_err) return stream == Stream::err;
  return true;
}

bool write_out(Stream stream, std::string_view bytes) {
  return write_all(stream == Stream::out ? STDOUT_FILENO : STDERR_FILENO, bytes);
}

/// The last lines that went by, each with where it belongs.
class Tail {
 public:
  explicit Tail(std::size_t most) : most_(most) {}

  void take(Stream stream, std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::size_t length = end == std::string_view::npos ? bytes.size() : end + 1;
      std::string& open = open_[static_cast<std::size_t>(stream)];
      open += bytes.substr(0, length);
      if (end != std::string_view::npos) keep(stream, open);
      bytes.remove_prefix(length);
    }
  }
  bool write() {
    for (const Stream stream : {Stream::out, Stream::err, Stream::note}) {
      std::string& open = open_[static_cast<std::size_t>(stream)];
      if (!open.empty()) keep(stream, open);
    }
    for (const auto& [stream, line] : lines_) {
      if (!write_out(stream, line)) return false;
    }
    return true;
  }

 private:
  void keep(Stream stream, std::string& line) {
    lines_.emplace_back(stream, std::move(line));
    line.clear();
    if (lines_.size() > most_) lines_.pop_front();
  }
  std::size_t most_;
  std::deque<std::pair<Stream, std::string>> lines_;
  std::string open_[3];  // a line of each stream that has not ended yet
};

struct ReadTo {
  std::int64_t next = 0;
  bool reader_gone = false;
};

/// All that is there now.
Result<ReadTo> read_what_is_there(Remote& remote, JobId id, const Invocation& invocation) {
  std::string path =
      "/v1/jobs/" + std::to_string(id.value) + "/output?task=" + std::to_string(invocation.task.value_or(0));
  if (invocation.attempt) path += "&attempt=" + std::to_string(*invocation.attempt);
  std::optional<Tail> tail;
  if (invocation.tail) tail.emplace(static_cast<std::size_t>(*invocation.tail));
  ReadTo read;
  for (bool at_end = false; !at_end;) {
    auto page = remote.ask_json("GET", path + "&from=" + std::to_string(read.next) + "&most=1048576");
    if (!page) return page.error();
    for (const json::value& piece : list_at(*page, "pieces")) {
      const Stream stream = stream_of(text_at(piece, "stream"));
      if (!is_wanted(invocation, stream)) continue;
      if (tail) {
        tail->take(stream, bytes_of(piece));
      } else if (!write_out(stream, bytes_of(piece))) {
        return ReadTo{read.next, true};
      }
    }
    const std::int64_t next = whole_at(*page, "next", read.next);
    at_end = truth_at(*page, "at_end") || next == read.next;
    read.next = next;
  }
  if (tail) read.reader_gone = !tail->write();
  return read;
}

int follow_on(Remote& remote, JobId id, const Invocation& invocation, std::int64_t from) {
  Interrupts interrupts;
  FollowOptions options;
  options.output = [&](Stream stream, std::string_view bytes) {
    return !is_wanted(invocation, stream) || write_out(stream, bytes);
  };
  options.remark = [](const std::string& sentence) { note(sentence); };
  options.every_task = false;
  options.task = invocation.task.value_or(0);
  options.attempt = invocation.attempt;
  options.from = from;
  auto followed = follow(remote, id, options, interrupts);
  if (!followed) return failed(followed.error());
  if (followed->by == Followed::By::left) return 128 + SIGINT;
  return followed->by == Followed::By::reader_gone ? 128 + SIGPIPE : 0;
}

}  // namespace

int logs(const Invocation& invocation) {
  auto remote = remote_of(invocation);
  if (!remote) return failed(remote.error());
  auto id = remote->find(invocation.jobs.front());
  if (!id) return failed(id.error());
  if (invocation.follow && !invocation.tail) return follow_on(*remote, *id, invocation, 0);
  auto read = read_what_is_there(*remote, *id, invocation);
  if (!read) return failed(read.error());
  if (read->reader_gone) return 128 + SIGPIPE;
  if (!invocation.follow) return 0;
  return follow_on(*remote, *id, invocation, read->next);
}

}  // namespace busbar::cli
