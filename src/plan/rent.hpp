// SPDX-License-Identifier: Apache-2.0
// rent.hpp: a training run, or a served model, on everything that can be had: what it takes on each offer and
// what it costs there.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "estimate/catalogue.hpp"
#include "plan/offers.hpp"
#include "plan/serve.hpp"
#include "plan/train.hpp"

namespace busbar::plan {

struct RentQuestion {
  OffersQuestion offers;                    // which are looked at; their gpus and hours follow from the work
  std::optional<estimate::Seconds> within;  // over by then, four times of five
  estimate::Seconds setup = 10 * estimate::minute;  // until a rented machine trains, paid like the rest
  int most_devices = 512;
  std::size_t keep = 8;  // of served models: a load is replayed until the cheapest so many are known
};

/// The run on one offer; `answer.cost` is by its price.
struct TrainRental {
  Choice choice;
  TrainAnswer answer;
};
/// The served model on one offer, all day long; `choice.bill` is for a month of 730 hours.
struct ServeRental {
  Choice choice;
  ServeAnswer answer;
  estimate::Interval<estimate::Usd> month;  // high is infinite where no number of slower copies would do
};

template <class Rental>
struct Rentals {
  std::vector<Rental> rentals;     // cheapest first; of each provider, GPU, number and terms the cheapest
  std::vector<std::size_t> front;  // those of them that none beats in both cost and time
  std::size_t offers = 0;          // that were looked at, of devices that are known
  std::size_t ways = 0;            // to cut it that were reckoned, each once for all offers that share it
  std::size_t plans = 0;           // ways to cut it x offers x terms that were compared
  std::size_t too_small = 0, late = 0;  // offers that do not hold it, at any number; that are not in time
  std::vector<std::string> unknown;     // GPUs of offers whose peaks and memory nobody has told
};

/// Every offer with whole machines of it, in numbers that double up to `most_devices`: several only of
/// machines that hold a whole node's devices, since others have no network to speak of. Each way to train
/// there is chosen by best(). A commitment is paid for all its months. Errors: those of check(). Cost: some
/// 100 us for each GPU and number.
Result<Rentals<TrainRental>> rent(const TrainQuestion& question, const estimate::Catalogue& catalogue,
                                  const RentQuestion& wanted, const estimate::Constants& constants);

/// Likewise, each with as many machines as `question.load` needs: their copies answer in time.
Result<Rentals<ServeRental>> rent(const ServeQuestion& question, const estimate::Catalogue& catalogue,
                                  const RentQuestion& wanted, const estimate::Constants& constants);

}  // namespace busbar::plan
