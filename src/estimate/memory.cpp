// SPDX-License-Identifier: Apache-2.0
#include "estimate/memory.hpp"

#include <algorithm>
#include <cmath>

namespace busbar::estimate {
namespace {

/// Bytes of one trained parameter, by what they are for.
struct PerParameter {
  double weight, gradient, optimizer;
};

bool is_megatron(const Training& training) { return training.stack.starts_with("megatron"); }

PerParameter per_parameter(const Training& training) {
  const double moments = training.eight_bit_optimizer ? 2 : 8;
  if (training.precision == Precision::pure16) return {2, 2, training.eight_bit_optimizer ? 2.0 : 4.0};
  if (is_megatron(training))
    return {2, 4, 4 + moments};  // 16-bit weights, fp32 sums of gradients, fp32 weights
  return {4, 4, moments};
}

/// Numbers that a layer keeps of one token when nothing is recomputed.
double kept_numbers(const Model& m) {
  const double h = double(m.hidden), qkv = 2 * double(m.query_width() + m.key_width());
  const double width = m.experts > 0 ? double(m.ffn * m.active_experts + m.shared_ffn) : double(m.ffn);
  const double routed = m.experts > 0 ? 2 * h * double(m.active_experts) : 0;
  return (m.parallel ? 3 : 4) * h + qkv + (m.gated ? 4 : 2) * width + routed;
}

/// Micro-batches whose activations the first stage holds at once (1F1B; interleaved: arXiv 2104.04473
/// section 2.2).
double in_flight(const Training& t) {
  if (t.cut.pp == 1) return 1;
  const double interleaved = t.cut.vp > 1 ? 1 + double(t.cut.pp - 1) / double(t.cut.pp * t.cut.vp) : 1;
  return std::min(double(t.cut.pp), t.steps()) * interleaved;
}

struct Held {
  double tokens;  // of one micro-batch on this device
  double layers;
  double shards;   // devices over which ZeRO cuts
  double weights;  // parameters of this device's stage
};

Held held(const Model& model, const Training& t) {
  const Parameters count = parameters(model);
  const double expert_share = model.experts > 0 ? 1.0 / t.cut.ep : 1;
  const double dense = double(count.total - (model.experts > 0 ? count.mlp : 0));
  const double experts = model.experts > 0 ? double(count.mlp) * expert_share : 0;
  return {t.sequence * t.micro_batch / t.cut.cp, double(model.layers) / t.cut.pp, double(t.cut.dp * t.cut.cp),
          (dense + experts) / (t.cut.tp * t.cut.pp)};
}

/// Whether the output matrix stays in 16 bits where layers are packed, as torchtune's recipes have it.
bool keeps_output(const Training& t) { return t.stack.starts_with("torchtune"); }

/// Bytes of weights that are not trained.
double frozen_bytes(const Model& model, const Training& t, double share) {
  const Parameters count = parameters(model);
  if (t.base == Quant::none) return 2 * double(count.total) * share;
  const double whole = double(count.embedding + count.norms) + (keeps_output(t) ? double(count.output) : 0);
  return (2 * whole + bytes_of(t.base) * (double(count.total) - whole)) * share;
}

void add_states(const Model& model, const Training& t, const Held& here, TrainingMemory& sum) {
  const PerParameter bytes = per_parameter(t);
  const double learns = t.method == Method::full ? here.weights : trainable(model, t) / (t.cut.tp * t.cut.pp);
  const auto cut = [&](int from) { return t.cut.zero >= from ? 1 / here.shards : 1.0; };
  sum.weights = {t.method == Method::full
                     ? bytes.weight * learns * cut(3)
                     : frozen_bytes(model, t, here.weights / double(parameters(model).total)) * cut(3) +
                           bytes.weight * learns};
  sum.gradients = {t.fused_backward ? 0 : bytes.gradient * learns * cut(2)};
  // 8-bit moments: those of embeddings stay in 32 bits (arXiv 2110.02861 section 2.3).
  const Parameters count = parameters(model);
  const double kept_whole = t.eight_bit_optimizer && t.method == Method::full
                                ? 6 * double(count.embedding + count.output) / (t.cut.tp * t.cut.pp)
                                : 0;
  const Bytes optimizer{(bytes.optimizer * learns + kept_whole) * cut(1)};
  (t.host_optimizer ? sum.host : sum.optimizer) = optimizer;
  if (t.host_optimizer && t.cut.zero == 3) {  // shards wait in host memory
    sum.host += sum.weights + sum.gradients;
    sum.weights = sum.gradients = Bytes{};
  }
}

void add_activations(const Model& model, const Training& t, const Held& here, const Constants& constants,
                     TrainingMemory& sum) {
  const bool adapts = t.method != Method::full;
  const double eager = t.compiled ? 1 : constants.of("memory.eager", t.stack);
  const double bytes = t.precision == Precision::fp32 ? 4 : 2;  // of an activation
  const double layer = bytes * here.tokens * kept_numbers(model) / t.cut.tp * eager *
                       (adapts ? constants.of("memory.adapted", t.stack) : 1);
  const double input = bytes * here.tokens * double(model.hidden) / (t.sequence_parallel ? t.cut.tp : 1);
  const double rounds = here.layers * in_flight(t);
  switch (t.recompute) {
    case Recompute::none:
      sum.activations = {layer * rounds};
      break;
    case Recompute::selective:
      sum.activations = {layer * rounds * constants.of("memory.selective", t.stack)};
      break;
    case Recompute::full:
      sum.activations = {input * rounds};
      sum.buffers += Bytes{layer};
      break;
    case Recompute::offloaded:
      sum.buffers += Bytes{layer};
      break;
  }
  if (t.method == Method::adapter_v2)  // every linear layer's output, before and behind its scale
    sum.activations += Bytes{constants.of("memory.adapter_v2") * 2 * here.tokens * rounds *
                             double(model.query_width() + 2 * model.key_width() + 2 * model.hidden +
                                    (model.gated ? 2 : 1) * model.ffn)};
  const double chunks = t.chunked_loss ? 8 : 1;
  sum.logits = {here.tokens * double(model.vocab) / t.cut.tp / chunks *
                constants.of("memory.logit", t.stack)};
  if (t.base != Quant::none && t.recompute == Recompute::none)  // inputs of packed matrices are kept
    sum.activations += Bytes{2 * here.tokens * here.layers * double(model.hidden + model.ffn)};
}

/// What exists for a moment only: gathered layers and their gradients, matrices unpacked.
void add_buffers(const Model& model, const Training& t, const Held& here, const Constants& constants,
                 TrainingMemory& sum) {
  const Parameters count = parameters(model);
  if (t.base != Quant::none)
    sum.buffers += Bytes{constants.of("memory.unpacked", t.stack) * 2 *
                         double(keeps_output(t) ? largest_in_layer(model) : largest_matrix(model))};
  if (t.cut.zero == 3 && here.shards > 1) {
    if (t.cut.pp > 1) {  // a stage stays gathered, its gradients whole, until its last micro-batch
      sum.buffers += Bytes{(2 + 4) * here.weights};
    } else {
      const double layer = double(count.attention + count.mlp) / double(model.layers) / t.cut.tp;
      const double ends = double(std::max(count.embedding, count.output)) / t.cut.tp;
      const double each = t.method == Method::full || t.base == Quant::none ? 2 : bytes_of(t.base);
      // Two layers, the next one fetched ahead; or the embedding or output matrix, a group of its own.
      sum.buffers +=
          Bytes{std::max(2 * each * layer, 2 * ends) + (t.method == Method::full ? 2 * 2 * layer : 0)};
    }
    if (t.method != Method::full && t.stack == "litgpt")  // loads the whole model before it cuts it
      sum.buffers += Bytes{2 * double(count.total)};
  }
  sum.overhead = GiB * constants.of("memory.overhead", t.stack);
}

}  // namespace

TrainingMemory training_memory(const Model& model, const Training& training, const Constants& constants) {
  TrainingMemory sum;
  const Held here = held(model, training);
  add_states(model, training, here, sum);
  add_activations(model, training, here, constants, sum);
  add_buffers(model, training, here, constants, sum);
  // One device, one micro-batch a step: gradients grow as activations are freed, so the larger of the two
  // counts.
  if (training.cut.devices() == 1 && training.steps() <= 1 && training.method == Method::full) {
    const Bytes forward = sum.activations + sum.logits;
    if (forward > sum.gradients) {
      sum.gradients = {};
    } else {
      sum.activations = sum.logits = {};
    }
  }
  return sum;
}

Bytes korthikanti_activations(const Model& model, const Training& training) {
  const double s = training.sequence, t = training.cut.tp;
  const double sbh = s * training.micro_batch * double(model.hidden);
  const double scores = 5 * double(model.heads) * s / (double(model.hidden) * t);
  const double rounds = double(model.layers) / training.cut.pp * in_flight(training);
  const bool selective = training.recompute == Recompute::selective;
  if (training.recompute == Recompute::full) return {2 * sbh * rounds};
  if (training.sequence_parallel) return {sbh * (34 / t + (selective ? 0 : scores)) * rounds};
  return {sbh * (10 + 24 / t + (selective ? 0 : scores)) * rounds};
}

Bytes usable(Bytes memory, const Constants& constants) {
  return (memory - GiB * constants.of("memory.context")) / constants.of("memory.margin");
}

}  // namespace busbar::estimate
