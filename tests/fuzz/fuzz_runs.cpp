// SPDX-License-Identifier: Apache-2.0
// Tables of runs and config.json: what comes out is finite and in order, or refused in words.
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "estimate/constants.hpp"
#include "plan/model_file.hpp"
#include "plan/score.hpp"
#include "promise.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace busbar;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  fuzz::check_refusal(plan::read_model("fuzz.json", text));
  const auto sheet = estimate::Sheet::parse("fuzz.csv", text);
  fuzz::check_refusal(sheet);
  if (!sheet) return 0;
  const auto rows = plan::predict_all(*sheet, estimate::built_in_constants(), estimate::shipped_catalogue());
  fuzz::check_refusal(rows);
  if (!rows) return 0;
  for (const plan::Answered& row : *rows) {
    BUSBAR_CHECK(text::is_utf8(row.prediction.reason), "a reason is UTF-8");
    if (!row.prediction.value) continue;
    const auto& said = *row.prediction.value;
    BUSBAR_CHECK(std::isfinite(said.value) && std::isfinite(said.low) && std::isfinite(said.high),
                 "a finite answer");
  }
  plan::score(*rows);
  return 0;
}
