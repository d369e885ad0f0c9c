// SPDX-License-Identifier: Apache-2.0
#include "plan/cluster/rack.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

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

/// What the cords at one of `sides` sides carry, all of the load on that side. A thing with one cord hangs on
/// either side by a transfer switch.
std::vector<Watts> cords_of(const std::vector<Placed>& things, int sides) {
  std::vector<Watts> cords;
  for (const Placed& thing : things) {
    const int here = std::max(1, thing.cords / sides);
    for (int cord = 0; cord < here; ++cord) cords.push_back(thing.nameplate / here);
  }
  return cords;
}

using Pdus = std::optional<std::vector<Pdu>>;

/// All cords on `count` PDUs, or nothing where a line would carry more than it may.
Pdus spread(const std::vector<Watts>& cords, std::size_t count, const Feed& feed) {
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

/// Power shelves draw on all phases alike: the load in equal parts on at most `most` feeds.
Pdus on_shelves(const Placed& thing, int most, const Feed& feed) {
  for (int count = 1; count <= most; ++count) {
    if (thing.nameplate.value > capacity(feed).value * count) continue;
    Pdu one;
    for (std::size_t phase = 0; phase < std::size_t(feed.supply.phases); ++phase) {
      one.phases[phase] = thing.nameplate / (count * feed.supply.phases);
      one.lines[phase] = load_current(thing.nameplate / count, feed.supply);
    }
    return std::vector<Pdu>(std::size_t(count), one);
  }
  return std::nullopt;
}

/// Of one side: as few as it takes.
Pdus powered(const std::vector<Placed>& things, int sides, const Feed& feed) {
  if (things.front().outlet == "busbar")
    return on_shelves(things.front(), things.front().cords / sides, feed);
  const std::vector<Watts> cords = cords_of(things, sides);
  Watts all;
  for (const Watts cord : cords) all += cord;
  for (int count = 1; count <= most_pdus / sides; ++count) {
    if (all.value > capacity(feed).value * count) continue;
    if (auto pdus = spread(cords, std::size_t(count), feed)) return pdus;
  }
  return std::nullopt;
}

/// The other side is alike.
std::vector<Pdu> on_both_sides(std::vector<Pdu> pdus) {
  const std::size_t count = pdus.size();
  for (std::size_t k = 0; k < count; ++k) {
    pdus[k].side = 'A';
    pdus.push_back(pdus[k]);
    pdus.back().side = 'B';
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

std::optional<Rack> Packer::rack_of(const std::vector<Placed>& things) {
  std::string key;
  for (const Placed& thing : things) key += thing.what + "|";
  const auto [at, is_new] = known_.try_emplace(key);
  if (!is_new) return at->second;
  if (units_of(things) > room_.rack_units) return std::nullopt;
  if (things.size() > 1 && std::ranges::count(things, "busbar", &Placed::outlet) > 0) return std::nullopt;
  auto pdus = powered(things, sides_, feed_);
  if (!pdus) return std::nullopt;
  Rack rack{things, sides_ == 2 ? on_both_sides(std::move(*pdus)) : std::move(*pdus)};
  int unit = 1;
  for (Placed& thing : rack.things) thing.from = unit, unit += thing.units;
  return at->second = std::move(rack);
}

std::optional<Rack> Packer::fill(std::vector<Placed>& things, std::vector<Placed> with, bool mixed) {
  std::size_t count = 0;
  int units = units_of(with);
  while (count < things.size() && units + things[count].units <= room_.rack_units) {
    units += things[count].units;
    with.push_back(things[count++]);
  }
  std::optional<Rack> rack;
  for (; count > 0; --count, with.pop_back()) {
    rack = rack_of(with);
    if (rack) break;
  }
  if (!rack) return std::nullopt;
  things.erase(things.begin(), things.begin() + std::ptrdiff_t(count));
  std::string refused;  // a kind that did not go will not go later
  for (auto thing = things.begin(); mixed && thing != things.end();) {
    if (thing->what == refused) {
      ++thing;
      continue;
    }
    with.push_back(*thing);
    if (auto fuller = rack_of(with); fuller && fuller->pdus.size() == rack->pdus.size()) {
      rack = std::move(fuller);
      thing = things.erase(thing);
    } else {
      refused = thing->what;
      with.pop_back();
    }
  }
  return rack;
}

std::vector<Rack> Packer::stand(const std::vector<Placed>& things, const std::vector<Placed>& with) {
  const auto stood = [&](bool mixed) {
    std::vector<Placed> rest = things;
    std::vector<Rack> racks;
    if (!with.empty()) {
      auto first = with.front().units > 0 ? fill(rest, with, mixed) : std::nullopt;
      racks.push_back(first ? std::move(*first) : *rack_of(with));
    }
    while (!rest.empty()) {
      auto rack = fill(rest, {}, mixed);
      BUSBAR_CHECK(bool(rack), "what carries a node carries a switch");
      racks.push_back(std::move(*rack));
    }
    return racks;
  };
  const auto cost = [](const std::vector<Rack>& racks) {
    std::size_t pdus = 0;
    for (const Rack& rack : racks) pdus += rack.pdus.size();
    return std::pair{pdus, racks.size()};
  };
  std::vector<Rack> plain = stood(false), mixed = stood(true);
  const auto [plain_pdus, plain_racks] = cost(plain);
  const auto [mixed_pdus, mixed_racks] = cost(mixed);
  const bool no_worse = mixed_pdus <= plain_pdus && mixed_racks <= plain_racks;
  return no_worse ? mixed : plain;
}

std::optional<Feed> smallest_feed(const Room& room, const Placed& thing, bool redundant) {
  const double volts = room.supply.volts.value;
  const bool american = volts <= 208 || volts == 480;
  const std::vector<double> sold =
      american ? std::vector<double>{15, 20, 30, 50, 60, 100} : std::vector<double>{16, 32, 63, 125};
  const int sides = redundant ? 2 : 1;
  const bool shelves = thing.outlet == "busbar";
  const std::vector<Watts> cords = cords_of({thing}, sides);
  for (const int count :
       shelves ? std::array{std::min(4, thing.cords / sides), thing.cords / sides} : std::array{1, 2}) {
    for (const double amps : sold) {
      const Feed feed{room.supply, {amps}, room.derate};
      if (shelves ? on_shelves(thing, count, feed) : spread(cords, std::size_t(count), feed)) return feed;
    }
  }
  return std::nullopt;
}

}  // namespace busbar::plan
