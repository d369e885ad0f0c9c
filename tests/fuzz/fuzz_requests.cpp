// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "plan/replay.hpp"
#include "promise.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace busbar;
  const auto load = plan::parse_load("fuzz.csv", {reinterpret_cast<const char*>(bytes), size});
  fuzz::check_refusal(load);
  if (!load) return 0;
  BUSBAR_CHECK(load->requests.size() >= 2 && load->span().value > 0, "a load has a length");
  double last = 0;
  for (const plan::Request& request : load->requests) {
    BUSBAR_CHECK(request.at.value >= last, "requests are in the order of time");
    BUSBAR_CHECK(request.input >= 1 && request.output >= 1, "a request reads and writes");
    last = request.at.value;
  }
  estimate::Pace pace;
  pace.step = {0.01}, pace.each = {1e-5}, pace.cached = {1e-8}, pace.prompt = {1e-5},
  pace.attention = {1e-11};
  pace.room = 1e6, pace.most = 256;
  const plan::Replayed seen = plan::replay(*load, pace, 2);
  BUSBAR_CHECK(seen.first_token.usual <= seen.first_token.late, "half of them wait no longer than 95 of 100");
  BUSBAR_CHECK(!std::isnan(seen.token.late.value) && seen.token.late.value >= 0, "a token takes some time");
  return 0;
}
