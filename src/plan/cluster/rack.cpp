// SPDX-License-Identifier: Apache-2.0
#include "plan/cluster/rack.hpp"

#include <algorithm>

namespace busbar::plan {
namespace {

using namespace estimate;

/// Currents in the lines of one PDU, whose outlets lie between two lines each (208 V and 480 V, without
/// neutral) or between a line and neutral.
std::array<Amps, 3> lines_of(const std::array<Watts, 3>& phases, Supply supply) {
  if (supply.phases == 1) return {load_current(phases[0], supply), Amps{}, Amps{}};
  if (supply.volts.value == 208 || supply.volts.value == 480)
    return line_currents_between(phases, supply.volts);
  const Supply to_neutral{supply.volts / 1.7320508, 1};
  return {load_current(phases[0], to_neutral), load_current(phases[1], to_neutral),
          load_current(phases[2], to_neutral)};
}

std::vector<Watts> cords_of(const std::vector<Placed>& things) {
  std::vector<Watts> cords;
  for (const Placed& thing : things)
    for (int cord = 0; cord < thing.cords; ++cord) cords.push_back(thing.nameplate / thing.cords);
  return cords;
}

/// All cords on `count` PDUs, or nothing where a line would carry more than it may.
std::optional<std::vector<Pdu>> spread(const std::vector<Watts>& cords, std::size_t count, const Feed& feed) {
  const auto phases = std::size_t(feed.supply.phases);
  const std::vector<Watts> sum = sums(cords, balance(cords, count * phases), count * phases);
  std::vector<Pdu> pdus(count);
  for (std::size_t k = 0; k < sum.size(); ++k) pdus[k / phases].phases[k % phases] = sum[k];
  for (Pdu& pdu : pdus) {
    pdu.lines = lines_of(pdu.phases, feed.supply);
    if (std::ranges::max(pdu.lines) > continuous(feed)) return std::nullopt;
  }
  return pdus;
}

int units_of(const std::vector<Placed>& things) {
  int units = 0;
  for (const Placed& thing : things) units += thing.units;
  return units;
}

}  // namespace

Watts Rack::nameplate() const {
  Watts sum;
  for (const Placed& thing : things) sum += thing.nameplate;
  return sum;
}
Watts Rack::measured() const {
  Watts sum;
  for (const Placed& thing : things) sum += thing.measured;
  return sum;
}
int Rack::used_units() const { return units_of(things); }

std::optional<std::vector<Pdu>> Packer::powered(const std::vector<Placed>& things) const {
  const std::vector<Watts> cords = cords_of(things);
  Watts all;
  for (const Watts cord : cords) all += cord;
  for (int count = 1; count <= most_pdus; ++count) {
    if (all.value > capacity(feed_).value * count) continue;
    if (auto pdus = spread(cords, std::size_t(count), feed_)) return pdus;
  }
  return std::nullopt;
}

std::optional<Rack> Packer::rack_of(const std::vector<Placed>& things) {
  std::string key;
  for (const Placed& thing : things) key += thing.what + "|";
  const auto [at, is_new] = known_.try_emplace(key);
  if (!is_new) return at->second;
  if (units_of(things) > room_.rack_units) return std::nullopt;
  auto pdus = powered(things);
  if (!pdus) return std::nullopt;
  Rack rack{things, std::move(*pdus)};
  int unit = 1;
  for (Placed& thing : rack.things) thing.from = unit, unit += thing.units;
  return at->second = std::move(rack);
}

std::size_t Packer::fill(const std::vector<Placed>& things, std::size_t from, std::vector<Placed> with,
                         Rack& into) {
  std::size_t count = 0;
  int units = units_of(with);
  while (from + count < things.size() && units + things[from + count].units <= room_.rack_units) {
    units += things[from + count].units;
    with.push_back(things[from + count++]);
  }
  for (; count > 0; --count, with.pop_back()) {
    if (auto rack = rack_of(with)) return into = std::move(*rack), count;
  }
  return 0;
}

std::optional<Feed> smallest_feed(const Room& room, const Placed& thing) {
  const double volts = room.supply.volts.value;
  const bool american = volts <= 208 || volts == 480;
  const std::vector<double> sold =
      american ? std::vector<double>{15, 20, 30, 50, 60, 100} : std::vector<double>{16, 32, 63, 125};
  const std::vector<Watts> cords = cords_of({thing});
  for (const std::size_t count : {1u, 2u}) {
    for (const double amps : sold) {
      const Feed feed{room.supply, {amps}, room.derate};
      if (spread(cords, count, feed)) return feed;
    }
  }
  return std::nullopt;
}

}  // namespace busbar::plan
