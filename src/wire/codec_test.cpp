// SPDX-License-Identifier: Apache-2.0
#include "wire/codec.hpp"

#include <gtest/gtest.h>

#include "wire/json.hpp"

namespace busbar::wire {
namespace {

struct Refusal {
  const char* text;
  const char* says;
};

constexpr Refusal refusals[] = {
    // clang-format off
    {R"({"each":{"cpus":"many"}})",        "each.cpus: found \"many\", a whole number would be right"},
    {R"({"each":{"cpus":2.5}})",           "each.cpus: found 2.5, a whole number would be right"},
    {R"({"each":{"cpus":[1]}})",           "each.cpus: found a list, a whole number would be right"},
    {R"({"tasks":3000000000})",            "tasks: found 3000000000, a whole number from -2147483648 to 2147483647 would be right"},
    {R"({"each":{"memory":99999999999999999999}})",
     "each.memory: found 99999999999999999999, a whole number from -9223372036854775808 to 9223372036854775807 would be right"},
    {R"({"tasks":null})",                  "tasks: found null, a whole number would be right"},
    {R"({"name":7})",                      "name: found 7, a text in quotes would be right"},
    {R"({"slurm_env":"yes"})",             "slurm_env: found \"yes\", true or false would be right"},
    {R"({"command":"true"})",              "command: found \"true\", a list would be right"},
    {R"({"command":["a",{}]})",            "command[1]: found an object, a text in quotes would be right"},
    {R"({"each":{"gpu":1}})",              "each.gpu: not a field that Busbar knows; here gpus, gpu_model, gpu_memory, cpus, memory would be right"},
    {R"({"after":[{"job":1},{"job":2,"when":"later"}]})",
     "after[1].when: found \"later\", one of started, any, ok, not_ok would be right"},
    {R"({"env":{"A":1}})",                 "env.A: found 1, a text in quotes would be right"},
    {R"({"env":["A"]})",                   "env: found a list, an object of names and values would be right"},
    {R"({"tasks":1,"tasks":2})",           "tasks: given twice"},
    {R"([])",                              "found a list, an object would be right"},
    {R"()",                                "the text ends where an object would be right"},
    {R"({"tasks":1)",                      "not JSON at byte 11: the text ends where ',' or '}' would be right"},
    {R"({"tasks":1} x)",                   "not JSON at byte 13: found x, nothing more would be right"},
    {R"({tasks:1})",                       "not JSON at byte 2: found tasks:1}, the name of a field, in quotes would be right"},
    {"{\"name\":\"a\nb\"}",                "name: not JSON at byte 11: found ?b\"}, an escape such as \\n in place of a bare control character would be right"},
    {R"({"name":"\ud800"})",               "name: not JSON at byte 16: found \"}, both halves of a surrogate pair, \\uD800-\\uDBFF and \\uDC00-\\uDFFF would be right"},
    // clang-format on
};

TEST(Json, RefusesWithThePathWhatWasFoundAndWhatWouldBeRight) {
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.text);
    const auto spec = json::decode<model::JobSpec>(refusal.text, json::Unknown::refused);
    ASSERT_FALSE(spec);
    EXPECT_EQ(spec.error().message, refusal.says);
    EXPECT_EQ(spec.error().code, Errc::invalid);
  }
}

}  // namespace
}  // namespace busbar::wire
