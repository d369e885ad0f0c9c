// SPDX-License-Identifier: Apache-2.0
// memory.hpp: what one device must hold while a model is trained, part by part.
#pragma once
#include "estimate/constants.hpp"
#include "estimate/training.hpp"
#include "estimate/units.hpp"

namespace busbar::estimate {

/// Of the fullest device, at the fullest moment. What does not exist then is 0.
struct TrainingMemory {
  Bytes weights, gradients, optimizer;
  Bytes activations;  // kept for the backward pass
  Bytes logits;       // and what the loss makes of them
  Bytes buffers;      // gathered layers, one layer's work, matrices unpacked from 4 bits
  Bytes overhead;     // of the program and its allocator
  Bytes host;         // of the machine's memory, for this device: what is offloaded; no part of total()
  Bytes total() const { return weights + gradients + optimizer + activations + logits + buffers + overhead; }
  Bytes states() const { return weights + gradients + optimizer; }
};

/// Model states: ZeRO, arXiv 1910.02054 (16 bytes a parameter with fp32 weights, 18 as Megatron has it, 8 in
/// pure 16 bit). Activations: counted tensor by tensor, as Korthikanti et al. (arXiv 2205.05198) do, for
/// flash attention, SwiGLU and grouped heads; full recomputation keeps a layer's input. Valid for decoders of
/// equal layers. Errors: none for what check() lets pass. Cost: about 100 operations.
TrainingMemory training_memory(const Model& model, const Training& training, const Constants& constants);

/// Activations as that paper's formula has them (16 bit, dropout, attention's matrix kept unless recomputed),
/// all in-flight micro-batches of the first pipeline stage: s b h L (10 + 24/t + 5 a s/(h t)), 34/t with
/// sequence parallelism and selective recomputation.
Bytes korthikanti_activations(const Model& model, const Training& training);

/// What of a device's memory a program may be told to need: less what its driver and context take, and a
/// margin, since "fits" said in error costs more than "does not fit".
Bytes usable(Bytes memory, const Constants& constants);

}  // namespace busbar::estimate
