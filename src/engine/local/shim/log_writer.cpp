// SPDX-License-Identifier: Apache-2.0
#include "engine/local/shim/log_writer.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <cstring>

namespace busbar::shim {
namespace {
constexpr std::int64_t head_size = sizeof(ChunkHead);
constexpr std::int64_t least_chunk = 512;  // below it a new segment is the better place
}  // namespace

LogWriter::LogWriter(int folder, std::int64_t limit)
    : folder_(folder),
      limit_(std::max<std::int64_t>(limit, 16 * 1024)),
      segment_size_(std::clamp<std::int64_t>(limit_ / 8, 4 * 1024, 8 * 1024 * 1024)) {}

void LogWriter::write(Stream stream, std::string_view bytes) {
  while (!bytes.empty()) {
    // Cut so that segments are filled: the first one is kept for ever and should hold as much as it can.
    std::int64_t room = segment_size_ - head_size;
    if (current_ && room - segments_.back().size >= least_chunk) room -= segments_.back().size;
    const std::string_view piece =
        bytes.substr(0, static_cast<std::size_t>(std::min<std::int64_t>(room, longest_chunk)));
    bytes.remove_prefix(piece.size());
    if (dropped_ > 0) close();
    if (dropped_ > 0 || !put(stream, piece)) dropped_ += static_cast<std::int64_t>(piece.size());
  }
}

void LogWriter::close() {
  if (dropped_ == 0) return;
  const std::string note = "[busbar: " + std::to_string(dropped_) +
                           " bytes of output could not be kept: " + std::strerror(why_) + "]\n";
  if (put(Stream::note, note)) dropped_ = 0;
}

bool LogWriter::put(Stream stream, std::string_view bytes) {
  const std::int64_t size = head_size + static_cast<std::int64_t>(bytes.size());
  if (!make_room(size)) return false;
  ChunkHead head;
  head.length = static_cast<std::uint32_t>(bytes.size());
  head.at_unix_ms = unix_ms();
  head.stream = static_cast<std::uint64_t>(stream);
  iovec parts[2] = {{&head, sizeof head}, {const_cast<char*>(bytes.data()), bytes.size()}};
  Segment& segment = segments_.back();
  const ssize_t put = ::pwritev(current_.get(), parts, 2, segment.size);
  if (put != size) {
    why_ = put < 0 ? errno : ENOSPC;
    // Half a chunk would hide all that follows it; the space it took is free again at once.
    if (::ftruncate(current_.get(), segment.size) != 0) current_.reset();
    return false;
  }
  segment.size += size;
  position_ += size;
  total_ += size;
  return true;
}

bool LogWriter::make_room(std::int64_t needed) {
  if (current_ && segments_.back().size + needed <= segment_size_) return true;
  while (total_ + segment_size_ > limit_ && segments_.size() > 2) drop_oldest_but_first();
  const std::string name = segment_name(position_);
  current_ = Fd(::openat(folder_, name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!current_) {
    why_ = errno;
    return false;
  }
  if (segments_.empty() || segments_.back().position != position_) segments_.push_back({position_, 0});
  return true;
}

void LogWriter::drop_oldest_but_first() {
  ::unlinkat(folder_, segment_name(segments_[1].position).c_str(), 0);
  total_ -= segments_[1].size;
  segments_.erase(segments_.begin() + 1);
}

}  // namespace busbar::shim
