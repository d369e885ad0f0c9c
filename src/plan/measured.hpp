// SPDX-License-Identifier: Apache-2.0
// measured.hpp: rows of a table of measured runs, each as a question that estimate can answer.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "estimate/catalogue.hpp"
#include "estimate/serve.hpp"
#include "estimate/sheet.hpp"
#include "estimate/training.hpp"

namespace busbar::plan {

/// What a row measures. The words are those of `busbar plan score`.
enum class Kind {
  train_mem,
  train_time,
  infer_mem,
  kv_capacity,
  decode_b1,
  serving_peak,
  prefill,
  gpu_hours
};
const char* word(Kind kind);

/// In what a row's value is counted.
enum class Unit {
  bytes,              // of one device, at its fullest
  states,             // weights, gradients and optimizer alone
  activations,        // alone
  weights_total,      // of all devices together
  weights,            // of one device
  kv,                 // room for keys and values on one device
  verdict,            // whether it fits
  tokens_per_device,  // a second
  tokens_total,       // a second
  iteration,          // seconds for one step of the optimizer
  micro_iterations,   // minutes for a thousand micro-batches
  device_hours,
};

/// One row. `scale` is the row's unit in ours: a GiB is 2^30 bytes.
struct Measured {
  std::string id, group;
  Kind kind = Kind::train_mem;
  Unit unit = Unit::bytes;
  double scale = 1;
  estimate::Model model;
  std::optional<estimate::Device> device;
  std::optional<int> devices;
  estimate::Training training;       // train_mem, train_time, gpu_hours
  estimate::Serving serving;         // the others
  double tokens = 0;                 // gpu_hours: of the whole run
  std::optional<double> value;       // as measured, in the row's unit
  bool out_of_memory = false;        // measured: it did not fit
  std::vector<std::string> assumed;  // what the row does not say
};

/// Whose constants count for it: "torchtitan", "vllm", ...; "" where the row names none that is known.
const std::string& program_of(const Measured& row);

/// What row `row` asks. Columns: id, kind, unit, model and what shared/data/planner calls them: layers,
/// hidden, heads, kv_heads, ffn, vocab, seq, global_batch, micro_batch, precision, optimizer, method,
/// recompute, zero, tp, pp, dp, cp, ep, vp, gpu, n_gpus, isl, osl, tokens_B, quant, lora_rank, source, notes;
/// all but the first four may be missing. `notes` is searched for what columns do not hold (compile, eager,
/// chunked cross entropy, optimizer in backward, packed, interleaved, tied embeddings, head_dim,
/// gpu_memory_utilization). measured_value is never looked at but to be compared. Errors (Errc::invalid) name
/// line, column and what would be right; Errc::not_found: it cannot be said, why.
Result<Measured> measured(const estimate::Sheet& sheet, std::size_t row, const estimate::Constants& constants,
                          const estimate::Catalogue& catalogue);

}  // namespace busbar::plan
