// SPDX-License-Identifier: Apache-2.0
// Questions of training, serving and tables of runs.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "plan/model_file.hpp"
#include "plan/score.hpp"
#include "plan/serve.hpp"
#include "plan/train.hpp"

namespace busbar::plan {
namespace {

const estimate::Constants& constants() { return estimate::built_in_constants(); }

std::vector<Answered> answers(const std::string& rows) {
  const auto sheet = estimate::Sheet::parse(
      "runs.csv",
      "id,kind,unit,model,gpu,n_gpus,measured_value,group,method,quant,seq,isl,osl,source,precision\n" +
          rows);
  EXPECT_TRUE(sheet) << sheet.error().message;
  auto all = predict_all(*sheet, constants(), estimate::shipped_catalogue());
  EXPECT_TRUE(all) << all.error().message;
  return all ? *all : std::vector<Answered>{};
}

TEST(Predict, EachRowIsAnsweredInItsOwnUnit) {
  const auto said = answers(
      "a,infer_mem,GiB total weights,Llama-3.1-70B,,,,,,,,,,,\n"
      "b,infer_mem,verdict,Llama-3-70B,RTX 4090,1,,,,F16,,,,llama.cpp,\n"
      "c,infer_tput,output tokens/s,Llama-3-8B,RTX 3090,1,,,,F16,,,1024,llama.cpp,\n"
      "d,train_time,tokens/s/GPU,Llama-3.1-8B,H100,8,,,full,,8192,,,,bf16\n");
  ASSERT_EQ(said.size(), 4u);
  EXPECT_NEAR(said[0].prediction.value->value, 131.4165, 1e-3);
  EXPECT_FALSE(said[0].prediction.fits) << "no device is named";
  EXPECT_EQ(said[1].prediction.fits, false);
  EXPECT_FALSE(said[1].prediction.value);
  EXPECT_NEAR(said[2].prediction.value->value, 46.5, 5) << "as measured by XiongjieDai";
  EXPECT_GT(said[3].prediction.value->value, 5000);
  for (const Answered& each : said) {
    if (!each.prediction.value) continue;
    EXPECT_LT(each.prediction.value->low, each.prediction.value->value);
    EXPECT_GT(each.prediction.value->high, each.prediction.value->value);
  }
}

TEST(Predict, WhatIsMeasuredIsNeverLookedAt) {
  const auto without = answers("d,train_time,tokens/s/GPU,Llama-3.1-8B,H100,8,,g,full,,8192,,,,bf16\n");
  const auto with = answers("d,train_time,tokens/s/GPU,Llama-3.1-8B,H100,8,123,g,full,,8192,,,,bf16\n");
  EXPECT_EQ(without[0].prediction.value, with[0].prediction.value);
}

TEST(Predict, WhatCannotBeSaidHasAReason) {
  const auto said = answers(
      "a,train_mem,GiB/GPU peak,Unheard-of,H100,8,,,full,,,,,,\n"
      "b,train_time,tokens/s/GPU,Llama-3.1-8B,RTX 3091,8,,,full,,,,,,\n"
      "c,train_mem,bananas,Llama-3.1-8B,H100,8,,,full,,,,,,\n");
  EXPECT_EQ(said[0].prediction.reason,
            "the model \"Unheard-of\" is not built in and the row has no layers, hidden and heads");
  EXPECT_EQ(said[1].prediction.reason, "device \"RTX 3091\" is not in the catalogue; did you mean RTX 3090?");
  EXPECT_EQ(
      said[2].prediction.reason,
      "runs.csv:4: unit: found \"bananas\"; a unit such as GiB/GPU peak, tokens/s/GPU or s/iteration would "
      "be right");
}

struct Refusal {
  const char* row;
  const char* says;
};
constexpr Refusal refusals[] = {
    {"a,train_mem,GiB/GPU peak,Llama-3.1-8B,H100,0,,,full,,,,,,\n",
     "runs.csv:2: n_gpus: found \"0\"; a number from 1 to 1e+06 would be right"},
    {"a,train_mem,GiB/GPU peak,Llama-3.1-8B,H100,8,,,half,,,,,,\n",
     "runs.csv:2: method: found \"half\"; full, lora, qlora, adapter or adapter_v2 would be right"},
};
TEST(Predict, WrongFieldsAreNamed) {
  for (const Refusal& refusal : refusals) {
    const auto sheet =
        estimate::Sheet::parse("runs.csv", std::string("id,kind,unit,model,gpu,n_gpus,measured_value,group,"
                                                       "method,quant,seq,isl,osl,source,precision\n") +
                                               refusal.row);
    ASSERT_TRUE(sheet);
    const auto all = predict_all(*sheet, constants(), estimate::shipped_catalogue());
    ASSERT_FALSE(all) << refusal.says;
    EXPECT_EQ(all.error().message, refusal.says);
  }
}

/// The open measurements, where they lie beside the checkout.
std::string measured_file() {
  const char* shared = std::getenv("BUSBAR_SHARED");
  return (shared != nullptr ? std::string(shared) : BUSBAR_SOURCE_DIR "/../shared") +
         "/data/planner/measured.csv";
}

TEST(Score, TheOpenMeasurementsAreMetAsTheDocumentsSay) {
  std::ifstream file(measured_file());
  if (!file) GTEST_SKIP() << measured_file() << " is not there: SKIPPED aloud";
  std::stringstream text;
  text << file.rdbuf();
  const auto sheet = estimate::Sheet::parse("measured.csv", text.str());
  ASSERT_TRUE(sheet);
  const auto rows = predict_all(*sheet, constants(), estimate::shipped_catalogue());
  ASSERT_TRUE(rows) << rows.error().message;
  const Score total = score(*rows);
  const std::map<std::string, double> most = {{"train_mem", 0.05},   {"infer_mem", 0.05},
                                              {"kv_capacity", 0.05}, {"train_time", 0.08},
                                              {"decode_b1", 0.10},   {"serving_peak", 0.20}};
  for (const KindScore& kind : total.kinds) {
    const auto limit = most.find(word(kind.kind));
    if (limit == most.end()) continue;
    EXPECT_LT(kind.median, limit->second) << word(kind.kind);
  }
  EXPECT_EQ(total.fits.fits_wrong, 0) << "what is said to fit, fits";
  EXPECT_GE(double(total.fits.fits_right + total.fits.refused_right), 0.98 * total.fits.judged());
}

TEST(Train, ABestWayFitsWhereOneDoes) {
  TrainQuestion question{.model = *estimate::built_in_model("Llama-3-8B"), .tokens = 1e9};
  question.training.global_batch = 256;
  const Place one{*estimate::built_in_device("RTX 3090"), 1, {}},
      eight{*estimate::built_in_device("A100 80GB"), 8, {}};
  EXPECT_FALSE(best(question, one, constants())->fits);
  EXPECT_TRUE(best(question, eight, constants())->fits);
  question.training.method = estimate::Method::qlora;
  question.training.base = estimate::Quant::nf4_double;
  EXPECT_TRUE(best(question, one, constants())->fits);
}

TEST(Train, RemediesHold) {
  TrainQuestion question{.model = *estimate::built_in_model("Llama-3-8B"), .tokens = 1e9};
  question.training.global_batch = 16;
  const Place place{*estimate::built_in_device("RTX 3090"), 1, {}};
  const auto remedies = what_would_fit(question, place, estimate::built_in_devices(), constants());
  ASSERT_FALSE(remedies.empty());
  EXPECT_EQ(remedies.front(), "LoRA in place of all weights");
  EXPECT_FALSE(best(question, place, constants())->fits) << "or nothing would have to be remedied";
  question.training.method = estimate::Method::lora;
  EXPECT_TRUE(best(question, place, constants())->fits) << "and it does fit so";
}

TEST(Train, NoDeviceIsFasterThanItsPeak) {
  for (const estimate::Device& device : estimate::built_in_devices()) {
    if (device.bf16.value <= 0) continue;
    for (const char* stack : {"", "foundry", "torchtitan", "torchtune", "litgpt", "megatron"}) {
      TrainQuestion question{.model = *estimate::built_in_model("Llama-3-8B"), .tokens = 1e9};
      question.training.method = estimate::Method::lora;  // reads all, learns little: 4 operations a weight
      question.training.stack = stack;
      const TrainAnswer said = answer(question, {device, 1, {}}, constants());
      const double done = 4 * double(estimate::parameters(question.model).matmul) / said.token.total().value;
      EXPECT_LT(done, device.bf16.value) << device.name << " " << stack;
    }
  }
}

TEST(Train, TheFrontIsCheaperFirstAndFasterAfter) {
  TrainQuestion question{.model = *estimate::built_in_model("Llama-3-8B"), .tokens = 1e9};
  question.training.global_batch = 256;
  std::vector<TrainAnswer> all;
  for (const int devices : {8, 16, 32, 64})
    all.push_back(*best(question, {*estimate::built_in_device("A100 80GB"), devices, estimate::UsdPerHour{2}},
                        constants()));
  const auto front = pareto(all);
  ASSERT_FALSE(front.empty());
  for (std::size_t k = 1; k < front.size(); ++k) {
    EXPECT_GE(front[k].cost->value, front[k - 1].cost->value);
    EXPECT_LT(front[k].time.value, front[k - 1].time.value);
  }
}

TEST(Serve, TheFewestDevicesThatHoldIt) {
  ServeQuestion question{.model = *estimate::built_in_model("Llama-3.3-70B")};
  question.serving.input = 16000;
  question.promise.first_token = estimate::minute;
  const ServeAnswer said = best(question, {*estimate::built_in_device("H100"), 8, {}}, constants());
  EXPECT_TRUE(said.fits);
  EXPECT_EQ(said.serving.tp, 4) << "two hold its 131 GiB of weights, but then not one long request";
}

TEST(ModelFile, ReadsWhatHuggingFaceWrites) {
  const auto model =
      read_model("config.json", R"({"model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096,
    "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256,
    "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 8.0}, "tie_word_embeddings": false, "architectures": ["X"]})");
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(estimate::parameters(*model).total, 8030261248);
}

constexpr Refusal configs[] = {
    {R"({"hidden_size": 8})", "c.json: model_type: is not there; a family such as \"llama\" would be right"},
    {R"({"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4, "vocab_size": 10})",
     "c.json: intermediate_size: is not there; a whole number would be right"},
    {R"({"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 5, "intermediate_size": 10, "vocab_size": 10})",
     "c.json: num_attention_heads: found 5, which does not divide hidden_size 64; a head_dim, or a divisor, "
     "would be right"},
};
TEST(ModelFile, RefusalsNameTheField) {
  for (const Refusal& refusal : configs) {
    const auto model = read_model("c.json", refusal.row);
    ASSERT_FALSE(model) << refusal.says;
    EXPECT_EQ(model.error().message, refusal.says);
  }
}

}  // namespace
}  // namespace busbar::plan
