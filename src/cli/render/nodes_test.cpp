// SPDX-License-Identifier: Apache-2.0
#include "cli/render/nodes.hpp"

#include <gtest/gtest.h>

namespace busbar::cli::render {
namespace {

const char* const two_nodes = R"({"version":1,"nodes":[
  {"id":1,"name":"n1","state":"up","os":"Debian 12","cpu_model":"EPYC","cpus":{"total":2,"held":0.5},
   "memory":{"total":25769803776,"held":1073741824},"disk":53687091200,"disk_held":1073741824,"numa":[1,1],
   "gpus":[{"index":0,"model":"H100","memory":85899345920,"milli":1000,"milli_held":1000,"declared":true},
           {"index":1,"model":"H100","memory":85899345920,"milli":1000,"milli_held":500,"declared":true},
           {"index":2,"model":"A10","memory":0,"milli":1000,"milli_held":0,"declared":false}],
   "limits":{"memory":"watched, not enforced","cpus":"not limited","processes":"enforced"},"isolation":"PID namespace, cgroup v1"},
  {"id":2,"name":"n2","state":"lost","cpus":{"total":1,"held":0},"memory":{"total":1073741824,"held":0},"disk":0,"numa":[1],"gpus":[],
   "limits":{"memory":"enforced","cpus":"enforced","processes":"enforced"},"isolation":"plain"}]})";

TEST(Nodes, SaysWhatIsDeclaredAndWhatIsOnlyWatched) {
  EXPECT_EQ(nodes(*parse_json(two_nodes), {}),
            "n1  up\n"
            "  cpus        2 CPUs, 0.5 held, 2 NUMA nodes, EPYC\n"
            "  memory      24 GiB, 1 GiB held\n"
            "  gpu 0       H100 80 GiB (declared), held\n"
            "  gpu 1       H100 80 GiB (declared), 0.5 held\n"
            "  gpu 2       A10, free\n"
            "  disk        50 GiB, 1 GiB held\n"
            "  limits      memory watched, not enforced; cpus not limited; processes enforced\n"
            "  isolation   PID namespace, cgroup v1\n"
            "\n"
            "n2  lost\n"
            "  cpus        1 CPU, 0 held\n"
            "  memory      1 GiB, 0 B held\n"
            "  gpus        none\n"
            "  disk        0 B, 0 B held\n"
            "  limits      memory enforced; cpus enforced; processes enforced\n"
            "  isolation   plain\n");
}

TEST(Nodes, SaysWhatIsLentAndHowThoseFareWhoLend) {
  struct Row {
    const char* lending;
    const char* line;
  };
  const Row rows[] = {
      {R"("budget_percent":5,"idle":1.9,"lent":1,"over":false,"window":100,"samples":100,"short":3)",
       "1 of 1.9 idle CPUs lent; somebody went short in 3 of the last 100 samples (budget 5 %)"},
      {R"("budget_percent":5,"idle":0.9,"lent":1,"over":true,"window":100,"samples":100,"short":7)",
       "1 of 0.9 idle CPUs lent; somebody went short in 7 of the last 100 samples (budget 5 %): nobody new "
       "borrows"},
      {R"("budget_percent":1,"idle":0,"lent":0,"over":false,"window":100,"samples":12,"short":0)",
       "0 of 0 idle CPUs lent; learning, 12 of 100 samples"},
  };
  for (const Row& row : rows) {
    const std::string json =
        R"({"nodes":[{"name":"n","state":"up","lending":{)" + std::string(row.lending) + "}}]}";
    EXPECT_NE(nodes(*parse_json(json), {}).find("  lending     " + std::string(row.line) + "\n"),
              std::string::npos)
        << nodes(*parse_json(json), {});
  }
}

TEST(Nodes, InventoryInOneLine) {
  EXPECT_EQ(inventory(*parse_json(two_nodes)),
            "3 CPUs, 25 GiB of memory, 2 x H100 80 GiB (declared), 1 x A10");
  EXPECT_EQ(inventory(*parse_json(R"({"nodes":[{"cpus":{"total":2},"memory":{"total":1024}}]})")),
            "2 CPUs, 1 KiB of memory, no GPUs");
  EXPECT_EQ(inventory(*parse_json(R"({"nodes":[]})")), "");
  EXPECT_EQ(nodes(*parse_json(R"({"nodes":[]})"), {}), "no machine has reported itself yet\n");
}

}  // namespace
}  // namespace busbar::cli::render
