// SPDX-License-Identifier: Apache-2.0
// plans.cpp: how many plans a second one core makes: each model on every offer of the catalogue, cut in every
// way that is looked at; memory, verdict, time, energy and the price of each.
#include <chrono>
#include <cstdio>

#include "plan/rent.hpp"

int main() {
  using namespace busbar;
  const estimate::Catalogue& catalogue = estimate::shipped_catalogue();
  const estimate::Constants& constants = estimate::built_in_constants();
  plan::RentQuestion wanted;
  wanted.offers.date = *estimate::parse_date("2026-11-27");
  const auto start = std::chrono::steady_clock::now();
  double plans = 0, ways = 0, seconds = 0;
  std::size_t questions = 0, places = 0;
  for (const estimate::Model& model : catalogue.models.all()) {
    for (const estimate::Method method : {estimate::Method::full, estimate::Method::lora}) {
      plan::TrainQuestion question{.model = model, .tokens = 1e9};
      question.training.method = method;
      question.training.global_batch = 256;
      question.training.compiled = true;
      const auto found = plan::rent(question, catalogue, wanted, constants);
      if (!found) return std::fprintf(stderr, "%s\n", found.error().message.c_str()), 1;
      plans += double(found->plans), ways += double(found->ways), ++questions;
      places += found->rentals.size();
    }
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (seconds > 10) break;
  }
  std::printf(
      "%.0f plans a second (a way to cut it x an offer x its terms), of which %.0f ways were reckoned anew\n",
      plans / seconds, ways / seconds);
  std::printf("%zu questions of %.1f ms each, %zu priced places\n", questions,
              1000 * seconds / double(questions), places);
}
