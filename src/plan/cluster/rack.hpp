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
  Packer(const Room& room, const estimate::Feed& feed) : room_(room), feed_(feed) {}

  /// The rack with all of `things`, from the bottom up, on as few PDUs as it takes; nothing where there are
  /// too many units or too many watts for `most_pdus`.
  std::optional<Rack> rack_of(const std::vector<Placed>& things);

  /// Takes as many of `things` from the front as go into one rack; 0: not even the first does.
  std::size_t fill(const std::vector<Placed>& things, std::size_t from, std::vector<Placed> with, Rack& into);

 private:
  std::optional<std::vector<Pdu>> powered(const std::vector<Placed>& things) const;

  const Room& room_;
  estimate::Feed feed_;
  std::map<std::string, std::optional<Rack>> known_;
};

/// The smallest usual breaker on which one PDU carries `thing`, else two; of the sizes sold for that voltage,
/// North American up to 208 V and at 480 V, else European. Nothing where the largest does not.
std::optional<estimate::Feed> smallest_feed(const Room& room, const Placed& thing);

}  // namespace busbar::plan
