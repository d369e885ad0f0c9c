// SPDX-License-Identifier: Apache-2.0
// lines.hpp: a text file line by line, gzip or plain, in bounded memory however long it is.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace busbar::sim {

/// Puts up to `most` bytes into `into` and gives how many; 0 is the end. Errors: what cannot be read, in
/// words; the end follows.
using Source = std::function<Result<std::size_t>(char* into, std::size_t most)>;

/// The file at `path`, unpacked where it is gzip. Errors: Errc::not_found where it cannot be opened; while
/// reading, Errc::invalid for a gzip file that is cut or damaged.
Result<Source> open_trace(const std::string& path);
/// Text that is at hand already, for tests.
Source source_of(std::string text);

/// Cost: one look at each byte; holds one line (at most 1 MiB) and one piece of the file.
class Lines {
 public:
  /// `name` is how errors call the source: the path as the user gave it.
  Lines(std::string name, Source source);

  /// Goes to the next line; false at the end. Line ends are \n or \r\n and stripped; the last line may have
  /// none. Errors (Errc::invalid, "NAME:LINE: ..."): a line that is too long or not UTF-8, after which the
  /// next call goes on behind it; a source that fails, after which it is at its end.
  Result<bool> next();

  /// Valid until next() is called again.
  std::string_view line() const { return line_; }
  /// Of line(), counted from 1.
  std::int64_t number() const { return number_; }
  /// "NAME:LINE: message", as every refusal of this line begins.
  Error wrong(const std::string& message) const;

 private:
  bool fill();
  Result<bool> skip_rest();

  std::string name_;
  Source source_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;  // what of the buffer is yet to be looked at
  bool at_end_ = false;
  std::string failed_;  // what the source said last, until it is told
  std::string_view line_;
  std::int64_t number_ = 0;
};

}  // namespace busbar::sim
