// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "promise.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace busbar;
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  constexpr auto low = std::numeric_limits<std::int64_t>::min(),
                 high = std::numeric_limits<std::int64_t>::max();
  const auto whole = text::parse_whole(input, low, high);
  const auto sized = text::parse_bytes(input, MiB);
  const auto duration = text::parse_duration(input);
  const auto cpus = text::parse_cpus(input);
  const auto share = text::parse_share(input);
  const auto signal = text::parse_signal(input);
  const auto indices = text::parse_indices(input, 1000);
  fuzz::check_refusal(whole);
  fuzz::check_refusal(sized);
  fuzz::check_refusal(duration);
  fuzz::check_refusal(cpus);
  fuzz::check_refusal(share);
  fuzz::check_refusal(signal);
  fuzz::check_refusal(indices);

  if (sized) {
    BUSBAR_CHECK(sized->count >= 0, "no size is negative");
    const auto back = text::parse_bytes(text::show(*sized));
    BUSBAR_CHECK(back && back->count <= sized->count, "a size that is shown reads back, never larger");
  }
  if (duration) {
    const auto back = text::parse_duration(text::show(*duration));
    BUSBAR_CHECK(back && *back <= *duration, "a duration that is shown reads back, never longer");
  }
  if (cpus) BUSBAR_CHECK(*text::parse_cpus(text::show(*cpus)) == *cpus, "CPUs that are shown read back");
  if (share)
    BUSBAR_CHECK(*text::parse_share(text::show(*share)) == *share, "a share that is shown reads back");
  if (indices) BUSBAR_CHECK(std::is_sorted(indices->begin(), indices->end()), "indices are sorted");
  BUSBAR_CHECK(text::join(text::split(input, ','), ",") == input, "what is split joins again");
  BUSBAR_CHECK(text::is_utf8(text::quote(input)), "a quoted text is UTF-8");
  (void)text::nearest(input, {"name", "memory", "gpus"});
  if (size >= 8) (void)text::rfc3339(Instant(Duration(whole ? *whole : 0)));
  return 0;
}
