// SPDX-License-Identifier: Apache-2.0
#include "sim/queue/shape.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "sim/trace/request.hpp"

namespace busbar::sim {
namespace {

Limits limits(const char* nodes) {
  Result<std::vector<model::NodeFacts>> parsed = parse_nodes(nodes);
  EXPECT_TRUE(parsed);
  return limits_of(Pool{"", *parsed});
}

/// "2x8g4c" for two tasks of 8 GPUs and 4 CPUs; "/2" behind it for two nodes, "!" where it was cut down, "*"
/// where any model will do.
std::string told(const Shaped& shaped) {
  const model::JobSpec& spec = *shaped.spec;
  std::string text = std::to_string(spec.tasks) + "x";
  if (spec.each.gpus.count) text += text::show(spec.each.gpus) + "g";
  if (spec.each.cpus.count > 1) text += text::show(spec.each.cpus) + "c";
  if (spec.nodes) text += "/" + std::to_string(spec.nodes);
  return text + (shaped.clamped ? "!" : "") + (shaped.any_model ? "*" : "");
}

TEST(Shape, OfARequestOnMachinesOfAGivenSize) {
  const struct {
    const char* says;
    const char* nodes;
    Request asked;
    const char* told;
  } cases[] = {
      // clang-format off
      {"what a node holds goes on one",            "4x8",    {.gpus = 3},                         "1x3g"},
      {"a whole node, too",                        "4x8",    {.gpus = 8},                         "1x8g"},
      {"multiples are full nodes",                 "4x8",    {.gpus = 16},                        "2x8g"},
      {"anything else is single GPUs",             "4x8",    {.gpus = 12},                        "12x1g"},
      {"more than there is is all there is",       "4x8",    {.gpus = 64},                        "4x8g!"},
      {"on the largest node of several sizes",     "4x2,1x8",{.gpus = 8},                         "1x8g"},
      {"CPUs go along in equal parts",             "4x8/64", {.gpus = 16, .cpus = {32'000}},      "2x8g16c"},
      {"but no more than the GPUs' part of a node","4x8/32", {.gpus = 12, .cpus = {120'000}},     "12x1g4c"},
      {"what was asked for by nodes stays so",     "4x8/64", {.gpus = 4, .cpus = {8'000}, .nodes = 2}, "2x2g4c/2"},
      {"unless there are too few of them",         "1x8/64", {.gpus = 4, .cpus = {8'000}, .nodes = 2}, "1x4g8c"},
      {"a node's worth of GPUs on smaller nodes",  "8x4",    {.gpus = 16, .nodes = 2},            "4x4g"},
      {"CPUs alone on one node",                   "4x0/16", {.cpus = {16'000}},                  "1x16c"},
      {"or full ones",                             "4x0/16", {.cpus = {32'000}},                  "2x16c"},
      {"or one by one",                            "4x0/16", {.cpus = {20'000}},                  "20x1c"},
      {"no more than there are",                   "4x0/16", {.cpus = {200'000}},                 "4x16c!"},
      {"a model that nobody has is any",           "4x8:H100", {.gpus = 1, .gpu_model = "a100"},  "1x1g*"},
      {"a model in another spelling is known",     "4x8:H100", {.gpus = 1, .gpu_model = "h100"},  "1x1g"},
      {"one of several models is enough",          "4x8:H100", {.gpus = 1, .gpu_model = "A100|H100"}, "1x1g"},
      // clang-format on
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.says);
    EXPECT_EQ(told(shaped(std::make_shared<const model::JobSpec>(spec_of(row.asked)), limits(row.nodes))),
              row.told);
  }
}

TEST(Shape, AShareOfADeviceStaysOne) {
  model::JobSpec spec;
  spec.each.gpus = {500};
  EXPECT_EQ(told(shaped(std::make_shared<const model::JobSpec>(spec), limits("1x1"))), "1x0.5g1c");
}

}  // namespace
}  // namespace busbar::sim
