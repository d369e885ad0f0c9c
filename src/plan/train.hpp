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

/// What is taken where nothing but the method is said: 256 sequences a step in bf16 with fp32 weights; with
/// adapters 16, all in 16 bits, QLoRA's frozen weights in 4; kernels fused.
estimate::Training usual_training(estimate::Method method);

/// What of a way to train is as it was asked for; the rest is chosen.
struct Fixed {
  bool tp = false, pp = false, ep = false, zero = false, micro_batch = false, recompute = false;
};

struct TrainQuestion {
  estimate::Model model;
  estimate::Training training;
  Fixed fixed;
  double tokens = 0;  // of the whole run
};

struct TrainAnswer {
  Place place;
  estimate::Training training;
  estimate::TrainingMemory memory;
  bool fits = false;
  int ways = 1;           // to cut it, of which this was chosen
  bool measured = false;  // whether anything was learned from training on this generation of devices
  estimate::Interval<estimate::Bytes> need;     // of the fullest device
  estimate::TokenTime token;                    // device-seconds each
  estimate::Traffic traffic;                    // of one device and step
  estimate::Interval<estimate::Seconds> time;   // of the run
  estimate::Interval<estimate::Joules> energy;  // of the nodes, devices and what feeds them
  std::optional<estimate::Interval<estimate::Usd>> cost;
  estimate::Bytes weights_file, checkpoint;  // to use it; to go on from it
  estimate::Seconds step() const;            // of the optimizer
  double device_hours() const { return time.value.value / 3600 * place.devices; }
};

/// On one place, as it is asked.
TrainAnswer answer(const TrainQuestion& question, const Place& place, const estimate::Constants& constants);

/// The fastest way to cut it that fits there; where none fits, the one that needs least. Looks at tp and pp
/// that divide the model, ZeRO 0, 1 and 3, micro-batches of 1, 2, 4, ... and each way to recompute, but for
/// what is fixed: some hundred ways. A batch that devices do not share evenly, or a larger one, is taken only
/// where there is no other way. Nothing where the devices cannot be cut as is asked.
std::optional<TrainAnswer> best(const TrainQuestion& question, const Place& place,
                                const estimate::Constants& constants);

/// Those of `answers` that fit and that none beats in both time and cost (device-hours where no price is
/// known), cheapest first.
std::vector<TrainAnswer> pareto(std::vector<TrainAnswer> answers);

/// What would make it fit, as sentences, most helpful first; other devices are chosen among `devices`.
std::vector<std::string> what_would_fit(const TrainQuestion& question, const Place& place,
                                        const std::vector<estimate::Device>& devices,
                                        const estimate::Constants& constants);

}  // namespace busbar::plan
