// SPDX-License-Identifier: Apache-2.0
#include "model/share.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace busbar::model {
namespace {

constexpr std::int64_t device_milli = 1000, sigmas = 5;

/// What is known of one program, or of all on one device.
struct Known {
  std::vector<int> sum;      // by sample
  std::int64_t total = 0;    // of the samples
  std::int64_t peaks = 0;    // of each
  std::int64_t squares = 0;  // of the deviations: the variance times samples squared
};

Known known_of(const Duty& duty) {
  Known known;
  std::int64_t squares = 0;
  for (const int value : duty) {
    const int taken = std::max(value, 0);
    known.sum.push_back(taken);
    known.total += taken;
    known.peaks = std::max<std::int64_t>(known.peaks, taken);
    squares += std::int64_t{taken} * taken;
  }
  known.squares = squares * std::ssize(duty) - known.total * known.total;
  return known;
}

void add(Known& to, const Known& more) {
  for (std::size_t k = 0; k < to.sum.size(); ++k) to.sum[k] += more.sum[k];
  to.total += more.total;
  to.peaks += more.peaks;
  to.squares += more.squares;
}

bool may_share(const Known& device, const Known& program, Sharing sharing, std::int64_t budget_milli) {
  const std::int64_t samples = std::ssize(device.sum);
  const std::int64_t room = device_milli * samples - device.total - program.total;  // of all samples
  switch (sharing) {
    case Sharing::alone:
      return false;
    case Sharing::peaks:
      return device.peaks + program.peaks <= device_milli;
    case Sharing::sigma:
      return room >= 0 && room * room >= sigmas * sigmas * (device.squares + program.squares);
    case Sharing::means:
      return room >= 0;
    case Sharing::samples:
      break;
  }
  std::int64_t violated = 0;
  for (std::size_t k = 0; k < device.sum.size(); ++k)
    violated += device.sum[k] + program.sum[k] > device_milli;
  return violated * 1000 <= samples * budget_milli;
}

}  // namespace

std::vector<std::vector<std::size_t>> share(const std::vector<Duty>& programs, Sharing sharing,
                                            std::int64_t budget_milli) {
  std::vector<Known> each;
  for (const Duty& duty : programs) each.push_back(known_of(duty));
  std::vector<std::size_t> order(programs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t k) { return std::pair(-each[k].total, k); });
  std::vector<std::vector<std::size_t>> devices;
  std::vector<Known> held;
  for (const std::size_t program : order) {
    std::size_t best = held.size();
    for (std::size_t k = 0; k < held.size(); ++k) {
      if (best < held.size() && held[k].total <= held[best].total) continue;
      if (may_share(held[k], each[program], sharing, budget_milli)) best = k;
    }
    if (best == held.size()) {
      held.push_back(each[program]);
      devices.push_back({program});
    } else {
      add(held[best], each[program]);
      devices[best].push_back(program);
    }
  }
  return devices;
}

Pressed pressed(const std::vector<Duty>& programs, const std::vector<std::size_t>& device) {
  Pressed pressed;
  const std::size_t samples = device.empty() ? 0 : programs[device.front()].size();
  for (std::size_t k = 0; k < samples; ++k) {
    std::int64_t sum = 0;
    bool there = false;
    for (const std::size_t program : device) {
      const int taken = programs[program][k];
      there = there || taken != absent;
      sum += std::max(taken, 0);
    }
    pressed.samples += there;
    pressed.violated += sum > device_milli;
  }
  return pressed;
}

std::int64_t room_beside(std::vector<std::int64_t> wanted, std::int64_t capacity, std::int64_t budget_milli) {
  const std::int64_t may_pass = std::ssize(wanted) * budget_milli / 1000;
  if (may_pass >= std::ssize(wanted)) return std::max<std::int64_t>(capacity, 0);
  const auto bound = wanted.begin() + may_pass;
  std::ranges::nth_element(wanted, bound, std::greater());
  return std::max<std::int64_t>(capacity - *bound, 0);
}

}  // namespace busbar::model
