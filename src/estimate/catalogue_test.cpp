// SPDX-License-Identifier: Apache-2.0
#include "estimate/catalogue.hpp"

#include <gtest/gtest.h>

namespace busbar::estimate {
namespace {

Result<std::vector<std::string>> added(Catalogue& catalogue, const std::string& text) {
  return catalogue.extend("mine.csv", text);
}
std::string refusal(const std::string& text) {
  Catalogue catalogue = shipped_catalogue();
  const auto said = added(catalogue, text);
  return said ? "taken" : said.error().message;
}

TEST(Catalogue, OneColumnSaysWhichTableItIs) {
  const struct {
    const char* text;
    const char* said;
  } tables[] = {
      {"name,layers,hidden,heads,ffn,vocab\nTiny,2,64,2,256,1000\n", "1 model of mine.csv"},
      {"name,memory_mib,bandwidth_gbs,bf16_tflops,tdp_w\nA,24576,900,150,300\nB,24576,900,150,300\n",
       "2 devices of mine.csv"},
      {"name,gpus,units,nameplate_w\nbox,4,4,3000\n", "1 kind of machine of mine.csv"},
      {"name,ports,port_gbps,nameplate_w\nbig,128,400,2000\n", "1 kind of switch of mine.csv"},
      {"provider,instance,gpu,gpu_count,price_hour,as_of_date,source\nme,box,A100,1,2,2026-01-01,quote\n",
       "1 offer of mine.csv"},
  };
  for (const auto& table : tables) {
    Catalogue catalogue = shipped_catalogue();
    const auto said = added(catalogue, table.text);
    ASSERT_TRUE(said) << said.error().message;
    EXPECT_EQ(said->front(), table.said);
  }
}

TEST(Catalogue, MistakesAreNamedWithTheirPlace) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"name,colour\nA,red\n",
       "mine.csv: the columns do not say what table it is: found name, colour; one alone of layers (models), "
       "memory_mib (devices), gpus (kinds of machine), ports (kinds of switch), instance (offers) would be "
       "right"},
      {"name,layers,memory_mib\n",
       "mine.csv: the columns do not say what table it is: found name, layers, memory_mib; one alone of "
       "layers "
       "(models), memory_mib (devices), gpus (kinds of machine), ports (kinds of switch), instance (offers) "
       "would be right"},
      {"name,memory_mib,bf16_tflops,tdp_w\n",
       "mine.csv: has no column bandwidth_gbs; there are name, memory_mib, bf16_tflops, tdp_w"},
      {"name,memory_mib,bandwidth_gbs,bf16_tflops,tdp_w,fp8_tflop\n",
       "mine.csv: there is a column \"fp8_tflop\"; did you mean fp8_tflops?"},
      {"name,memory_mib,bandwidth_gbs,bf16_tflops,tdp_w\nA,24576,900,,300\n",
       "mine.csv:2: bf16_tflops: found nothing; dense TFLOPS in 16 bits would be right"},
      {"name,memory_mib,bandwidth_gbs,bf16_tflops,tdp_w\nA,24576,900,fast,300\n",
       "mine.csv:2: bf16_tflops: found \"fast\"; a number from 0.01 to 1e+06 would be right"},
      {"name,memory_mib,bandwidth_gbs,bf16_tflops,tdp_w\nA,1,1,1,1\na.,1,1,1,1\n",
       "mine.csv:3: name: found \"a.\", which an earlier row is called, too; another name would be right"},
      {"name,memory_mib,bandwidth_gbs,bf16_tflops,tdp_w\n--,1,1,1,1\n",
       "mine.csv:2: name: found \"--\"; a name with letters or digits would be right"},
      {"name,memory_mib,bandwidth_gbs,bf16_tflops,tdp_w\nA\x1b[2J,1,1,1,1\n",
       "mine.csv:2: name: found \"A\\x1B[2J\"; plain text would be right"},
      {"name,layers,hidden,heads,kv_heads,ffn,vocab\nTiny,2,64,2,3,256,1000\n",
       "mine.csv:2: shape: Tiny: kv_heads: found 3; a whole number from 1 to 2 would be right"},
      {"name,layers,hidden,heads,ffn,vocab\nTiny,2.5,64,2,256,1000\n",
       "mine.csv:2: layers: found a fraction; a whole number would be right"},
      {"name,gpus,units,nameplate_w,outlet\nbox,4,4,3000,C20\n",
       "mine.csv:2: outlet: found \"C20\"; C13, C19 or busbar would be right"},
      {"name,gpus,units,nameplate_w,measured_w\nbox,4,4,3000,3500\n",
       "mine.csv:2: measured_w: found \"3500\"; a number from 1 to 3000 would be right"},
  };
  for (const auto& row : cases) EXPECT_EQ(refusal(row.text), row.message);
}

TEST(Catalogue, ARowOfOnesOwnTakesThePlaceAndTheNamesOfTheOneThatShips) {
  Catalogue catalogue = shipped_catalogue();
  const std::size_t count = catalogue.devices.all().size();
  const auto said = added(catalogue,
                          "name,aliases,memory_mib,bandwidth_gbs,bf16_tflops,tdp_w\n"
                          "rtx 3090,,49152,936,71,350\n"
                          "Mine,RTX 4090,1024,1,1,1\n");
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(said->front(), "2 devices of mine.csv; in place of what was known before: rtx 3090");
  EXPECT_EQ(catalogue.devices.all().size(), count + 1);
  EXPECT_EQ(catalogue.device("RTX 3090")->memory, GiB * 48.0);
  EXPECT_EQ(catalogue.device("GeForce RTX 3090")->memory, GiB * 48.0)
      << "its other names mean the new one, too";
  EXPECT_EQ(catalogue.device("RTX 4090")->name, "Mine")
      << "an alias of one's own goes before a name that ships";
  EXPECT_EQ(shipped_catalogue().device("RTX 3090")->memory, MiB * 24576.0) << "what ships does not change";
}

TEST(Catalogue, WhatIsRefusedChangesNothing) {
  Catalogue catalogue = shipped_catalogue();
  ASSERT_FALSE(added(catalogue,
                     "name,memory_mib,bandwidth_gbs,bf16_tflops,tdp_w\nNew,1,1,1,1\nRTX 3090,1,1,1,none\n"));
  EXPECT_FALSE(catalogue.device("New"));
  EXPECT_EQ(catalogue.device("RTX 3090")->bf16, shipped_catalogue().device("RTX 3090")->bf16);
}

TEST(Catalogue, BlanksOfADeviceAreSaid) {
  Catalogue catalogue = shipped_catalogue();
  const auto said = added(
      catalogue,
      "name,generation,memory_mib,bandwidth_gbs,bf16_tflops,fp8_tflops,tdp_w,link_gbs,network_gbs,"
      "node_devices,fp16_acc_tflops,fp4_tflops\n"
      "A,hopper,81920,2000,400,800,500,450,50,8,400,1600\nB,hopper,81920,2000,400,,500,450,50,8,400,1600\n");
  ASSERT_TRUE(said) << said.error().message;
  ASSERT_EQ(said->size(), 2u);
  EXPECT_EQ((*said)[1], "blank in mine.csv: fp8_tflops (no such units)");
  EXPECT_EQ(catalogue.device("B")->fp8.value, 0);
  EXPECT_EQ(catalogue.device("A")->in_node, 8);
}

}  // namespace
}  // namespace busbar::estimate
