// SPDX-License-Identifier: Apache-2.0
#include "plan/train.hpp"

#include <algorithm>
#include <array>

namespace busbar::plan {
namespace {

using estimate::Constants;
using estimate::Parallelism;
using estimate::Recompute;
using estimate::Training;

template <class Amount>
estimate::Interval<Amount> around(Amount value, double low, double high) {
  return {value, value * low, value * high};
}

bool cheaper(const TrainAnswer& a, const TrainAnswer& b) {
  const auto of = [](const TrainAnswer& answer) {
    return answer.cost ? answer.cost->value.value : answer.device_hours();
  };
  return of(a) != of(b) ? of(a) < of(b) : a.time.value < b.time.value;
}

/// tp x pp that a number of devices allows.
std::vector<Parallelism> cuts(const estimate::Model& model, const Place& place, bool full) {
  std::vector<Parallelism> all;
  for (int tp = 1; tp <= std::min(place.devices, place.device.in_node); tp *= 2) {
    if (model.heads % tp != 0) break;
    for (int pp = 1; tp * pp <= place.devices && pp <= model.layers; pp *= 2) {
      if (place.devices % (tp * pp) != 0 || model.layers % pp != 0) continue;
      const int dp = place.devices / (tp * pp);
      const int ep = model.experts > 0 ? std::min(dp, place.device.in_node) : 1;
      for (const int zero : {0, 1, 3}) {
        if (zero > 0 && dp == 1) continue;
        if (zero == 1 && !full) continue;
        all.push_back({.tp = tp,
                       .pp = pp,
                       .dp = dp,
                       .ep = model.experts > 0 && model.experts % ep == 0 ? ep : 1,
                       .zero = zero});
      }
    }
  }
  return all;
}

}  // namespace

TrainAnswer answer(const TrainQuestion& question, const Place& place, const Constants& constants) {
  TrainAnswer said;
  said.place = place;
  said.training = question.training;
  said.memory = estimate::training_memory(question.model, said.training, constants);
  said.need = around(said.memory.total(), constants.of("low.train_mem", said.training.stack),
                     constants.of("high.train_mem", said.training.stack));
  said.fits = said.memory.total() <= estimate::usable(place.device.memory, constants);
  said.token = estimate::token_time(question.model, said.training, place.device, constants);
  const double low = constants.of("low.train_time", said.training.stack),
               high = constants.of("high.train_time", said.training.stack);
  // The learned interval is of speeds where a table counts speeds; of times it is turned over.
  said.time = around(estimate::Seconds{said.token.total().value * question.tokens / place.devices}, 1 / high,
                     1 / low);
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

TrainAnswer best(const TrainQuestion& question, const Place& place, const Constants& constants) {
  std::optional<TrainAnswer> found;
  const auto consider = [&](const Training& training) {
    TrainQuestion each = question;
    each.training = training;
    TrainAnswer said = answer(each, place, constants);
    const auto worse = [&] {
      if (!found) return true;
      if (found->fits != said.fits) return said.fits;
      return said.fits ? said.time.value < found->time.value : said.memory.total() < found->memory.total();
    };
    if (worse()) found = std::move(said);
  };
  for (const Parallelism& cut :
       cuts(question.model, place, question.training.method == estimate::Method::full)) {
    for (double micro = 1; micro * cut.dp <= std::max(question.training.global_batch, double(cut.dp));
         micro *= 2) {
      for (const Recompute recompute : {Recompute::none, Recompute::selective, Recompute::full}) {
        Training training = question.training;
        training.cut = cut;
        training.micro_batch = micro;
        training.global_batch = std::max(training.global_batch, micro * cut.dp);
        training.recompute = recompute;
        consider(training);
      }
      if (micro >= 64) break;
    }
  }
  return found ? *found : answer(question, place, constants);
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
    return best(each, where, constants).fits;
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
    if (step.method == estimate::Method::qlora) other.training.base = estimate::Quant::nf4_double;
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
  for (const estimate::Device& device : devices) {
    if (device.memory <= place.device.memory) continue;
    Place other = place;
    other.device = device;
    if (!fits(question, other)) continue;
    all.push_back(std::to_string(place.devices) + " x " + device.name);
    if (all.size() >= 5) break;
  }
  return all;
}

}  // namespace busbar::plan
