// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.hpp"
#include "wire/job_file.hpp"

namespace busbar::wire {
namespace {

model::JobSpec defaults() {
  model::JobSpec spec;
  spec.workdir = "/home/ada";
  spec.env = {{"HOME", "/home/ada"}, {"LANG", "C"}};
  return spec;
}

Result<JobFile> script(const std::string& directives, const std::vector<std::string>& arguments = {}) {
  return parse_script("#!/bin/bash\n" + directives + "\nhostname\n", "jobs/train.sh", defaults(), arguments);
}

/// What one job became, as a line of what differs from the defaults.
std::string told(const Result<JobFile>& file) {
  if (!file) return file.error().message;
  const model::JobSpec& spec = file->spec;
  const model::JobSpec plain = defaults();
  std::vector<std::string> parts;
  const auto add = [&](bool differs, const std::string& text) {
    if (differs) parts.push_back(text);
  };
  add(spec.name != "train.sh", "name=" + spec.name);
  add(!spec.output.empty(), "out=" + spec.output);
  add(!spec.error.empty(), "err=" + spec.error);
  add(spec.workdir != plain.workdir, "dir=" + spec.workdir);
  add(spec.project != plain.project, "project=" + spec.project);
  add(spec.tasks != 1, "tasks=" + std::to_string(spec.tasks));
  add(spec.nodes != 0, "nodes=" + std::to_string(spec.nodes));
  add(spec.each.gpus.count != 0, "gpus=" + text::show(spec.each.gpus));
  add(!spec.each.gpu_model.empty(), "model=" + spec.each.gpu_model);
  add(spec.each.gpu_memory.count != 0, "gpu_memory=" + text::show(spec.each.gpu_memory));
  add(spec.each.cpus != plain.each.cpus, "cpus=" + text::show(spec.each.cpus));
  add(spec.each.memory.count != 0, "mem=" + text::show(spec.each.memory));
  add(spec.each.disk.count != 0, "disk=" + text::show(spec.each.disk));
  add(spec.time_limit.count() != 0, "time=" + text::show(spec.time_limit));
  add(spec.is_array(),
      "array=" + std::to_string(spec.array.indices.size()) + "%" + std::to_string(spec.array.at_once));
  add(spec.warning.asked,
      "signal=" + text::signal_name(spec.warning.signal) + "@" + text::show(spec.warning.ahead));
  add(spec.priority != 0, "priority=" + std::to_string(spec.priority));
  add(spec.retries != 0, "retries=" + std::to_string(spec.retries));
  add(spec.preemptible, "preemptible");
  add(!spec.requeue, "no-requeue");
  add(spec.hold_for_nodes, "hold-for-nodes");
  add(spec.hold, "hold");
  add(spec.begin != Instant{}, "begin=" + text::rfc3339(spec.begin));
  add(spec.deadline != Instant{}, "deadline=" + text::rfc3339(spec.deadline));
  for (const auto& each : spec.after) {
    parts.push_back("after=" + std::to_string(each.job.value) + "/" +
                    std::to_string(static_cast<int>(each.when)));
  }
  for (const auto& [name, value] : spec.env) {
    const std::pair<std::string, std::string> variable{name, value};
    add(std::find(plain.env.begin(), plain.env.end(), variable) == plain.env.end(), name + "=" + value);
  }
  for (const auto& [name, value] : plain.env) {
    const auto same = [&, wanted = name](const auto& each) { return each.first == wanted; };
    add(std::none_of(spec.env.begin(), spec.env.end(), same), "-" + name);
  }
  for (const std::string& kept : spec.kept) parts.push_back("kept:" + kept);
  return text::join(parts, " ");
}

struct Rule {
  const char* says;
  const char* directives;
  const char* told;
};

void check(std::initializer_list<Rule> rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    EXPECT_EQ(told(script(rule.directives)), rule.told);
  }
}

TEST(Directives, EveryFormOfAnOption) {
  check({
      {"no directive at all", "", ""},
      {"a long option with =", "#SBATCH --job-name=a", "name=a"},
      {"a long option with a blank", "#SBATCH --job-name a", "name=a"},
      {"a letter with a blank", "#SBATCH -J a", "name=a"},
      {"a letter with its value joined", "#SBATCH -n4", "tasks=4"},
      {"several on a line", "#SBATCH -J a -t 5 --mem=1G", "name=a mem=1 GiB time=5 min"},
      {"double quotes", "#SBATCH --job-name=\"two words\"", "name=two words"},
      {"single quotes", "#SBATCH -J 'two words'", "name=two words"},
      {"a backslash keeps a blank", "#SBATCH -J two\\ words", "name=two words"},
      {"a comment behind", "#SBATCH -n 4 # four ranks", "tasks=4"},
      {"a tab behind the marker", "#SBATCH\t-J a", "name=a"},
      {"the last one wins", "#SBATCH -J a\n#SBATCH -J b", "name=b"},
      {"two marks are a comment", "##SBATCH -J a", ""},
      {"a blank within the marker is a comment", "# SBATCH -J a", ""},
      {"another word is a comment", "#SBATCHED -J a", ""},
      {"blank lines and comments between", "\n# text\n\n#SBATCH -J a", "name=a"},
      {"the first command ends them", "cd /tmp\n#SBATCH -J a", ""},
      {"an indented command ends them", "  cd /tmp\n#SBATCH -J a", ""},
  });
}

TEST(Directives, WhatEachMeans) {
  check({
      {"output and error", "#SBATCH -o out.%j -e err.%A_%a", "out=out.%j err=err.%A_%a"},
      {"time in Slurm's form", "#SBATCH -t 1-12:30", "time=1 d 12 h"},
      {"no limit", "#SBATCH --time=UNLIMITED", ""},
      {"CPUs are a task's", "#SBATCH -n 2 -c 8", "tasks=2 cpus=8"},
      {"a task on each node", "#SBATCH -N 2", "tasks=2 nodes=2"},
      {"nodes and tasks", "#SBATCH -N 2 -n 8", "tasks=8 nodes=2"},
      {"memory without a unit is MiB", "#SBATCH --mem=100", "mem=100 MiB"},
      {"memory is a node's", "#SBATCH -n 4 --mem=64G", "tasks=4 mem=16 GiB"},
      {"memory on the fullest node", "#SBATCH -N 2 -n 8 --mem=64G", "tasks=8 nodes=2 mem=16 GiB"},
      {"disk is a node's, too", "#SBATCH -n 4 --tmp=100G", "tasks=4 disk=25 GiB"},
      {"by Busbar's name", "#BUSBAR --disk 5G", "disk=5 GiB"},
      {"order does not matter", "#SBATCH --mem=64G\n#SBATCH -n 4", "tasks=4 mem=16 GiB"},
      {"GPUs in all", "#SBATCH -n 4 -G 8", "tasks=4 gpus=2"},
      {"GPUs in all, with a model", "#SBATCH --gpus=H100:2", "gpus=2 model=H100"},
      {"GPUs of a node", "#SBATCH -N 2 --gres=gpu:H100:8", "tasks=2 nodes=2 gpus=8 model=H100"},
      {"GPUs of a node among its tasks", "#SBATCH -N 2 -n 16 --gpus-per-node=8", "tasks=16 nodes=2 gpus=1"},
      {"one GPU", "#SBATCH --gres=gpu", "gpus=1"},
      {"no generic resource", "#SBATCH --gres=none", ""},
      {"GPUs of a task", "#SBATCH -n 4 --gpus-per-task=2", "tasks=4 gpus=2"},
      {"tasks from GPUs", "#SBATCH -G 8 --gpus-per-task=2", "tasks=4 gpus=2"},
      {"two ways that agree", "#SBATCH -n 4 -G 8 --gpus-per-task=2", "tasks=4 gpus=2"},
      {"an array", "#SBATCH -a 0-99%8", "array=100%8"},
      {"dependencies", "#SBATCH -d afterok:12:13,afterany:9,after:3,afternotok:4",
       "after=12/2 after=13/2 after=9/1 after=3/0 after=4/3"},
      {"a signal", "#SBATCH --signal=B:USR1@120", "signal=SIGUSR1@2 min"},
      {"a signal a minute ahead", "#SBATCH --signal=TERM", "signal=SIGTERM@1 min"},
      {"a folder", "#SBATCH -D /scratch", "dir=/scratch"},
      {"a folder from here", "#SBATCH --chdir=runs", "dir=/home/ada/runs"},
      {"the whole environment", "#SBATCH --export=ALL", ""},
      {"and more", "#SBATCH --export=ALL,A=1,B='x,y'", "A=1 B=x"},
      {"quotes reach --export within quotes", "#SBATCH --export=\"ALL,B='x,y'\"", "B=x,y"},
      {"no environment", "#SBATCH --export=NONE", "-HOME -LANG"},
      {"some of it", "#SBATCH --export=LANG,A=1", "A=1 -HOME"},
  });
}

TEST(Directives, BusbarsOwn) {
  check({
      {"the same set", "#BUSBAR -J a -t 30m", "name=a time=30 min"},
      {"flags of busbar submit",
       "#BUSBAR -g 0.5 --name a --project p --priority 5 --retries 2 --cpus 500m --tasks 2",
       "name=a project=p tasks=2 gpus=0.5 cpus=0.5 priority=5 retries=2"},
      {"GPU memory, model", "#BUSBAR -g 2:H100 --gpu-memory 80GB", "gpus=2 model=H100 gpu_memory=74.5 GiB"},
      {"environment", "#BUSBAR --env A=1 --env B=x=y", "A=1 B=x=y"},
      {"after", "#BUSBAR --after 12", "after=12/2"},
      {"hold for nodes", "#BUSBAR --hold-for-nodes", "hold-for-nodes"},
      {"a later line beats an earlier one", "#SBATCH -J a\n#BUSBAR --name b", "name=b"},
  });
}

TEST(Directives, MistakesNameLineFieldFoundAndRight) {
  check({
      {"a time", "#SBATCH -J a\n#SBATCH -t soon",
       "jobs/train.sh:3: -t: found \"soon\"; a duration such as 30m, 2h30m, 90s, a number of minutes, "
       "HH:MM:SS or "
       "D-HH:MM:SS (at most 100 years) would be right"},
      {"a number", "#SBATCH --ntasks=many",
       "jobs/train.sh:2: --ntasks: found \"many\"; a whole number from 1 to 100000 would be right"},
      {"a size", "#SBATCH --mem=lots",
       "jobs/train.sh:2: --mem: found \"lots\"; a size such as 512M, 16GiB or 80GB would be right"},
      {"nothing behind", "#SBATCH --mem",
       "jobs/train.sh:2: --mem: found nothing behind it; a value would be right"},
      {"an empty value",
       "#SBATCH --job-name=", "jobs/train.sh:2: --job-name: found \"\"; some text would be right"},
      {"a stray word", "#SBATCH -J a b",
       "jobs/train.sh:2: found \"b\"; an option such as --time=2:00:00 (quote a value that has blanks) would "
       "be right"},
      {"an open quote", "#SBATCH -J \"a",
       "jobs/train.sh:2: found no closing \"; one at the value's end would be right"},
      {"GPUs that do not divide", "#SBATCH -n 3 -G 8",
       "jobs/train.sh:2: -G: found 8 GPUs for 3 tasks; 6 or 9 GPUs would be right"},
      {"fewer GPUs than tasks", "#SBATCH -n 4 -G 2",
       "jobs/train.sh:2: -G: found 2 GPUs for 4 tasks; 4 GPUs would be right"},
      {"GPUs of a node that do not divide", "#SBATCH -n 3 --gres=gpu:2",
       "jobs/train.sh:2: --gres: found 2 GPUs for 3 tasks on one node; 3 GPUs would be right"},
      {"tasks that do not divide", "#SBATCH -N 2 -n 3 --gres=gpu:2",
       "jobs/train.sh:2: --gres: found GPUs by node for 3 tasks on 2 nodes; a number of tasks that divides "
       "evenly, or "
       "--gpus-per-task, would be right"},
      {"two ways that disagree", "#SBATCH -n 4 -G 8\n#SBATCH --gpus-per-task=1",
       "jobs/train.sh:2: -G: gives each task 2 GPUs, but jobs/train.sh:3: --gpus-per-task gives it 1; one of "
       "the two, "
       "or both alike, would be right"},
      {"more nodes than tasks", "#SBATCH -N 4 -n 2",
       "jobs/train.sh:2: -N: found 4 nodes for 2 tasks; at most as many nodes as tasks would be right"},
      {"another resource", "#SBATCH --gres=nvme:1",
       "jobs/train.sh:2: --gres: found \"nvme:1\"; gpu:2 or gpu:H100:2 (other generic resources are not "
       "built into "
       "Busbar yet) would be right"},
      {"half a GPU by node", "#SBATCH --gpus-per-node=0.5",
       "jobs/train.sh:2: --gpus-per-node: found \"0.5\"; a whole number of GPUs would be right"},
      {"all memory", "#SBATCH --mem=0",
       "jobs/train.sh:2: --mem: all memory of a node (0) is known to Slurm, not built into Busbar yet"},
      {"singleton", "#SBATCH -d singleton",
       "jobs/train.sh:2: -d: singleton is known to Slurm, not built into Busbar yet"},
      {"any of several", "#SBATCH -d afterok:1?afterok:2",
       "jobs/train.sh:2: -d: found \"afterok:1?afterok:2\"; ? (any of them) is known to Slurm, not built "
       "into Busbar "
       "yet"},
      {"an element by its index", "#SBATCH -d afterok:12_3",
       "jobs/train.sh:2: -d: found \"12_3\"; the element's own id (column id of `busbar ps --json`) would be "
       "right"},
      {"--wrap in a script", "#SBATCH --wrap=hostname",
       "jobs/train.sh:2: --wrap: belongs on the command line: here the script is what runs"},
      {"a key in a file", "#BUSBAR --key=a",
       "jobs/train.sh:2: --key: belongs on the command line, not in a file"},
      {"a slip in Busbar's own line", "#BUSBAR --retires 2",
       "jobs/train.sh:2: --retires: not known to Busbar; did you mean --retries?"},
      {"GPU memory without a unit", "#BUSBAR --gpu-memory 80",
       "jobs/train.sh:2: --gpu-memory: found \"80\"; a size with its unit such as 80GB would be right"},
      {"who may be requeued may be preempted", "#SBATCH --requeue", "preemptible"},
      {"who may not is not, unless it says so, and then ends so",
       "#SBATCH --no-requeue\n#BUSBAR --preemptible", "preemptible no-requeue"},
      {"held", "#SBATCH -H", "hold"},
      {"as Slurm spells it out", "#SBATCH --hold", "hold"},
      {"moments in UTC", "#SBATCH -b 2026-12-01T08:00Z --deadline=2026-12-02T08:00Z",
       "begin=2026-12-01T08:00:00.000Z deadline=2026-12-02T08:00:00.000Z"},
      {"and in the submitter's time", "#SBATCH --begin=now+1hour", "begin=1970-01-01T01:00:00.000Z"},
      {"no moment", "#SBATCH --begin=later",
       "jobs/train.sh:2: --begin: found \"later\"; a moment such as now+2hours, 16:00, 4:30pm, noon, "
       "tomorrow "
       "8:00, 2026-12-01 or 2026-12-01T08:00 would be right"},
      {"the last word counts", "#SBATCH --no-requeue\n#SBATCH --requeue", "preemptible"},
      {"Busbar's flags are no options of sbatch", "#SBATCH --retries=2", "kept:--retries=2"},
  });
}

TEST(Directives, KnownToSlurmButNotBuiltIsRefused) {
  for (const char* option :
       {"-p gpu", "--partition=gpu", "-A lab", "--account=lab", "-q high", "--qos=high", "--mem-per-cpu=2G",
        "--mem-per-gpu=32G", "--open-mode=append", "--exclusive=user", "--reservation=r", "--mail-type=END",
        "--mail-user=ada@lab", "--parsable", "--test-only", "--comment=x"}) {
    const std::string name = std::string(option).substr(0, std::string(option).find_first_of(" ="));
    EXPECT_EQ(told(script("#SBATCH " + std::string(option))),
              "jobs/train.sh:2: " + name + ": known to Slurm, not built into Busbar yet");
  }
}

TEST(Directives, UnknownOnesAreKeptAndWarnedOf) {
  const auto file = script("#SBATCH --foo=1 --nice 5 -J a\n#SBATCH --cpus-per-taks=4 -k");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(told(file), "name=a kept:--foo=1 kept:--nice 5 kept:--cpus-per-taks=4 kept:-k");
  EXPECT_EQ(file->warnings,
            (std::vector<std::string>{"line 2: --foo: not known to Busbar; kept, without effect",
                                      "line 2: --nice: not known to Busbar; kept, without effect",
                                      "line 3: --cpus-per-taks: not known to Busbar (did you mean "
                                      "--cpus-per-task?); kept, without effect",
                                      "line 3: -k: not known to Busbar; kept, without effect"}));
}

TEST(Directives, AnUnknownOptionMayHaveAnyName) {  // found by fuzzing: half of a character was told
  EXPECT_EQ(told(script("#BUSBAR -\xDB\x98pu")), "jobs/train.sh:2: -\xDB\x98pu: not known to Busbar");
  EXPECT_EQ(told(script("#BUSBAR --a\x1b[2J")), "jobs/train.sh:2: \"--a\\x1B[2J\": not known to Busbar");
  EXPECT_EQ(script("#SBATCH --\x01=x")->warnings,
            std::vector<std::string>{"line 2: \"--\\x01\": not known to Busbar; kept, without effect"});
}

TEST(Directives, VariablesAreBounded) {
  std::string many = "#SBATCH --export=A0=";
  for (int i = 1; i <= 10'000; ++i) many += ",A" + std::to_string(i) + "=";
  EXPECT_EQ(told(script(many)),
            "jobs/train.sh:2: --export: found more than 10000 variables; fewer would be right");
}

TEST(Directives, SayHowMemoryWasSharedOutAndThatEveryTaskRunsTheScript) {
  const auto file = script("#SBATCH -n 4 --mem=64G --export=ALL,NOPE");
  ASSERT_TRUE(file);
  EXPECT_EQ(
      file->warnings,
      (std::vector<std::string>{
          "line 2: --export: NOPE is not set in your environment",
          "line 2: --mem: 64 GiB a node for 4 tasks on it: 16 GiB for each task",
          "each of the 4 tasks runs this script (Slurm runs it once, and srun in it starts the tasks)"}));
}

TEST(Script, IsTheCommandWithItsArguments) {
  const auto file = script("#SBATCH -J a", {"--epochs", "3"});
  ASSERT_TRUE(file);
  EXPECT_EQ(file->spec.script, "#!/bin/bash\n#SBATCH -J a\nhostname\n");
  EXPECT_EQ(file->spec.command, (std::vector<std::string>{"train.sh", "--epochs", "3"}));
}

TEST(Script, WhatIsNoScriptIsRefused) {
  const auto refused = [](const std::string& text) {
    const auto file = parse_script(text, "a.sh", {}, {});
    return file ? "taken" : file.error().message;
  };
  EXPECT_EQ(refused("hostname\n"),
            "a.sh:1: found \"hostname\"; a first line such as #!/bin/bash would be right");
  EXPECT_EQ(refused(""), "a.sh:1: found \"\"; a first line such as #!/bin/bash would be right");
  EXPECT_EQ(refused("#!/bin/sh\r\n"),
            "a.sh:1: found a line end of DOS (CR LF); LF alone would be right (dos2unix mends it)");
  EXPECT_EQ(refused("#!/bin/sh\n# gr\xF6\xDF\n"), "a.sh:2: found \"# gr\\xF6\\xDF\"; UTF-8 would be right");
  EXPECT_EQ(refused(std::string("#!/bin/sh\n\0", 11)), "a.sh:2: found a byte of zero; text would be right");
  EXPECT_EQ(refused("#!/bin/sh\n" + std::string(10 << 20, 'x')),
            "a.sh: found a script of 10 MiB; at most 1 MiB would be right");
}

TEST(SbatchCommandLine, WrapAndTheRestOverWhatTheFileSaid) {
  JobFile file{defaults(), {}};
  ASSERT_TRUE(apply_sbatch_options({"--wrap", "echo hi", "-n2", "--mem=2G"}, file));
  EXPECT_EQ(file.spec.script, "#!/bin/sh\necho hi\n");
  EXPECT_EQ(file.spec.command, std::vector<std::string>{"wrap"});
  EXPECT_EQ(file.spec.each.memory, GiB);
  EXPECT_EQ(file.warnings,
            std::vector<std::string>{"--mem: 2 GiB a node for 2 tasks on it: 1 GiB for each task"});

  auto from_file = script("#SBATCH -J a -n 4 --gres=gpu:H100:4");
  ASSERT_TRUE(apply_sbatch_options({"-J", "b", "-G", "8"}, *from_file));
  EXPECT_EQ(told(from_file), "name=b tasks=4 gpus=2");
  EXPECT_EQ(apply_sbatch_options({"-n", "x"}, *from_file).error().message,
            "-n: found \"x\"; a whole number from 1 to 100000 would be right");
}

TEST(ParseGpus, Rows) {
  const auto told_gpus = [](const char* text) {
    const auto request = parse_gpus(text);
    return request ? text::show(request->gpus) + " " + request->model : "refused";
  };
  EXPECT_EQ(told_gpus("2"), "2 ");
  EXPECT_EQ(told_gpus("0.5"), "0.5 ");
  EXPECT_EQ(told_gpus("2:H100"), "2 H100");
  EXPECT_EQ(told_gpus("H100:8"), "8 H100");
  EXPECT_EQ(told_gpus("2:A100|H100"), "2 A100|H100");
  EXPECT_EQ(told_gpus("A100-80G"), "1 A100-80G");
  EXPECT_EQ(told_gpus("0.5:H100"), "0.5 H100");
  for (const char* text : {"", ":", "2:", ":H100", "2:3", "H100:A100", "1:2:H100", "1.5", "-1", "80GB",
                           "H\n:1", "A100|", "|A100", "A100||H100"}) {
    EXPECT_EQ(told_gpus(text), "refused") << text;
  }
}

}  // namespace
}  // namespace busbar::wire
