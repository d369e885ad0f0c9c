// SPDX-License-Identifier: Apache-2.0
// plans.cpp: how many plans a second one core makes: model x device x parallelism, memory and time of each.
#include <chrono>
#include <cstdio>

#include "estimate/memory.hpp"
#include "estimate/time.hpp"

int main() {
  using namespace busbar::estimate;
  const Constants& constants = built_in_constants();
  const auto start = std::chrono::steady_clock::now();
  long plans = 0, fit = 0;
  double seconds = 0, sum = 0;
  while (seconds < 2) {
    for (const Model& model : built_in_models()) {
      for (const Device& device : built_in_devices()) {
        for (const int tp : {1, 2, 4, 8}) {
          const Training t{
              .micro_batch = 2, .global_batch = 256, .cut = {.tp = tp, .dp = 8, .zero = 3}, .compiled = true};
          fit += training_memory(model, t, constants).total() <= usable(device.memory, constants);
          sum += token_time(model, t, device, constants).total().value;
          ++plans;
        }
      }
    }
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  std::printf("%.0f plans a second (memory, verdict and time; %ld of %ld fit; mean %.3g s a token)\n",
              double(plans) / seconds, fit, plans, sum / double(plans));
}
