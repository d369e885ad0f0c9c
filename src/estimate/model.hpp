// SPDX-License-Identifier: Apache-2.0
// model.hpp: the shape of a language model, and how many parameters that makes: exact whole numbers.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "estimate/names.hpp"
#include "estimate/sheet.hpp"

namespace busbar::estimate {

/// A decoder of equal layers. Zero means "has none"; what a name says is checked in check().
struct Model {
  std::string name;
  std::int64_t layers = 0, hidden = 0;
  std::int64_t heads = 0, kv_heads = 0;  // of attention; fewer kv_heads share keys and values (GQA)
  std::int64_t head_dim = 0;   // of queries and keys; need not be hidden / heads (Qwen3, Mistral Small)
  std::int64_t ffn = 0;        // width of the MLP; of one expert where there are experts
  std::int64_t vocab = 0;      // rows of the embedding, padding included
  std::int64_t positions = 0;  // rows of a learned position embedding
  bool tied = false;           // the output matrix is the embedding
  bool gated = false;          // SwiGLU: three matrices in an MLP, not two
  bool bias = false;           // on every linear layer
  bool qkv_bias = false;       // on queries, keys and values alone
  bool out_bias = false;       // on attention's output
  bool norm_bias = false;      // LayerNorm with a shift, not RMSNorm
  bool qk_norm = false;        // queries and keys are normalised, head by head
  bool parallel = false;       // attention and MLP side by side
  bool one_norm = false;       // ... which share one norm
  bool head_bias = false;      // on the output matrix
  bool embed_norm = false;     // behind the embedding (BLOOM)
  bool sinks = false;          // one learned logit a head (gpt-oss)
  bool expert_bias = false;    // on experts and router (gpt-oss)
  std::int64_t experts = 0, active_experts = 0;
  std::int64_t shared_ffn = 0;                         // of experts that every token passes
  std::int64_t dense_layers = 0, dense_ffn = 0;        // leading layers without experts
  std::int64_t q_rank = 0, kv_rank = 0, rope_dim = 0;  // multi-head latent attention (DeepSeek)
  std::int64_t v_head_dim = 0;                         // 0: as head_dim
  bool operator==(const Model&) const = default;

  std::int64_t value_dim() const { return v_head_dim > 0 ? v_head_dim : head_dim; }
  std::int64_t query_width() const { return heads * head_dim; }
  std::int64_t key_width() const { return kv_heads * head_dim; }
  std::int64_t moe_layers() const { return experts > 0 ? layers - dense_layers : 0; }
};

/// Parameters by place. Sources: GPT style 12 L h^2 + 13 L h + (V + S) h + 2 h, checked to the last digit
/// against the nine MPT models of llm-foundry's benchmark page; Llama style 2 V h + L (2 h a d + 2 h g d + 3
/// h f + 2 h) + h; experts E x 3 h f and a router h E; DeepSeek-V3 report (arXiv 2412.19437) for latent
/// attention.
struct Parameters {
  std::int64_t embedding = 0;                      // tokens and learned positions
  std::int64_t output = 0;                         // 0 where tied
  std::int64_t attention = 0, mlp = 0, norms = 0;  // of all layers; mlp holds every expert
  std::int64_t total = 0;
  std::int64_t active = 0;  // that one token passes: experts count as often as they are chosen
  std::int64_t matmul = 0;  // of `active`, those that are multiplied: the output matrix, but no look-up
};
/// Cost: a few dozen multiplications. Exact below 2^63.
Parameters parameters(const Model& model);

/// Matrices that an adapter may sit on.
enum class Matrix { q, k, v, o, gate, up, down };
/// Low-rank adapters: rank x (in + out) for each adapted matrix of each layer (arXiv 2106.09685).
std::int64_t lora_parameters(const Model& model, std::int64_t rank, const std::vector<Matrix>& on);

/// Bytes of keys and values of one token, all layers: 2 L g d, at `bytes` each; latent attention keeps
/// kv_rank + rope_dim numbers a layer (arXiv 2412.19437).
double kv_bytes_per_token(const Model& model, double bytes);

/// Numbers of the largest matrix of a layer: rows x columns.
std::int64_t largest_in_layer(const Model& model);
/// The same, where the output matrix, as wide as the vocabulary, counts as well.
std::int64_t largest_matrix(const Model& model);

/// Whether the shape can exist: positive sizes within reason, heads that kv_heads divide, experts that are
/// chosen. Errors (Errc::invalid) name the field, what was found and what would be right.
Status check(const Model& model);

/// A table with the columns of catalog/README.md. Needed: name, layers, hidden, heads, ffn, vocab. kv_heads
/// are as many as heads and head_dim is hidden / heads where they are blank; the rest is 0. Errors
/// (Errc::invalid) name file, line and column: a column or a trait that is not known, a shape that cannot
/// exist.
Result<std::vector<Named<Model>>> parse_models(const Sheet& sheet);

/// Models that come with the program (catalog/models.csv), in its order.
const std::vector<Model>& built_in_models();
/// By name or alias, case and punctuation aside: "llama-3.1-8b", "meta-llama/Llama-3.1-8B".
const Model* built_in_model(std::string_view name);

}  // namespace busbar::estimate
