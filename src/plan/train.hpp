// SPDX-License-Identifier: Apache-2.0
// train.hpp: will it fit, how long does it take, what does it cost: a training run before it starts.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "estimate/device.hpp"
#include "estimate/memory.hpp"
#include "estimate/time.hpp"
#include "estimate/training.hpp"

namespace busbar::plan {

/// One kind of device, so many of it, and what an hour of one costs where that is known.
struct Place {
  estimate::Device device;
  int devices = 1;
  std::optional<estimate::UsdPerHour> price;  // of one device
};

struct TrainQuestion {
  estimate::Model model;
  estimate::Training
      training;       // what is fixed; where `automatic`, cut, micro batch and recomputation are chosen
  double tokens = 0;  // of the whole run
  bool automatic = true;
};

struct TrainAnswer {
  Place place;
  estimate::Training training;
  estimate::TrainingMemory memory;
  bool fits = false;
  estimate::Interval<estimate::Bytes> need;     // of the fullest device
  estimate::TokenTime token;                    // device-seconds each
  estimate::Interval<estimate::Seconds> time;   // of the run
  estimate::Interval<estimate::Joules> energy;  // of the nodes, devices and what feeds them
  std::optional<estimate::Interval<estimate::Usd>> cost;
  estimate::Bytes weights_file, checkpoint;  // to use it; to go on from it
  double device_hours() const { return time.value.value / 3600 * place.devices; }
};

/// On one place, as it is asked.
TrainAnswer answer(const TrainQuestion& question, const Place& place, const estimate::Constants& constants);

/// The fastest way to cut it that fits there; where none fits, the one that needs least. Looks at tp and pp
/// that divide the model, ZeRO 0 to 3, micro-batches of 1, 2, 4, ... and each way to recompute: a few
/// thousand ways at most.
TrainAnswer best(const TrainQuestion& question, const Place& place, const estimate::Constants& constants);

/// Those of `answers` that fit and that none beats in both time and cost (device-hours where no price is
/// known), cheapest first.
std::vector<TrainAnswer> pareto(std::vector<TrainAnswer> answers);

/// What would make it fit, as sentences, most helpful first; other devices are chosen among `devices`.
std::vector<std::string> what_would_fit(const TrainQuestion& question, const Place& place,
                                        const std::vector<estimate::Device>& devices,
                                        const estimate::Constants& constants);

}  // namespace busbar::plan
