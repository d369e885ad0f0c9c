// SPDX-License-Identifier: Apache-2.0
// json_text.hpp: JSON (RFC 8259) as a stream of tokens, read in place. Builds no tree: what is read lands at
// once in the value it is meant for (json.hpp), and a refusal can say where it stood and what was found
// (docs/adr/0008).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace busbar::wire::json {

/// Appends `text` as a JSON string. Bytes beyond ASCII stand as they are, so that every path and environment
/// of Linux, UTF-8 or not, comes back unchanged.
void write_string(std::string& out, std::string_view text);
void write_whole(std::string& out, std::int64_t number);
void write_whole(std::string& out, std::uint64_t number);

/// Reads one text from front to back. After the first failure every call gives nothing; `error()` tells why
/// and where. Hostile input costs O(its length) and a bounded stack.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool failed() const { return failed_; }
  /// The path to the fault, the fault itself and what would be right. For Errc::invalid.
  Error error() const;

  /// Each consumes one value. A value of another kind fails with `right` as what would have been right.
  bool read_bool();
  std::int64_t read_whole(std::int64_t low, std::int64_t high);
  std::uint64_t read_unsigned();
  /// `into` is overwritten; its capacity is used again.
  void read_string(std::string& into, std::string_view right = "a text in quotes");
  /// True, and consumed, when null comes next.
  bool read_null();
  /// The first character of the next value; 0 at the end of the text.
  char peek();
  void skip_value();

  /// for (in.enter('{', "an object"); in.next_key(key);) .. reads its values. `key` holds until the next
  /// call.
  void enter(char bracket, std::string_view right);
  bool next_key(std::string_view& key);
  bool next_element();
  /// Nothing but white space may follow the value that was read.
  void expect_end();

  /// Fails: what came next was not `right`. The value found is quoted in the message.
  void wrong(std::string_view right);
  /// Fails with a whole sentence of the caller's.
  void refuse(std::string sentence);
  /// Called on the way out of a failed value, innermost first: "cpus", then "each".
  void came_from(std::string_view name);
  void came_from(std::size_t index);

 private:
  void blanks();
  bool take(char c);
  bool next_member(char closing);
  bool skip_scalar();
  void skip_string();
  void unescape(std::string& into);
  std::optional<std::uint32_t> hex4();
  void syntax(std::string_view right);
  std::string_view next_word() const;

  std::string_view text_;
  std::size_t at_ = 0;
  bool first_ = false;  // just behind an opening bracket: no comma is due
  bool failed_ = false;
  std::string key_, path_, fault_;
};

}  // namespace busbar::wire::json
