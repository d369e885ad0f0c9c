// SPDX-License-Identifier: Apache-2.0
// Records of duty cycles: what comes out is within bounds, every program with a sample for every moment, or
// refused in words.
#include <cstddef>
#include <cstdint>

#include "promise.hpp"
#include "sim/share.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace busbar;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const Result<sim::DutyRecord> record = sim::read_duty("fuzz", sim::source_of(text));
  fuzz::check_refusal(record);
  if (!record) return 0;
  BUSBAR_CHECK(record->names.size() == record->programs.size(), "each program has a name");
  for (const model::Duty& duty : record->programs) {
    BUSBAR_CHECK(std::int64_t(duty.size()) == record->moments, "a sample for every moment");
    for (const int value : duty) BUSBAR_CHECK(value >= model::absent && value <= 1000, "within the device");
  }
  for (const sim::ShareOutcome& outcome : sim::share_experiment(*record, 10).outcomes)
    BUSBAR_CHECK(outcome.violated <= outcome.samples, "a part of the samples");
  return 0;
}
