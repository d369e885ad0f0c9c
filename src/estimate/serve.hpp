// SPDX-License-Identifier: Apache-2.0
// serve.hpp: what a model needs to answer, and how fast it does.
#pragma once
#include <string>

#include "estimate/constants.hpp"
#include "estimate/device.hpp"
#include "estimate/model.hpp"
#include "estimate/training.hpp"
#include "estimate/units.hpp"

namespace busbar::estimate {

/// One copy of a model, on `devices` devices.
struct Serving {
  Quant quant = Quant::none;          // of the weights
  double kv_bytes = 2;                // of one number of the KV cache: 2, or 1 in 8 bits
  int tp = 1;                         // devices that share every layer
  int stages = 1;                     // groups of them that hold layers in turn
  double input = 1024, output = 256;  // tokens of a usual request
  double share = 0.9;                 // of the device's memory, what the server takes
  std::string stack;                  // "vllm", "trtllm", "llamacpp", "litgpt"; "" for any
  int devices() const { return tp * stages; }
};

/// Of all devices together. Norms, embedding and, but for 4-bit files, the output matrix stay in 16 bits;
/// mxfp4 holds experts alone, whose rows are padded to 256. q4_k_m: 4.5 bits, 6.5625 for the output and half
/// of the values and down projections (llama.cpp, llama_tensor_get_type).
Bytes weight_bytes(const Model& model, Quant quant);

/// Of the fullest device.
struct ServingMemory {
  Bytes weights;
  Bytes work;      // the largest step's intermediate results, matrices unpacked from 4 bits
  Bytes overhead;  // of the program
  Bytes kv;        // of one request of full length
  Bytes total() const { return weights + work + overhead + kv; }
};
ServingMemory serving_memory(const Model& model, const Serving& serving, const Constants& constants);

/// What a server that takes `serving.share` of each device has left for keys and values, on one device. Its
/// work is what vLLM's trial run shows: 1024 sequences' logits, several times over. Negative where the
/// weights leave none.
Bytes kv_room(const Model& model, const Serving& serving, const Device& device, const Constants& constants);
/// Keys and values are given out in blocks of so many tokens (vLLM's), of which a request holds whole ones.
constexpr int kv_block = 16;
std::int64_t kv_blocks(double tokens, int block = kv_block);
/// Bytes of keys and values of one token on one device: cut no further than there are KV heads.
Bytes kv_per_token(const Model& model, const Serving& serving);

/// One request at a time. Bound by reading weights; a slow host shows (as p-norm with it).
TokensPerSecond decode_alone(const Model& model, const Serving& serving, const Device& device,
                             const Constants& constants);
/// Tokens of a prompt that are read each second, one prompt at a time.
TokensPerSecond prefill_alone(const Model& model, const Serving& serving, const Device& device,
                              const Constants& constants);

/// How one copy works through many requests at once: a step writes a token for each of the batch and costs
/// `step` + `each` x requests + `cached` x tokens in the cache; a prompt of n tokens costs `prompt` x n +
/// `attention` x n^2, meanwhile nobody's answer goes on.
struct Pace {
  Seconds step, each, cached, prompt, attention;
  double room = 0;     // tokens of the cache, all requests; 0 or less: there is none
  double most = 0;     // requests at once
  double written = 1;  // of an answer, what is in the cache on the mean of its life
  /// Tokens of the cache that are kept for a request, in whole blocks.
  double held(double input, double output) const;
  /// All of it so many times slower.
  Pace slower(double times) const;
  Seconds of_prompt(double tokens) const { return prompt * tokens + attention * (tokens * tokens); }
  Seconds of_step(double requests, double tokens) const { return step + each * requests + cached * tokens; }
};
/// MoE at large batches reads all experts. Cost: about 100 operations and 12 look-ups of constants.
Pace pace(const Model& model, const Serving& serving, const Device& device, const Constants& constants);

/// As many requests as there is room for, all of the usual size, without a pause.
struct Peak {
  TokensPerSecond output;  // tokens written, all requests
  double batch = 0;        // requests at once
  Seconds prompt;          // reading one
  Seconds step;            // one token for each of the batch
};
/// A batch grows until keys and values fill the memory or `most`; each request then costs its prompt and its
/// share of the steps.
Peak peak(const Model& model, const Serving& serving, const Device& device, const Constants& constants,
          double most = 1e9);

}  // namespace busbar::estimate
