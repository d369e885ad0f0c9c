// SPDX-License-Identifier: Apache-2.0
#include "engine/local/log_reader.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "engine/local/shim/log_format.hpp"
#include "engine/local/shim/system.hpp"

namespace busbar::engine {
namespace {

using shim::ChunkHead;
constexpr std::int64_t head_size = sizeof(ChunkHead);

struct Segment {
  std::int64_t position = 0, end = 0;
};

std::vector<Segment> segments_in(const std::string& folder) {
  std::vector<Segment> segments;
  DIR* dir = ::opendir(folder.c_str());
  while (const dirent* entry = dir ? ::readdir(dir) : nullptr)
    if (std::strncmp(entry->d_name, "log.", 4) == 0 && std::strlen(entry->d_name) == 20)
      segments.push_back({static_cast<std::int64_t>(std::strtoull(entry->d_name + 4, nullptr, 16)), 0});
  if (dir) ::closedir(dir);
  std::sort(segments.begin(), segments.end(),
            [](const Segment& a, const Segment& b) { return a.position < b.position; });
  return segments;
}

bool read_at(int fd, std::int64_t offset, void* into, std::size_t size) {
  return ::pread(fd, into, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

class Pager {
 public:
  Pager(std::string folder, std::int64_t from, std::size_t most)
      : folder_(std::move(folder)), from_(std::max<std::int64_t>(0, from)), most_(most) {
    page_.next = from_;
  }

  OutputPage run() {
    std::vector<Segment> segments = segments_in(folder_);
    for (std::size_t i = 0; i < segments.size() && !full_; ++i) {
      const std::int64_t next = i + 1 < segments.size() ? segments[i + 1].position : INT64_MAX;
      if (next <= from_) continue;
      // Between two segments that do not touch, others have been dropped.
      if (segments[i].position > page_.next) tell_gap(segments[i].position);
      read_segment(segments[i], next);
    }
    page_.at_end = !full_;
    return std::move(page_);
  }

 private:
  void tell_gap(std::int64_t position) {
    const std::int64_t bytes = position - page_.next;
    page_.next = position;
    Output note;
    note.stream = Output::Stream::note;
    note.at = last_;
    note.bytes = "[busbar: about " + text::show(Bytes{bytes}) +
                 " of output were dropped here to keep the log within its limit]\n";
    page_.pieces.push_back(std::move(note));
  }

  void read_segment(const Segment& segment, std::int64_t limit) {
    shim::Fd file(
        ::open((folder_ + "/" + shim::segment_name(segment.position)).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return;  // dropped between the listing and now: the next page tells the gap
    ChunkHead head;
    std::int64_t at = std::max<std::int64_t>(0, from_ - segment.position);
    // Positions that we gave out are chunk boundaries; another one is brought to the next boundary.
    if (at > 0 && (!read_at(file.get(), at, &head, sizeof head) || !is_head(head)))
      at = boundary_from(file.get(), at);
    while (segment.position + at < limit && read_at(file.get(), at, &head, sizeof head) && is_head(head)) {
      if (taken_ > 0 && taken_ + head.length > most_) {
        full_ = true;
        return;
      }
      Output piece;
      piece.stream = static_cast<Output::Stream>(head.stream);
      piece.at = last_ = Instant(Duration(head.at_unix_ms));
      piece.bytes.resize(head.length);
      if (!read_at(file.get(), at + head_size, piece.bytes.data(), head.length))
        return;  // still being written
      taken_ += head.length;
      at += head_size + head.length;
      page_.next = segment.position + at;
      page_.pieces.push_back(std::move(piece));
    }
  }

  static bool is_head(const ChunkHead& head) {
    return head.magic == ChunkHead{}.magic && head.length <= shim::longest_chunk && head.stream <= 2;
  }

  static std::int64_t boundary_from(int fd, std::int64_t wanted) {
    ChunkHead head;
    std::int64_t at = 0;
    while (at < wanted && read_at(fd, at, &head, sizeof head) && is_head(head)) at += head_size + head.length;
    return at;
  }

  std::string folder_;
  std::int64_t from_;
  std::size_t most_, taken_ = 0;
  bool full_ = false;
  Instant last_;
  OutputPage page_;
};

}  // namespace

Result<OutputPage> read_log(const std::string& folder, std::int64_t from, std::size_t most) {
  return Pager(folder, from, most).run();
}

}  // namespace busbar::engine
