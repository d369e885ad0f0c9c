// SPDX-License-Identifier: Apache-2.0
// promise.hpp: what every parser promises of any input: a value, or an error that a terminal and JSON can
// carry.
#pragma once
#include "base/check.hpp"
#include "base/result.hpp"
#include "base/text.hpp"

namespace busbar::fuzz {

template <class T>
void check_refusal(const Result<T>& result) {
  if (result) return;
  constexpr std::size_t longest = 4096;
  const std::string& message = result.error().message;
  BUSBAR_CHECK(!message.empty() && message.size() < longest, "a refusal is a sentence");
  BUSBAR_CHECK(text::is_utf8(message), "a refusal is UTF-8");
  BUSBAR_CHECK(message.find('\0') == std::string::npos, "a refusal is text");
}

}  // namespace busbar::fuzz
