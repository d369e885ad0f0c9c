// SPDX-License-Identifier: Apache-2.0
#include "estimate/time.hpp"

#include <algorithm>
#include <cmath>

namespace busbar::estimate {
namespace {

bool recomputes(const Training& t) {
  return t.recompute == Recompute::full || t.recompute == Recompute::offloaded;
}

/// What a device reaches of its peak with matrices of 16 bits.
FlopsPerSecond reached(const Device& device, const Constants& constants) {
  double share = share_of_peak(constants, "gemm", device);
  if (device.generation == "hopper" && device.power.value < 700) share *= std::sqrt(device.power.value / 700);
  return device.bf16 * share;
}

constexpr BytesPerSecond pcie{25e9};

struct Work {
  const Model& model;
  const Training& t;
  const Device& device;
  const Constants& constants;
  Parameters count;
  double tokens;  // of one micro-batch on one device
};

Seconds matrices(const Work& w) {
  const bool full = w.t.method == Method::full;
  const double again = recomputes(w.t) ? 2 : w.t.recompute == Recompute::selective ? 0.7 : 0;
  FlopsPerSecond rate = reached(w.device, w.constants);
  if (w.t.precision == Precision::fp32) rate = rate * 0.5;  // TF32 units
  if (w.t.precision == Precision::fp8 && w.device.fp8.value > 0)
    rate = rate * w.constants.of("fp8", w.device.generation);
  if (w.model.experts > 0) rate = rate * w.constants.of("moe.gemm");
  Seconds sum = Flops{((full ? 6 : 4) + again) * double(w.count.matmul)} / rate;
  if (w.t.base != Quant::none)  // unpacked anew for each pass over a micro-batch
    sum += Bytes{w.constants.of("dequant", w.t.stack) * double(w.count.total) * (recomputes(w.t) ? 3 : 2)} /
           w.device.bandwidth / w.tokens;
  return sum;
}

Seconds attention(const Work& w) {
  const double passes = (3.5 + (recomputes(w.t) ? 1 : 0)) / 3;
  const double width = double(w.model.query_width());
  const Flops causal{6 * double(w.model.layers) * width * w.t.sequence * passes};
  return causal / (reached(w.device, w.constants) * w.constants.of("attention", w.t.stack));
}

Seconds memory_moves(const Work& w) {
  const Model& m = w.model;
  const double width = m.experts > 0 ? double(m.ffn * m.active_experts + m.shared_ffn) : double(m.ffn);
  const double numbers =
      4 * double(m.hidden) + 2 * double(m.query_width() + m.key_width()) + (m.gated ? 4 : 2) * width;
  return Bytes{2 * numbers * double(m.layers) * (recomputes(w.t) ? 4.0 / 3 : 1) *
               w.constants.of("moves", w.t.stack)} /
         w.device.bandwidth;
}

Seconds host(const Work& w) {
  double layer = w.constants.of("host", w.t.stack);
  if (w.model.experts > 0) layer *= w.constants.of("moe.host");
  if (w.t.method == Method::adapter) layer *= w.constants.of("host.adapter");
  if (w.t.method == Method::adapter_v2) layer *= w.constants.of("host.adapter_v2");
  if (w.t.cut.zero == 3 && w.t.cut.dp > 1) layer *= w.constants.of("host_sharded", w.t.stack);
  return Seconds{layer * double(w.model.layers) * w.t.cut.tp} / w.tokens;
}

/// Bytes that a device sends for each token of its micro-batches.
struct Flows {
  Bytes data;     // gradients, and weights where they are sharded
  Bytes tensor;   // results that devices which share a layer add up
  Bytes context;  // keys and values of the rest of a sequence
  Bytes expert;   // tokens on their way to experts and back
};

Flows flows(const Work& w) {
  const Parallelism& cut = w.t.cut;
  const Model& m = w.model;
  const double layers = double(m.layers);
  Flows sum;
  if (cut.dp * cut.cp > 1) {
    const double expert = m.experts > 0 ? double(w.count.mlp) * (1 - 1.0 / cut.ep) : 0;
    const bool full = w.t.method == Method::full;
    const double passes = cut.zero == 3 ? (full ? 3 : 2) : 2 / w.t.steps();
    sum.data = {passes * 2 * (double(w.count.total) - expert) / w.tokens *
                (full || cut.zero == 3 ? 1 : 0.01)};
  }
  if (cut.tp > 1)
    sum.tensor = {layers * (recomputes(w.t) ? 6 : 4) * double(m.hidden) * 4 * double(cut.tp - 1) / cut.tp};
  if (cut.cp > 1) sum.context = {layers * double(m.key_width()) * 8 * double(cut.cp - 1)};
  if (m.experts > 0 && cut.ep > 1) sum.expert = {double(m.moe_layers() * m.active_experts * m.hidden) * 8};
  return sum;
}

/// Between devices, what is not hidden behind work.
Seconds network(const Work& w) {
  const Parallelism& cut = w.t.cut;
  const double devices = cut.devices(), domain = w.device.in_node;
  const Flows each = flows(w);
  Seconds sum = each.data / w.device.link * w.constants.of("link.dp", w.t.stack) +
                each.tensor / w.device.link * w.constants.of("link.tp") +
                each.context / w.device.link * w.constants.of("link.cp");
  if (devices > domain)
    sum += each.data / w.device.network *
           (cut.zero == 3 ? w.constants.of("network.dp") *
                                std::pow(std::log2(devices / domain), w.constants.of("network.growth"))
                          : w.constants.of("network.step"));
  const BytesPerSecond path = cut.ep <= domain ? w.device.link : w.device.network;
  return sum + each.expert / path * w.constants.of("link.ep");
}

/// Weights that wait in host memory come in for each pass over a micro-batch, and their gradients go back.
Seconds streaming(const Work& w) {
  const Parallelism& cut = w.t.cut;
  if (!w.t.host_optimizer || cut.zero != 3) return {};
  return Bytes{2 * double(w.count.total) / (cut.dp * cut.cp) * (recomputes(w.t) ? 4 : 3)} / w.tokens / pcie;
}

Seconds optimizer(const Work& w) {
  const double batch = w.t.global_batch * w.t.sequence;
  if (w.t.method != Method::full) return {};
  if (w.t.host_optimizer)
    return Bytes{16 * double(w.count.total)} / pcie / batch * w.constants.of("host_optimizer");
  return Bytes{14 * double(w.count.total)} / w.device.bandwidth / batch;
}

}  // namespace

double bubble(int stages, double micro_batches, int interleave) {
  return stages > 1 ? double(stages - 1) / (double(interleave) * micro_batches) : 0;
}

TokenTime token_time(const Model& model, const Training& training, const Device& device,
                     const Constants& constants) {
  const Work work{model,
                  training,
                  device,
                  constants,
                  parameters(model),
                  training.sequence * training.micro_batch * training.filled / training.cut.cp};
  TokenTime time;
  time.matrices = matrices(work);
  time.attention = attention(work);
  time.memory = memory_moves(work);
  time.output = Bytes{2 * double(model.vocab) * constants.of("output")} / device.bandwidth;
  // The next layer comes in while one is worked on: what takes longer than the work shows.
  const Seconds hidden = time.matrices + time.attention + time.memory + time.output;
  time.network = network(work) + std::max(streaming(work) - hidden, Seconds{});
  // The host launches while the device works: the slower of the two shows, and a little of the other.
  const Seconds busy = time.matrices + time.attention + time.memory + time.output + time.network;
  const Seconds launching = host(work);
  const double p = constants.of("host.overlap");
  time.host = Seconds{std::pow(std::pow(busy.value, p) + std::pow(launching.value, p), 1 / p)} - busy;
  time.bubble = (busy + time.host) * bubble(training.cut.pp, training.steps(), training.cut.vp);
  time.optimizer = optimizer(work);
  return time;
}

Traffic training_traffic(const Model& model, const Training& training, const Device& device,
                         const Constants& constants) {
  const Parallelism& cut = training.cut;
  const Work work{
      model,     training,          device,
      constants, parameters(model), training.sequence * training.micro_batch * training.filled / cut.cp};
  const Flows each = flows(work);
  const double tokens = work.tokens * training.steps(), domain = device.in_node;
  Traffic sum{each.data + each.tensor + each.context, {}};
  // A ring through all devices leaves a node once for each of the node's links, so that they share its bytes.
  if (cut.devices() > domain) sum.between = each.data / domain;
  (cut.ep > domain ? sum.between : sum.inside) += each.expert;
  return {sum.inside * tokens, sum.between * tokens};
}

double model_flops_utilisation(const Model& model, double sequence, double tokens_per_second,
                               FlopsPerSecond peak) {
  const double each =
      6 * double(parameters(model).total) + 12 * double(model.layers * model.hidden) * sequence;
  return each * tokens_per_second / peak.value;
}

}  // namespace busbar::estimate
