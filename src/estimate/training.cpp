// SPDX-License-Identifier: Apache-2.0
#include "estimate/training.hpp"

#include <algorithm>
#include <cmath>

namespace busbar::estimate {

double bytes_of(Quant quant) {
  switch (quant) {
    case Quant::none:
      return 2;
    case Quant::fp8:
    case Quant::int8:
      return 1;
    case Quant::fp4:
      return 0.5 + 1.0 / 16;
    case Quant::mxfp4:
      return 0.5 + 1.0 / 32;
    case Quant::nf4:
      return 0.5 + 4.0 / 64;
    case Quant::nf4_double:
      return 0.5 + 1.0 / 64 + 4.0 / (64 * 256);
    case Quant::q4_k_m:
      return 4.85 / 8;
  }
  return 2;
}

double Training::steps() const {
  return std::max(1.0, global_batch / (micro_batch * static_cast<double>(cut.dp)));
}

double trainable(const Model& model, const Training& training) {
  const double h = static_cast<double>(model.hidden), layers = static_cast<double>(model.layers);
  const double prompts = 10 * h * layers;  // ten learned positions a layer
  switch (training.method) {
    case Method::full:
      return static_cast<double>(parameters(model).total);
    case Method::lora:
    case Method::qlora:
      return static_cast<double>(lora_parameters(model, training.rank, {Matrix::q, Matrix::v}));
    case Method::adapter:
      return prompts;
    case Method::adapter_v2:  // and a scale and a shift behind every linear layer
      return prompts + 2 * layers *
                           static_cast<double>(model.query_width() + 2 * model.key_width() +
                                               2 * model.hidden + (model.gated ? 2 : 1) * model.ffn);
  }
  return 0;
}

namespace {

Error wrong(const std::string& field, double found, const std::string& right) {
  std::string number = std::to_string(found);
  number.erase(number.find_last_not_of('0') + 1);
  if (number.ends_with('.')) number.pop_back();
  return {Errc::invalid, field + ": found " + number + "; " + right + " would be right"};
}

}  // namespace

Status check(const Model& model, const Training& training) {
  const Parallelism& cut = training.cut;
  struct Size {
    const char* name;
    double value, low, high;
  };
  const Size sizes[] = {
      {"sequence", training.sequence, 1, 1e8},
      {"micro batch", training.micro_batch, 1, 1e6},
      {"global batch", training.global_batch, 1, 1e9},
      {"rank", double(training.rank), 1, 1e5},
      {"tp", double(cut.tp), 1, 1e4},
      {"pp", double(cut.pp), 1, double(model.layers)},
      {"dp", double(cut.dp), 1, 1e6},
      {"cp", double(cut.cp), 1, 1e4},
      {"ep", double(cut.ep), 1, std::max(1.0, double(model.experts))},
      {"vp", double(cut.vp), 1, 1e3},
      {"zero", double(cut.zero), 0, 3},
      {"filled", training.filled, 1e-6, 1},
  };
  for (const Size& size : sizes) {
    if (!(size.value >= size.low && size.value <= size.high))
      return wrong(size.name, size.value,
                   "from " + std::to_string(std::int64_t(std::ceil(size.low))) + " to " +
                       std::to_string(std::int64_t(size.high)));
  }
  if (model.heads % cut.tp != 0)
    return wrong("tp", cut.tp, "a divisor of the " + std::to_string(model.heads) + " heads");
  return Done{};
}

}  // namespace busbar::estimate
