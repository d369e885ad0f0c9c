// SPDX-License-Identifier: Apache-2.0
// random_value_test.hpp: a random value of anything that has `fields`, drawn through the same listing.
#pragma once
#include <limits>
#include <string>

#include "base/chance.hpp"
#include "wire/json.hpp"

namespace busbar::wire {

class RandomValue {
 public:
  explicit RandomValue(std::uint64_t seed) : rng_(seed) {}

  template <class T>
  T of() {
    T value{};
    draw(value);
    return value;
  }
  Rng& rng() { return rng_; }

 private:
  bool rarely() { return rng_.below(8) == 0; }

  void draw(bool& into) { into = rng_.below(2) == 0; }
  template <class T>
    requires std::is_integral_v<T>
  void draw(T& into) {
    if (rarely())
      into = rng_.below(2) ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min();
    else
      into = static_cast<T>(rng_.next() >> rng_.below(64));
  }
  void draw(std::string& into) {
    constexpr std::string_view hard = "\"\\/\b\f\n\r\t{}[],: \xc3\xa4\xff\x7f\x01u0";
    for (std::uint64_t left = rng_.below(12); left > 0; --left)
      into.push_back(rng_.below(3) ? static_cast<char>('a' + rng_.below(26)) : hard[rng_.below(hard.size())]);
    if (rarely()) into.push_back('\0');
  }
  template <json::HasWords T>
  void draw(T& into) {
    into = static_cast<T>(rng_.below(words(Of<T>{}).size()));
  }
  template <class Unit>
  void draw(Quantity<Unit>& into) {
    draw(into.count);
  }
  template <class Kind>
  void draw(Id<Kind>& into) {
    draw(into.value);
  }
  void draw(Duration& into) { into = Duration(of<std::int64_t>()); }
  void draw(Instant& into) { into = Instant(of<Duration>()); }
  void draw(json::Spec& into) {
    if (!last_ || rng_.below(2)) last_ = std::make_shared<const model::JobSpec>(of<model::JobSpec>());
    into = last_;  // some share
  }
  template <class T>
  void draw(std::optional<T>& into) {
    if (rng_.below(2)) draw(into.emplace());
  }
  template <class A, class B>
  void draw(std::pair<A, B>& into) {
    draw(into.first);
    draw(into.second);
  }
  template <class T>
  void draw(std::vector<T>& into) {
    for (std::uint64_t left = rng_.below(4); left > 0; --left) draw(into.emplace_back());
  }
  template <class T>
  void draw(std::set<T>& into) {
    for (std::uint64_t left = rng_.below(4); left > 0; --left) into.insert(of<T>());
  }
  template <class K, class V, class Less>
  void draw(std::map<K, V, Less>& into) {
    for (std::uint64_t left = rng_.below(4); left > 0; --left) into.insert(of<std::pair<K, V>>());
  }
  template <class K, class V>
  void draw(IdTable<K, V>& into) {
    for (std::uint64_t left = rng_.below(4); left > 0; --left) {
      auto entry = of<std::pair<K, V>>();
      into.emplace(entry.first, std::move(entry.second));
    }
  }
  template <json::HasFields T>
  void draw(T& into) {
    fields(Of<T>{}, [&](std::string_view, auto member) {
      if (rng_.below(4)) draw(into.*member);
    });
    if constexpr (requires { into.spec; })
      if (!into.spec) draw(into.spec);  // neither a job nor its submission is ever without
  }

  Rng rng_;
  json::Spec last_;
};

}  // namespace busbar::wire
