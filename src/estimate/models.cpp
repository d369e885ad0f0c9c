// SPDX-License-Identifier: Apache-2.0
// models.cpp: models as a table has them.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"
#include "estimate/catalogue.hpp"
#include "estimate/model.hpp"
#include "estimate/sheet_row.hpp"

namespace busbar::estimate {
namespace {

struct Trait {
  const char* word;
  bool Model::* flag;
};
constexpr Trait traits[] = {
    {"tied", &Model::tied},
    {"gated", &Model::gated},
    {"bias", &Model::bias},
    {"qkv_bias", &Model::qkv_bias},
    {"out_bias", &Model::out_bias},
    {"norm_bias", &Model::norm_bias},
    {"qk_norm", &Model::qk_norm},
    {"parallel", &Model::parallel},
    {"one_norm", &Model::one_norm},
    {"head_bias", &Model::head_bias},
    {"embed_norm", &Model::embed_norm},
    {"sinks", &Model::sinks},
    {"expert_bias", &Model::expert_bias},
};
struct Number {
  const char* column;
  std::int64_t Model::* field;
};
constexpr Number numbers[] = {
    {"layers", &Model::layers},         {"hidden", &Model::hidden},
    {"heads", &Model::heads},           {"kv_heads", &Model::kv_heads},
    {"head_dim", &Model::head_dim},     {"ffn", &Model::ffn},
    {"vocab", &Model::vocab},           {"positions", &Model::positions},
    {"experts", &Model::experts},       {"active_experts", &Model::active_experts},
    {"shared_ffn", &Model::shared_ffn}, {"dense_layers", &Model::dense_layers},
    {"dense_ffn", &Model::dense_ffn},   {"q_rank", &Model::q_rank},
    {"kv_rank", &Model::kv_rank},       {"rope_dim", &Model::rope_dim},
    {"v_head_dim", &Model::v_head_dim},
};

constexpr std::array<std::string_view, 24> columns = {
    "name",       "aliases",      "layers",     "hidden",    "heads",   "kv_heads",
    "head_dim",   "ffn",          "vocab",      "positions", "experts", "active_experts",
    "shared_ffn", "dense_layers", "dense_ffn",  "q_rank",    "kv_rank", "rope_dim",
    "v_head_dim", "traits",       "parameters", "source",    "as_of",   "note"};

Result<Model> read_model(const Sheet& sheet, std::size_t at) {
  SheetRow row(sheet, at);
  Model model;
  model.name = row.name();
  for (const Number& number : numbers) {
    const double value = row.number_or(number.column, 0, 1e9, 0);
    if (value != std::floor(value))
      row.refuse(number.column, "found a fraction; a whole number would be right");
    model.*number.field = static_cast<std::int64_t>(value);
  }
  if (model.kv_heads == 0) model.kv_heads = model.heads;
  if (model.head_dim == 0 && model.heads > 0) model.head_dim = model.hidden / model.heads;
  for (const std::string& word : text::split(row.text("traits"), ' ')) {
    if (word.empty()) continue;
    const auto trait = std::ranges::find(traits, word, &Trait::word);
    if (trait == std::end(traits)) {
      std::string known;
      for (const Trait& each : traits) known += (known.empty() ? "" : ", ") + std::string(each.word);
      row.refuse("traits", "found " + text::quote(word) + "; of " + known + " would be right");
      break;
    }
    model.*trait->flag = true;
  }
  if (const Status fine = check(model); !fine) row.refuse("shape", fine.error().message);
  if (row.error()) return *row.error();
  return model;
}

}  // namespace

Result<std::vector<Named<Model>>> parse_models(const Sheet& sheet) {
  constexpr std::array<std::string_view, 6> needed = {"name", "layers", "hidden", "heads", "ffn", "vocab"};
  return read_named<Model>(sheet, needed, columns, read_model);
}

const std::vector<Model>& built_in_models() { return shipped_catalogue().models.all(); }
const Model* built_in_model(std::string_view name) { return shipped_catalogue().find_model(name); }

}  // namespace busbar::estimate
