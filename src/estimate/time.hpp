// SPDX-License-Identifier: Apache-2.0
// time.hpp: how long a token takes to train.
#pragma once
#include "estimate/constants.hpp"
#include "estimate/device.hpp"
#include "estimate/training.hpp"
#include "estimate/units.hpp"

namespace busbar::estimate {

/// Device-seconds for each token of the batch, by what they go to; their sum is total().
struct TokenTime {
  Seconds matrices, attention, memory, output, host, network, bubble, optimizer;
  Seconds total() const {
    return matrices + attention + memory + output + host + network + bubble + optimizer;
  }
};

/// Matrices: 6 operations a multiplied parameter (4 where the weights are frozen), 2 more recomputed, against
/// the peak times what a generation reaches of it. Attention: 6 L a d s of a causal mask. Memory: what kept
/// activations move. Network: ring all-reduce 2 (n-1)/n (ZeRO-3 1.5 times that), 4 all-reduces a layer for
/// tp, all-to-alls for experts [arXiv 1910.02054, 2104.04473]. Bubble (p-1)/(v m). A host that launches too
/// slowly is waited for. Cost: about 200 operations and 15 look-ups of constants.
TokenTime token_time(const Model& model, const Training& training, const Device& device,
                     const Constants& constants);

/// What one device sends for each step of the optimizer: to devices of its node, and by its share of the
/// node's links to others.
struct Traffic {
  Bytes inside, between;
};
/// Data parallel 2 x weights (ZeRO-3 3 x for each micro-batch) [arXiv 1910.02054 section 7], tensor parallel
/// 4 all-reduces a layer [1909.08053], context parallel keys and values, experts 4 x top-k x hidden. Rings
/// send (n-1)/n of that; pipelines send too little to count.
Traffic training_traffic(const Model& model, const Training& training, const Device& device,
                         const Constants& constants);

/// Of the peak, what 6 N + 12 L h s (the convention of MosaicML) makes of a measured rate. For MFU, never for
/// HFU.
double model_flops_utilisation(const Model& model, double sequence, double tokens_per_second,
                               FlopsPerSecond peak);

/// Share of the ideal time that a pipeline's stages wait: (p-1)/(v m) [arXiv 2104.04473].
double bubble(int stages, double micro_batches, int interleave);

}  // namespace busbar::estimate
