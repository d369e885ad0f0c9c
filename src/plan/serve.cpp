// SPDX-License-Identifier: Apache-2.0
#include "plan/serve.hpp"

#include <algorithm>
#include <cmath>

namespace busbar::plan {

ServeAnswer answer(const ServeQuestion& question, const Place& place, const estimate::Constants& constants) {
  using estimate::TokensPerSecond;
  ServeAnswer said;
  const estimate::Serving& s = question.serving;
  said.place = place;
  said.place.devices = s.devices();
  said.serving = s;
  said.memory = estimate::serving_memory(question.model, s, constants);
  said.room = estimate::kv_room(question.model, s, place.device, constants);
  said.tokens_in_room = std::max(0.0, said.room / estimate::kv_per_token(question.model, s));
  said.fits = said.room >= said.memory.kv;
  if (!said.fits) return said;
  const auto around = [&](TokensPerSecond value, const char* kind) {
    return estimate::Interval<TokensPerSecond>{value,
                                               value * constants.of(std::string("low.") + kind, s.stack),
                                               value * constants.of(std::string("high.") + kind, s.stack)};
  };
  said.alone = around(estimate::decode_alone(question.model, s, place.device, constants), "decode_b1");
  const estimate::Peak peak = estimate::peak(question.model, s, place.device, constants);
  said.full = around(peak.output, "serving_peak");
  said.batch = peak.batch;
  said.first_token =
      estimate::Tokens{s.input} / estimate::prefill_alone(question.model, s, place.device, constants);
  // Little's law holds for any schedule: copies carry the written tokens of all requests, with a fifth to
  // spare.
  if (question.requests > 0 && peak.output.value > 0)
    said.copies = std::max(1, int(std::ceil(1.2 * question.requests * s.output / peak.output.value)));
  if (place.price && peak.output.value > 0)
    said.per_million = estimate::Usd{place.price->value * s.devices() / 3600 / peak.output.value * 1e6};
  return said;
}

ServeAnswer best(const ServeQuestion& question, const Place& place, const estimate::Constants& constants) {
  ServeAnswer last;
  for (int tp = 1; tp <= std::min(place.devices, place.device.in_node); tp *= 2) {
    if (question.model.heads % tp != 0) break;
    ServeQuestion each = question;
    each.serving.tp = tp;
    each.serving.stages = 1;
    last = answer(each, place, constants);
    if (last.fits && (!question.first_token || last.first_token <= *question.first_token)) return last;
  }
  return last;
}

}  // namespace busbar::plan
