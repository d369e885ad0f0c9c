// SPDX-License-Identifier: Apache-2.0
#include "plan/model_file.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "base/text.hpp"
#include "estimate/names.hpp"
#include "wire/json_text.hpp"

namespace busbar::plan {
namespace {

using estimate::Model;

/// The top level of a config: whole numbers, truths (as 0 and 1) and words; what is deeper is passed over.
struct Config {
  std::map<std::string, std::int64_t, std::less<>> numbers;
  std::map<std::string, std::string, std::less<>> words;
};

Result<Config> read_config(const std::string& name, std::string_view json) {
  Config config;
  wire::json::Reader in(json);
  std::string_view key;
  for (in.enter('{', "a config.json, which is an object"); in.next_key(key);) {
    const std::string field(key);
    const char next = in.peek();
    if (next == 't' || next == 'f') {
      config.numbers[field] = in.read_bool() ? 1 : 0;
    } else if (next == '"') {
      in.read_string(config.words[field]);
    } else if (next == '-' || (next >= '0' && next <= '9')) {
      wire::json::Reader whole = in;  // a number such as 1e-05 is not a size: passed over
      const std::int64_t number = whole.read_whole(-1'000'000'000'000, 1'000'000'000'000);
      in.skip_value();
      if (!whole.failed()) config.numbers[field] = number;
    } else {
      in.skip_value();
    }
  }
  in.expect_end();
  if (in.failed()) return Error{Errc::invalid, name + ": " + in.error().message};
  return config;
}

/// How a family calls what all have. A blank name: it has no such field.
struct Words {
  const char *layers, *hidden, *heads, *kv_heads, *ffn, *positions;
};
constexpr Words usual = {"num_hidden_layers",   "hidden_size",       "num_attention_heads",
                         "num_key_value_heads", "intermediate_size", ""};
constexpr Words of_experts = {"num_hidden_layers",   "hidden_size",           "num_attention_heads",
                              "num_key_value_heads", "moe_intermediate_size", ""};
struct Family {
  const char* type;
  Words words;
  bool Model::* traits[6];  // those that hold for all of it; nullptr: no more
  bool tied;                // where tie_word_embeddings is absent
};
constexpr Family families[] = {
    {"llama", usual, {&Model::gated}, false},
    {"mistral", usual, {&Model::gated}, false},
    {"mixtral", usual, {&Model::gated}, false},
    {"qwen2", usual, {&Model::gated, &Model::qkv_bias}, false},
    {"qwen3", usual, {&Model::gated, &Model::qk_norm}, false},
    {"qwen3_moe", of_experts, {&Model::gated, &Model::qk_norm}, false},
    {"deepseek_v3", of_experts, {&Model::gated}, false},
    {"gpt_oss",
     usual,
     {&Model::gated, &Model::qkv_bias, &Model::out_bias, &Model::sinks, &Model::expert_bias},
     false},
    {"gpt2",
     {"n_layer", "n_embd", "n_head", "", "n_inner", "n_positions"},
     {&Model::bias, &Model::norm_bias},
     true},
    {"mpt", {"n_layers", "d_model", "n_heads", "", "", "max_seq_len"}, {&Model::norm_bias}, true},
    {"gpt_neox",
     {"num_hidden_layers", "hidden_size", "num_attention_heads", "", "intermediate_size", ""},
     {&Model::bias, &Model::norm_bias, &Model::parallel},
     false},
    {"opt",
     {"num_hidden_layers", "hidden_size", "num_attention_heads", "", "ffn_dim", "max_position_embeddings"},
     {&Model::bias, &Model::norm_bias},
     true},
    {"bloom",
     {"n_layer", "hidden_size", "n_head", "", "", ""},
     {&Model::bias, &Model::norm_bias, &Model::embed_norm},
     true},
    {"phi",
     usual,
     {&Model::bias, &Model::norm_bias, &Model::parallel, &Model::one_norm, &Model::head_bias},
     false},
    {"falcon",
     {"num_hidden_layers", "hidden_size", "num_attention_heads", "num_kv_heads", "", ""},
     {&Model::norm_bias, &Model::parallel},
     true},
};

class Reading {
 public:
  Reading(std::string name, const Config& config) : name_(std::move(name)), config_(config) {}

  std::optional<std::int64_t> maybe(std::string_view field) const {
    const auto found = config_.numbers.find(field);
    if (found == config_.numbers.end()) return std::nullopt;
    return found->second;
  }
  std::int64_t needed(const char* field) {
    const auto value = maybe(field);
    if (!value && !wrong_)
      wrong_ = Error{Errc::invalid, name_ + ": " + field + ": is not there; a whole number would be right"};
    return value.value_or(1);
  }
  Error wrong(const std::string& field, const std::string& says) const {
    return {Errc::invalid, name_ + ": " + field + ": " + says};
  }
  const std::optional<Error>& first_wrong() const { return wrong_; }

 private:
  std::string name_;
  const Config& config_;
  std::optional<Error> wrong_;
};

void read_experts(Reading& in, const std::string& type, Model& model) {
  if (type == "mixtral" || type == "gpt_oss") model.experts = in.needed("num_local_experts");
  if (type == "qwen3_moe") model.experts = in.needed("num_experts");
  if (type == "deepseek_v3") {
    model.experts = in.needed("n_routed_experts");
    model.dense_layers = in.needed("first_k_dense_replace");
    model.dense_ffn = in.needed("intermediate_size");
    model.shared_ffn = in.needed("n_shared_experts") * model.ffn;
    model.q_rank = in.maybe("q_lora_rank").value_or(0);
    model.kv_rank = in.needed("kv_lora_rank");
    model.rope_dim = in.needed("qk_rope_head_dim");
    model.head_dim = in.needed("qk_nope_head_dim") + model.rope_dim;
    model.v_head_dim = in.needed("v_head_dim");
  }
  if (model.experts > 0) model.active_experts = in.needed("num_experts_per_tok");
}

}  // namespace

Result<Model> read_model(const std::string& name, std::string_view json) {
  const auto config = read_config(name, json);
  if (!config) return config.error();
  Reading in(name, *config);
  const auto type = config->words.find("model_type");
  if (type == config->words.end())
    return in.wrong("model_type", "is not there; a family such as \"llama\" would be right");
  const auto family = std::ranges::find(families, std::string_view(type->second), &Family::type);
  if (family == std::end(families)) {
    std::vector<std::string> known;
    for (const Family& each : families) known.push_back(each.type);
    return in.wrong("model_type", "found " + text::quote(type->second) + "; one of " +
                                      text::join(known, ", ") + " would be right");
  }
  const Words& words = family->words;
  Model model;
  model.name = config->words.contains("_name_or_path") && !config->words.at("_name_or_path").empty()
                   ? estimate::printable(config->words.at("_name_or_path"))
                   : name;
  model.layers = in.needed(words.layers);
  model.hidden = in.needed(words.hidden);
  model.heads = in.needed(words.heads);
  model.kv_heads = in.maybe(words.kv_heads).value_or(model.heads);
  if (type->second == "falcon" && in.maybe("multi_query").value_or(0) == 1 &&
      in.maybe("new_decoder_architecture").value_or(0) == 0)
    model.kv_heads = 1, model.one_norm = true;
  model.vocab = in.needed("vocab_size");
  model.ffn = *words.ffn == 0 ? 4 * model.hidden : in.maybe(words.ffn).value_or(0);
  if (model.ffn == 0 && type->second == "gpt2") model.ffn = 4 * model.hidden;  // null means that
  if (model.ffn == 0) model.ffn = in.needed(words.ffn);
  if (*words.positions != 0) model.positions = in.needed(words.positions) + (type->second == "opt" ? 2 : 0);
  for (bool Model::* trait : family->traits) {
    if (trait != nullptr) model.*trait = true;
  }
  model.tied = in.maybe("tie_word_embeddings").value_or(family->tied ? 1 : 0) == 1;
  if (in.maybe("attention_bias").value_or(0) == 1 && type->second == "llama")
    model.qkv_bias = model.out_bias = true;
  if (type->second == "mpt" && in.maybe("no_bias").value_or(0) == 0) model.bias = true;
  const auto head_dim = in.maybe("head_dim");
  if (!head_dim && model.heads > 0 && model.hidden % model.heads != 0 && !in.first_wrong())
    return in.wrong(words.heads, "found " + std::to_string(model.heads) + ", which does not divide " +
                                     words.hidden + " " + std::to_string(model.hidden) +
                                     "; a head_dim, or a divisor, would be right");
  model.head_dim = head_dim.value_or(model.hidden / std::max<std::int64_t>(model.heads, 1));
  read_experts(in, type->second, model);
  if (in.first_wrong()) return *in.first_wrong();
  if (Status fine = estimate::check(model); !fine)
    return Error{Errc::invalid, name + ": " + fine.error().message};
  return model;
}

}  // namespace busbar::plan
