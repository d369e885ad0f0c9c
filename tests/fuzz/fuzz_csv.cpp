// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "promise.hpp"
#include "sim/trace/csv.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace busbar;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  Result<sim::Csv> csv = sim::Csv::read("fuzz.csv", sim::source_of(text), size % 2 == 0 ? ',' : '|');
  fuzz::check_refusal(csv);
  if (!csv) return 0;
  for (std::size_t rows = 0;; ++rows) {
    BUSBAR_CHECK(rows <= size + 1, "a table of so few bytes has no more rows");
    const Result<bool> row = csv->next();
    fuzz::check_refusal(row);
    if (!row) continue;
    if (!*row) return 0;
    fuzz::check_refusal(csv->whole(0, 0, 1'000'000));
    BUSBAR_CHECK((*csv)[0].size() <= size, "a field is a part of the text");
  }
}
