// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.hpp"
#include "wire/job_file.hpp"

namespace busbar::wire {
namespace {

using Words = std::vector<std::string>;

model::JobSpec defaults() {
  model::JobSpec spec;
  spec.workdir = "/home/ada";
  spec.env = {{"HOME", "/home/ada"}, {"LANG", "C"}};
  return spec;
}
Result<JobFile> yaml(const std::string& text) { return parse_yaml(text, "jobs/train.yaml", defaults()); }
std::string refused(const std::string& text) {
  const auto file = yaml(text);
  return file ? "taken" : file.error().message;
}
/// The spec of a file that has to be right; `run` is added.
model::JobSpec spec_of(const std::string& text) {
  const auto file = yaml(text + "\nrun: ./train.sh\n");
  EXPECT_TRUE(file) << file.error().message;
  return file ? file->spec : model::JobSpec{};
}

TEST(Yaml, AWholeJob) {
  const auto file = yaml(R"(# a job with everything that is built
name: bert
workdir: runs
project: nlp
priority: -5
time: 2h30m
retries: 3
preemptible: true
hold: true
begin: 2026-12-01 08:00Z
deadline: 1970-01-03
tasks: 16
array: 0-99%8
after: [12, "afterany:9"]
env:
  EPOCHS: 3
  FLAG: true
  EMPTY: ""
run: [python3, train.py, --lr, 1e-3]
resources:
  gpus: 2
  gpu: H100
  gpu_memory: 80GB
  cpus: 500m
  memory: 16GiB
  nodes: 2
checkpoint: {signal: USR1, ahead: 2m, grace: 90s, every: 10m}
output: out.%j
error: err.%j
)");
  ASSERT_TRUE(file) << file.error().message;
  model::JobSpec wanted = defaults();
  wanted.name = "bert";
  wanted.workdir = "/home/ada/runs";
  wanted.project = "nlp";
  wanted.priority = -5;
  wanted.time_limit = std::chrono::minutes(150);
  wanted.retries = 3;
  wanted.preemptible = wanted.hold = true;
  wanted.begin = Instant(Duration(1'796'112'000'000));
  wanted.deadline = Instant(std::chrono::hours(48));
  wanted.saves_every = std::chrono::minutes(10);
  wanted.tasks = 16;
  wanted.nodes = 2;
  for (int i = 0; i < 100; ++i) wanted.array.indices.push_back(i);
  wanted.array.at_once = 8;
  wanted.after = {{JobId{12}, model::Dependency::When::ok}, {JobId{9}, model::Dependency::When::any}};
  wanted.env.insert(wanted.env.end(), {{"EPOCHS", "3"}, {"FLAG", "true"}, {"EMPTY", ""}});
  wanted.command = {"python3", "train.py", "--lr", "1e-3"};
  wanted.each = {Share{2000}, "H100", Bytes{80'000'000'000}, Cpus{500}, GiB * 16};
  wanted.warning = {SIGUSR1, std::chrono::minutes(2), true};
  wanted.grace = std::chrono::seconds(90);
  wanted.output = "out.%j";
  wanted.error = "err.%j";
  EXPECT_EQ(file->spec, wanted);
  EXPECT_TRUE(file->warnings.empty());
}

TEST(Yaml, RunIsAShellCommandAScriptOrAList) {
  EXPECT_EQ(yaml("run: echo $HOME | wc -c")->spec.command, (Words{"/bin/sh", "-c", "echo $HOME | wc -c"}));
  EXPECT_EQ(yaml("run: |\n  make\n  ./go\n")->spec.command, (Words{"/bin/sh", "-c", "make\n./go\n"}));
  EXPECT_EQ(yaml("run: [./go, 1]")->spec.command, (Words{"./go", "1"}));
  const auto script = yaml("run: |\n  #!/usr/bin/env python3\n  print(1)\n");
  EXPECT_EQ(script->spec.script, "#!/usr/bin/env python3\nprint(1)\n");
  EXPECT_EQ(script->spec.command, Words{"train"});
}

TEST(Yaml, NameDefaultsToTheFileOrTheProgram) {
  EXPECT_EQ(yaml("run: echo hi")->spec.name, "train");
  EXPECT_EQ(yaml("run: [/usr/bin/sort, a]")->spec.name, "sort");
  EXPECT_EQ(yaml("run: echo hi\nname: 7")->spec.name, "7");
}

TEST(Yaml, FormsOfSkyPilotAndDstack) {
  const model::JobSpec sky =
      spec_of("num_nodes: 4\nenvs: {A: 1}\nresources: {accelerators: H100:8, cpus: 4+, memory: 32GB+}");
  EXPECT_EQ(sky.tasks, 4);
  EXPECT_EQ(sky.nodes, 4);
  EXPECT_EQ(sky.each, (model::Resources{Share{8000}, "H100", Bytes{0}, Cpus{4000}, Bytes{32'000'000'000}}));
  EXPECT_EQ(sky.env.back(), (std::pair<std::string, std::string>{"A", "1"}));
  EXPECT_EQ(spec_of("resources: {accelerators: {A100: 4}}").each.gpus, Share{4000});
  EXPECT_EQ(spec_of("resources: {accelerators: A100}").each.gpus, Share{1000});

  const model::JobSpec stack =
      spec_of("resources:\n  gpu: H100:80GB:2\n  cpus: 2..\n  memory: 40GB..80GB\nenv:\n  - A=b=c\n  - LANG");
  EXPECT_EQ(stack.each, (model::Resources{Share{2000}, "H100", Bytes{80'000'000'000}, Cpus{2000},
                                          Bytes{40'000'000'000}}));
  EXPECT_EQ(stack.env.back(), (std::pair<std::string, std::string>{"A", "b=c"}));
  EXPECT_EQ(spec_of("resources: {gpu: 24GB..}").each.gpus, Share{1000});
  EXPECT_EQ(spec_of("resources: {gpu: 24GB.., gpus: 4}").each.gpus, Share{4000});
  EXPECT_EQ(spec_of("resources: {gpu: H100, gpus: 4}").each.gpus, Share{4000});
  EXPECT_EQ(spec_of("resources: {gpus: 4, gpu: H100}").each.gpus, Share{4000});
  EXPECT_EQ(spec_of("resources: {gpu: H100}").each.gpus, Share{1000});
  EXPECT_EQ(spec_of("resources: {gpus: 1..8}").each.gpus, Share{1000});
  EXPECT_EQ(spec_of("resources: {gpus: 2:H100}").each.gpu_model, "H100");
  EXPECT_EQ(spec_of("resources: {gpus: 0.5}").each.gpus, Share{500});
  EXPECT_EQ(spec_of("resources: {nodes: 2}").tasks, 2);
}

TEST(Yaml, TextStaysAsItWasWritten) {
  EXPECT_EQ(spec_of("time: 2:30:00").time_limit, std::chrono::minutes(150));  // no sexagesimal number
  EXPECT_EQ(spec_of("name: 1e3").name, "1e3");
  EXPECT_EQ(spec_of("name: no").name, "no");
  EXPECT_EQ(spec_of("name: 2026-11-21").name, "2026-11-21");
  EXPECT_EQ(spec_of("env: {A: 010}").env.back().second, "010");
}

TEST(Yaml, Workdir) {
  EXPECT_EQ(spec_of("workdir: /data").workdir, "/data");
  EXPECT_EQ(spec_of("workdir: .").workdir, "/home/ada");
  EXPECT_EQ(spec_of("workdir: ./a/b").workdir, "/home/ada/a/b");
  EXPECT_EQ(spec_of("workdir: ~/a").workdir, "/home/ada/a");
}

TEST(Yaml, AliasesAreFollowed) {
  EXPECT_EQ(spec_of("env: {A: &a x, B: *a}").env.back().second, "x");
  EXPECT_EQ(spec_of("name: &a \"x y\"\nproject: *a").project, "x y");
}

struct Mistake {
  const char* says;
  const char* text;
  const char* told;
};

constexpr Mistake mistakes[] = {
    // clang-format off
    {"a wrong number", "run: x\nresources:\n  cpus: many\n",
     "jobs/train.yaml:3: resources.cpus: found \"many\"; a number of CPUs such as 4, 0.5 or 500m (from 0.001 to 1000000) would be right"},
    {"a list for a number", "run: x\ntasks: [1]\n", "jobs/train.yaml:2: tasks: found a list; a whole number would be right"},
    {"a map for text", "run: x\nname: {a: b}\n", "jobs/train.yaml:2: name: found a map; some text would be right"},
    {"text for a map", "run: x\nresources: 2\n",
     "jobs/train.yaml:2: resources: found \"2\"; a map such as {gpus: 2, memory: 16GiB} would be right"},
    {"nothing for a map", "run: x\nresources:\n",
     "jobs/train.yaml:2: resources: found nothing; a map such as {gpus: 2, memory: 16GiB} would be right"},
    {"nothing for text", "run: x\nname:\nproject: p\n", "jobs/train.yaml:2: name: found nothing; some text would be right"},
    {"a size without a unit", "run: x\nresources: {memory: 16}\n",
     "jobs/train.yaml:2: resources.memory: found \"16\"; a size with its unit such as 16GiB would be right"},
    {"a grace without a unit", "run: x\ncheckpoint: {grace: 30}\n",
     "jobs/train.yaml:2: checkpoint.grace: found \"30\"; a duration with its unit such as 30s would be right"},
    {"a range that falls", "run: x\nresources: {memory: 80GB..40GB}\n",
     "jobs/train.yaml:2: resources.memory: found \"80GB..40GB\"; a range from the smaller to the larger would be right"},
    {"a range without a lower bound", "run: x\nresources: {memory: ..40GB}\n",
     "jobs/train.yaml:2: resources.memory: found \"\"; a size such as 512M, 16GiB or 80GB would be right"},
    {"a slip", "run: x\nnmae: a\n", "jobs/train.yaml:2: nmae: not known; did you mean name?"},
    {"a slip within", "run: x\nresources:\n  memroy: 1GB\n", "jobs/train.yaml:3: resources.memroy: not known; did you mean memory?"},
    {"a key in the wrong place", "run: x\ngpus: 2\n", "jobs/train.yaml:2: gpus: not known; it belongs under `resources`"},
    {"a key of the outermost level", "run: x\nresources: {time: 3}\n",
     "jobs/train.yaml:2: resources.time: not known; it belongs at the outermost level"},
    {"preemptible, perhaps", "run: x\npreemptible: yes\n",
     "jobs/train.yaml:2: preemptible: found \"yes\"; true or false would be right"},
    {"held, perhaps", "run: x\nhold: 1\n", "jobs/train.yaml:2: hold: found \"1\"; true or false would be right"},
    {"no moment", "run: x\nbegin: 25:00\n",
     "jobs/train.yaml:2: begin: found \"25:00\"; a moment such as now+2hours, 16:00, 4:30pm, noon, tomorrow 8:00, 2026-12-01 or 2026-12-01T08:00 would be right"},
    {"a word from nowhere", "run: x\ncheckpoint: {zzzzzz: 1}\n",
     "jobs/train.yaml:2: checkpoint.zzzzzz: not known; known here are signal, grace, ahead, every"},
    {"a merge key", "run: x\n<<: {a: b}\n", nullptr},
    {"no run", "name: a\n", "jobs/train.yaml: run: not found; a line such as `run: ./train.sh` would be right"},
    {"an empty run", "run:\n", "jobs/train.yaml:1: run: found nothing; a command such as ./train.sh would be right"},
    {"an empty list", "run: []\n", "jobs/train.yaml:1: run: found no program; a list such as [python3, train.py] would be right"},
    {"a list in the list", "run: [a, [b]]\n", "jobs/train.yaml:1: run: found a list in the list; text would be right"},
    {"an empty file", "", "jobs/train.yaml:1: found nothing; keys and values, at the least `run: ./train.sh`, would be right"},
    {"half a key", "na", "jobs/train.yaml:1: found \"na\"; keys and values, at the least `run: ./train.sh`, would be right"},
    {"a list of jobs", "- run: x\n", "jobs/train.yaml:1: found a list; keys and values, at the least `run: ./train.sh`, would be right"},
    {"a quoted text cut off", "run: \"echo hi\n", "jobs/train.yaml:1: found a quoted text without an end; a closing quote would be right"},
    {"a single-quoted text cut off", "name: a\nrun: 'it''s\n", "jobs/train.yaml:2: found a quoted text without an end; a closing quote would be right"},
    {"a map cut off", "run: x\nresources: {gpus: 1\n", nullptr},
    {"a list cut off", "run: [a, b\n", nullptr},
    {"a key twice", "run: a\nname: b\nrun: c\n", "jobs/train.yaml:3: found the key \"run\" a second time; once would be right"},
    {"a tab", "run: x\nresources:\n\tgpus: 1\n", "jobs/train.yaml:3: found a tab in the indentation; spaces would be right"},
    {"a tab deeper in", "run: x\nresources:\n  gpus: 1\n\tcpus: 2\n", "jobs/train.yaml:4: found a tab in the indentation; spaces would be right"},
    {"two documents", "run: a\n---\nrun: b\n", "jobs/train.yaml:2: found a second document; one job in a file would be right"},
    {"a tag", "run: !!binary aGk=\n", "jobs/train.yaml:1: found the tag \"tag:yaml.org,2002:binary\"; a value without one would be right"},
    {"an alias of nothing", "run: *a\n", nullptr},
    {"an alias in itself", "run: &a [*a]\n", "jobs/train.yaml:1: found an alias inside of what it names"},
    {"a colon in text", "run: echo: hi: there\n", nullptr},
    {"not UTF-8", "run: gr\xF6\xDF\n", "jobs/train.yaml:1: found \"run: gr\\xF6\\xDF\"; UTF-8 text would be right"},
    {"GPUs said twice", "run: x\nresources: {gpus: 2, accelerators: H100:8}\n",
     "jobs/train.yaml:2: resources.accelerators: found 8 GPUs; the 2 of jobs/train.yaml:2: resources.gpus, or one of the two alone, would be right"},
    {"nodes said twice", "run: x\nnum_nodes: 2\ntasks: 4\n",
     "jobs/train.yaml:3: tasks: found 4; the 2 of jobs/train.yaml:2: num_nodes, or one of the two alone, would be right"},
    {"more nodes than tasks", "run: x\ntasks: 2\nresources: {nodes: 4}\n",
     "jobs/train.yaml:3: resources.nodes: found 4 nodes for 2 tasks; at most as many nodes as tasks would be right"},
    {"half a GPU too many", "run: x\nresources: {gpus: 1.5}\n",
     "jobs/train.yaml:2: resources.gpus: found \"1.5\"; 1 or 2 (shares exist below one GPU only) would be right"},
    {"a choice of GPUs", "run: x\nresources: {accelerators: [H100, A100]}\n",
     "jobs/train.yaml:2: resources.accelerators: found a list; one kind of GPU such as H100:8 (a choice is not built yet) would be right"},
    {"env without a value", "run: x\nenv:\n  A:\n",
     "jobs/train.yaml:2: env: found nothing for \"A\"; text (\"\" for an empty value) would be right"},
    {"env that the submitter lacks", "run: x\nenv: [NOPE]\n",
     "jobs/train.yaml:2: env: found \"NOPE\"; NAME=value (it is not set in your environment) would be right"},
    // clang-format on
};

TEST(Yaml, MistakesNameLineFieldFoundAndRight) {
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.says);
    const std::string message = refused(mistake.text);
    if (mistake.told) {
      EXPECT_EQ(message, mistake.told);
    } else {
      EXPECT_TRUE(message.starts_with("jobs/train.yaml:")) << message;
    }
  }
}

TEST(Yaml, KnownButNotBuiltIsRefused) {
  for (const char* key :
       {"setup", "image", "inputs", "outputs", "volumes", "ports", "service", "file_mounts"}) {
    EXPECT_EQ(refused("run: x\n" + std::string(key) + ": y\n"),
              "jobs/train.yaml:2: " + std::string(key) + ": known, not built into Busbar yet");
  }
  for (const char* key : {"any_of"}) {
    EXPECT_EQ(refused("run: x\nresources: {" + std::string(key) + ": y}\n"),
              "jobs/train.yaml:2: resources." + std::string(key) + ": known, not built into Busbar yet");
  }
  EXPECT_EQ(refused("run: x\ncheckpoint: {dir: y}\n"),
            "jobs/train.yaml:2: checkpoint.dir: known, not built into Busbar yet");
}

TEST(Yaml, HostileFilesAreRefusedAtOnce) {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    const std::string above(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) bomb += (i > 0 ? ",*" : "*") + above;
    bomb += "]\n";
  }
  EXPECT_NE(refused(bomb).find("found more than 20000 values, aliases followed"), std::string::npos)
      << refused(bomb);
  EXPECT_EQ(refused(std::string(10 << 20, '[')),
            "jobs/train.yaml: found 10 MiB; a job file of at most 2 MiB would be right");
  for (const char* piece : {"[", "{", "- ", "? ", "\"", "'", "!", "&a ", "*a ", "|\n", "a: ", "%", "\n", "#",
                            "a:\n", "`", "- - ? "}) {
    std::string garbage;
    while (garbage.size() < 100'000) garbage += piece;
    EXPECT_NE(refused(garbage), "taken") << piece;
  }
}

TEST(JobFile, IsAScriptOrYamlByItsFirstTwoBytes) {
  EXPECT_EQ(parse_job_file("#!/bin/sh\n", "a", defaults())->spec.script, "#!/bin/sh\n");
  EXPECT_EQ(parse_job_file("run: [a]", "a", defaults())->spec.command, Words{"a"});
  EXPECT_EQ(parse_job_file("run: [a]", "a.yaml", defaults(), {"x"}).error().message,
            "a.yaml: found \"x\"; no argument behind a YAML file (put them under `run`) would be right");
}

}  // namespace
}  // namespace busbar::wire
