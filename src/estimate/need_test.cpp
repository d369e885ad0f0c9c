// SPDX-License-Identifier: Apache-2.0
// Memory, time and serving, against figures that papers and programs print.
#include <gtest/gtest.h>

#include <cmath>

#include <rapidcheck/gtest.h>

#include "estimate/catalogue.hpp"
#include "estimate/memory.hpp"
#include "estimate/serve.hpp"
#include "estimate/time.hpp"

namespace busbar::estimate {
namespace {

const Constants& constants() { return built_in_constants(); }
double in_gib(Bytes bytes) { return bytes / GiB; }

TEST(WorkedExamples, W075BlocksOfTheKvCache) {
  EXPECT_EQ(kv_blocks(15049, 128), 118);
  EXPECT_EQ(kv_blocks(15104, 128), 118) << "118 full ones";
  EXPECT_EQ(kv_blocks(15105, 128), 119);
  const Model model = *built_in_model("Llama-3.1-8B");
  const Serving whole{.input = 1024, .output = 16}, begun{.input = 1024, .output = 1};
  EXPECT_EQ(serving_memory(model, begun, constants()).kv, serving_memory(model, whole, constants()).kv);
}
TEST(WorkedExamples, W080DeviceHoursOfLlama65B) {
  EXPECT_NEAR(Tokens{1.4e12} / TokensPerSecond{380} / hour, 1023392, 1);
}
TEST(WorkedExamples, W082HoursOfTinyLlama) {
  EXPECT_NEAR(Tokens{22e9} / (TokensPerSecond{24000} * 8) / hour, 31.8, 0.2);
}
TEST(WorkedExamples, W076W077CheckpointsOfBloom) {
  const Model bloom = *built_in_model("BLOOM-176B");
  EXPECT_NEAR(in_gib(weight_bytes(bloom, Quant::none)), 328.3, 0.1);
  EXPECT_NEAR(14 * double(parameters(bloom).total) / 1e12, 2.47, 0.01);
}
TEST(WorkedExamples, W078UtilisationAsMosaicCountsIt) {
  Model mpt = *built_in_model("MPT-70b");
  EXPECT_NEAR(100 * model_flops_utilisation(mpt, 2048, 1007, FlopsPerSecond{989.4e12}), 41.25, 0.1);
}
TEST(WorkedExamples, W079Bubble) {
  EXPECT_EQ(bubble(1, 8, 1), 0);
  EXPECT_EQ(bubble(4, 8, 1), 3.0 / 8);
  EXPECT_EQ(bubble(4, 8, 3), 3.0 / 24);
}

TEST(Memory, StatesAreZerosBytesAParameter) {
  const Model model = *built_in_model("Llama-2-7B");
  const double n = double(parameters(model).total);
  struct Row {
    const char* says;
    Precision precision;
    bool eight_bit;
    int zero;
    double bytes;  // of each parameter, over 8 devices
  };
  const Row rows[] = {
      {"fp32 weights: 4 + 4 + 8", Precision::mixed, false, 0, 16},
      {"pure 16 bit: 2 + 2 + 4", Precision::pure16, false, 0, 8},
      {"ZeRO-1 shards the moments", Precision::mixed, false, 1, 8 + 8.0 / 8},
      {"ZeRO-2 the gradients, too", Precision::mixed, false, 2, 4 + 12.0 / 8},
      {"ZeRO-3 all", Precision::mixed, false, 3, 16.0 / 8},
  };
  for (const Row& row : rows) {
    Training t{.precision = row.precision, .global_batch = 64, .cut = {.dp = 8, .zero = row.zero}};
    EXPECT_NEAR(training_memory(model, t, constants()).states().value / n, row.bytes, 1e-9) << row.says;
  }
  Training megatron{.global_batch = 64, .stack = "megatron"};
  EXPECT_NEAR(training_memory(model, megatron, constants()).states().value / n, 18, 1e-9);
}

TEST(Memory, WhatIsUnpackedIsTheLargestMatrixThatIsPacked) {
  const Model model = *built_in_model("Llama-3.1-8B");  // its vocabulary is nine times as wide as its layers
  const auto buffers = [&](const char* stack) {
    const Training t{.method = Method::qlora, .base = Quant::nf4, .stack = stack};
    return training_memory(model, t, constants()).buffers.value;
  };
  EXPECT_EQ(buffers("torchtune") * double(model.vocab), buffers("") * double(model.ffn))
      << "torchtune leaves the output matrix in 16 bits";
}

TEST(Memory, ShardedWeightsAreGatheredTwoLayersOrOneMatrixOfTheVocabularyAtATime) {
  const auto gathered = [](const Model& model, Method method) {
    const Training t{.method = method, .global_batch = 8, .cut = {.dp = 8, .zero = 3}};
    return training_memory(model, t, constants()).buffers.value;
  };
  const Model wide = *built_in_model("Llama-3.1-8B"), deep = *built_in_model("Llama-3.1-70B");
  const Parameters count = parameters(deep);
  const double layer = double(count.attention + count.mlp) / double(deep.layers);
  EXPECT_EQ(gathered(wide, Method::lora), 2.0 * double(wide.vocab * wide.hidden));
  EXPECT_EQ(gathered(deep, Method::lora), 2 * 2 * layer);
  EXPECT_EQ(gathered(deep, Method::full), 2 * 2 * layer + 2 * 2 * layer) << "two layers' gradients, too";
}

TEST(Memory, KorthikantisFigureOneToTheHundredth) {
  const Model m22 = *built_in_model("megatron-22B"), m1t = *built_in_model("megatron-1T");
  Training t{.micro_batch = 4,
             .global_batch = 4,
             .cut = {.tp = 8},
             .sequence_parallel = false,
             .stack = "megatron-unfused"};
  EXPECT_NEAR(in_gib(korthikanti_activations(m22, t)), 59.25, 0.01);
  t.sequence_parallel = true, t.recompute = Recompute::selective;
  EXPECT_NEAR(in_gib(korthikanti_activations(m22, t)), 9.5625, 0.001);
  t = {.micro_batch = 1, .global_batch = 512, .cut = {.tp = 8, .pp = 64}, .sequence_parallel = false};
  EXPECT_NEAR(in_gib(korthikanti_activations(m1t, t)), 131.25, 0.01);
}

TEST(Memory, QuantisedWeightsAsTheirProgramsReportThem) {
  struct Row {
    const char* model;
    Quant quant;
    double gib, tolerance;  // relative
  };
  const Row rows[] = {
      {"Llama-3-8B", Quant::q4_k_m, 4.58, 0.005},  {"Llama-3-70B", Quant::q4_k_m, 39.59, 0.005},
      {"Llama-3.3-70B", Quant::fp8, 67.76, 0.005}, {"gpt-oss-20b", Quant::mxfp4, 13.47, 0.01},
      {"gpt-oss-120b", Quant::mxfp4, 64.38, 0.01},
  };
  for (const Row& row : rows)
    EXPECT_NEAR(in_gib(weight_bytes(*built_in_model(row.model), row.quant)), row.gib, row.gib * row.tolerance)
        << row.model;
}

TEST(Serving, RoomForKeysAndValuesAsVllmReportsIt) {
  const Device h100 = *built_in_device("H100 SXM");
  EXPECT_NEAR(in_gib(kv_room(*built_in_model("Llama-3.1-8B"), {.stack = "vllm"}, h100, constants())), 51.38,
              0.5);
  EXPECT_NEAR(in_gib(kv_room(*built_in_model("Qwen3-32B"), {.stack = "vllm"}, h100, constants())), 4.45, 0.5);
  EXPECT_LT(in_gib(kv_room(*built_in_model("Llama-3.3-70B"), {.quant = Quant::fp8, .stack = "vllm"}, h100,
                           constants())),
            0);
}

TEST(Device, IsFoundAsPeopleSpellIt) {
  EXPECT_EQ(shipped_catalogue().device("rtx3090")->name, "RTX 3090");
  EXPECT_EQ(shipped_catalogue().device("H100")->name, "H100 SXM");
  EXPECT_EQ(shipped_catalogue().device("RTX 3091").error().message,
            "device \"RTX 3091\" is not in the catalogue; did you mean RTX 3090?");
}

TEST(Constants, WhatIsNotKnownOfOneCountsForAll) {
  const auto table = Constants::parse("c.csv", "name,value\ngemm,0.5\ngemm.hopper,0.6\n");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->of("gemm", "hopper"), 0.6);
  EXPECT_EQ(table->of("gemm", "volta"), 0.5);
  EXPECT_EQ(Constants::parse("c.csv", "name,value\na,\n").error().message,
            "c.csv:2: value: is empty; a number would be right");
  EXPECT_EQ(Constants::parse("c.csv", "name,value\na,1\na,2\n").error().message,
            "c.csv:3: name: \"a\" is there twice");
}

Training any_training() {
  Training t;
  t.micro_batch = double(*rc::gen::inRange(1, 8));
  t.global_batch = t.micro_batch * double(*rc::gen::inRange(2, 64));
  t.sequence = double(*rc::gen::inRange(128, 8192));
  t.recompute = *rc::gen::elementOf(std::vector{Recompute::none, Recompute::selective, Recompute::full});
  t.compiled = *rc::gen::arbitrary<bool>();
  return t;
}

RC_GTEST_PROP(Need, MoreTokensNeverNeedLess, ()) {
  const Model model = *rc::gen::elementOf(built_in_models());
  Training t = any_training(), longer = t;
  longer.sequence *= 2;
  RC_ASSERT(training_memory(model, longer, constants()).total() >=
            training_memory(model, t, constants()).total());
}

RC_GTEST_PROP(Need, RecomputingTradesMemoryForTime, ()) {
  const Model model = *rc::gen::elementOf(built_in_models());
  const Device device = *built_in_device("A100 80GB");
  Training keeps = any_training(), again = keeps;
  keeps.recompute = Recompute::none, again.recompute = Recompute::full;
  RC_ASSERT(training_memory(model, again, constants()).activations <=
            training_memory(model, keeps, constants()).activations);
  RC_ASSERT(token_time(model, again, device, constants()).total() >
            token_time(model, keeps, device, constants()).total());
}

RC_GTEST_PROP(Need, EveryPartIsFiniteAndNotNegative, ()) {
  const Model model = *rc::gen::elementOf(built_in_models());
  const Device device = *rc::gen::elementOf(built_in_devices());
  const Training t = any_training();
  const TrainingMemory m = training_memory(model, t, constants());
  for (const Bytes part :
       {m.weights, m.gradients, m.optimizer, m.activations, m.logits, m.buffers, m.overhead})
    RC_ASSERT(part.value >= 0 && std::isfinite(part.value));
  const TokenTime time = token_time(model, t, device, constants());
  RC_ASSERT(time.total().value > 0 && std::isfinite(time.total().value));
  const Serving s{.tp = 1, .input = t.sequence};
  RC_ASSERT(decode_alone(model, s, device, constants()).value > 0);
  RC_ASSERT(peak(model, s, device, constants()).output.value >= 0);
}

TEST(Traffic, IsWhatTheCutSends) {
  const Model& model = *built_in_model("Llama-3-8B");
  const Device& h100 = *built_in_device("H100");
  const double weights = 2 * double(parameters(model).total);
  const auto of = [&](Parallelism cut) {
    return training_traffic(model, {.micro_batch = 1, .global_batch = 64, .cut = cut}, h100, constants());
  };
  EXPECT_EQ(of({}).inside.value, 0) << "one device has nobody to talk to";
  EXPECT_NEAR(of({.dp = 8}).inside.value, 2 * weights, 1) << "gradients, there and back";
  EXPECT_EQ(of({.dp = 8}).between.value, 0);
  EXPECT_NEAR(of({.dp = 8, .zero = 3}).inside.value, 3 * weights * 8, 1) << "for each of 8 micro-batches";
  EXPECT_NEAR(of({.dp = 16, .zero = 3}).between.value, 3 * weights * 4 / 8, 1) << "eight links share a ring";
  const double tokens = 8 * 2048;  // of one device's share of the batch
  EXPECT_NEAR(of({.tp = 8, .dp = 8}).inside.value - 2 * weights, 32 * 4 * 4096 * 4.0 * 7 / 8 * tokens, 1e6);
}

TEST(Constants, SayWhereTheyComeFrom) {
  const auto parsed =
      Constants::parse("c.csv", "name,value,source\ngemm,0.6,a guess\ngemm.hopper,0.5,90 rows\n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->source("gemm", "hopper"), "90 rows");
  EXPECT_EQ(parsed->source("gemm", "ada"), "a guess");
  EXPECT_EQ(parsed->source("else"), "");
}

TEST(ShareOfPeak, FallsWithWhatProductsOfMatricesReach) {
  const Device& mi300x = *built_in_device("MI300X");  // 668 of 1307 TFLOPS (MAMF table of ml-engineering)
  const double general = constants().of("gemm");
  EXPECT_NEAR(share_of_peak(constants(), "gemm", mi300x), general * 668.4 / 1307.4 / 0.81, 1e-9);
  EXPECT_EQ(share_of_peak(constants(), "gemm", *built_in_device("H100")), constants().of("gemm", "hopper"))
      << "learned on its own generation";
  EXPECT_EQ(share_of_peak(constants(), "gemm", *built_in_device("MI210")), general) << "nobody measured it";
}

}  // namespace
}  // namespace busbar::estimate
