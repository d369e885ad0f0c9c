// SPDX-License-Identifier: Apache-2.0
#include "engine/local/environment.hpp"

#include <gtest/gtest.h>

#include <map>

namespace busbar::engine {
namespace {

/// Rank 3 of 4, the second of two on the second of two nodes, of array element 20_7, restarted once.
LaunchOrder everything() {
  auto spec = std::make_shared<model::JobSpec>();
  spec->name = "train";
  spec->workdir = "/home/ann/work";
  spec->tasks = 4;
  spec->each.cpus = Cpus{2500};
  spec->each.memory = GiB * 16;
  spec->each.gpus = Share{2000};
  spec->array.indices = {5, 6, 7};

  LaunchOrder order;
  order.attempt = {JobId{22}, 3, 2};
  order.spec = spec;
  order.time_limit = std::chrono::hours(1);
  order.array = JobId{20};
  order.array_index = 7;
  order.restarts = 1;
  order.nodes = {"alpha", "beta"};
  order.node_rank = 1;
  order.local_rank = 1;
  order.local_tasks = 2;
  for (const int index : {2, 5}) {
    GrantedDevice granted;
    granted.device.index = index;
    order.devices.push_back(granted);
  }
  order.gpus_here = {1, 2, 4, 5};
  order.master_addr = "10.0.0.1";
  order.master_port = 29500;
  return order;
}

Surroundings around() {
  Surroundings around;
  around.identity = {1000, 1000, {1000}, "ann", "/home/ann", "/bin/bash"};
  around.host = "beta";
  around.run_folder = "/state/run/22.3.2";
  around.socket = "/state/busbar.sock";
  around.now_unix = 1'000'000;
  return around;
}

std::map<std::string, std::string> table(const LaunchOrder& order) {
  std::map<std::string, std::string> all;
  for (const std::string& line : environment(order, around())) {
    const std::size_t at = line.find('=');
    EXPECT_TRUE(all.emplace(line.substr(0, at), line.substr(at + 1)).second) << line << " stands twice";
  }
  return all;
}

constexpr std::pair<const char*, const char*> expected[] = {
    {"RANK", "3"},
    {"LOCAL_RANK", "1"},
    {"WORLD_SIZE", "4"},
    {"LOCAL_WORLD_SIZE", "2"},
    {"GROUP_RANK", "1"},
    {"NODE_RANK", "1"},
    {"MASTER_ADDR", "10.0.0.1"},
    {"MASTER_PORT", "29500"},
    {"SLURM_JOB_ID", "22"},
    {"SLURM_JOBID", "22"},
    {"SLURM_JOB_NAME", "train"},
    {"SLURM_JOB_NODELIST", "alpha,beta"},
    {"SLURM_JOB_NUM_NODES", "2"},
    {"SLURM_NNODES", "2"},
    {"SLURM_NODEID", "1"},
    {"SLURM_PROCID", "3"},
    {"SLURM_LOCALID", "1"},
    {"SLURM_NTASKS", "4"},
    {"SLURM_NTASKS_PER_NODE", "2"},
    {"SLURM_CPUS_PER_TASK", "3"},
    {"SLURM_CPUS_ON_NODE", "6"},
    {"SLURM_GPUS_ON_NODE", "4"},
    {"SLURM_JOB_GPUS", "1,2,4,5"},
    {"SLURM_MEM_PER_NODE", "32768"},
    {"SLURM_ARRAY_JOB_ID", "20"},
    {"SLURM_ARRAY_TASK_ID", "7"},
    {"SLURM_ARRAY_TASK_COUNT", "3"},
    {"SLURM_ARRAY_TASK_MIN", "5"},
    {"SLURM_ARRAY_TASK_MAX", "7"},
    {"SLURM_RESTART_COUNT", "1"},
    {"SLURM_JOB_END_TIME", "1003600"},
    {"SLURM_SUBMIT_DIR", "/home/ann/work"},
    {"SLURM_SUBMIT_HOST", "beta"},
    {"SLURM_TMPDIR", "/state/run/22.3.2/scratch"},
    {"BUSBAR_JOB_ID", "22"},
    {"BUSBAR_ATTEMPT", "2"},
    {"BUSBAR_RESTART_COUNT", "1"},
    {"BUSBAR_SCRATCH", "/state/run/22.3.2/scratch"},
    {"BUSBAR_STOP_REASON", "/state/run/22.3.2/stop_reason"},
    {"BUSBAR_HOSTFILE", "/state/run/22.3.2/hosts"},
    {"BUSBAR_SOCKET", "/state/busbar.sock"},
    {"CUDA_VISIBLE_DEVICES", "2,5"},
    {"CUDA_DEVICE_ORDER", "PCI_BUS_ID"},
    {"ROCR_VISIBLE_DEVICES", "2,5"},
    {"OMP_NUM_THREADS", "2"},
    {"HOME", "/home/ann"},
    {"USER", "ann"},
    {"LOGNAME", "ann"},
    {"SHELL", "/bin/bash"},
    {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
};

TEST(Environment, OfOneRankIsThisAndNothingElse) {
  std::map<std::string, std::string> all = table(everything());
  for (const auto& [name, value] : expected) {
    EXPECT_EQ(all[name], value) << name;
    all.erase(name);
  }
  for (const auto& [name, value] : all) ADD_FAILURE() << name << "=" << value << " was not expected";
}

struct Change {
  const char* says;
  void (*change)(LaunchOrder&, model::JobSpec&);
  const char* name;
  const char* value;  // null: not set
};
const Change changes[] = {
    {"a task without devices sees none", [](LaunchOrder& o, model::JobSpec&) { o.devices.clear(); },
     "CUDA_VISIBLE_DEVICES", ""},
    {"one task has no hosts to list", [](LaunchOrder&, model::JobSpec& s) { s.tasks = 1; }, "BUSBAR_HOSTFILE",
     nullptr},
    {"and ROCm likewise", [](LaunchOrder& o, model::JobSpec&) { o.devices.clear(); }, "ROCR_VISIBLE_DEVICES",
     ""},
    {"devices are granted, not chosen",
     [](LaunchOrder&, model::JobSpec& s) { s.env = {{"CUDA_VISIBLE_DEVICES", "0"}}; }, "CUDA_VISIBLE_DEVICES",
     "2,5"},
    {"threads may be chosen", [](LaunchOrder&, model::JobSpec& s) { s.env = {{"OMP_NUM_THREADS", "9"}}; },
     "OMP_NUM_THREADS", "9"},
    {"less than one CPU is one thread", [](LaunchOrder&, model::JobSpec& s) { s.each.cpus = Cpus{100}; },
     "OMP_NUM_THREADS", "1"},
    {"a rank is given, not chosen", [](LaunchOrder&, model::JobSpec& s) { s.env = {{"RANK", "0"}}; }, "RANK",
     "3"},
    {"a home may be chosen", [](LaunchOrder&, model::JobSpec& s) { s.env = {{"HOME", "/elsewhere"}}; },
     "HOME", "/elsewhere"},
    {"the user's own variables pass", [](LaunchOrder&, model::JobSpec& s) { s.env = {{"MINE", "a=b c"}}; },
     "MINE", "a=b c"},
    {"the last of two settings counts",
     [](LaunchOrder&, model::JobSpec& s) { s.env = {{"MINE", "1"}, {"MINE", "2"}}; }, "MINE", "2"},
    {"several nodes: libraries find the interface", [](LaunchOrder&, model::JobSpec&) {},
     "NCCL_SOCKET_IFNAME", nullptr},
    {"one node: the loopback", [](LaunchOrder& o, model::JobSpec&) { o.nodes = {"beta"}; },
     "NCCL_SOCKET_IFNAME", "lo"},
    {"for gloo too", [](LaunchOrder& o, model::JobSpec&) { o.nodes = {"beta"}; }, "GLOO_SOCKET_IFNAME", "lo"},
    {"unless the user knows better",
     [](LaunchOrder& o, model::JobSpec& s) {
       o.nodes = {"beta"};
       s.env = {{"NCCL_SOCKET_IFNAME", "eth0"}};
     },
     "NCCL_SOCKET_IFNAME", "eth0"},
    {"Slurm's family can be turned off", [](LaunchOrder&, model::JobSpec& s) { s.slurm_env = false; },
     "SLURM_JOB_ID", nullptr},
    {"which leaves ours", [](LaunchOrder&, model::JobSpec& s) { s.slurm_env = false; }, "BUSBAR_JOB_ID",
     "22"},
    {"where it was submitted is known there",
     [](LaunchOrder&, model::JobSpec& s) { s.env = {{"SLURM_SUBMIT_DIR", "/home/ann"}}; }, "SLURM_SUBMIT_DIR",
     "/home/ann"},
    {"no array, no index", [](LaunchOrder& o, model::JobSpec&) { o.array = JobId{}; }, "SLURM_ARRAY_TASK_ID",
     nullptr},
    {"no limit, no end", [](LaunchOrder& o, model::JobSpec&) { o.time_limit = Duration(0); },
     "SLURM_JOB_END_TIME", nullptr},
    {"no memory asked, none told", [](LaunchOrder&, model::JobSpec& s) { s.each.memory = Bytes{}; },
     "SLURM_MEM_PER_NODE", nullptr},
    {"no port, none told", [](LaunchOrder& o, model::JobSpec&) { o.master_port = 0; }, "MASTER_PORT",
     nullptr},
};

TEST(Environment, ChangesWithTheJob) {
  for (const Change& row : changes) {
    SCOPED_TRACE(row.says);
    LaunchOrder order = everything();
    auto spec = std::make_shared<model::JobSpec>(*order.spec);
    row.change(order, *spec);
    order.spec = spec;
    const auto all = table(order);
    const auto at = all.find(row.name);
    if (row.value == nullptr) {
      EXPECT_EQ(at, all.end()) << row.name;
    } else {
      ASSERT_NE(at, all.end()) << row.name;
      EXPECT_EQ(at->second, row.value);
    }
  }
}

constexpr std::pair<const char*, const char*> paths[] = {
    {"", ""},
    {"out.txt", "/home/ann/work/out.txt"},
    {"/logs/%j.out", "/logs/22.out"},
    {"%A_%a.out", "/home/ann/work/20_7.out"},
    {"%x-%N-%u-%t", "/home/ann/work/train-beta-ann-3"},
    {"%4j.%3a", "/home/ann/work/0022.007"},
    {"100%%", "/home/ann/work/100%"},
    {"%z%", "/home/ann/work/%z%"},
    {"%999999999j", "/home/ann/work/%999999999j"},
};

TEST(OutputPath, PatternsMeanWhatTheyMeanInSlurm) {
  for (const auto& [pattern, path] : paths)
    EXPECT_EQ(output_path(pattern, everything(), around()), path) << pattern;
  LaunchOrder single = everything();
  single.array = JobId{};
  EXPECT_EQ(output_path("%A", single, around()), "/home/ann/work/22");
}

TEST(Hostfile, NamesEachNodeOnceForGangs) {
  LaunchOrder order = everything();
  EXPECT_EQ(hostfile(order), "alpha slots=2\nbeta slots=2\n");
  auto alone = std::make_shared<model::JobSpec>(*order.spec);
  alone->tasks = 1;
  order.spec = alone;
  EXPECT_EQ(hostfile(order), "");
}

}  // namespace
}  // namespace busbar::engine
