// SPDX-License-Identifier: Apache-2.0
#include "estimate/serve.hpp"

#include <algorithm>
#include <cmath>

namespace busbar::estimate {
namespace {

double padded(std::int64_t width) {
  const std::int64_t blocks = (width + 255) / 256;
  return 256.0 * double(blocks);
}

Bytes gguf_q4_k_m(const Model& m, const Parameters& count) {
  const double output = count.output > 0 ? double(count.output) : double(m.vocab * m.hidden);
  const double values = double(m.layers * m.hidden * m.key_width()) / 2;
  const double down = m.experts > 0 ? double(count.mlp) / 6 : double(m.layers * m.hidden * m.ffn) / 2;
  const double six = output + values + down;
  const double four = double(count.total) - (count.output > 0 ? six : six - output);
  return {(6.5625 * six + 4.5 * four) / 8};
}

/// Of a full rate in this arithmetic; 0 where the device has none.
FlopsPerSecond peak_rate(const Device& device, Quant quant) {
  const bool four = quant == Quant::fp4 || quant == Quant::mxfp4;
  if (four && device.fp4.value > 0) return device.fp4;
  if ((four || quant == Quant::fp8) && device.fp8.value > 0) return device.fp8;
  return device.bf16;
}

/// Time in which all devices of a group exchange a layer's results, twice a layer, for each token.
Seconds exchange(const Model& m, const Serving& s, const Device& device) {
  if (s.tp == 1) return {};
  return Bytes{double(m.layers * m.hidden) * 8 * double(s.tp - 1) / s.tp} / device.link;
}

double p_norm(double a, double b, double p) { return std::pow(std::pow(a, p) + std::pow(b, p), 1 / p); }

/// Reads of one token when it is alone: chosen experts only.
Bytes active_bytes(const Model& model, Quant quant) {
  const Parameters count = parameters(model);
  const double asleep = double(count.total - count.active) / double(count.total);
  const Bytes all = weight_bytes(model, quant);
  const Bytes looked_up{bytes_of(quant == Quant::q4_k_m ? Quant::q4_k_m : Quant::none) *
                        double(count.embedding)};
  return all * (1 - asleep) - (model.tied ? Bytes{} : looked_up);
}

/// Tokens that a request of so many holds room for.
double whole_blocks(double tokens) { return double(kv_block) * double(kv_blocks(tokens, kv_block)); }

bool is_bnb(Quant quant) { return quant == Quant::nf4 || quant == Quant::nf4_double; }
std::string_view word_of(Quant quant) {
  return quant == Quant::nf4          ? "nf4"
         : quant == Quant::nf4_double ? "nf4_double"
         : quant == Quant::q4_k_m     ? "q4_k_m"
                                      : "";
}

}  // namespace

Bytes weight_bytes(const Model& model, Quant quant) {
  const Parameters count = parameters(model);
  const double total = double(count.total);
  if (quant == Quant::none) return {2 * total};
  if (quant == Quant::q4_k_m) return gguf_q4_k_m(model, count);
  if (quant == Quant::mxfp4) {
    const double experts = double(count.mlp);
    return {2 * (total - experts) + bytes_of(quant) * experts * padded(model.hidden) / double(model.hidden)};
  }
  double whole = double(count.embedding + count.norms);
  if (!is_bnb(quant)) whole += double(count.output);
  return {2 * whole + bytes_of(quant) * (total - whole)};
}

Bytes kv_per_token(const Model& model, const Serving& s) {
  const int cut = int(std::min<std::int64_t>(s.tp, model.kv_rank > 0 ? 1 : model.kv_heads));
  return {kv_bytes_per_token(model, s.kv_bytes) / cut / s.stages};
}

std::int64_t kv_blocks(double tokens, int block) { return std::int64_t(std::ceil(tokens / block)); }

ServingMemory serving_memory(const Model& model, const Serving& s, const Constants& constants) {
  ServingMemory sum;
  sum.weights = weight_bytes(model, s.quant) / s.devices();
  if (is_bnb(s.quant))
    sum.work = {constants.of("memory.unpacked", "serving") * 2 * double(largest_matrix(model))};
  sum.overhead = GiB * constants.of("memory.serving", s.stack);
  sum.kv = kv_per_token(model, s) * whole_blocks(s.input + s.output);
  return sum;
}

Bytes kv_room(const Model& model, const Serving& s, const Device& device, const Constants& constants) {
  const Bytes seen = device.memory * constants.of("memory.seen");
  const Bytes trial{constants.of("memory.trial") * double(model.vocab)};
  const Bytes beside = GiB * (constants.of("memory.nccl") * (s.tp - 1) + constants.of("memory.beside"));
  return seen * s.share - weight_bytes(model, s.quant) / s.devices() - trial - beside;
}

TokensPerSecond decode_alone(const Model& model, const Serving& s, const Device& device,
                             const Constants& constants) {
  const BytesPerSecond read = device.bandwidth * constants.of("decode", device.generation);
  const Bytes kv{kv_bytes_per_token(model, s.kv_bytes) * (s.input + s.output / 2)};
  const Seconds reading = (active_bytes(model, s.quant) + kv) / s.tp / read;
  const double kernels = constants.of("decode.layer", s.stack) * double(model.layers);
  const double hops = constants.of("decode.hop") * (s.stages - 1) +
                      (s.tp > 1 ? constants.of("serve.tp") * 2 * double(model.layers) * std::log2(s.tp) : 0);
  const double launching =
      constants.of("decode.host", s.stack) * double(model.layers) + constants.of("decode.token", s.stack);
  const double host = launching * (is_bnb(s.quant) ? constants.of("decode.unpack", word_of(s.quant)) : 1);
  return {1 / p_norm(reading.value + kernels + hops, host, constants.of("decode.overlap"))};
}

TokensPerSecond prefill_alone(const Model& model, const Serving& s, const Device& device,
                              const Constants& constants) {
  const Parameters count = parameters(model);
  const FlopsPerSecond peak =
      s.stack == "llamacpp" || s.quant == Quant::q4_k_m ? device.fp16_fast : peak_rate(device, s.quant);
  const double share = share_of_peak(constants, "prefill", device) *
                       (s.quant == Quant::q4_k_m ? constants.of("prefill.q4_k_m") : 1);
  // Cards with many units for their watts are bound by these.
  FlopsPerSecond rate = peak * share;
  if (constants.knows("prefill.watt", device.generation))
    rate =
        std::min(rate, FlopsPerSecond{device.power.value * constants.of("prefill.watt", device.generation) *
                                      (s.quant == Quant::q4_k_m ? constants.of("prefill.q4_k_m") : 1)});
  const Flops each{2 * double(count.matmul) + 2 * double(model.layers * model.query_width()) * s.input};
  return {1 / (each / rate / s.tp).value};
}

Pace pace(const Model& model, const Serving& s, const Device& device, const Constants& constants) {
  const Parameters count = parameters(model);
  const FlopsPerSecond rate = peak_rate(device, s.quant) * double(s.devices());
  const double moe = model.experts > 0 ? constants.of("serve.moe") : 1;
  const Bytes token = kv_per_token(model, s);
  const Flops multiplied{2 * double(count.active - count.embedding) * moe};
  const BytesPerSecond read = device.bandwidth * constants.of("serve.read");
  const double latency = s.tp > 1 ? constants.of("serve.tp") * 2 * double(model.layers) * std::log2(s.tp) : 0;
  const Seconds passing = exchange(model, s, device) + Seconds{constants.of("serve.token")};
  const FlopsPerSecond attention = device.bf16 * double(s.devices()) * constants.of("serve.attention");
  Pace found;
  found.step =
      weight_bytes(model, s.quant) / s.devices() / read + Seconds{constants.of("serve.step") + latency};
  found.each = multiplied / (rate * share_of_peak(constants, "serve.decode", device)) + passing;
  found.cached = token / read;
  found.prompt = multiplied / (rate * share_of_peak(constants, "serve.prefill", device)) +
                 passing * constants.of("serve.prompt_token");
  found.attention = Flops{2 * double(model.layers * model.query_width())} / attention;
  found.room = kv_room(model, s, device, constants) / token;
  found.most = constants.of("serve.batch");
  found.written = constants.of("serve.written");
  return found;
}

Pace Pace::slower(double times) const {
  Pace other = *this;
  for (Seconds* time : {&other.step, &other.each, &other.cached, &other.prompt, &other.attention})
    *time = *time * times;
  return other;
}

double Pace::held(double input, double output) const { return whole_blocks(input + written * output); }

Peak peak(const Model& model, const Serving& s, const Device& device, const Constants& constants,
          double most) {
  const Pace here = pace(model, s, device, constants);
  Peak found;
  found.batch = std::min({most, here.most, here.room / here.held(s.input, s.output)});
  if (found.batch < 1) return {};
  found.step = here.of_step(found.batch, (s.input + s.output / 2) * found.batch);
  found.prompt = here.of_prompt(s.input);
  const Seconds request = found.prompt + found.step * s.output / found.batch;
  found.output = Tokens{s.output} / request;
  return found;
}

}  // namespace busbar::estimate
