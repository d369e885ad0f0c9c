// SPDX-License-Identifier: Apache-2.0
// offers.hpp: which offers serve so many GPUs, and which of them is cheapest as of a day.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "estimate/offers.hpp"

namespace busbar::plan {

struct OffersQuestion {
  estimate::Date date{};               // prices later than this are not known yet; ages count from here
  std::string gpu;                     // words of its name, large or small: "h100", "a100 80gb"; "" for any
  double gpus = 1;                     // at once
  double hours = 1;                    // that they are had
  double gpu_memory_gb = 0;            // of each at least
  std::string provider, region;        // parts of names; "" for any
  std::vector<estimate::Terms> terms;  // none: on demand, spot, 1 and 3 years
  std::vector<estimate::OfferKind> kinds;                         // none: all
  std::optional<double> reliability, network_gbps, longest_days;  // at least; who does not say it is left out
  bool verified = false;                                          // only those that are
  std::optional<estimate::UsdPerHour> most;                       // for a GPU
  int stale_days = 90;                                            // from then on a price is said to be stale
};

/// One offer under one kind of terms.
struct Choice {
  estimate::Offer offer;
  estimate::Terms terms;
  double machines = 1;            // of this kind, so that there are the GPUs asked for
  estimate::UsdPerHour gpu_hour;  // for one GPU
  estimate::UsdPerHour all;       // for all machines
  estimate::Usd bill;             // for the hours asked for; a commitment is paid for its whole length
  int age_days = 0;
  bool stale = false;
};

/// Whether an offer is one of those asked for, but for its terms and how many GPUs are wanted.
bool serves(const estimate::Offer& offer, const OffersQuestion& question);
/// The terms asked for.
std::vector<estimate::Terms> terms_of(const OffersQuestion& question);
/// So many machines that there are the GPUs asked for, for the hours asked for. Nothing where these terms are
/// not offered, or dearer than asked for; a part of a device cannot be joined with others to a whole one.
std::optional<Choice> choose(const estimate::Offer& offer, estimate::Terms terms,
                             const OffersQuestion& question);
/// Errors: there are no offers, none is as old as the day, no GPU is called so.
Status check(const std::vector<estimate::Offer>& offers, const OffersQuestion& question);

struct OffersAnswer {
  // Cheapest bill first, then fewer machines, then the younger price, then by name; of one GPU in one place
  // under the same terms the first alone.
  std::vector<Choice> choices;
  std::size_t dearer_there = 0;     // so many others of the same place were left out
  std::size_t known = 0;            // offers as of that day
  std::size_t later = 0;            // rows that are younger than the day
  std::vector<std::string> models;  // of that name there are
};

/// Ranks `offers`. An instance with a part of a GPU serves a question for no more than that part. A
/// commitment costs all its months, however few hours are asked for. Errors (Errc::not_found): a day before
/// the first price; Errc::invalid: a GPU that no offer has, with the nearest. Cost: O(n log n), under a
/// millisecond for the catalogue.
Result<OffersAnswer> rank_offers(const std::vector<estimate::Offer>& offers, const OffersQuestion& question);

}  // namespace busbar::plan
