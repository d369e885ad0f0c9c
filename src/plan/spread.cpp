// SPDX-License-Identifier: Apache-2.0
#include "plan/spread.hpp"

#include <cmath>
#include <string>

namespace busbar::plan {
namespace {

/// The share of a peak that is learned for each generation; "" where none matters.
std::string_view learned_share(Kind kind) {
  switch (kind) {
    case Kind::train_time:
    case Kind::gpu_hours:
      return "gemm";
    case Kind::decode_b1:
      return "decode";
    case Kind::prefill:
      return "prefill";
    case Kind::serving_peak:
      return "serve.decode";
    default:
      return "";
  }
}

}  // namespace

bool was_measured(const estimate::Constants& constants, Kind kind, const estimate::Device& device) {
  const std::string_view share = learned_share(kind);
  return share.empty() || constants.knows(share, device.generation);
}

Spread spread(const estimate::Constants& constants, Kind kind, std::string_view stack,
              const estimate::Device* device) {
  const bool measured = device == nullptr || was_measured(constants, kind, *device);
  const auto end = [&](const char* of) {
    const double log = std::log(constants.of(std::string(of) + word(kind), stack));
    return std::exp(measured ? log : std::copysign(std::hypot(log, std::log(constants.of("unseen"))), log));
  };
  return {end("low."), end("high.")};
}

}  // namespace busbar::plan
