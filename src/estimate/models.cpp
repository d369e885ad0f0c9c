// SPDX-License-Identifier: Apache-2.0
// models.cpp: the models that come with the program, and how people spell their names.
#include <algorithm>
#include <cctype>

#include "base/check.hpp"
#include "base/text.hpp"
#include "estimate/model.hpp"
#include "estimate/names.hpp"
#include "estimate/sheet.hpp"
#include "estimate/shipped.hpp"

namespace busbar::estimate {
namespace {

struct Entry {
  std::vector<std::string> spellings;  // folded
  std::size_t model;
};
struct Shelf {
  std::vector<Model> models;
  std::vector<Entry> entries;
};

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

Model read_model(const Sheet& sheet, std::size_t row) {
  Model model;
  model.name = sheet.at(row, "name");
  for (const Number& number : numbers) {
    const auto value = sheet.number(row, number.column, 0, 1e9);
    BUSBAR_CHECK(bool(value), "catalog/models.csv holds whole numbers");
    model.*number.field = static_cast<std::int64_t>(value->value_or(0));
  }
  if (model.kv_heads == 0) model.kv_heads = model.heads;
  if (model.head_dim == 0) model.head_dim = model.hidden / model.heads;
  for (const std::string& word : text::split(sheet.at(row, *sheet.column("traits")), ' ')) {
    if (word.empty()) continue;
    const auto trait = std::ranges::find(traits, word, &Trait::word);
    BUSBAR_CHECK(trait != std::end(traits), "a trait in catalog/models.csv is known");
    model.*trait->flag = true;
  }
  BUSBAR_CHECK(bool(check(model)), "a model of catalog/models.csv can exist");
  return model;
}

Shelf read_shelf() {
  const auto sheet = Sheet::parse("catalog/models.csv", shipped("models"));
  BUSBAR_CHECK(bool(sheet), "catalog/models.csv is a table");
  Shelf shelf;
  for (std::size_t row = 0; row < sheet->rows(); ++row) {
    shelf.models.push_back(read_model(*sheet, row));
    shelf.entries.push_back({folded_names(sheet->at(row, "name"), sheet->at(row, "aliases")), row});
  }
  return shelf;
}

const Shelf& shelf() {
  static const Shelf read = read_shelf();
  return read;
}

}  // namespace

const std::vector<Model>& built_in_models() { return shelf().models; }

const Model* built_in_model(std::string_view name) {
  const std::string wanted = folded(name.substr(name.rfind('/') + 1));  // "meta-llama/Llama-3.1-8B"
  for (const Entry& entry : shelf().entries) {
    if (std::ranges::find(entry.spellings, wanted) != entry.spellings.end())
      return &shelf().models[entry.model];
  }
  return nullptr;
}

Result<Model> find_model(std::string_view name) {
  if (const Model* model = built_in_model(name)) return *model;
  std::vector<std::string> names;
  for (const Model& model : built_in_models()) names.push_back(model.name);
  const std::string near = text::nearest(name, names);
  return Error{Errc::not_found, "model " + text::quote(name) + " is not built in" +
                                    (near.empty() ? "." : "; did you mean " + near + "?") +
                                    " A path of a Hugging Face config.json would be right, too"};
}

}  // namespace busbar::estimate
