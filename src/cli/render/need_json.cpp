// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "cli/render/need.hpp"
#include "wire/json_out.hpp"

namespace busbar::cli::render {
namespace {

void number(wire::JsonOut& out, const char* key, double value) {
  out.key(key), out.raw(fmt::format("{:.6g}", value));
}

template <class Amount>
void interval(wire::JsonOut& out, const char* key, const estimate::Interval<Amount>& of, double unit = 1) {
  out.key(key), out.open('{');
  number(out, "value", of.value.value / unit);
  number(out, "low", of.low.value / unit);
  number(out, "high", of.high.value / unit);
  out.close('}');
}

void place(wire::JsonOut& out, const plan::Place& of) {
  out.word("device", of.device.name);
  out.whole("devices", of.devices);
}

void words(wire::JsonOut& out, const char* key, const std::vector<std::string>& all) {
  out.key(key), out.open('[');
  for (const std::string& each : all) out.word(each);
  out.close(']');
}

void train_answer(wire::JsonOut& out, const plan::TrainAnswer& a) {
  out.open('{');
  place(out, a.place);
  out.truth("fits", a.fits);
  interval(out, "memory_bytes", a.need);
  out.key("memory_parts"), out.open('{');
  number(out, "weights", a.memory.weights.value);
  number(out, "gradients", a.memory.gradients.value);
  number(out, "optimizer", a.memory.optimizer.value);
  number(out, "activations", a.memory.activations.value);
  number(out, "logits", a.memory.logits.value);
  number(out, "buffers", a.memory.buffers.value);
  number(out, "overhead", a.memory.overhead.value);
  out.close('}');
  const estimate::Parallelism& cut = a.training.cut;
  out.key("cut"), out.open('{');
  out.whole("tp", cut.tp), out.whole("pp", cut.pp), out.whole("dp", cut.dp), out.whole("cp", cut.cp);
  out.whole("ep", cut.ep), out.whole("zero", cut.zero);
  number(out, "micro_batch", a.training.micro_batch);
  number(out, "global_batch", a.training.global_batch);
  constexpr const char* again[] = {"none", "selective", "full", "full-offload"};
  out.word("recompute", again[static_cast<std::size_t>(a.training.recompute)]);
  out.close('}');
  interval(out, "seconds", a.time);
  number(out, "gpu_hours", a.device_hours());
  interval(out, "kwh", a.energy, 3.6e6);
  if (a.cost)
    interval(out, "usd", *a.cost);
  else
    out.null("usd");
  number(out, "weights_file_bytes", a.weights_file.value);
  number(out, "checkpoint_bytes", a.checkpoint.value);
  out.close('}');
}

}  // namespace

std::string train_json(const TrainStory& story) {
  wire::JsonOut out;
  const estimate::Parameters count = estimate::parameters(story.question.model);
  out.open('{');
  out.whole("version", 1);
  out.word("model", story.question.model.name);
  out.whole("parameters", count.total);
  out.whole("active_parameters", count.active);
  number(out, "trained_parameters", estimate::trainable(story.question.model, story.question.training));
  number(out, "tokens", story.question.tokens);
  out.key("places"), out.open('[');
  for (const plan::TrainAnswer& each : story.answers) train_answer(out, each);
  out.close(']');
  out.key("pareto"), out.open('[');
  for (const plan::TrainAnswer& each : story.front) train_answer(out, each);
  out.close(']');
  words(out, "would_fit", story.remedies);
  words(out, "assumed", story.assumed);
  out.close('}');
  return out.text + "\n";
}

std::string serve_json(const ServeStory& story) {
  wire::JsonOut out;
  out.open('{');
  out.whole("version", 1);
  out.word("model", story.question.model.name);
  out.whole("parameters", estimate::parameters(story.question.model).total);
  out.key("places"), out.open('[');
  for (const plan::ServeAnswer& a : story.answers) {
    out.open('{');
    place(out, a.place);
    out.truth("fits", a.fits);
    out.whole("tp", a.serving.tp);
    number(out, "weights_bytes", a.memory.weights.value);
    number(out, "kv_room_bytes", a.room.value);
    number(out, "kv_tokens", a.tokens_in_room);
    if (a.fits) {
      interval(out, "alone_tokens_per_second", a.alone);
      interval(out, "all_tokens_per_second", a.full);
      number(out, "at_once", a.batch);
      number(out, "first_token_seconds", a.first_token.value);
      out.whole("copies", a.copies);
    }
    if (a.per_million)
      number(out, "usd_per_million_tokens", a.per_million->value);
    else
      out.null("usd_per_million_tokens");
    out.close('}');
  }
  out.close(']');
  words(out, "assumed", story.assumed);
  out.close('}');
  return out.text + "\n";
}

}  // namespace busbar::cli::render
