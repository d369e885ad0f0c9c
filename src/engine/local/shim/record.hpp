// SPDX-License-Identifier: Apache-2.0
// record.hpp: the one file that tells what became of a task. It is written full of zeros before anything
// starts, so that a full disk cannot lose an exit code, and locked by the shim, so that "is the shim alive?"
// is "is it locked?".
#pragma once
#include <sys/file.h>

#include <string>

#include "engine/local/shim/protocol.hpp"
#include "engine/local/shim/system.hpp"

namespace busbar::shim {

/// Written twice: with pid 0 when the shim has begun, and with the command's pid before the command is let
/// go.
struct StartedRecord {
  std::string boot;
  std::int64_t shim_pid = 0, pid = 0, monotonic = 0, epoch = 0;
};
template <class Value, class See>
  requires std::same_as<std::remove_const_t<Value>, StartedRecord>
void fields(Value& s, See& see) {
  see(s.boot), see(s.shim_pid), see(s.pid), see(s.monotonic), see(s.epoch);
}

/// The highest leadership that has adopted the task; older ones may not stop it.
struct EpochStamp {
  std::int64_t epoch = 0;
};
template <class Value, class See>
  requires std::same_as<std::remove_const_t<Value>, EpochStamp>
void fields(Value& s, See& see) {
  see(s.epoch);
}

constexpr const char* record_file = "record";
constexpr std::size_t record_size = 4096;
/// Each has one writer: the shim writes the first two, the launcher the others.
enum class Area : off_t { started = 0, exit = 1024, epoch = 2048, stop = 3072 };
constexpr std::size_t area_size = 1024;
constexpr std::size_t longest_text = 700;  // of a reason or message, so that every value fits its area

namespace detail {
struct AreaHead {
  std::uint32_t magic, length, sum, version;
};
constexpr std::uint32_t area_magic = 0x62627231, area_version = 1;
inline std::uint32_t sum_of(std::string_view bytes) {  // FNV-1a
  std::uint32_t sum = 2166136261u;
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619u;
  return sum;
}
}  // namespace detail

/// Fills a new record with zeros: after this its blocks are its own.
inline bool preallocate(int record) {
  static const char zeros[record_size] = {};
  return ::pwrite(record, zeros, record_size, 0) == static_cast<ssize_t>(record_size);
}

template <class T>
bool write_area(int record, Area area, const T& value) {
  const std::string body = pack(value);
  const detail::AreaHead head{detail::area_magic, static_cast<std::uint32_t>(body.size()),
                              detail::sum_of(body), detail::area_version};
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  bytes += body;
  if (bytes.size() > area_size) return false;
  return ::pwrite(record, bytes.data(), bytes.size(), static_cast<off_t>(area)) ==
         static_cast<ssize_t>(bytes.size());
}

/// Nothing where nothing whole was written.
template <class T>
std::optional<T> read_area(int record, Area area) {
  char bytes[area_size];
  detail::AreaHead head{};
  if (::pread(record, bytes, sizeof bytes, static_cast<off_t>(area)) != static_cast<ssize_t>(sizeof bytes))
    return {};
  std::memcpy(&head, bytes, sizeof head);
  if (head.magic != detail::area_magic || head.version != detail::area_version) return {};
  if (head.length > sizeof bytes - sizeof head) return {};
  const std::string_view body(bytes + sizeof head, head.length);
  T value;
  if (detail::sum_of(body) != head.sum || !unpack(body, value)) return {};
  return value;
}

/// Whether somebody else, the shim, holds the lock.
inline bool is_locked(int record) {
  if (::flock(record, LOCK_EX | LOCK_NB) != 0) return true;
  ::flock(record, LOCK_UN);
  return false;
}

}  // namespace busbar::shim
