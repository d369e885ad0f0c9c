// SPDX-License-Identifier: Apache-2.0
#include "estimate/model.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "estimate/catalogue.hpp"
#include "estimate/sheet.hpp"
#include "estimate/shipped.hpp"

namespace busbar::estimate {
namespace {

Model mpt(std::int64_t positions, const char* name) {
  Model model = *built_in_model(name);
  model.positions = positions;
  return model;
}

// The rows w053 to w075 of the worked examples, by name.
TEST(WorkedExamples, W053ToW061MptModelsToTheLastDigit) {
  struct Row {
    const char* model;
    std::int64_t count;
  };
  const Row rows[] = {
      {"MPT-125m", 125311488},  {"MPT-350m", 355985408},  {"MPT-760m", 760470528},
      {"MPT-1b", 1315950592},   {"MPT-3b", 2651837440},   {"MPT-7b", 6658859008},
      {"MPT-13b", 12853954560}, {"MPT-30b", 29975214080}, {"MPT-70b", 64862437376},
  };
  for (const Row& row : rows) EXPECT_EQ(parameters(mpt(2048, row.model)).total, row.count) << row.model;
}
TEST(WorkedExamples, W062LearnedPositionsCount) {
  EXPECT_EQ(parameters(mpt(65536, "MPT-7b")).total, 6918905856);
}
TEST(WorkedExamples, W063Llama31With70B) {
  EXPECT_EQ(parameters(*built_in_model("Llama-3.1-70B")).total, 70553706496);
}
TEST(WorkedExamples, W064ItsWeightsInGiB) {
  EXPECT_NEAR(2.0 * double(parameters(*built_in_model("Llama-3.1-70B")).total) / (1 << 30), 131.4165, 1e-4);
}
TEST(WorkedExamples, W065BloomsEmbedding) { EXPECT_EQ(250880LL * 14336, 3596615680); }
TEST(WorkedExamples, W066OneLayerOfBloom) {
  const Parameters bloom = parameters(*built_in_model("BLOOM-176B"));
  EXPECT_EQ((bloom.attention + bloom.mlp + bloom.norms - 2 * 14336) / 70, 2466437120);
}
TEST(WorkedExamples, W067ToW071LoraOnQueriesAndValuesKnowsGroupedHeads) {
  struct Row {
    const char* model;
    std::int64_t count;
  };
  const Row rows[] = {{"Llama-2-7B", 4194304},
                      {"Llama-2-13B", 6553600},
                      {"Falcon-40B", 12042240},
                      {"phi-1.5", 1572864},
                      {"StableLM 3B alpha", 2097152}};
  for (const Row& row : rows)
    EXPECT_EQ(lora_parameters(*built_in_model(row.model), 8, {Matrix::q, Matrix::v}), row.count) << row.model;
}
TEST(WorkedExamples, W072LoraShareOfMt0Large) {
  // T5: 24 self-attentions in the encoder, 24 and 24 across in the decoder, each with q and v of 1024 x 1024.
  Model attention{.layers = 72, .hidden = 1024, .heads = 16, .kv_heads = 16, .head_dim = 64, .ffn = 1};
  const std::int64_t trained = lora_parameters(attention, 8, {Matrix::q, Matrix::v});
  EXPECT_EQ(trained, 2359296);
  EXPECT_NEAR(100.0 * double(trained) / 1231940608, 0.1915, 1e-4);
}
TEST(WorkedExamples, W073W074KeysAndValuesOfAToken) {
  EXPECT_EQ(kv_bytes_per_token(*built_in_model("Mistral-Small-3.2"), 2), 163840);
  EXPECT_EQ(kv_bytes_per_token(*built_in_model("Llama-3-70B"), 2), 327680);
}

TEST(Model, EveryBuiltInModelHasTheCountItsMakersPrint) {
  const auto sheet = Sheet::parse("catalog/models.csv", shipped("models"));
  ASSERT_TRUE(sheet);
  int compared = 0;
  for (std::size_t row = 0; row < sheet->rows(); ++row) {
    const Model* model = built_in_model(sheet->at(row, "name"));
    ASSERT_NE(model, nullptr) << sheet->at(row, "name");
    EXPECT_EQ(model->name, sheet->at(row, "name")) << "two models share a spelling";
    const auto printed = parse_number(sheet->at(row, "parameters"));
    if (!printed) continue;
    EXPECT_EQ(double(parameters(*model).total), *printed) << model->name;
    ++compared;
  }
  EXPECT_GT(compared, 40);
}

TEST(Model, OnlyChosenExpertsAreActive) {
  const Parameters qwen = parameters(*built_in_model("Qwen3-30B-A3B"));
  EXPECT_NEAR(double(qwen.active), 3.34e9, 0.02e9);
  EXPECT_NEAR(double(parameters(*built_in_model("DeepSeek-V3")).total), 671.03e9, 0.01e9);
  EXPECT_NEAR(double(parameters(*built_in_model("DeepSeek-V3")).active), 37.6e9, 0.3e9);
}

TEST(Model, NamesAreFoundAsPeopleSpellThem) {
  for (const char* name : {"llama-3.1-8b", "meta-llama/Llama-3.1-8B-Instruct", "LLAMA 3.1 8B"})
    EXPECT_EQ(shipped_catalogue().model(name)->name, "Llama-3.1-8B") << name;
  EXPECT_EQ(
      shipped_catalogue().model("Llama-3.1-9B").error().message,
      "model \"Llama-3.1-9B\" is not in the catalogue; did you mean Llama-3.1-8B? A path of a Hugging Face "
      "config.json "
      "would be right, too");
}

struct Refusal {
  const char* says;
  std::int64_t Model::* field;
  std::int64_t value;
};
const Refusal refusals[] = {
    {"Llama-3.1-8B: layers: found 0; a whole number from 1 to 10000 would be right", &Model::layers, 0},
    {"Llama-3.1-8B: kv_heads: found 5; a divisor of heads, which are 32, would be right", &Model::kv_heads,
     5},
    {"Llama-3.1-8B: kv_heads: found 64; a whole number from 1 to 32 would be right", &Model::kv_heads, 64},
    {"Llama-3.1-8B: hidden: found 2000000; a whole number from 1 to 1000000 would be right", &Model::hidden,
     2'000'000},
};
TEST(Model, AbsurdSizesAreRefusedByName) {
  for (const Refusal& refusal : refusals) {
    Model model = *built_in_model("Llama-3.1-8B");
    model.*refusal.field = refusal.value;
    const Status checked = check(model);
    ASSERT_FALSE(checked) << refusal.says;
    EXPECT_EQ(checked.error().message, refusal.says);
  }
}

RC_GTEST_PROP(Model, PartsSumUpAndMoreLayersAreMoreOfTheSame, ()) {
  Model model = *rc::gen::elementOf(built_in_models());
  const Parameters once = parameters(model);
  RC_ASSERT(once.embedding + once.output + once.attention + once.mlp + once.norms == once.total);
  RC_ASSERT(once.active <= once.total);
  RC_ASSERT(once.matmul <= once.active + model.vocab * model.hidden);
  model.layers *= 2, model.dense_layers *= 2;
  const Parameters twice = parameters(model);
  RC_ASSERT(twice.attention == 2 * once.attention);
  RC_ASSERT(twice.mlp == 2 * once.mlp);
  RC_ASSERT(twice.embedding == once.embedding);
}

}  // namespace
}  // namespace busbar::estimate
