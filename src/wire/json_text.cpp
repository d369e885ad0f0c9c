// SPDX-License-Identifier: Apache-2.0
#include "wire/json_text.hpp"

#include <charconv>
#include <cstring>

namespace busbar::wire::json {
namespace {

constexpr std::size_t most_depth = 64;   // of a value that is skipped; ours nest 8 deep
constexpr std::size_t most_quoted = 60;  // bytes of a wrong value that an error repeats

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

/// The first place from `at` on that is not plain. Eight bytes at a time: this is where reading a journal spends its time.
std::size_t end_of_plain(std::string_view text, std::size_t at) {
  constexpr std::uint64_t ones = 0x0101010101010101u, highs = ones << 7;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, text.data() + at, sizeof eight);
    const std::uint64_t quote = eight ^ (ones * '"'), backslash = eight ^ (ones * '\\');  // a byte that matches is 0
    const std::uint64_t found =
        ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | ((eight - ones * 0x20) & ~eight);
    if (found & highs) break;
  }
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(byte)));
  };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | (point >> 6));
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3f));
    put(0x80 | ((point >> 6) & 0x3f));
    put(0x80 | (point & 0x3f));
  }
}

template <class Whole>
void append_whole(std::string& out, Whole number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

/// For a message: one line, printable, not too long.
std::string quoted(std::string_view found) {
  std::string out;
  for (const char c : found.substr(0, most_quoted)) {
    const bool printable = static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f;
    out.push_back(printable ? c : '?');
  }
  if (found.size() > most_quoted) out += "...";
  return out;
}

}  // namespace

void write_string(std::string& out, std::string_view text) {
  constexpr char hex[] = "0123456789abcdef";
  out.push_back('"');
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_plain(text, at);
    out.append(text, at, end - at);
    if (end == text.size()) break;
    const char c = text[end];
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        out += "\\u00";
        out.push_back(hex[static_cast<unsigned char>(c) >> 4]);
        out.push_back(hex[static_cast<unsigned char>(c) & 15]);
    }
    at = end + 1;
  }
  out.push_back('"');
}

void write_whole(std::string& out, std::int64_t number) { append_whole(out, number); }
void write_whole(std::string& out, std::uint64_t number) { append_whole(out, number); }

Error Reader::error() const { return {Errc::invalid, path_.empty() ? fault_ : path_ + ": " + fault_}; }

void Reader::blanks() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
    ++at_;
}

char Reader::peek() {
  blanks();
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool Reader::take(char c) {
  if (peek() != c) return false;
  ++at_;
  return true;
}

/// The run of characters that a number, true, false or null is made of.
std::string_view Reader::next_word() const {
  std::size_t end = at_;
  while (end < text_.size() &&
         (text_[end] == '-' || text_[end] == '+' || text_[end] == '.' ||
          (text_[end] >= '0' && text_[end] <= '9') || (text_[end] >= 'a' && text_[end] <= 'z') ||
          (text_[end] >= 'A' && text_[end] <= 'Z')))
    ++end;
  return text_.substr(at_, end - at_);
}

bool Reader::read_bool() {
  if (failed_) return false;
  peek();
  const std::string_view word = next_word();
  if (word != "true" && word != "false") return wrong("true or false"), false;
  at_ += word.size();
  return word == "true";
}

bool Reader::read_null() {
  if (failed_) return false;
  peek();
  if (next_word() != "null") return false;
  at_ += 4;
  return true;
}

std::int64_t Reader::read_whole(std::int64_t low, std::int64_t high) {
  if (failed_) return 0;
  peek();
  const std::string_view word = next_word();
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), number);
  const bool whole = !word.empty() && end == word.data() + word.size();
  if (whole && fault == std::errc{} && number >= low && number <= high) return at_ += word.size(), number;
  if (whole && fault != std::errc::invalid_argument)
    wrong("a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  else
    wrong("a whole number");
  return 0;
}

std::uint64_t Reader::read_unsigned() {
  if (failed_) return 0;
  peek();
  const std::string_view word = next_word();
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (!word.empty() && end == word.data() + word.size() && fault == std::errc{})
    return at_ += word.size(), number;
  wrong("a whole number from 0 to " + std::to_string(~std::uint64_t{0}));
  return 0;
}

void Reader::read_string(std::string& into, std::string_view right) {
  into.clear();
  if (failed_) return;
  if (peek() != '"') return wrong(right);
  for (++at_;;) {
    const std::size_t end = end_of_plain(text_, at_);
    if (into.empty()) into.assign(text_, at_, end - at_);  // most texts are one piece: allocated once, exactly
    else into.append(text_, at_, end - at_);
    at_ = end;
    if (at_ == text_.size()) return syntax("the closing quote of a text");
    if (text_[at_] == '"') return void(++at_);
    if (text_[at_] != '\\') return syntax("an escape such as \\n in place of a bare control character");
    ++at_;
    unescape(into);
    if (failed_) return;
  }
}

/// Just behind a backslash.
void Reader::unescape(std::string& into) {
  constexpr std::string_view right = "one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX";
  if (at_ == text_.size()) return syntax(right);
  switch (text_[at_++]) {
    case '"':
      return into.push_back('"');
    case '\\':
      return into.push_back('\\');
    case '/':
      return into.push_back('/');
    case 'b':
      return into.push_back('\b');
    case 'f':
      return into.push_back('\f');
    case 'n':
      return into.push_back('\n');
    case 'r':
      return into.push_back('\r');
    case 't':
      return into.push_back('\t');
    case 'u':
      break;
    default:
      --at_;
      return syntax(right);
  }
  const auto high = hex4();
  if (!high) return syntax(right);
  if (*high < 0xd800 || *high > 0xdfff) return append_utf8(into, *high);
  constexpr std::string_view pair = "both halves of a surrogate pair, \\uD800-\\uDBFF and \\uDC00-\\uDFFF";
  if (*high > 0xdbff || text_.substr(at_, 2) != "\\u") return syntax(pair);
  at_ += 2;
  const auto low = hex4();
  if (!low || *low < 0xdc00 || *low > 0xdfff) return syntax(pair);
  append_utf8(into, 0x10000 + ((*high - 0xd800) << 10) + (*low - 0xdc00));
}

std::optional<std::uint32_t> Reader::hex4() {
  std::uint32_t number = 0;
  const std::string_view digits = text_.substr(at_, 4);
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (digits.size() != 4 || fault != std::errc{} || end != digits.data() + 4) return std::nullopt;
  at_ += 4;
  return number;
}

void Reader::enter(char bracket, std::string_view right) {
  if (failed_) return;
  if (!take(bracket)) return wrong(right);
  first_ = true;
}

/// Behind an opening bracket or a member: true when another member follows.
bool Reader::next_member(char closing) {
  if (failed_) return false;
  const bool first = std::exchange(first_, false);
  if (take(closing)) return false;
  if (first || take(',')) return true;
  syntax(closing == '}' ? "',' or '}'" : "',' or ']'");
  return false;
}

bool Reader::next_key(std::string_view& key) {
  if (!next_member('}')) return false;
  if (peek() != '"') return syntax("the name of a field, in quotes"), false;
  const std::size_t end = end_of_plain(text_, at_ + 1);  // without escapes it is read where it stands
  if (end < text_.size() && text_[end] == '"') {
    key = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
  } else {
    read_string(key_);
    if (failed_) return false;
    key = key_;
  }
  if (!take(':')) return syntax("':'"), false;
  return true;
}

bool Reader::next_element() { return next_member(']'); }

void Reader::expect_end() {
  if (failed_) return;
  if (peek() != '\0' || at_ < text_.size()) syntax("nothing more");
}

bool Reader::skip_scalar() {
  const std::string_view word = next_word();
  double number = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), number);
  const bool is_number = !word.empty() && end == word.data() + word.size() &&
                         (word[0] == '-' || (word[0] >= '0' && word[0] <= '9'));
  if (word != "true" && word != "false" && word != "null" && !is_number) return false;
  at_ += word.size();
  return true;
}

void Reader::skip_string() {
  std::string text;
  read_string(text);
}

void Reader::skip_value() {
  std::string closing;  // of the brackets that are open
  do {
    if (failed_) return;
    const char c = peek();
    if (c == '{' || c == '[') {
      if (closing.size() == most_depth) return refuse("nested deeper than " + std::to_string(most_depth));
      closing.push_back(c == '{' ? '}' : ']');
      enter(c, "");
    } else if (c == '"') {
      skip_string();
    } else if (!skip_scalar()) {
      return syntax("a value");
    }
    std::string_view key;
    while (!closing.empty() && !(closing.back() == '}' ? next_key(key) : next_element())) {
      if (failed_) return;
      closing.pop_back();
    }
  } while (!closing.empty());
}

void Reader::wrong(std::string_view right) {
  if (failed_) return;
  const char c = peek();
  if (at_ == text_.size()) return refuse("the text ends where " + std::string(right) + " would be right");
  const std::size_t from = at_;
  if (c == '{' || c == '[')
    return refuse(std::string(c == '{' ? "found an object" : "found a list") + ", " + std::string(right) +
                  " would be right");
  skip_value();
  if (failed_) return;  // not even JSON: that is said
  refuse("found " + quoted(text_.substr(from, at_ - from)) + ", " + std::string(right) + " would be right");
}

void Reader::syntax(std::string_view right) {
  if (failed_) return;
  const std::string place = "not JSON at byte " + std::to_string(at_ + 1) + ": ";
  if (at_ >= text_.size())
    return refuse(place + "the text ends where " + std::string(right) + " would be right");
  refuse(place + "found " + quoted(text_.substr(at_, 20)) + ", " + std::string(right) + " would be right");
}

void Reader::refuse(std::string sentence) {
  if (failed_) return;
  failed_ = true;
  fault_ = std::move(sentence);
}

void Reader::came_from(std::string_view name) {
  const std::string separator = path_.empty() || path_[0] == '[' ? "" : ".";
  path_ = quoted(name) + separator + path_;
}

void Reader::came_from(std::size_t index) {
  const std::string separator = path_.empty() || path_[0] == '[' ? "" : ".";
  path_ = "[" + std::to_string(index) + "]" + separator + path_;
}

}  // namespace busbar::wire::json
