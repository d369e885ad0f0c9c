// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/lines.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/text.hpp"

namespace busbar::sim {
namespace {

constexpr std::size_t longest_line = std::size_t{1} << 20;

struct Close {
  void operator()(gzFile file) const { gzclose(file); }
};

}  // namespace

Result<Source> open_trace(const std::string& path) {
  errno = 0;
  const gzFile opened = gzopen(path.c_str(), "rb");
  if (opened == nullptr)
    return Error{Errc::not_found, path + ": cannot be read: " + std::strerror(errno ? errno : ENOMEM)};
  std::shared_ptr<gzFile_s> file(opened, Close{});
  gzbuffer(opened, 1u << 17);
  return Source([file](char* into, std::size_t most) -> Result<std::size_t> {
    const int got = gzread(file.get(), into, static_cast<unsigned>(most));
    if (got > 0) return static_cast<std::size_t>(got);
    int code = Z_OK;
    const char* says = gzerror(file.get(), &code);
    if (got == 0 && code == Z_OK) return std::size_t{0};
    if (code == Z_BUF_ERROR) return Error{Errc::invalid, "the gzip file is cut off here"};
    if (code == Z_ERRNO)
      return Error{Errc::unavailable, std::string("cannot be read: ") + std::strerror(errno)};
    return Error{Errc::invalid, std::string("the gzip file is damaged: ") + says};
  });
}

Source source_of(std::string text) {
  return [text = std::move(text), at = std::size_t{0}](char* into, std::size_t most) mutable {
    const std::size_t count = std::min(most, text.size() - at);
    std::memcpy(into, text.data() + at, count);
    at += count;
    return Result<std::size_t>(count);
  };
}

Lines::Lines(std::string name, Source source)
    : name_(std::move(name)), source_(std::move(source)), buffer_(std::size_t{1} << 16, '\0') {}

Error Lines::wrong(const std::string& message) const {
  return {Errc::invalid, name_ + ":" + std::to_string(number_) + ": " + message};
}

/// More bytes behind what is in the buffer, which is moved to its front; false at the end.
bool Lines::fill() {
  if (at_end_) return false;
  buffer_.erase(0, begin_);
  end_ -= begin_;
  begin_ = 0;
  buffer_.resize(std::max(end_ * 2, std::size_t{1} << 16));
  const Result<std::size_t> got = source_(buffer_.data() + end_, buffer_.size() - end_);
  if (!got) failed_ = got.error().message;
  at_end_ = !got || *got == 0;
  if (got) end_ += *got;
  return !at_end_;
}

Result<bool> Lines::next() {
  line_ = {};
  std::size_t looked = 0;
  for (;;) {
    const std::string_view rest(buffer_.data() + begin_, end_ - begin_);
    const std::size_t stop = rest.find('\n', looked);
    if (stop != std::string_view::npos || (at_end_ && failed_.empty() && !rest.empty())) {
      line_ = rest.substr(0, stop);
      begin_ += std::min(stop, rest.size() - 1) + 1;
      break;
    }
    if (at_end_) {
      if (failed_.empty()) return false;
      ++number_;  // what stands there of a last line is not worth reading
      begin_ = end_;
      return wrong(std::exchange(failed_, {}));
    }
    if (rest.size() > longest_line) return skip_rest();
    looked = rest.size();
    fill();
  }
  ++number_;
  if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
  if (number_ == 1 && line_.starts_with("\xEF\xBB\xBF")) line_.remove_prefix(3);  // a byte order mark
  if (text::is_utf8(line_)) return true;
  line_ = {};
  return wrong("the line is not UTF-8 text");
}

/// Forgets a line that is too long to be held.
Result<bool> Lines::skip_rest() {
  ++number_;
  for (;;) {
    const std::string_view rest(buffer_.data() + begin_, end_ - begin_);
    const std::size_t stop = rest.find('\n');
    begin_ += stop == std::string_view::npos ? rest.size() : stop + 1;
    if (stop != std::string_view::npos || !fill()) break;
  }
  return wrong("the line is longer than " + std::to_string(longest_line) + " bytes");
}

}  // namespace busbar::sim
