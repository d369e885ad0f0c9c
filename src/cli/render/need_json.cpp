// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

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
  out.truth("measured", a.measured);
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

void serve_answer(wire::JsonOut& out, const plan::ServeAnswer& a) {
  place(out, a.place);
  out.truth("fits", a.fits);
  out.truth("measured", a.measured);
  out.whole("tp", a.serving.tp);
  number(out, "weights_bytes", a.memory.weights.value);
  number(out, "kv_room_bytes", a.room.value);
  number(out, "kv_tokens", a.tokens_in_room);
  if (!a.fits) return;
  interval(out, "alone_tokens_per_second", a.alone);
  interval(out, "all_tokens_per_second", a.full);
  number(out, "at_once", a.batch);
  number(out, "first_token_seconds", a.first_token.value);
  if (!a.service) return;
  const plan::Service& service = *a.service;
  out.key("copies"), out.open('{');
  out.whole("value", service.copies);
  out.whole("low", service.low);
  if (service.high)
    out.whole("high", *service.high);
  else
    out.null("high");
  out.close('}');
  number(out, "first_token_seconds_half", service.seen.first_token.usual.value);
  number(out, "first_token_seconds_95", service.seen.first_token.late.value);
  number(out, "token_seconds_half", service.seen.token.usual.value);
  number(out, "token_seconds_95", service.seen.token.late.value);
  number(out, "of_full_batches", service.full);
}

void choice(wire::JsonOut& out, const plan::Choice& of) {
  out.word("kind", estimate::name_of(of.offer.kind));
  out.word("provider", of.offer.provider);
  out.word("region", of.offer.region);
  out.word("instance", of.offer.instance);
  number(out, "machines", of.machines);
  out.word("terms", estimate::name_of(of.terms));
  number(out, "hour_usd", of.all.value);
  out.word("price_of", estimate::show(of.offer.as_of));
  out.truth("stale", of.stale);
  out.word("source", of.offer.source);
}

template <class Rental>
void looked_at(wire::JsonOut& out, const plan::Rentals<Rental>& of) {
  out.whole("offers", std::int64_t(of.offers));
  out.whole("offers_too_small", std::int64_t(of.too_small));
  out.whole("offers_late", std::int64_t(of.late));
  words(out, "gpus_not_known", of.unknown);
}

}  // namespace

std::string train_json(const plan::TrainReport& report) {
  wire::JsonOut out;
  const estimate::Parameters count = estimate::parameters(report.question.model);
  out.open('{');
  out.whole("version", 1);
  out.word("model", report.question.model.name);
  out.whole("parameters", count.total);
  out.whole("active_parameters", count.active);
  out.whole("trained_parameters",
            std::llround(estimate::trainable(report.question.model, report.question.training)));
  number(out, "tokens", report.question.tokens);
  out.word("as_of", estimate::show(report.terms.rent.offers.date));
  out.key("places"), out.open('[');
  for (const auto& each : report.answers) train_answer(out, each);
  out.close(']');
  out.key("pareto"), out.open('[');
  for (const auto& each : report.front) train_answer(out, each);
  out.close(']');
  out.key("rentals"), out.open('[');
  const auto& rentals = report.rentals.rentals;
  for (const std::size_t k : report.told()) {
    out.open('{');
    choice(out, rentals[k].choice);
    out.truth("pareto", std::ranges::find(report.rentals.front, k) != report.rentals.front.end());
    out.key("answer"), train_answer(out, rentals[k].answer);
    out.close('}');
  }
  out.close(']');
  looked_at(out, report.rentals);
  words(out, "would_fit", report.remedies);
  words(out, "assumed", report.terms.assumed);
  out.close('}');
  return out.text + "\n";
}

std::string serve_json(const plan::ServeReport& report) {
  wire::JsonOut out;
  out.open('{');
  out.whole("version", 1);
  out.word("model", report.question.model.name);
  out.whole("parameters", estimate::parameters(report.question.model).total);
  out.word("as_of", estimate::show(report.terms.rent.offers.date));
  if (report.question.load) {
    number(out, "requests_per_second", report.question.load->rate());
    number(out, "input_tokens", report.question.load->input());
    number(out, "output_tokens", report.question.load->output());
    if (report.api)
      number(out, "usd_a_month_by_token", plan::month_by_token(*report.question.load, *report.api).value);
  }
  out.key("places"), out.open('[');
  for (const plan::ServeAnswer& each : report.answers) {
    out.open('{');
    serve_answer(out, each);
    if (each.place.price && each.fits)
      number(out, "usd_per_million_tokens",
             plan::per_million(report.question, each, *each.place.price).value);
    out.close('}');
  }
  out.close(']');
  out.key("stored"), out.open('[');
  for (const plan::ServeAnswer& each : report.stored) {
    out.open('{');
    out.word("weights", plan::name_of(each.serving.quant));
    serve_answer(out, each);
    out.close('}');
  }
  out.close(']');
  out.key("rentals"), out.open('[');
  for (std::size_t k = 0; k < std::min(report.terms.first, report.rentals.rentals.size()); ++k) {
    const plan::ServeRental& each = report.rentals.rentals[k];
    out.open('{');
    choice(out, each.choice);
    out.key("usd_a_month"), out.open('{');
    number(out, "value", each.month.value.value);
    number(out, "low", each.month.low.value);
    if (std::isfinite(each.month.high.value))
      number(out, "high", each.month.high.value);
    else
      out.null("high");
    out.close('}');
    out.key("copy"), out.open('{');
    serve_answer(out, each.answer);
    out.close('}');
    out.close('}');
  }
  out.close(']');
  looked_at(out, report.rentals);
  words(out, "assumed", report.terms.assumed);
  out.close('}');
  return out.text + "\n";
}

}  // namespace busbar::cli::render
