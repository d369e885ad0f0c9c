// SPDX-License-Identifier: Apache-2.0
#include "plan/train.hpp"

#include <algorithm>
#include <cmath>

#include "plan/spread.hpp"

namespace busbar::plan {
namespace {

using estimate::Constants;
using estimate::Parallelism;
using estimate::Recompute;
using estimate::Training;

bool cheaper(const TrainAnswer& a, const TrainAnswer& b) {
  const auto of = [](const TrainAnswer& answer) {
    return answer.cost ? answer.cost->value.value : answer.device_hours();
  };
  return of(a) != of(b) ? of(a) < of(b) : a.time.value < b.time.value;
}

/// 1, 2, 4, ... up to `most`, or `given` alone.
std::vector<int> doubling(int most, bool fixed, int given) {
  if (fixed) return {given};
  std::vector<int> all;
  for (int each = 1; each <= most; each *= 2) all.push_back(each);
  return all;
}

/// Ways to cut that the devices and the model allow.
std::vector<Parallelism> cuts(const TrainQuestion& question, const Place& place) {
  const estimate::Model& model = question.model;
  const Fixed& fixed = question.fixed;
  const Parallelism& asked = question.training.cut;
  const bool full = question.training.method == estimate::Method::full;
  std::vector<Parallelism> all;
  for (const int tp : doubling(std::min(place.devices, place.device.in_node), fixed.tp, asked.tp)) {
    if (model.heads % tp != 0) continue;
    for (const int pp : doubling(place.devices, fixed.pp, asked.pp)) {
      const int inner = tp * pp * asked.cp;
      if (inner > place.devices || place.devices % inner != 0 || model.layers % pp != 0) continue;
      const int dp = place.devices / inner;
      int ep = model.experts > 0 ? std::min(dp, place.device.in_node) : 1;
      if (model.experts > 0 && model.experts % ep != 0) ep = 1;
      if (fixed.ep) ep = asked.ep;
      for (const int zero : {0, 1, 2, 3}) {
        const bool host = question.training.host_optimizer && full;
        const bool usual = zero == 0 || (zero == 3 && host) || (dp > 1 && (zero == 3 || (zero == 1 && full)));
        if (fixed.zero ? zero == asked.zero : usual)
          all.push_back(
              {.tp = tp, .pp = pp, .dp = dp, .cp = asked.cp, .ep = ep, .vp = asked.vp, .zero = zero});
      }
    }
  }
  return all;
}

/// Micro-batches of 1, 2, 4, ... up to what a device has of a step's batch.
std::vector<double> micro_batches(const TrainQuestion& question, int dp) {
  if (question.fixed.micro_batch) return {question.training.micro_batch};
  std::vector<double> all = {1};
  while (all.back() < 64 && 2 * all.back() * dp <= question.training.global_batch)
    all.push_back(2 * all.back());
  return all;
}

std::vector<Recompute> ways_to_recompute(const TrainQuestion& question) {
  if (question.fixed.recompute) return {question.training.recompute};
  return {Recompute::none, Recompute::selective, Recompute::full};
}

}  // namespace

Training usual_training(estimate::Method method) {
  const bool full = method == estimate::Method::full;
  Training usual{.method = method, .global_batch = full ? 256.0 : 16.0, .compiled = true};
  if (!full) usual.precision = estimate::Precision::pure16;
  if (method == estimate::Method::qlora) usual.base = estimate::Quant::nf4_double;
  return usual;
}

estimate::Seconds TrainAnswer::step() const {
  return token.total() * (training.global_batch * training.sequence / place.devices);
}

TrainAnswer answer(const TrainQuestion& question, const Place& place, const Constants& constants) {
  TrainAnswer said;
  said.place = place;
  said.training = question.training;
  said.measured = was_measured(constants, Kind::train_time, place.device);
  said.memory = estimate::training_memory(question.model, said.training, constants);
  said.need = around(said.memory.total(), spread(constants, Kind::train_mem, said.training.stack));
  said.fits = said.memory.total() <= estimate::usable(place.device.memory, constants);
  said.token = estimate::token_time(question.model, said.training, place.device, constants);
  said.traffic = estimate::training_traffic(question.model, said.training, place.device, constants);
  // The learned interval is of speeds where a table counts speeds; of times it is turned over.
  said.time = around_inverse(estimate::Seconds{said.token.total().value * question.tokens / place.devices},
                             spread(constants, Kind::train_time, said.training.stack, &place.device));
  const estimate::Watts node = place.device.power * (place.devices * constants.of("energy.node"));
  said.energy = {node * said.time.value, node * said.time.low * constants.of("energy.low"),
                 node * said.time.high * constants.of("energy.high")};
  if (place.price) {
    const estimate::UsdPerHour all = *place.price * double(place.devices);
    said.cost =
        estimate::Interval<estimate::Usd>{all * said.time.value, all * said.time.low, all * said.time.high};
  }
  const double total = double(estimate::parameters(question.model).total),
               learns = estimate::trainable(question.model, said.training);
  said.weights_file = {2 * (question.training.method == estimate::Method::full ? total : learns)};
  said.checkpoint = said.weights_file + estimate::Bytes{12 * learns};
  return said;
}

namespace {

/// Of the ways whose devices share a step's batch evenly, or of those that do not, or need a larger one.
std::optional<TrainAnswer> best(const TrainQuestion& question, const Place& place, const Constants& constants,
                                bool uneven) {
  std::optional<TrainAnswer> found;
  const auto better = [&](const TrainAnswer& said) {
    if (!found) return true;
    if (found->fits != said.fits) return said.fits;
    return said.fits ? said.time.value < found->time.value : said.memory.total() < found->memory.total();
  };
  TrainQuestion each = question;
  int ways = 0;
  for (const Parallelism& cut : cuts(question, place)) {
    for (const double micro : micro_batches(question, cut.dp)) {
      const bool divides = std::fmod(question.training.global_batch, micro * cut.dp) == 0;
      if (divides == uneven) continue;
      for (const Recompute recompute : ways_to_recompute(question)) {
        each.training.cut = cut;
        each.training.micro_batch = micro;
        each.training.global_batch = std::max(question.training.global_batch, micro * cut.dp);
        each.training.recompute = recompute;
        if (!estimate::check(question.model, each.training)) continue;
        TrainAnswer said = answer(each, place, constants);
        ++ways;
        if (better(said)) found = std::move(said);
      }
    }
  }
  if (found) found->ways = ways;
  return found;
}

}  // namespace

std::optional<TrainAnswer> best(const TrainQuestion& question, const Place& place,
                                const Constants& constants) {
  auto found = best(question, place, constants, false);
  return found ? found : best(question, place, constants, true);
}

std::vector<TrainAnswer> pareto(std::vector<TrainAnswer> answers) {
  std::erase_if(answers, [](const TrainAnswer& each) { return !each.fits; });
  std::ranges::sort(answers, cheaper);
  std::vector<TrainAnswer> front;
  for (TrainAnswer& each : answers) {
    if (front.empty() || each.time.value < front.back().time.value) front.push_back(std::move(each));
  }
  return front;
}

std::vector<std::string> what_would_fit(const TrainQuestion& question, const Place& place,
                                        const std::vector<estimate::Device>& devices,
                                        const Constants& constants) {
  std::vector<std::string> all;
  const auto fits = [&](const TrainQuestion& each, const Place& where) {
    const auto found = best(each, where, constants);
    return found && found->fits;
  };
  struct Step {
    estimate::Method method;
    const char* says;
  };
  for (const Step& step : {Step{estimate::Method::lora, "LoRA in place of all weights"},
                           Step{estimate::Method::qlora, "QLoRA: frozen weights in 4 bits"}}) {
    if (question.training.method >= step.method) continue;
    TrainQuestion other = question;
    other.training.method = step.method;
    other.training.base = usual_training(step.method).base;
    if (fits(other, place)) all.push_back(step.says);
  }
  for (int shorter = int(question.training.sequence) / 2; shorter >= 256; shorter /= 2) {
    TrainQuestion other = question;
    other.training.sequence = shorter;
    if (!fits(other, place)) continue;
    all.push_back("sequences of " + std::to_string(shorter) + " tokens");
    break;
  }
  for (int more = place.devices * 2; more <= std::max(1024, place.devices); more *= 2) {
    Place other = place;
    other.devices = more;
    if (!fits(question, other)) continue;
    all.push_back(std::to_string(more) + " x " + place.device.name);
    break;
  }
  std::vector<estimate::Device> larger = devices;
  std::erase_if(larger, [&](const estimate::Device& each) { return each.memory <= place.device.memory; });
  std::ranges::sort(larger, {}, [](const estimate::Device& each) { return each.memory.value; });
  for (const estimate::Device& device : larger) {
    if (all.size() >= 5) break;
    Place other = place;
    other.device = device;
    if (fits(question, other)) all.push_back(std::to_string(place.devices) + " x " + device.name);
  }
  return all;
}

}  // namespace busbar::plan
