// SPDX-License-Identifier: Apache-2.0
// rack.hpp: which things stand in one rack together, and which outlet of which phase each of their cords goes
// to.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/cluster.hpp"

namespace busbar::plan {

constexpr int most_pdus = 4;  // of one rack: two at each side of its back

/// Packs racks for one kind of feed. Remembers what it has answered: most racks are alike.
class Packer {
 public:
  /// `redundant`: half of the PDUs at side A, half at B, and either half carries the rack alone.
  Packer(const Room& room, const estimate::Feed& feed, bool redundant)
      : room_(room), feed_(feed), sides_(redundant ? 2 : 1) {}

  /// The rack with all of `things`, from the bottom up, on as few PDUs as it takes; nothing where there are
  /// too many units or too many watts for `most_pdus`. A thing with a busbar is a rack by itself.
  std::optional<Rack> rack_of(const std::vector<Placed>& things);

  /// One rack with `with` and as many of `things`, from the front, as go; with `mixed`, later kinds then fill
  /// what is left without another PDU. What it takes is taken off `things`. Nothing where not even the first
  /// one goes.
  std::optional<Rack> fill(std::vector<Placed>& things, std::vector<Placed> with, bool mixed);

  /// All of `things`: `with` in the first rack, in the order that takes fewer PDUs, then fewer racks: as they
  /// are, or mixed. Never more of either than as they are.
  std::vector<Rack> stand(const std::vector<Placed>& things, const std::vector<Placed>& with);

 private:
  const Room& room_;
  estimate::Feed feed_;
  int sides_;
  std::map<std::string, std::optional<Rack>> known_;
};

/// The smallest usual breaker on which one PDU (a side) carries `thing`, else two; of a rack with a busbar
/// four feeds, else as many as it has shelves. Of the sizes sold for that voltage, North American up to 208 V
/// and at 480 V, else European. Nothing where the largest does not.
std::optional<estimate::Feed> smallest_feed(const Room& room, const Placed& thing, bool redundant);

}  // namespace busbar::plan
