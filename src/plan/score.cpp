// SPDX-License-Identifier: Apache-2.0
#include "plan/score.hpp"

#include <algorithm>
#include <cmath>

namespace busbar::plan {
namespace {

/// Linear between ranks, as numpy does.
double quantile(std::vector<double> values, double at) {
  std::ranges::sort(values);
  const double rank = at * double(values.size() - 1);
  const std::size_t below = std::size_t(rank), above = std::min(below + 1, values.size() - 1);
  return values[below] + (rank - double(below)) * (values[above] - values[below]);
}

bool is_memory(Kind kind) {
  return kind == Kind::train_mem || kind == Kind::infer_mem || kind == Kind::kv_capacity;
}

void judge(const Answered& answered, FitsScore& score) {
  const bool fitted = !answered.row->out_of_memory;
  if (!answered.prediction.fits) {
    ++score.silent;
  } else if (*answered.prediction.fits) {
    ++(fitted ? score.fits_right : score.fits_wrong);
  } else {
    ++(fitted ? score.refused_wrong : score.refused_right);
  }
}

}  // namespace

Score score(const std::vector<Answered>& rows) {
  Score total;
  std::map<Kind, std::map<std::string, std::vector<double>>> errors;
  std::map<Kind, std::vector<double>> signed_errors;
  std::map<Kind, int> covered;
  for (const Answered& answered : rows) {
    const Prediction& said = answered.prediction;
    if (!answered.row) {
      ++total.unsaid[said.reason];
      continue;
    }
    const Measured& row = *answered.row;
    if (is_memory(row.kind) && row.device && (row.value || row.out_of_memory)) judge(answered, total.fits);
    if (!row.value || *row.value <= 0) continue;
    if (!said.value) {
      ++total.unsaid[said.reason];
      continue;
    }
    const double error = said.value->value / *row.value - 1;
    errors[row.kind][row.group].push_back(std::abs(error));
    signed_errors[row.kind].push_back(error);
    covered[row.kind] += *row.value >= said.value->low && *row.value <= said.value->high;
  }
  for (const auto& [kind, groups] : errors) {
    KindScore one{.kind = kind, .groups = int(groups.size())};
    std::vector<double> all;
    for (const auto& [name, values] : groups) {
      const double median = quantile(values, 0.5);
      total.groups[word(kind)][name] = median;
      one.median += median / double(groups.size());
      all.insert(all.end(), values.begin(), values.end());
    }
    one.rows = int(all.size());
    one.p90 = quantile(all, 0.9);
    one.bias = quantile(signed_errors[kind], 0.5);
    one.coverage = double(covered[kind]) / double(all.size());
    total.kinds.push_back(one);
  }
  return total;
}

}  // namespace busbar::plan
