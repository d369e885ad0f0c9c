// SPDX-License-Identifier: Apache-2.0
// serve.hpp: what serving a model needs: devices, speed, copies for so many requests.
#pragma once
#include <memory>
#include <optional>

#include "estimate/serve.hpp"
#include "plan/replay.hpp"
#include "plan/train.hpp"

namespace busbar::plan {

struct ServeQuestion {
  estimate::Model model;
  estimate::Serving serving;         // tp and stages are chosen where `automatic`
  std::shared_ptr<const Load> load;  // none: one copy, as fast as it goes
  Promise promise;                   // with a load to 95 of 100, else to one who is alone
  bool automatic = true;
};

/// Copies that answer a load in time.
struct Service {
  int copies = 1;
  int low = 1;              // were each as fast as four of five are at most,
  std::optional<int> high;  // or as slow; none: then no number would do
  Replayed seen;            // with `copies`
  double full = 0;          // of what so many copies could carry at full batches, what the load is
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
  bool measured = false;           // whether anything was learned from serving on this generation of devices
  std::optional<Service> service;  // of the load; none: there is none, or no number of copies is in time
  int beside = 1;                  // copies that the place holds, where there is no load
  int devices() const { return place.devices * (service ? service->copies : 1); }
};

/// As it is asked, but for the load.
ServeAnswer answer(const ServeQuestion& question, const Place& place, const estimate::Constants& constants);
/// Copies for the load, by replaying it: a fifth more than full batches would take at least, so that it has
/// room to come and go; as answer() where there is none. Cost: some four replays.
ServeAnswer served(const ServeQuestion& question, ServeAnswer copy, const estimate::Constants& constants);
/// With the interval of its copies. Cost: some eight replays more.
ServeAnswer bounded(const ServeQuestion& question, ServeAnswer served, const estimate::Constants& constants);
/// How many copies the load keeps at full batches, by Little's law; 1 where there is no load.
double least_copies(const ServeQuestion& question, const ServeAnswer& copy);
/// Of the ways to share a copy between devices of this kind, up to so many: the one whose copies, as many as
/// the place holds, write most and begin in time; with a load the fewest devices in all.
ServeAnswer best(const ServeQuestion& question, const Place& place, const estimate::Constants& constants);

/// What a provider asks for a million tokens.
struct TokenPrices {
  estimate::Usd input, output;
};
/// The load for a month of 730 hours, paid by the token.
estimate::Usd month_by_token(const Load& load, const TokenPrices& prices);

/// Of a million tokens written: at full batches, or with the load as it comes.
estimate::Usd per_million(const ServeQuestion& question, const ServeAnswer& answer,
                          estimate::UsdPerHour device);

}  // namespace busbar::plan
