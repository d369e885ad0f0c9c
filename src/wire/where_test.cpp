// SPDX-License-Identifier: Apache-2.0
#include "wire/where.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "wire/job_file.hpp"

namespace busbar::wire {
namespace {

std::string told(const Result<std::vector<std::string>>& names) {
  return names ? text::join(*names, " ") : names.error().message;
}

TEST(Where, LabelsAreAllWanted) {
  EXPECT_EQ(told(parse_labels("a100")), "a100");
  EXPECT_EQ(told(parse_labels("A100&nvlink, big")), "a100 nvlink big");
  for (const char* wrong : {"", "a|b", "[a&b]", "a*2", "a&", "ä"})
    EXPECT_TRUE(told(parse_labels(wrong)).find("a100&nvlink") != std::string::npos) << wrong;
}

TEST(Where, MachinesByNameAndByNumbersInBrackets) {
  EXPECT_EQ(told(parse_machines("n1")), "n1");
  EXPECT_EQ(told(parse_machines("n1, gpu-2.lab")), "n1 gpu-2.lab");
  EXPECT_EQ(told(parse_machines("n[1-3,7],m")), "n1 n2 n3 n7 m");
  EXPECT_EQ(told(parse_machines("n[08-11]x")), "n08x n09x n10x n11x");
  for (const char* wrong : {"", ",", "n[1-3", "n]1[", "n[1][2]", "n 1"})
    EXPECT_TRUE(told(parse_machines(wrong)).find("would be right") != std::string::npos) << wrong;
  EXPECT_FALSE(parse_machines("n[1-100000]"));
}

model::Where where_of(const std::string& text, model::JobSpec* spec = nullptr) {
  model::JobSpec defaults;
  defaults.workdir = "/";
  const auto file = parse_job_file(text, "job", defaults, {});
  EXPECT_TRUE(file) << (file ? "" : file.error().message);
  if (file && spec) *spec = file->spec;
  return file ? file->spec.where : model::Where{};
}

TEST(Where, OfAScriptAndOfAYamlFileIsTheSame) {
  const model::Where script = where_of(
      "#!/bin/sh\n#SBATCH -C a100 -w n[1-2] --exclude=n2 --exclusive\n#SBATCH -N 2 --ntasks-per-node=4\n");
  const model::Where yaml = where_of(
      "run: x\ntasks: 8\nresources: {constraint: a100, nodelist: 'n1,n2', exclude: n2, exclusive: true, "
      "tasks_per_node: 4}\n");
  EXPECT_EQ(script, yaml);
  EXPECT_EQ(model::in_words(script),
            "with the label a100, on n1 or n2, not on n2, with nobody beside it, at "
            "most 4 tasks on one");
}

TEST(Where, TasksOfANodeTellHowManyThereAreUnlessThatIsTold) {
  model::JobSpec spec;
  where_of("#!/bin/sh\n#SBATCH -N 2 --ntasks-per-node=4\n", &spec);
  EXPECT_EQ(spec.tasks, 8);
  where_of("#!/bin/sh\n#SBATCH --ntasks-per-node=4\n", &spec);
  EXPECT_EQ(spec.tasks, 4);
  where_of("#!/bin/sh\n#SBATCH -n 6 -N 2 --ntasks-per-node=4\n", &spec);
  EXPECT_EQ(spec.tasks, 6);
  const auto refused = parse_job_file("#!/bin/sh\n#SBATCH -n 6 -N 2 --ntasks-per-node=2\n", "job", spec, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(
      refused.error().message,
      "job:2: --ntasks-per-node: found 2 tasks on a node for 6 tasks on 2 nodes; at least 3 would be right");
}

}  // namespace
}  // namespace busbar::wire
