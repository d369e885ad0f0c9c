// SPDX-License-Identifier: Apache-2.0
// log_format.hpp: how a task's output lies on disk. Segments "log.POSITION" hold chunks; a chunk's place in
// the whole stream is its segment's position plus its offset, so a position stays good when older segments
// are dropped.
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>

namespace busbar::shim {

enum class Stream : std::uint8_t { out, err, note };

struct ChunkHead {
  std::uint32_t magic = 0x6b6e6863;
  std::uint32_t length = 0;
  std::int64_t at_unix_ms = 0;
  std::uint64_t stream = 0;
};
constexpr std::size_t longest_chunk = 64 * 1024;

/// Zero-padded, so that names sort as positions do.
inline std::string segment_name(std::int64_t position) {
  char name[32];
  std::snprintf(name, sizeof name, "log.%016llx", static_cast<unsigned long long>(position));
  return name;
}

}  // namespace busbar::shim
