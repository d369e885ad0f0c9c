// SPDX-License-Identifier: Apache-2.0
#include "plan/need.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

namespace busbar::plan {
namespace {

/// Why no way to cut was found: the first thing that the devices or the model do not allow.
Error cannot_be_cut(const TrainQuestion& question, const Place& place) {
  estimate::Training training = question.training;
  estimate::Parallelism& cut = training.cut;
  const int inner = cut.tp * cut.pp * cut.cp;
  if (place.devices % inner != 0)
    return {Errc::invalid,
            fmt::format("--tp x --pp x --cp: found {}; a divisor of the {} devices would be right", inner,
                        place.devices)};
  cut.dp = place.devices / inner;
  training.global_batch = std::max(training.global_batch, training.micro_batch * cut.dp);
  if (Status fine = estimate::check(question.model, training); !fine) return fine.error();
  return {Errc::invalid, fmt::format("--pp: found {}; a divisor of the {} layers would be right", cut.pp,
                                     question.model.layers)};
}

/// A copy in each way to store weights, on as many devices of a node as it takes.
std::vector<ServeAnswer> stored_otherwise(ServeQuestion question, const estimate::Device& device,
                                          const estimate::Constants& constants) {
  using estimate::Quant;
  std::vector<ServeAnswer> all;
  question.load = nullptr;
  question.automatic = true;
  for (const Quant quant : {Quant::none, Quant::fp8, Quant::fp4, Quant::q4_k_m}) {
    question.serving.quant = quant;
    all.push_back(best(question, {device, device.in_node, std::nullopt}, constants));
  }
  return all;
}

}  // namespace

const TrainAnswer* TrainReport::shown() const {
  if (!front.empty()) return &front.front();
  if (!answers.empty()) return &answers.front();
  return rentals.rentals.empty() ? nullptr : &rentals.rentals.front().answer;
}

std::vector<std::size_t> TrainReport::told() const {
  const auto& all = rentals.rentals;
  std::vector<std::size_t> told, faster;
  std::set<std::tuple<std::string, std::string, estimate::Terms>> seen;
  double fastest = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < all.size() && told.size() < terms.first; ++k) {
    const Choice& choice = all[k].choice;
    if (!seen.emplace(choice.offer.provider, choice.offer.gpu, choice.terms).second) continue;
    told.push_back(k), fastest = std::min(fastest, all[k].answer.time.value.value);
  }
  for (const std::size_t k : rentals.front)
    if (all[k].answer.time.value.value < fastest) faster.push_back(k);
  // Evenly along the front, its end included: the fastest.
  const std::size_t most = std::min(faster.size(), (terms.first + 1) / 2);
  for (std::size_t k = 1; k <= most; ++k) told.push_back(faster[k * faster.size() / most - 1]);
  std::ranges::sort(told);
  return told;
}

estimate::Usd TrainReport::power_bill(const TrainAnswer& answer) const {
  return {answer.energy.value.value / 3.6e6 * terms.tariff.value};
}

Result<TrainReport> report(const TrainQuestion& question, const NeedTerms& terms,
                           const estimate::Catalogue& catalogue, const estimate::Constants& constants) {
  TrainReport told{.question = question, .terms = terms};
  const double step = question.training.global_batch * question.training.sequence;
  if (question.tokens < step)
    told.terms.assumed.push_back(
        fmt::format("a part of a step: one takes {:.4g} tokens (--batch, --sequence)", step));
  for (const Place& place : terms.places) {
    auto said = best(question, place, constants);
    if (!said) return cannot_be_cut(question, place);
    told.answers.push_back(std::move(*said));
  }
  told.front = pareto(told.answers);
  Result<Rentals<TrainRental>> rented = rent(question, catalogue, terms.rent, constants);
  if (!rented) return rented.error();
  told.rentals = std::move(*rented);
  const bool none_for_rent = told.rentals.offers > 0 && told.rentals.too_small == told.rentals.offers;
  if (terms.places.empty() ? none_for_rent : told.front.empty()) {
    const Place largest{catalogue.devices.all().front(), 8, std::nullopt};
    told.remedies = what_would_fit(question, terms.places.empty() ? largest : terms.places.front(),
                                   catalogue.devices.all(), constants);
  }
  return told;
}

const ServeAnswer* ServeReport::shown() const {
  const auto in_time = std::ranges::find_if(
      answers, [&](const ServeAnswer& each) { return each.fits && (!question.load || each.service); });
  if (in_time != answers.end()) return &*in_time;
  const auto holds = std::ranges::find_if(answers, &ServeAnswer::fits);
  if (holds != answers.end()) return &*holds;
  return !answers.empty() || rentals.rentals.empty() ? nullptr : &rentals.rentals.front().answer;
}

Result<ServeReport> report(const ServeQuestion& question, const NeedTerms& terms,
                           const estimate::Catalogue& catalogue, const estimate::Constants& constants,
                           const std::optional<TokenPrices>& api) {
  ServeReport told{.question = question, .terms = terms, .api = api};
  for (const Place& place : terms.places)
    told.answers.push_back(
        question.automatic
            ? best(question, place, constants)
            : bounded(question, served(question, answer(question, place, constants), constants), constants));
  RentQuestion wanted = terms.rent;
  wanted.keep = terms.first;
  Result<Rentals<ServeRental>> rented = rent(question, catalogue, wanted, constants);
  if (!rented) return rented.error();
  told.rentals = std::move(*rented);
  if (const ServeAnswer* shown = told.shown())
    told.stored = stored_otherwise(question, shown->place.device, constants);
  else if (!terms.places.empty())
    told.stored = stored_otherwise(question, terms.places.front().device, constants);
  return told;
}

std::string_view name_of(estimate::Quant quant) {
  constexpr std::string_view words[] = {"16 bits", "fp8", "int8",       "fp4",
                                        "mxfp4",   "nf4", "nf4 double", "Q4_K_M"};
  return words[static_cast<std::size_t>(quant)];
}

std::string name_of(const Place& place) { return fmt::format("{} x {}", place.devices, place.device.name); }

std::string_view name_of(estimate::Method method) {
  constexpr std::string_view words[] = {"all weights", "LoRA", "QLoRA", "adapter", "adapter v2"};
  return words[static_cast<std::size_t>(method)];
}

std::string cut_of(const estimate::Training& t) {
  const estimate::Parallelism& cut = t.cut;
  std::string text = fmt::format("micro-batch {:.0f}", t.micro_batch);
  const auto add = [&](const char* name, int ways) {
    if (ways > 1) text += fmt::format(", {} {}", name, ways);
  };
  add("tensor", cut.tp), add("pipeline", cut.pp), add("data", cut.dp), add("context", cut.cp),
      add("expert", cut.ep);
  if (cut.zero > 0) text += fmt::format(", ZeRO-{}", cut.zero);
  constexpr const char* again[] = {"nothing recomputed", "some recomputed", "all recomputed",
                                   "activations on the host"};
  return text + ", " + again[static_cast<std::size_t>(t.recompute)];
}

std::vector<Part> parts_of(const estimate::TrainingMemory& m) {
  return {{"weights", m.weights.value},     {"gradients", m.gradients.value},
          {"optimizer", m.optimizer.value}, {"activations", m.activations.value},
          {"logits", m.logits.value},       {"buffers", m.buffers.value},
          {"overhead", m.overhead.value}};
}

std::vector<Part> parts_of(const estimate::TokenTime& t) {
  return {{"matrices", t.matrices.value},      {"attention", t.attention.value}, {"memory", t.memory.value},
          {"logits", t.output.value},          {"host", t.host.value},           {"network", t.network.value},
          {"pipeline bubble", t.bubble.value}, {"optimizer", t.optimizer.value}};
}

std::vector<Part> parts_of(const ServeAnswer& a) {
  const double taken = a.place.device.memory.value * a.serving.share;
  return {{"weights", a.memory.weights.value},
          {"keys and values", a.room.value},
          {"work, overhead", taken - a.memory.weights.value - a.room.value}};
}

}  // namespace busbar::plan
