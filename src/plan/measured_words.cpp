// SPDX-License-Identifier: Apache-2.0
#include "plan/measured_words.hpp"

#include <algorithm>
#include <iterator>

namespace busbar::plan {
namespace {

using estimate::Method;
using estimate::Precision;
using estimate::Quant;
using estimate::Recompute;

template <class Value>
struct Word {
  std::string_view word;
  Value value;
};
template <class Value, std::size_t N>
std::optional<Value> find(const Word<Value> (&words)[N], std::string_view word) {
  const auto found = std::ranges::find(words, word, &Word<Value>::word);
  if (found == std::end(words)) return std::nullopt;
  return found->value;
}

constexpr double GiB = 1024.0 * 1024 * 1024, GB = 1e9;
constexpr Word<Counted> units[] = {
    {"GiB/GPU peak", {Unit::bytes, GiB}},
    {"GB/GPU peak", {Unit::bytes, GB}},
    {"GiB/GPU peak active", {Unit::bytes, GiB}},
    {"GB peak", {Unit::bytes, GB}},
    {"GiB peak", {Unit::bytes, GiB}},
    {"GiB/GPU params+grads+optimizer", {Unit::states, GiB}},
    {"GiB/GPU activations", {Unit::activations, GiB}},
    {"GiB total weights", {Unit::weights_total, GiB}},
    {"GiB file", {Unit::weights_total, GiB}},
    {"GiB/GPU weights", {Unit::weights, GiB}},
    {"GiB/GPU KV cache available", {Unit::kv, GiB}},
    {"verdict", {Unit::verdict, 1}},
    {"tokens/s/GPU", {Unit::tokens_per_device, 1}},
    {"tokens/s total", {Unit::tokens_total, 1}},
    {"s/iteration", {Unit::iteration, 1}},
    {"ms/iteration", {Unit::iteration, 1e-3}},
    {"min/1000 iterations", {Unit::micro_iterations, 0.06}},
    {"GPU-hours", {Unit::device_hours, 3600}},
    {"output tokens/s", {Unit::tokens_total, 1}},
    {"prompt tokens/s", {Unit::tokens_total, 1}},
    {"output tokens/s total", {Unit::tokens_total, 1}},
};

struct Source {
  std::string_view part, stack;
};
constexpr Source sources[] = {
    {"llm-foundry", "foundry"},
    {"torchtitan", "torchtitan"},
    {"torchtune", "torchtune"},
    {"litgpt", "litgpt"},
    {"Megatron-Bridge", "megatron"},
    {"nemo-framework", "megatron"},
    {"2205.05198", "megatron-unfused"},
    {"bigscience", "megatron-unfused"},
    {"Megatron-LM", "megatron"},
    {"meta-llama", "meta"},
    {"2302.13971", "meta"},
    {"TensorRT-LLM", "trtllm"},
    {"vllm", "vllm"},
    {"llama.cpp", "llamacpp"},
    {"GPU-Benchmarks-on-LLM-Inference", "llamacpp"},
};

}  // namespace

const char* word(Kind kind) {
  static constexpr const char* words[] = {"train_mem", "train_time",   "infer_mem", "kv_capacity",
                                          "decode_b1", "serving_peak", "prefill",   "gpu_hours"};
  return words[static_cast<std::size_t>(kind)];
}

std::optional<Kind> kind_of(std::string_view kind, std::string_view unit) {
  if (kind == "train_mem") return Kind::train_mem;
  if (kind == "train_time") return Kind::train_time;
  if (kind == "gpu_hours") return Kind::gpu_hours;
  if (kind == "infer_mem")
    return unit.find("KV cache") != std::string_view::npos ? Kind::kv_capacity : Kind::infer_mem;
  if (kind != "infer_tput") return std::nullopt;
  if (unit.starts_with("prompt")) return Kind::prefill;
  return unit == "output tokens/s total" ? Kind::serving_peak : Kind::decode_b1;
}

std::optional<Counted> unit_of(std::string_view unit) { return find(units, unit); }

std::optional<Method> method_of(std::string_view word) {
  static constexpr Word<Method> words[] = {{"", Method::full},           {"full", Method::full},
                                           {"lora", Method::lora},       {"qlora", Method::qlora},
                                           {"adapter", Method::adapter}, {"adapter_v2", Method::adapter_v2}};
  return find(words, word);
}

std::optional<Precision> precision_of(std::string_view word, std::string_view stack) {
  if (word == "bf16" && stack.starts_with("torchtune")) return Precision::pure16;
  if (word.starts_with("fp8")) return Precision::fp8;
  static constexpr Word<Precision> words[] = {
      {"", Precision::mixed},           {"bf16", Precision::mixed},       {"bf16-amp", Precision::mixed},
      {"bf16-mixed", Precision::mixed}, {"fp16-mixed", Precision::mixed}, {"fp16", Precision::mixed},
      {"bf16-true", Precision::pure16}, {"fp32", Precision::fp32}};
  return find(words, word);
}

std::optional<Recompute> recompute_of(std::string_view word, std::string_view stack) {
  if (word.empty() && stack.starts_with("torchtune")) return Recompute::full;  // what its recipes do
  static constexpr Word<Recompute> words[] = {{"", Recompute::none},
                                              {"none", Recompute::none},
                                              {"selective-op", Recompute::selective},
                                              {"selective-attn", Recompute::selective},
                                              {"selective", Recompute::selective},
                                              {"full", Recompute::full},
                                              {"full-offload", Recompute::offloaded}};
  return find(words, word);
}

std::optional<Quant> quant_of(std::string_view word) {
  static constexpr Word<Quant> words[] = {{"", Quant::none},
                                          {"F16", Quant::none},
                                          {"bf16", Quant::none},
                                          {"fp8", Quant::fp8},
                                          {"int8", Quant::int8},
                                          {"fp4", Quant::fp4},
                                          {"nvfp4", Quant::fp4},
                                          {"mxfp4", Quant::mxfp4},
                                          {"bnb.nf4", Quant::nf4},
                                          {"nf4", Quant::nf4},
                                          {"bnb.nf4-dq", Quant::nf4_double},
                                          {"Q4_K_M", Quant::q4_k_m}};
  return find(words, word);
}

std::string stack_of(std::string_view source, std::string_view notes) {
  const auto says = [](std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  if (says(source, "TinyLlama") && !says(source, "Pythia")) return "tinyllama";
  if (says(source, "llm-d")) return "vllm";
  for (const Source& known : sources) {
    if (!says(source, known.part)) continue;
    const bool eager = says(notes, "eager") && known.stack == "torchtitan";
    const bool before_compile =
        known.stack == "torchtune" && (says(notes, "+packed") || says(notes, "unpacked"));
    return std::string(known.stack) + (eager || before_compile ? "-eager" : "");
  }
  return "";
}

bool is_compiled(std::string_view stack) { return !stack.ends_with("-eager") && stack != "litgpt"; }

}  // namespace busbar::plan
