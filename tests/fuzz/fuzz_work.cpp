// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "plan/work.hpp"
#include "promise.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace busbar;
  const auto sheet = estimate::Sheet::parse("fuzz.csv", {reinterpret_cast<const char*>(bytes), size});
  fuzz::check_refusal(sheet);
  if (!sheet || sheet->rows() > 20) return 0;  // each may ask for a training to be planned
  const estimate::Catalogue& catalogue = estimate::shipped_catalogue();
  const auto work =
      plan::parse_work(*sheet, catalogue, *catalogue.nodes.find("hgx"), estimate::built_in_constants());
  fuzz::check_refusal(work);
  if (!work) return 0;
  int together = 0;
  for (const plan::Work& each : *work) together += each.people * each.gpus;
  if (together > 2000) return 0;  // the peak costs people times GPUs
  const plan::AtWork use = plan::at_work(*work);
  BUSBAR_CHECK(use.together == together && use.peak <= together, "nobody needs more than everything at once");
  BUSBAR_CHECK(use.mean >= 0 && use.mean <= together + 1e-6, "nor is more at work");
  return 0;
}
