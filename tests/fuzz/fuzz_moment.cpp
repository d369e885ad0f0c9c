// SPDX-License-Identifier: Apache-2.0
#include "wire/moment.hpp"

#include <cstddef>
#include <cstdint>

#include "promise.hpp"

/// In a place that has put its clock forward and back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace busbar;
  using std::chrono::hours;
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const Instant now{hours(24 * 365 * 57)};
  const wire::LocalTime local{
      now, [](Instant at) { return Duration(hours(at.time_since_epoch() / hours(24 * 180) % 2 + 1)); }};
  const auto moment = wire::parse_moment(input, local);
  fuzz::check_refusal(moment);
  if (!moment) return 0;
  BUSBAR_CHECK(*moment > Instant{-hours(48)}, "no moment lies before 1970");
  const auto again = wire::parse_moment(text::rfc3339(*moment).substr(0, 19) + "Z", local);
  if (*moment >= Instant{} && *moment < Instant{hours(std::int64_t{24} * 365 * 8000)})
    BUSBAR_CHECK(again && *moment - *again < std::chrono::seconds(1), "a moment that is shown reads back");
  return 0;
}
