// SPDX-License-Identifier: Apache-2.0
#include "cli/render/when.hpp"

#include <time.h>

namespace busbar::cli::render {

Instant now() {
  return Instant(std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
}

namespace {

tm local_parts(Instant at) {
  const auto seconds =
      static_cast<time_t>(std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count());
  tm parts{};
  ::localtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

Duration ahead_of_utc(Instant at) { return std::chrono::seconds(local_parts(at).tm_gmtoff); }

std::string local_time(Instant at) {
  const tm parts = local_parts(at);
  char text[32];
  const std::size_t length = ::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return {text, length};
}

}  // namespace busbar::cli::render
