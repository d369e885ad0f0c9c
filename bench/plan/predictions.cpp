// SPDX-License-Identifier: Apache-2.0
// predictions.cpp: the planner as a function of its constants, for bench/plan/fit.py:
// busbar-bench-predictions TABLE. First a line for each row: its kind and program ("-": none that is known).
// Then, for each line "name value name value ..." of the input, a line of predictions, "nan" where there is
// none.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "estimate/catalogue.hpp"
#include "plan/predict.hpp"

namespace {

using namespace busbar;

/// What constants say of every row that could be read.
void answer(const estimate::Sheet& sheet, const estimate::Constants& constants) {
  const auto rows = plan::predict_all(sheet, constants, estimate::shipped_catalogue());
  if (!rows) {
    std::fprintf(stderr, "%s\n", rows.error().message.c_str());
    std::exit(1);
  }
  for (const plan::Answered& each : *rows) {
    if (each.prediction.value) {
      std::printf("%.9g ", each.prediction.value->value);
    } else {
      std::printf("nan ");
    }
  }
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return std::fprintf(stderr, "busbar-bench-predictions TABLE\n"), 2;
  std::ifstream file(arguments[1]);
  std::stringstream text;
  text << file.rdbuf();
  const auto sheet = estimate::Sheet::parse(arguments[1], text.str());
  if (!file || !sheet) return std::fprintf(stderr, "%s: not a table\n", arguments[1]), 1;
  for (std::size_t k = 0; k < sheet->rows(); ++k) {
    const auto row = plan::measured(*sheet, k, estimate::built_in_constants(), estimate::shipped_catalogue());
    std::printf("%s %s\n", row ? plan::word(row->kind) : "none",
                row && !plan::program_of(*row).empty() ? plan::program_of(*row).c_str() : "-");
  }
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    estimate::Constants constants;
    std::string name;
    for (double value = 0; words >> name >> value;) constants.set(name, value);
    answer(*sheet, constants);
  }
}
