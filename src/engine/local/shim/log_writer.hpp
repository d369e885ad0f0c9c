// SPDX-License-Identifier: Apache-2.0
// log_writer.hpp: writes a task's output within a bound. Never fails: what cannot be kept is counted and
// told.
#pragma once
#include <string_view>
#include <vector>

#include "engine/local/shim/log_format.hpp"
#include "engine/local/shim/system.hpp"

namespace busbar::shim {

class LogWriter {
 public:
  /// `folder` stays open elsewhere. At most `limit` bytes are kept: the first segment and the newest ones.
  LogWriter(int folder, std::int64_t limit);
  void write(Stream stream, std::string_view bytes);
  /// Tells what was dropped since the last note, as far as the disk allows.
  void close();

 private:
  struct Segment {
    std::int64_t position, size;
  };
  bool put(Stream stream, std::string_view bytes);
  bool make_room(std::int64_t needed);
  void drop_oldest_but_first();

  int folder_;
  std::int64_t limit_, segment_size_;
  std::int64_t total_ = 0;     // bytes on disk
  std::int64_t position_ = 0;  // of the next chunk
  std::int64_t dropped_ = 0;   // bytes of output since the last note
  int why_ = 0;                // errno of the last failure
  std::vector<Segment> segments_;
  Fd current_;
};

}  // namespace busbar::shim
