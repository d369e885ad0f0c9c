// SPDX-License-Identifier: Apache-2.0
#include "wire/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "base/text.hpp"
#include "wire/place.hpp"

namespace busbar::wire {
namespace {

constexpr std::size_t most_bytes = 2 << 20;
constexpr std::size_t most_values = 20'000;
constexpr std::size_t deepest = 32;

/// Leaves the parser from within its callbacks; caught in parse_yaml_tree.
struct Refused {
  std::size_t line;
  std::string message;
};

std::size_t line_at(const YAML::Mark& mark) {
  return mark.line < 0 ? 1 : static_cast<std::size_t>(mark.line) + 1;
}

/// True when the quoted text that begins at `from` has no end. The parser takes such a text as complete,
/// which would turn half a file into a job.
bool never_closed(std::string_view text, std::size_t from) {
  if (from < text.size() && text[from] == '&') {  // an anchor stands before it
    from = std::min(text.find_first_of(" \t\r\n", from), text.size());
    from = std::min(text.find_first_not_of(" \t\r\n", from), text.size());
  }
  if (from >= text.size()) return false;
  const char quote = text[from];
  if (quote != '"' && quote != '\'') return false;
  for (std::size_t at = from + 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\')
      ++at;
    else if (text[at] == quote && quote == '\'' && at + 1 < text.size() && text[at + 1] == quote)
      ++at;
    else if (text[at] == quote)
      return false;
  }
  return true;
}

class Builder : public YAML::EventHandler {
 public:
  explicit Builder(std::string_view text) : text_(text) {}
  Yaml take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1)
      throw Refused{line_at(mark), "found a second document; one job in a file would be right"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    leaf(mark, anchor, Yaml::Kind::nothing, "");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    if (tag == "!" && mark.pos >= 0 && never_closed(text_, static_cast<std::size_t>(mark.pos))) {
      throw Refused{line_at(mark), "found a quoted text without an end; a closing quote would be right"};
    }
    leaf(mark, anchor, Yaml::Kind::text, value);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto named = anchors_.find(anchor);
    if (named == anchors_.end()) throw Refused{line_at(mark), "found an alias inside of what it names"};
    count(mark, named->second.size);
    Yaml copy = named->second;
    copy.line = line_at(mark);
    place(std::move(copy));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Yaml::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Yaml::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Yaml value;
    YAML::anchor_t anchor;
    std::optional<Yaml> key;  // of a map, between a key and its value
    std::set<std::string> keys;
  };

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag == "?" || tag == "!" || tag.empty()) return;
    throw Refused{line_at(mark),
                  "found the tag " + text::quote(tag) + "; a value without one would be right"};
  }
  void count(const YAML::Mark& mark, std::size_t values) {
    values_ += values;
    if (values_ > most_values) {
      throw Refused{line_at(mark), "found more than " + std::to_string(most_values) +
                                       " values, aliases followed; a job has fewer"};
    }
  }
  void leaf(const YAML::Mark& mark, YAML::anchor_t anchor, Yaml::Kind kind, std::string text) {
    count(mark, 1);
    Yaml value;
    value.kind = kind;
    value.text = std::move(text);
    value.line = line_at(mark);
    if (anchor != 0) anchors_[anchor] = value;
    place(std::move(value));
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Yaml::Kind kind) {
    refuse_tag(mark, tag);
    count(mark, 1);
    if (open_.size() == deepest) {
      throw Refused{line_at(mark), "found more than " + std::to_string(deepest) + " levels; a job has fewer"};
    }
    Yaml value;
    value.kind = kind;
    value.line = line_at(mark);
    open_.push_back({std::move(value), anchor, std::nullopt, {}});
  }
  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.anchor != 0) anchors_[done.anchor] = done.value;
    place(std::move(done.value));
  }
  void place(Yaml value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& parent = open_.back();
    parent.value.size += value.size;
    if (parent.value.kind == Yaml::Kind::list) {
      parent.value.items.push_back(std::move(value));
    } else if (!parent.key) {
      if (value.kind != Yaml::Kind::text)
        throw Refused{value.line, "found " + shown(value) + " as a key; text would be right"};
      if (!parent.keys.insert(value.text).second) {
        throw Refused{value.line,
                      "found the key " + text::quote(value.text) + " a second time; once would be right"};
      }
      parent.key = std::move(value);
    } else {
      // A missing value has no place of its own; its key has.
      if (value.kind == Yaml::Kind::nothing) value.line = parent.key->line;
      parent.value.entries.push_back({std::move(parent.key->text), parent.key->line, std::move(value)});
      parent.key.reset();
    }
  }

  std::string_view text_;
  Yaml root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Yaml> anchors_;
  std::size_t values_ = 0;
  int documents_ = 0;
};

bool indented_by_tab(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first != std::string::npos && line.substr(0, first).find('\t') != std::string::npos;
}

/// The parser's complaint in words that say what to do.
Error explain(const YAML::Exception& complaint, std::string_view text, const std::string& file) {
  const std::size_t line = line_at(complaint.mark);
  const std::vector<std::string> lines = text::split(text, '\n');
  // The complaint often comes one line behind the tab that caused it.
  for (std::size_t number = line > 1 ? line - 1 : 1; number <= line && number <= lines.size(); ++number) {
    if (indented_by_tab(lines[number - 1])) {
      return at(line_of(file, number), invalid("found a tab in the indentation; spaces would be right"));
    }
  }
  std::string right =
      "`key: value` or a list would be right (quote text that has a colon, # or brackets in it)";
  if (complaint.msg.find("end of map flow") != std::string::npos) right = "a closing } would be right";
  if (complaint.msg.find("end of sequence flow") != std::string::npos) right = "a closing ] would be right";
  return at(line_of(file, line), invalid("found what is not YAML (" + complaint.msg + "); " + right));
}

Status check_text(std::string_view text, const std::string& file) {
  if (text.size() > most_bytes) {
    return at(file, invalid("found " + text::show(Bytes{static_cast<std::int64_t>(text.size())}) +
                            "; a job file of at most 2 MiB would be right"));
  }
  std::size_t number = 0;
  for (const std::string& line : text::split(text, '\n')) {
    ++number;
    const bool printable = line.find('\0') == std::string::npos && text::is_utf8(line);
    if (!printable)
      return at(line_of(file, number), invalid("found " + text::quote(line) + "; UTF-8 text would be right"));
  }
  return Done{};
}

}  // namespace

std::string shown(const Yaml& value) {
  switch (value.kind) {
    case Yaml::Kind::nothing:
      return "nothing";
    case Yaml::Kind::text:
      return text::quote(value.text);
    case Yaml::Kind::list:
      return "a list";
    case Yaml::Kind::map:
      return "a map";
  }
  return "";
}

Result<Yaml> parse_yaml_tree(std::string_view text, const std::string& file) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (const Status readable = check_text(text, file); !readable) return readable.error();
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(text);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take();
  } catch (const Refused& refused) {
    return at(line_of(file, refused.line), invalid(refused.message));
  } catch (const YAML::Exception& complaint) {
    return explain(complaint, text, file);
  }
}

}  // namespace busbar::wire
