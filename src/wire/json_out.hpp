// SPDX-License-Identifier: Apache-2.0
// json_out.hpp: JSON for people's programs, built front to back in one string. Other than the codec's writer
// it gives valid UTF-8 whatever a user called things: bytes that are not become U+FFFD.
#pragma once
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "base/units.hpp"
#include "wire/json_text.hpp"

namespace busbar::wire {

class JsonOut {
 public:
  std::string text;

  void open(char bracket) { comma(), text += bracket, first_ = true; }
  void close(char bracket) { text += bracket, first_ = false; }
  void key(std::string_view name) {
    comma();
    text += '"';
    text += name;
    text += "\":";
    first_ = true;  // no comma before the value
  }
  void whole(std::int64_t number) { comma(), json::write_whole(text, number); }
  void truth(bool value) { comma(), text += value ? "true" : "false"; }
  void null() { comma(), text += "null"; }
  void word(std::string_view value) { comma(), json::write_string(text, utf8(value)); }
  /// Thousandths as a decimal number: 500 is 0.5.
  void thousandths(std::int64_t milli) { comma(), text += text::show(Cpus{milli}); }
  /// `value` with what is not UTF-8 replaced; good until the next call.
  std::string_view utf8(std::string_view value) { return text::is_utf8(value) ? value : replaced(value); }
  /// Text that is JSON already.
  void raw(std::string_view json) { comma(), text += json; }
  void time(Instant at) {
    if (at == Instant{}) return null();
    word(text::rfc3339(at));
  }

  void whole(std::string_view name, std::int64_t number) { key(name), whole(number); }
  void truth(std::string_view name, bool value) { key(name), truth(value); }
  void word(std::string_view name, std::string_view value) { key(name), word(value); }
  void null(std::string_view name) { key(name), null(); }
  void time(std::string_view name, Instant at) { key(name), time(at); }

 private:
  void comma() {
    if (!first_) text += ',';
    first_ = false;
  }
  std::string_view replaced(std::string_view value) {
    replaced_.clear();
    for (std::size_t at = 0; at < value.size();) {
      std::size_t length = 1;
      while (length < 4 && at + length < value.size() && !text::is_utf8(value.substr(at, length))) ++length;
      const bool whole = text::is_utf8(value.substr(at, length));
      replaced_ += whole ? value.substr(at, length) : "\xEF\xBF\xBD";
      at += whole ? length : 1;
    }
    return replaced_;
  }

  bool first_ = true;
  std::string replaced_;
};

}  // namespace busbar::wire
