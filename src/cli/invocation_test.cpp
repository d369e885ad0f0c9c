// SPDX-License-Identifier: Apache-2.0
#include "cli/invocation.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "cli/policy_flags.hpp"
#include "wire/quotas.hpp"

namespace busbar::cli {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  return line.empty() ? std::vector<std::string>{} : text::split(line, ' ');
}

const char* name_of(Verb verb) {
  switch (verb) {
    case Verb::help:
      return "help";
    case Verb::up:
      return "up";
    case Verb::down:
      return "down";
    case Verb::server:
      return "server";
    case Verb::run:
      return "run";
    case Verb::submit:
      return "submit";
    case Verb::ps:
      return "ps";
    case Verb::show:
      return "show";
    case Verb::why:
      return "why";
    case Verb::when:
      return "when";
    case Verb::try_job:
      return "try";
    case Verb::logs:
      return "logs";
    case Verb::stop:
      return "stop";
    case Verb::hold:
      return "hold";
    case Verb::release:
      return "release";
    case Verb::wait:
      return "wait";
    case Verb::drain:
      return "drain";
    case Verb::reserve:
      return "reserve";
    case Verb::reservations:
      return "reservations";
    case Verb::usage:
      return "usage";
    case Verb::nodes:
      return "nodes";
    case Verb::sim_place:
      return "sim place";
    case Verb::sim_queue:
      return "sim queue";
    case Verb::sim_share:
      return "sim share";
    case Verb::plan_train:
      return "plan train";
    case Verb::plan_serve:
      return "plan serve";
    case Verb::plan_offers:
      return "plan offers";
    case Verb::plan_tco:
      return "plan tco";
    case Verb::plan_cluster:
      return "plan cluster";
    case Verb::plan_predict:
      return "plan predict";
    case Verb::plan_score:
      return "plan score";
    case Verb::check:
      return "check";
    case Verb::version:
      return "version";
  }
  return "";
}

const char* name_of(model::Dependency::When when) {
  switch (when) {
    case model::Dependency::When::started:
      return "after";
    case model::Dependency::When::any:
      return "afterany";
    case model::Dependency::When::ok:
      return "afterok";
    case model::Dependency::When::not_ok:
      return "afternotok";
  }
  return "";
}

/// Collects " name=value" for what differs from a fresh Invocation.
class Line {
 public:
  explicit Line(std::string begin) : text_(std::move(begin)) {}
  void add(const char* name, bool value) {
    if (value) text_ += std::string(" ") + name;
  }
  void add(const char* name, const std::string& value) {
    if (!value.empty()) text_ += std::string(" ") + name + "=" + value;
  }
  void add(const char* name, const std::optional<std::string>& value) {
    if (value) text_ += std::string(" ") + name + "=" + *value;
  }
  void add(const char* name, const std::optional<int>& value) {
    if (value) text_ += std::string(" ") + name + "=" + std::to_string(*value);
  }
  template <class Quantity>
  void add(const char* name, const std::optional<Quantity>& value) {
    if (value) text_ += std::string(" ") + name + "=" + text::show(*value);
  }
  std::string text() const { return text_; }

 private:
  std::string text_;
};

void tell(Line& line, const JobFlags& job) {
  line.add("gpus", job.gpus);
  line.add("model", job.gpu_model);
  line.add("gpu_memory", job.gpu_memory);
  line.add("cpus", job.cpus);
  line.add("memory", job.memory);
  line.add("time", job.time_limit);
  line.add("grace", job.grace);
  line.add("name", job.name);
  line.add("project", job.project);
  line.add("workdir", job.workdir);
  line.add("output", job.output);
  line.add("error", job.error);
  line.add("tasks", job.tasks);
  line.add("nodes", job.nodes);
  line.add("priority", job.priority);
  line.add("retries", job.retries);
  if (job.array) {
    std::string indices;
    for (const int index : job.array->indices)
      indices += (indices.empty() ? "" : ",") + std::to_string(index);
    line.add("array", indices + "%" + std::to_string(job.array->at_once));
  }
  for (const auto& dependency : job.after.value_or(std::vector<model::Dependency>{})) {
    line.add(name_of(dependency.when), std::to_string(dependency.job.value));
  }
  if (job.warning)
    line.add("signal", text::signal_name(job.warning->signal) + "@" + text::show(job.warning->ahead));
  for (const std::string& entry : job.env) line.add("env", entry);
  line.add("hold", job.hold_for_nodes);
  line.add("preemptible", job.preemptible);
}

/// An invocation, or its mistake, as one line.
std::string told(const std::string& command_line) {
  const auto parsed = parse(words_of(command_line));
  if (!parsed)
    return (parsed.error().code == Errc::invalid ? "error: " : "wrong code: ") + parsed.error().message;
  const Invocation& invocation = *parsed;
  Line line(name_of(invocation.verb));
  line.add("state", invocation.state);
  line.add("json", invocation.json);
  line.add("quiet", invocation.quiet);
  tell(line, invocation.job);
  line.add("key", invocation.key);
  line.add("detach", invocation.detach);
  line.add("file", invocation.file);
  line.add("wrap", invocation.wrap);
  line.add("declare", invocation.settings.declared_gpus);
  line.add("isolation", invocation.settings.isolation);
  line.add("policy", invocation.settings.policy);
  if (invocation.settings.placement) line.add("placement", cli::name_of(*invocation.settings.placement));
  if (const auto& limit = invocation.settings.priority_limit)
    line.add("priority_limit", *limit ? std::to_string(**limit) : "none");
  line.add("half_life", invocation.settings.half_life);
  line.add("log_limit", invocation.settings.log_limit);
  line.add("process_limit", invocation.settings.process_limit);
  line.add("preempt_after", invocation.settings.preempt_after);
  line.add("moves", invocation.settings.moves);
  line.add("lend_cpus", invocation.settings.lend_cpus);
  line.add("spare", invocation.settings.spare);
  if (invocation.settings.shares) line.add("shares", wire::show(*invocation.settings.shares));
  line.add("stop_jobs", invocation.stop_jobs);
  line.add("all", invocation.all);
  line.add("project", invocation.project);
  line.add("user", invocation.user);
  for (const JobName& job : invocation.jobs) {
    line.add("id", std::to_string(job.id.value) + (job.index ? "_" + std::to_string(*job.index) : ""));
  }
  line.add("follow", invocation.follow);
  line.add("task", invocation.task);
  line.add("attempt", invocation.attempt);
  line.add("tail", invocation.tail);
  line.add("out", invocation.only_out);
  line.add("err", invocation.only_err);
  line.add("reason", invocation.reason);
  line.add("node", invocation.node);
  line.add("now", invocation.now);
  line.add("end", invocation.end);
  line.add("command", text::join(invocation.command, "|"));
  return line.text();
}

struct Rule {
  const char* line;
  const char* told;
};

// clang-format off
constexpr Rule rules[] = {
    {"up",                                      "up"},
    {"up --declare-gpus 4:H100:80GiB",          "up declare=4:H100:80GiB"},
    {"up --declare-gpus none",                  "up declare="},
    {"up --isolation plain --half-life 1d --log-limit 4 --process-limit 9",
                                                "up isolation=plain half_life=1 d log_limit=4 MiB process_limit=9"},
    {"up --preempt-after 30s --move 2%",        "up preempt_after=30 s moves=20"},
    {"up --lend-cpus 5%",                       "up lend_cpus=50"},
    {"up --lend-cpus 51%",                      "error: --lend-cpus: found \"51\"; a part of the samples, from 0% to 50%, would be right"},
    {"up --policy conservative --placement best", "up policy=conservative placement=best"},
    {"up --policy conservativ",                 "error: --policy: found \"conservativ\"; conservative would be right"},
    {"up --policy sjf-oracle",                  "error: --policy: found \"sjf-oracle\"; one of busbar, fifo, fifo-any, easy, conservative, fair, fifo-consolidate would be right"},
    {"up --placement nowhere",                  "error: --placement: found \"nowhere\"; one of busbar, random, first, best, worst, dot-product, packing, clustering, fgd, consolidate would be right"},
    {"up --priority-limit 0",                   "up priority_limit=0"},
    {"up --priority-limit none",                "up priority_limit=none"},
    {"up --priority-limit low",                 "error: --priority-limit: found \"low\"; a whole number such as 0, or none, would be right"},
    {"up --spare 1",                            "up spare=1"},
    {"up --share vision=4:8 --share speech=2",   "up shares=speech=2,vision=4:8"},
    {"up --share none",                         "up shares=none"},
    {"up --share vision",                       "error: --share: found \"vision\"; PROJECT=GPUS or PROJECT=GPUS:LIMIT, such as vision=4 or vision=4:8, would be right"},
    {"up --move lots",                          "error: --move: found \"lots\"; a part of what runs, from 0% to 100%, would be right"},
    {"up --move 101",                           "error: --move: found \"101\"; a part of what runs, from 0% to 100%, would be right"},
    {"run --preemptible -- x",                  "run preemptible command=x"},
    {"drain box",                               "drain node=box"},
    {"drain --now --reason dust box",           "drain reason=dust node=box now"},
    {"drain box --end",                         "drain node=box end"},
    {"drain box --end --now",                   "error: --end gives the machine back; --now and --reason have no meaning with it"},
    {"drain",                                   "error: busbar drain takes the name of one machine, as `busbar nodes` lists it"},
    {"--state /s up --json",                    "up state=/s json"},
    {"--quiet --state=/s down --stop-jobs",     "down state=/s quiet stop_jobs"},
    {"server --state DIR",                      "server state=DIR"},
    {"run true",                                "run command=true"},
    {"run -- true",                             "run command=true"},
    {"run -- -g",                               "run command=-g"},
    {"run -g 2 echo -g 3",                      "run gpus=2 command=echo|-g|3"},
    {"run echo -- x",                           "run command=echo|--|x"},
    {"run -- echo -- x",                        "run command=echo|--|x"},
    {"run --gpus=1:H100 -- x",                  "run gpus=1 model=H100 command=x"},
    {"run -g0.5 -- x",                          "run gpus=0.5 command=x"},
    {"run -G H100:8 -- x",                      "run gpus=8 model=H100 command=x"},
    {"run -g H100 -- x",                        "error: --gpus: found \"H100\"; a number first, such as 2 or 2:H100, would be right"},
    {"run --gpus 1 --gpus 2 -- x",              "run gpus=2 command=x"},
    {"run --gpu-memory 40GiB --cpus 500m --mem 16GiB -- x",
                                                "run gpu_memory=40 GiB cpus=0.5 memory=16 GiB command=x"},
    {"run --mem 512 -- x",                      "run memory=512 MiB command=x"},
    {"run --time 90 -- x",                      "run time=1 h 30 min command=x"},
    {"run -t 1-12 --grace 5s -- x",             "run time=1 d 12 h grace=5 s command=x"},
    {"run -J n --project p -D /w -- x",         "run name=n project=p workdir=/w command=x"},
    {"run -n 4 -N 2 -c 8 -- x",                 "run cpus=8 tasks=4 nodes=2 command=x"},
    {"run --priority -5 --retries 3 -- x",      "run priority=-5 retries=3 command=x"},
    {"run --array 0-3%2 -- x",                  "run array=0,1,2,3%2 command=x"},
    {"run --after 12 -- x",                     "run afterok=12 command=x"},
    {"run --after afterany:12,afternotok:3 -- x", "run afterany=12 afternotok=3 command=x"},
    {"run --signal USR1@120 -- x",              "run signal=SIGUSR1@2 min command=x"},
    {"run --env A=1 --env B -- x",              "run env=A=1 env=B command=x"},
    {"run --key k --detach -q -- x",            "run quiet key=k detach command=x"},
    {"run --hold-for-nodes -o out-%j -e err -- x", "run output=out-%j error=err hold command=x"},
    {"submit job.yaml",                         "submit file=job.yaml"},
    {"submit -t 5 job.sh -t 6",                 "submit time=5 min file=job.sh command=-t|6"},
    {"submit -",                                "submit file=-"},
    {"submit -- python train.py",               "submit command=python|train.py"},
    {"submit --wrap hostname --json",           "submit json wrap=hostname"},
    {"submit --detach job.yaml",                "submit file=job.yaml"},
    {"ps",                                      "ps"},
    {"ps -a --project p -u ada --json",         "ps json all project=p user=ada"},
    {"show 7 8",                                "show id=7 id=8"},
    {"why 12_4 --json",                         "why json id=12_4"},
    {"logs 7 -f",                               "logs id=7 follow"},
    {"logs -f --task 1 --attempt 2 --stderr --tail 5 7", "logs id=7 follow task=1 attempt=2 tail=5 err"},
    {"logs --stdout 7",                         "logs id=7 out"},
    {"stop 7 9 --reason enough",                "stop id=7 id=9 reason=enough"},
    {"wait -q 7",                               "wait quiet id=7"},
    {"nodes --json",                            "nodes json"},
    {"check --json --state /s",                 "check state=/s json"},
    {"version",                                 "version"},
    {"--version",                               "version"},
    {"--help",                                  "help"},
    {"help run",                                "help"},
    {"run --help",                              "help"},

    {"",                     "error: busbar needs a command; busbar --help lists them"},
    {"pss",                  "error: \"pss\" is not a command of busbar; did you mean ps?"},
    {"frobnicate",           "error: \"frobnicate\" is not a command of busbar; busbar --help lists them"},
    {"--verbose ps",         "error: \"--verbose\" is not a flag of busbar; busbar --help lists them"},
    {"help rum",             "error: \"rum\" is not a command of busbar; did you mean run?"},
    {"run",                  "error: busbar run needs a command: busbar run -- echo hello"},
    {"run --gpu 2 -- x",     "error: --gpu: not a flag of busbar run; did you mean --gpus?"},
    {"run --gpu=2 x",        "error: --gpu: not a flag of busbar run; did you mean --gpus?"},
    {"run --frobnicate x",   "error: --frobnicate: not a flag of busbar run; busbar run --help lists them"},
    {"run -g",               "error: -g needs a value: -g N[:MODEL]"},
    {"run --time",           "error: --time needs a value: --time TIME"},
    {"run -g two -- x",      "error: --gpus: found \"two\"; a number first, such as 2 or 2:two, would be right"},
    {"run --mem lots -- x",  "error: --mem: found \"lots\"; "},
    {"run --gpu-memory 80 -- x", "error: --gpu-memory: found \"80\", without a unit; 80GiB would be right"},
    {"run --tasks 0 -- x",   "error: --tasks: found \"0\"; "},
    {"run --array 9-1 -- x", "error: --array: "},
    {"run --signal FOO -- x", "error: --signal: "},
    {"run --after soon:1 -- x", "error: --after: "},
    {"run --env =1 -- x",    "error: --env: found \"=1\"; NAME=value, or NAME to pass on yours, would be right"},
    {"run --name= -- x",     "error: --name: the value is empty"},
    {"run --key= -- x",      "error: --key: the value is empty"},
    {"run --detach=maybe -- x", "error: --detach takes no value, but was given \"maybe\""},
    {"submit",               "error: busbar submit needs a job file or a command: busbar submit job.yaml, or busbar submit -- echo hello"},
    {"submit --wrap x y",    "error: --wrap is the whole command; \"y\" is one too many"},
    {"ps 7",                 "error: busbar ps takes no operand, but was given \"7\""},
    {"ps --jsn",             "error: --jsn: not a flag of busbar ps; did you mean --json?"},
    {"nodes --quiet",        "error: --quiet: not a flag of busbar nodes; busbar nodes --help lists them"},
    {"logs",                 "error: busbar logs needs the id of a job: busbar logs 12"},
    {"logs 1 2",             "error: busbar logs takes one job, but was given 2"},
    {"logs --stdout --stderr 1", "error: --stdout and --stderr together leave nothing out; give one or none"},
    {"reserve --until noon", "error: busbar reserve takes the name of one reservation: busbar reserve course --until 18:00 ..."},
    {"reserve a --gpus 1 --maintenance", "error: busbar reserve needs to know how long: --until 18:00, or --until now+2hours"},
    {"reserve a --until noon --for b", "error: busbar reserve needs to know what: --nodes node1,node2 or --gpus 8, and not both"},
    {"reserve a --until noon --gpus 1", "error: busbar reserve needs to know for whom: --for PROJECT, --user NAME or --maintenance, one of them"},
    {"reserve a --until noon --gpus 1 --for b --user c", "error: busbar reserve needs to know for whom: "},
    {"reserve a --end --maintenance", "error: --end ends the reservation; no other flag has a meaning with it"},
    {"hold",                 "error: busbar hold needs the id of a job: busbar hold 12"},
    {"stop train",           "error: found \"train\"; a job's id such as 12, or 12_4 for an element of an array, would be right"},
    {"stop 0",               "error: found \"0\"; a job's id such as 12, or 12_4 for an element of an array, would be right"},
    {"wait 12_",             "error: found \"12_\"; a job's id such as 12, or 12_4 for an element of an array, would be right"},
    {"up --isolation half",  "error: --isolation: found \"half\"; full or plain would be right"},
    {"up --log-limit 10B",   "error: --log-limit: found \"10B\"; at least 1MiB would be right"},
    {"up --half-life 0",     "error: --half-life: found \"0\"; a time such as 7d or 12h would be right"},
    {"up extra",             "error: busbar up takes no operand, but was given \"extra\""},
    {"ps --state=",          "error: --state: the value is empty"},
    {"run --name= x",        "error: --name: the value is empty"},
    {"run x --name=",        "run command=x|--name="},
    {"run -J --name= x",     "run name=--name= command=x"},
};
// clang-format on

TEST(Invocation, Rules) {
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.line);
    const std::string now = told(rule.line), meant = rule.told;
    // Where a row ends in "; " or ": " the rest of the sentence is base's or wire's, which have tests of
    // their own.
    const bool begins = meant.size() > 2 && (meant.ends_with(": ") || meant.ends_with("; "));
    EXPECT_EQ(begins ? now.substr(0, meant.size()) : now, meant);
  }
}

TEST(Invocation, HelpNamesEveryFlagOfItsCommand) {
  const auto run = parse({"run", "--help"});
  ASSERT_TRUE(run);
  for (const char* flag : {"--gpus N[:MODEL]", "--gpu-memory SIZE", "--retries N", "--hold-for-nodes",
                           "--state DIR", "-q, --quiet"}) {
    EXPECT_NE(run->help.find(flag), std::string::npos) << flag;
  }
  const auto all = parse({"--help"});
  ASSERT_TRUE(all);
  for (const char* verb : {"up", "down", "server", "run", "submit", "ps", "show", "why", "logs", "stop",
                           "wait", "nodes", "check", "version"}) {
    EXPECT_NE(all->help.find("\n  " + std::string(verb) + " "), std::string::npos) << verb;
  }
}

}  // namespace
}  // namespace busbar::cli
