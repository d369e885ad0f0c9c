// SPDX-License-Identifier: Apache-2.0
// training.hpp: one way to train a model: what is trained, in which precision, cut into which pieces.
#pragma once
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "estimate/model.hpp"
#include "estimate/units.hpp"

namespace busbar::estimate {

/// What of the model learns. adapter and adapter_v2: arXiv 2303.16199, 2304.15010.
enum class Method { full, lora, qlora, adapter, adapter_v2 };
/// pure16: weights, gradients and moments in 16 bits. mixed: 16 bit sums with fp32 weights. fp8: mixed, and
/// the matrices are multiplied in 8 bits.
enum class Precision { pure16, mixed, fp8, fp32 };
enum class Recompute { none, selective, full, offloaded };  // offloaded: kept in host memory meanwhile

/// How weights are stored where they are only read.
enum class Quant { none, fp8, int8, fp4, mxfp4, nf4, nf4_double, q4_k_m };
/// Bytes of one weight of a quantised matrix, scales included: nf4 with an fp32 scale each 64 (arXiv
/// 2305.14314), those scales in 8 bits when double; fp4 an 8-bit scale each 16, mxfp4 each 32; q4_k_m see
/// serve.cpp.
double bytes_of(Quant quant);

/// How many ways each thing is cut; the product of tp, pp, dp and cp is the number of devices.
struct Parallelism {
  int tp = 1, pp = 1, dp = 1, cp = 1, ep = 1;
  int vp = 1;    // pieces of the model on each pipeline stage (interleaved 1F1B)
  int zero = 0;  // 1 shards the optimizer over dp x cp, 2 the gradients too, 3 the weights too
  bool operator==(const Parallelism&) const = default;
  int devices() const { return tp * pp * dp * cp; }
};

struct Training {
  Method method = Method::full;
  Precision precision = Precision::mixed;
  Quant base = Quant::none;  // of frozen weights
  bool eight_bit_optimizer = false;
  Recompute recompute = Recompute::none;
  std::int64_t rank = 8;                                      // of LoRA, on queries and values
  double sequence = 2048, micro_batch = 1, global_batch = 1;  // sequences
  Parallelism cut;
  bool compiled = false;          // torch.compile or hand-written kernels: intermediate results are fused
  bool chunked_loss = false;      // logits never exist whole
  bool fused_backward = false;    // the optimizer steps within the backward pass: no gradients are kept
  bool sequence_parallel = true;  // with tp: norms and residuals are cut, too
  bool host_optimizer = false;    // optimizer states and step on the host
  double filled = 1;              // of the positions of a batch, the share that is computed (padding is not)
  std::string stack;              // which program's constants: "megatron", "torchtitan", ...; "" for any

  /// Micro-batches of one device for each step of the optimizer.
  double steps() const;
};

/// Parameters that learn.
double trainable(const Model& model, const Training& training);

/// Errors (Errc::invalid) name the field: a batch that does not divide, tp that does not divide heads, ...
Status check(const Model& model, const Training& training);

}  // namespace busbar::estimate
