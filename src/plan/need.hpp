// SPDX-License-Identifier: Apache-2.0
// need.hpp: all that is told of a training run or a served model before it starts: what it needs on the
// places that were named, what it costs on everything that is for rent, what would make it fit.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "plan/rent.hpp"

namespace busbar::plan {

/// What both have in common.
struct NeedTerms {
  std::vector<Place> places;  // that were named; none: what is for rent alone
  RentQuestion rent;
  std::size_t first = 8;  // offers that are shown
  estimate::UsdPerKilowattHour tariff{0.15};
  std::vector<std::string> assumed;
};

struct TrainReport {
  TrainQuestion question;
  NeedTerms terms;
  std::vector<TrainAnswer> answers;  // one for each place named
  std::vector<TrainAnswer> front;    // of them, those that none beats
  Rentals<TrainRental> rentals;
  std::vector<std::string> remedies;  // where nothing holds it
  /// The place that is told in full: of those named the cheapest that holds it, else the first of them; where
  /// none is named the cheapest for rent. Nothing where nothing for rent holds it.
  const TrainAnswer* shown() const;
  /// Of the offers those that are told: of each provider, GPU and terms the cheapest number, `first` of them,
  /// and a few of the front that are faster; by their place in `rentals`.
  std::vector<std::size_t> told() const;
  /// What its power costs there, as own hardware.
  estimate::Usd power_bill(const TrainAnswer& answer) const;
};
/// Errors: a way to cut that the number of devices does not allow; those of rent().
Result<TrainReport> report(const TrainQuestion& question, const NeedTerms& terms,
                           const estimate::Catalogue& catalogue, const estimate::Constants& constants);

struct ServeReport {
  ServeQuestion question;
  NeedTerms terms;
  std::vector<ServeAnswer> answers;
  std::vector<ServeAnswer> stored;  // one copy with weights stored in fewer bits or more, on the shown device
  Rentals<ServeRental> rentals;
  std::optional<TokenPrices> api;
  /// Of the places named the first that answers in time, else the first that holds it; where none is named
  /// the cheapest for rent.
  const ServeAnswer* shown() const;
};
Result<ServeReport> report(const ServeQuestion& question, const NeedTerms& terms,
                           const estimate::Catalogue& catalogue, const estimate::Constants& constants,
                           const std::optional<TokenPrices>& api);

/// One page each, self-contained: memory against the device, where the time goes, cost against time with the
/// front (training); memory, speed, what requests meet, cost of the ways to have it (serving).
std::string train_page(const TrainReport& report);
std::string serve_page(const ServeReport& report);

/// "2 x RTX 3090"
std::string name_of(const Place& place);
/// How the work is cut: "micro-batch 1, pipeline 2, nothing recomputed".
std::string cut_of(const estimate::Training& training);
/// "16 bits", "fp8", ...
std::string_view name_of(estimate::Quant quant);
/// "all weights", "LoRA", ...
std::string_view name_of(estimate::Method method);

/// A part of a whole, by its name.
struct Part {
  const char* name;
  double value;
};
std::vector<Part> parts_of(const estimate::TrainingMemory& memory);  // bytes
std::vector<Part> parts_of(const estimate::TokenTime& time);         // device-seconds a token
std::vector<Part> parts_of(const ServeAnswer& answer);               // bytes of one device

}  // namespace busbar::plan
