// SPDX-License-Identifier: Apache-2.0
#include "estimate/model.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace busbar::estimate {
namespace {

std::int64_t attention_of(const Model& m) {
  const std::int64_t h = m.hidden, q = m.query_width(), k = m.key_width(), v = m.kv_heads * m.value_dim();
  const std::int64_t out = m.heads * m.value_dim();
  std::int64_t sum = m.sinks ? m.heads : 0;
  if (m.kv_rank > 0) {  // queries and keys pass through a narrow latent, each with a norm of its own
    sum += m.q_rank > 0 ? h * m.q_rank + m.q_rank + m.q_rank * q : h * q;
    sum += h * (m.kv_rank + m.rope_dim) + m.kv_rank;
    sum += m.kv_rank * m.heads * (m.head_dim - m.rope_dim + m.value_dim()) + out * h;
    return sum;
  }
  sum += h * (q + k + v) + out * h;
  if (m.bias || m.qkv_bias) sum += q + k + v;
  if (m.bias || m.out_bias) sum += h;
  if (m.qk_norm) sum += 2 * m.head_dim;
  return sum;
}

std::int64_t mlp_of(const Model& m, std::int64_t width, bool bias) {
  const std::int64_t inner = m.gated ? 2 : 1;
  return (inner + 1) * m.hidden * width + (bias ? inner * width + m.hidden : 0);
}

std::int64_t norm_of(const Model& m) { return m.norm_bias ? 2 * m.hidden : m.hidden; }

}  // namespace

Parameters parameters(const Model& m) {
  Parameters sum;
  sum.embedding = (m.vocab + m.positions) * m.hidden + (m.embed_norm ? norm_of(m) : 0);
  sum.output = (m.tied ? 0 : m.vocab * m.hidden) + (m.head_bias ? m.vocab : 0);
  sum.attention = m.layers * attention_of(m);
  sum.norms = m.layers * norm_of(m) * (m.one_norm ? 1 : 2) + norm_of(m);
  const std::int64_t dense = m.experts > 0 ? m.dense_layers : m.layers;
  sum.mlp = dense * mlp_of(m, m.experts > 0 ? m.dense_ffn : m.ffn, m.bias);
  std::int64_t asleep = 0;
  if (m.experts > 0) {
    const std::int64_t expert = mlp_of(m, m.ffn, m.expert_bias);
    const std::int64_t router = m.hidden * m.experts + (m.expert_bias || m.kv_rank > 0 ? m.experts : 0);
    sum.mlp += m.moe_layers() *
               (m.experts * expert + router + (m.shared_ffn > 0 ? mlp_of(m, m.shared_ffn, false) : 0));
    asleep = m.moe_layers() * (m.experts - m.active_experts) * expert;
  }
  sum.total = sum.embedding + sum.output + sum.attention + sum.mlp + sum.norms;
  sum.active = sum.total - asleep;
  sum.matmul = sum.active - sum.embedding + (m.tied ? m.vocab * m.hidden : 0);
  return sum;
}

std::int64_t lora_parameters(const Model& m, std::int64_t rank, const std::vector<Matrix>& on) {
  const std::int64_t h = m.hidden, q = m.query_width(), k = m.key_width();
  std::int64_t ends = 0;
  for (const Matrix matrix : on) {
    switch (matrix) {
      case Matrix::q:
        ends += h + q;
        break;
      case Matrix::k:
        ends += h + k;
        break;
      case Matrix::v:
        ends += h + m.kv_heads * m.value_dim();
        break;
      case Matrix::o:
        ends += m.heads * m.value_dim() + h;
        break;
      case Matrix::gate:
        ends += m.gated ? h + m.ffn : 0;
        break;
      case Matrix::up:
      case Matrix::down:
        ends += h + m.ffn;
        break;
    }
  }
  return m.layers * rank * ends;
}

double kv_bytes_per_token(const Model& m, double bytes) {
  const std::int64_t numbers =
      m.kv_rank > 0 ? m.kv_rank + m.rope_dim : m.key_width() + m.kv_heads * m.value_dim();
  return static_cast<double>(m.layers * numbers) * bytes;
}

std::int64_t largest_in_layer(const Model& m) {
  return m.hidden * std::max(m.query_width(), m.experts > 0 ? m.dense_ffn : m.ffn);
}

std::int64_t largest_matrix(const Model& m) { return std::max(largest_in_layer(m), m.hidden * m.vocab); }

namespace {

Error wrong(const Model& model, const std::string& field, std::int64_t found, const std::string& right) {
  return {Errc::invalid, (model.name.empty() ? "model" : model.name) + ": " + field + ": found " +
                             std::to_string(found) + "; " + right + " would be right"};
}

}  // namespace

Status check(const Model& m) {
  struct Size {
    const char* name;
    std::int64_t value, low, high;
  };
  const Size sizes[] = {
      {"layers", m.layers, 1, 10'000},
      {"hidden", m.hidden, 1, 1'000'000},
      {"heads", m.heads, 1, 10'000},
      {"kv_heads", m.kv_heads, 1, m.heads},
      {"head_dim", m.head_dim, 1, 10'000},
      {"ffn", m.ffn, 1, 10'000'000},
      {"vocab", m.vocab, 1, 10'000'000},
      {"positions", m.positions, 0, 100'000'000},
      {"experts", m.experts, 0, 10'000},
      {"active_experts", m.active_experts, m.experts > 0 ? 1 : 0, m.experts},
      {"shared_ffn", m.shared_ffn, 0, 10'000'000},
      {"dense_layers", m.dense_layers, 0, m.layers},
      {"dense_ffn", m.dense_ffn, m.dense_layers > 0 ? 1 : 0, 10'000'000},
      {"q_rank", m.q_rank, 0, 1'000'000},
      {"kv_rank", m.kv_rank, 0, 1'000'000},
      {"rope_dim", m.rope_dim, 0, m.head_dim},
      {"v_head_dim", m.v_head_dim, 0, 10'000},
  };
  for (const Size& size : sizes) {
    if (size.value < size.low || size.value > size.high)
      return wrong(m, size.name, size.value,
                   "a whole number from " + std::to_string(size.low) + " to " + std::to_string(size.high));
  }
  if (m.heads % m.kv_heads != 0)
    return wrong(m, "kv_heads", m.kv_heads, "a divisor of heads, which are " + std::to_string(m.heads) + ",");
  constexpr double most = 1e15;  // parameters; beyond it products of sizes come near 2^63
  const double wide =
      static_cast<double>(m.hidden) *
      (static_cast<double>(m.ffn) * 3 * static_cast<double>(std::max<std::int64_t>(m.experts, 1)) +
       static_cast<double>(m.query_width()) * 4);
  if (wide * static_cast<double>(m.layers) +
          2.0 * static_cast<double>(m.vocab + m.positions) * double(m.hidden) >
      most)
    return Error{Errc::invalid, m.name + ": these sizes make more than a million billion parameters"};
  return Done{};
}

}  // namespace busbar::estimate
