// SPDX-License-Identifier: Apache-2.0
// json.hpp: any value that has `fields` (fields.hpp) as JSON and back. For sources only: no door includes it.
//   Result<SubmitForm> form = json::decode<SubmitForm>(body, json::Unknown::refused);
//   form.error() == "spec.each.cpus: found \"many\", a whole number would be right"
#pragma once
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "wire/fields.hpp"
#include "wire/json_text.hpp"

namespace busbar::wire::json {

enum class Defaults { left_out, written };
/// What a reader does with a field that it does not know. A journal may come from a newer program of the same
/// format.
enum class Unknown { refused, ignored };

using Environment = std::vector<std::pair<std::string, std::string>>;
using Spec = std::shared_ptr<const model::JobSpec>;

template <class T>
concept HasFields = requires { fields(Of<T>{}, [](std::string_view, auto) {}); };
/// What a field that is left out stands for.
template <class T>
const T& standard_of() {
  static const T standard{};
  return standard;
}
template <class T>
concept HasWords = std::is_enum_v<T> && requires { words(Of<T>{}); };

/// Writes values into one text. A shared spec stands there once, and so does an environment of shared specs;
/// where it comes again, its number does (0 for the first in this text): elements of an array share one spec,
/// a user's jobs one environment.
class Writer {
 public:
  explicit Writer(Defaults defaults = Defaults::left_out) : defaults_(defaults) {}
  std::string text;

  void write(bool value) { text += value ? "true" : "false"; }
  void write(const std::string& value) { write_string(text, value); }
  template <class T>
    requires std::is_integral_v<T>
  void write(T value) {
    if constexpr (std::is_unsigned_v<T>)
      write_whole(text, std::uint64_t{value});
    else
      write_whole(text, std::int64_t{value});
  }
  template <HasWords T>
  void write(T value) {
    write_string(text, words(Of<T>{})[static_cast<std::size_t>(value)]);
  }
  template <class Unit>
  void write(Quantity<Unit> value) {
    write_whole(text, value.count);
  }
  template <class Kind>
  void write(Id<Kind> value) {
    write_whole(text, value.value);
  }
  void write(Duration value) { write_whole(text, std::int64_t{value.count()}); }
  void write(Instant value) { write(value.time_since_epoch()); }

  void write(const Spec& spec) {
    if (!spec) return void(text += "null");
    const auto [known, is_new] = specs_.emplace(spec.get(), specs_.size());
    if (!is_new) return write(known->second);
    shared_ = true;
    write(*spec);
    shared_ = false;
  }
  void write(const Environment& env) {
    if (shared_) {
      const auto [known, is_new] = environments_.emplace(&env, environments_.size());
      if (!is_new) return write(known->second);
    }
    list('{', '}', env, [this](const auto& variable) {
      write(variable.first);
      text += ':';
      write(variable.second);
    });
  }
  template <class T>
  void write(const std::optional<T>& value) {
    if (value)
      write(*value);
    else
      text += "null";
  }
  template <class T>
  void write(const std::vector<T>& values) {
    list('[', ']', values, [this](const T& value) { write(value); });
  }
  template <class T>
  void write(const std::set<T>& values) {
    list('[', ']', values, [this](const T& value) { write(value); });
  }
  template <class K, class V, class Less>
  void write(const std::map<K, V, Less>& values) {  // a key need not be a text: a list of pairs
    list('[', ']', values, [this](const auto& value) { this->write_pair(value.first, value.second); });
  }
  template <class K, class V>
  void write(const IdTable<K, V>& values) {
    list('[', ']', values, [this](const auto& value) { this->write_pair(value.first, value.second); });
  }
  template <class A, class B>
  void write(const std::pair<A, B>& value) {
    write_pair(value.first, value.second);
  }

  template <HasFields T>
  void write(const T& value) {
    const T& standard = standard_of<T>();
    char before = '{';
    fields(Of<T>{}, [&](std::string_view name, auto member) {
      if (defaults_ == Defaults::left_out && value.*member == standard.*member) return;
      text += before;
      before = ',';
      text += '"';
      text += name;
      text += "\":";
      write(value.*member);
    });
    if (before == '{') text += '{';
    text += '}';
  }

 private:
  struct SameText {
    bool operator()(const Environment* a, const Environment* b) const { return *a < *b; }
  };

  template <class Values, class Each>
  void list(char open, char close, const Values& values, Each&& each) {
    char before = open;
    for (const auto& value : values) {
      text += before;
      before = ',';
      each(value);
    }
    if (before == open) text += open;
    text += close;
  }
  template <class A, class B>
  void write_pair(const A& a, const B& b) {
    text += '[';
    write(a);
    text += ',';
    write(b);
    text += ']';
  }

  Defaults defaults_;
  bool shared_ = false;                                 // inside a shared spec
  std::map<const model::JobSpec*, std::size_t> specs_;  // looked up, never walked
  std::map<const Environment*, std::size_t, SameText> environments_;
};

/// Reads values from one text, in the forms of Writer. Fields that are missing take their defaults.
class Parser {
 public:
  Parser(std::string_view text, Unknown unknown) : in_(text), unknown_(unknown) {}

  template <class T>
  Result<T> parse() {
    T value{};
    read(value);
    in_.expect_end();
    if (in_.failed()) return in_.error();
    return value;
  }

 private:
  void read(bool& into) { into = in_.read_bool(); }
  void read(std::string& into) { in_.read_string(into); }
  void read(std::uint64_t& into) { into = in_.read_unsigned(); }
  template <class T>
    requires std::is_integral_v<T>
  void read(T& into) {
    using Limits = std::numeric_limits<T>;
    into = static_cast<T>(in_.read_whole(std::int64_t{Limits::min()}, std::int64_t{Limits::max()}));
  }
  template <HasWords T>
  void read(T& into) {
    std::string word;
    in_.read_string(word, "one of " + listed(words(Of<T>{})));
    if (in_.failed()) return;
    int value = 0;
    for (const std::string_view known : words(Of<T>{})) {
      if (word == known) return void(into = static_cast<T>(value));
      ++value;
    }
    in_.refuse("found \"" + word + "\", one of " + listed(words(Of<T>{})) + " would be right");
  }
  template <class Unit>
  void read(Quantity<Unit>& into) {
    read(into.count);
  }
  template <class Kind>
  void read(Id<Kind>& into) {
    read(into.value);
  }
  void read(Duration& into) {
    std::int64_t count = 0;
    read(count);
    into = Duration(count);
  }
  void read(Instant& into) {
    Duration since{};
    read(since);
    into = Instant(since);
  }

  void read(Spec& into) {
    if (in_.read_null()) return void(into = nullptr);
    if (in_.peek() != '{' && !specs_.empty()) return void(into = specs_[number_below(specs_.size())]);
    auto spec = std::make_shared<model::JobSpec>();
    shared_ = true;
    read(*spec);
    shared_ = false;
    specs_.push_back(into = std::move(spec));
  }
  void read(Environment& into) {
    if (shared_ && in_.peek() != '{' && !environments_.empty())
      return void(into = *environments_[number_below(environments_.size())]);
    into.clear();
    in_.enter('{', "an object of names and values");
    for (std::string_view name; in_.next_key(name);) {
      auto& variable = into.emplace_back(name, std::string());
      in_.read_string(variable.second);
      if (in_.failed()) return in_.came_from(variable.first);
    }
    if (shared_) environments_.push_back(&into);  // stays where it is: specs_ keeps the spec
  }
  std::size_t number_below(std::size_t size) {
    return static_cast<std::size_t>(in_.read_whole(0, static_cast<std::int64_t>(size) - 1));
  }

  template <class T>
  void read(std::optional<T>& into) {
    if (in_.read_null()) return into.reset();
    read(into.emplace());
  }
  template <class T>
  void read(std::vector<T>& into) {
    into.clear();
    elements([&] { read(into.emplace_back()); });
  }
  template <class T>
  void read(std::set<T>& into) {
    into.clear();
    elements([&] {
      T value{};
      read(value);
      into.insert(into.end(), std::move(value));
    });
  }
  template <class K, class V, class Less>
  void read(std::map<K, V, Less>& into) {
    into.clear();
    elements([&] {
      std::pair<K, V> value;
      read(value);
      into.insert(into.end(), std::move(value));
    });
  }
  template <class K, class V>
  void read(IdTable<K, V>& into) {
    into.clear();
    elements([&] {
      std::pair<K, V> value;
      read(value);
      into.emplace(value.first, std::move(value.second));
    });
  }
  template <class A, class B>
  void read(std::pair<A, B>& into) {
    constexpr std::string_view right = "a list of two";
    in_.enter('[', right);
    if (in_.next_element())
      read(into.first);
    else
      in_.refuse("found an empty list, a list of two would be right");
    if (in_.next_element())
      read(into.second);
    else
      in_.refuse("found a list of one, a list of two would be right");
    if (in_.next_element()) in_.refuse("found a longer list, a list of two would be right");
  }
  template <class Each>
  void elements(Each&& each) {
    in_.enter('[', "a list");
    for (std::size_t index = 0; in_.next_element(); ++index) {
      each();
      if (in_.failed()) return in_.came_from(index);
    }
  }

  template <HasFields T>
  void read(T& into) {
    in_.enter('{', "an object");
    std::uint64_t given = 0;
    for (std::string_view key; in_.next_key(key);) {
      std::uint64_t bit = 1;
      bool known = false;
      fields(Of<T>{}, [&](std::string_view name, auto member) {
        if (!known && name == key) {
          known = true;
          if (given & bit) in_.refuse("given twice");
          given |= bit;
          read(into.*member);
          if (in_.failed()) in_.came_from(name);
        }
        bit <<= 1;
      });
      if (!known) unknown_field<T>(std::string(key));
      if (in_.failed()) return;
    }
  }
  template <class T>
  void unknown_field(const std::string& key) {
    if (unknown_ == Unknown::ignored) return in_.skip_value();
    std::vector<std::string_view> known;
    fields(Of<T>{}, [&](std::string_view name, auto) { known.push_back(name); });
    in_.refuse("not a field that Busbar knows; here " + listed(known) + " would be right");
    in_.came_from(key);
  }
  template <class Words>
  static std::string listed(const Words& known) {
    std::string all;
    for (const std::string_view word : known) all += (all.empty() ? "" : ", ") + std::string(word);
    return all;
  }

  Reader in_;
  Unknown unknown_;
  std::vector<Spec> specs_;
  std::vector<const Environment*> environments_;
  bool shared_ = false;
};

template <class T>
std::string encode(const T& value, Defaults defaults = Defaults::left_out) {
  Writer out(defaults);
  out.write(value);
  return std::move(out.text);
}

template <class T>
Result<T> decode(std::string_view text, Unknown unknown) {
  return Parser(text, unknown).parse<T>();
}

}  // namespace busbar::wire::json
