// SPDX-License-Identifier: Apache-2.0
#include "plan/predict.hpp"

#include <algorithm>

#include "estimate/memory.hpp"
#include "estimate/time.hpp"
#include "plan/spread.hpp"

namespace busbar::plan {
namespace {

using estimate::Bytes;
using estimate::Constants;

estimate::Interval<double> interval(const Measured& row, double value, const Constants& constants) {
  const estimate::Device* device = row.device ? &*row.device : nullptr;
  return around(value, spread(constants, row.kind, program_of(row), device));
}

std::string without_device(const Measured& row) {
  return std::string(word(row.kind)) + " needs a device, and the row names none";
}

Prediction training_memory(const Measured& row, const Constants& constants) {
  Prediction answer;
  const estimate::TrainingMemory memory = estimate::training_memory(row.model, row.training, constants);
  const bool unfused = row.training.stack == "megatron-unfused";
  switch (row.unit) {
    case Unit::states:
      answer.value = interval(row, memory.states().value / row.scale, constants);
      break;
    case Unit::activations:
      answer.value = interval(row,
                              (unfused ? estimate::korthikanti_activations(row.model, row.training)
                                       : memory.activations + memory.logits)
                                      .value /
                                  row.scale,
                              constants);
      break;
    default:
      if (row.unit != Unit::verdict)
        answer.value = interval(row, memory.total().value / row.scale, constants);
      if (row.device) answer.fits = memory.total() <= estimate::usable(row.device->memory, constants);
  }
  if (row.unit == Unit::verdict) answer.reason = "the row asks for a verdict alone";
  if (!answer.fits)
    answer.reason = row.device ? "the row is about one part of the memory: no verdict" : without_device(row);
  return answer;
}

Prediction serving_memory(const Measured& row, const Constants& constants) {
  Prediction answer;
  const estimate::Serving& s = row.serving;
  const estimate::ServingMemory memory = estimate::serving_memory(row.model, s, constants);
  // A server that takes a share of the device first fits where a request has room; its weights alone where
  // they do.
  const bool reserves = s.stack == "vllm" && row.device && row.unit != Unit::weights;
  const Bytes room = reserves ? estimate::kv_room(row.model, s, *row.device, constants) : Bytes{};
  switch (row.unit) {
    case Unit::weights_total:
      answer.value = interval(row, estimate::weight_bytes(row.model, s.quant).value / row.scale, constants);
      break;
    case Unit::weights:
      answer.value = interval(row, memory.weights.value / row.scale, constants);
      break;
    case Unit::kv:
      if (!row.device) return answer.reason = without_device(row), answer;
      answer.value =
          interval(row, estimate::kv_room(row.model, s, *row.device, constants).value / row.scale, constants);
      break;
    case Unit::verdict:
      break;
    default:
      answer.value = interval(row, memory.total().value / row.scale, constants);
  }
  if (!row.device) return answer.reason = without_device(row), answer;
  if (!row.devices) return answer.reason = "the row does not say how many devices: no verdict", answer;
  if (row.unit == Unit::weights_total) return answer.reason = "the row is about a file: no verdict", answer;
  answer.fits = reserves ? room >= memory.kv && room.value > 0
                         : memory.total() <= estimate::usable(row.device->memory, constants);
  if (row.unit == Unit::verdict) answer.reason = "the row asks for a verdict alone";
  return answer;
}

Prediction training_time(const Measured& row, const Constants& constants) {
  Prediction answer;
  if (!row.device) return answer.reason = without_device(row), answer;
  const double token = estimate::token_time(row.model, row.training, *row.device, constants).total().value;
  const estimate::Training& t = row.training;
  double value = 0;
  switch (row.unit) {
    case Unit::tokens_per_device:
      value = 1 / token;
      break;
    case Unit::tokens_total:
      value = t.cut.devices() / token;
      break;
    case Unit::iteration:
      value = token * t.global_batch * t.sequence / t.cut.devices();
      break;
    case Unit::micro_iterations:
      value = token * t.micro_batch * t.sequence * t.filled / (t.cut.tp * t.cut.pp * t.cut.cp);
      break;
    case Unit::device_hours:
      if (row.tokens <= 0) return answer.reason = "the row does not say how many tokens (tokens_B)", answer;
      value = token * row.tokens;
      break;
    default:
      return answer.reason = "the unit is none of time", answer;
  }
  answer.value = interval(row, value / row.scale, constants);
  return answer;
}

Prediction serving_speed(const Measured& row, const Constants& constants) {
  Prediction answer;
  if (!row.device) return answer.reason = without_device(row), answer;
  double value = 0;
  if (row.kind == Kind::serving_peak) {
    value = estimate::peak(row.model, row.serving, *row.device, constants).output.value;
    if (value <= 0)
      return answer.reason = "no room for one request: " + row.model.name + " does not fit", answer;
  } else if (row.kind == Kind::prefill) {
    value = estimate::prefill_alone(row.model, row.serving, *row.device, constants).value;
  } else {
    value = estimate::decode_alone(row.model, row.serving, *row.device, constants).value;
  }
  answer.value = interval(row, value / row.scale, constants);
  return answer;
}

}  // namespace

Prediction predict(const Measured& row, const Constants& constants) {
  const auto answer = [&] {
    switch (row.kind) {
      case Kind::train_mem:
        return training_memory(row, constants);
      case Kind::infer_mem:
      case Kind::kv_capacity:
        return serving_memory(row, constants);
      case Kind::train_time:
      case Kind::gpu_hours:
        return training_time(row, constants);
      default:
        return serving_speed(row, constants);
    }
  };
  Prediction said = answer();
  said.id = row.id;
  return said;
}

Result<std::vector<Answered>> predict_all(const estimate::Sheet& sheet, const Constants& constants,
                                          const estimate::Catalogue& catalogue) {
  for (const char* column : {"id", "kind", "unit", "model"}) {
    if (auto there = sheet.needed(column); !there) return there.error();
  }
  std::vector<Answered> all;
  for (std::size_t k = 0; k < sheet.rows(); ++k) {
    const auto row = measured(sheet, k, constants, catalogue);
    if (!row && row.error().code == Errc::invalid) return row.error();
    Answered answered;
    if (row) {
      answered.row = *row;
      answered.prediction = predict(*row, constants);
    } else {
      answered.prediction = {std::string(sheet.at(k, "id")), std::nullopt, std::nullopt, row.error().message};
    }
    all.push_back(std::move(answered));
  }
  return all;
}

}  // namespace busbar::plan
