// SPDX-License-Identifier: Apache-2.0
// result.hpp: how every room reports that something could not be done.
#pragma once
#include <string>
#include <utility>
#include <variant>

namespace busbar {

/// What a caller can do about it. A new code is born only when some caller would act on it;
/// each maps to one HTTP status and one exit code (wire/errors.hpp).
enum class Errc { invalid, denied, not_found, conflict, exhausted, unavailable, internal };

/// `message` says to a person what happened, to which thing, and what to try.
struct Error {
  Errc code;
  std::string message;
  bool operator==(const Error&) const = default;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : body_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : body_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return body_.index() == 0; }
  T& operator*() { return std::get<0>(body_); }
  const T& operator*() const { return std::get<0>(body_); }
  T* operator->() { return &std::get<0>(body_); }
  const T* operator->() const { return &std::get<0>(body_); }
  const Error& error() const { return std::get<1>(body_); }

 private:
  std::variant<T, Error> body_;
};

struct Done {};
using Status = Result<Done>;  // for a call that has nothing to give back but news of failure

}  // namespace busbar
