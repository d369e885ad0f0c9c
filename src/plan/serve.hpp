// SPDX-License-Identifier: Apache-2.0
// serve.hpp: what serving a model needs: devices, speed, copies for so many requests.
#pragma once
#include <optional>
#include <vector>

#include "estimate/serve.hpp"
#include "plan/train.hpp"

namespace busbar::plan {

struct ServeQuestion {
  estimate::Model model;
  estimate::Serving serving;                     // tp and stages are chosen where `automatic`
  double requests = 0;                           // that come in each second; 0: one copy
  std::optional<estimate::Seconds> first_token;  // a prompt's answer begins within
  bool automatic = true;
};

struct ServeAnswer {
  Place place;  // devices: of one copy
  estimate::Serving serving;
  estimate::ServingMemory memory;
  bool fits = false;
  estimate::Bytes room;                                 // for keys and values, one device
  double tokens_in_room = 0;                            // of all requests
  estimate::Interval<estimate::TokensPerSecond> alone;  // one request
  estimate::Interval<estimate::TokensPerSecond> full;   // all that fit, tokens written
  estimate::Seconds first_token;                        // of one prompt, nobody else there
  double batch = 0;                                     // requests at once, one copy
  int copies = 1;                                       // for `requests` a second
  std::optional<estimate::Usd> per_million;             // tokens written, at full batches
};

ServeAnswer answer(const ServeQuestion& question, const Place& place, const estimate::Constants& constants);
/// The fewest devices of this kind that hold a copy with room for one request at least (and begin in time).
ServeAnswer best(const ServeQuestion& question, const Place& place, const estimate::Constants& constants);

}  // namespace busbar::plan
