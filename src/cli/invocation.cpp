// SPDX-License-Identifier: Apache-2.0
#include "cli/invocation.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "cli/args.hpp"
#include "cli/job_flags.hpp"
#include "cli/need_flags.hpp"
#include "cli/plan_flags.hpp"
#include "cli/policy_flags.hpp"
#include "wire/job_file.hpp"
#include "wire/quotas.hpp"
#include "wire/where.hpp"

namespace busbar::cli {
namespace {

Error mistake(std::string message) { return {Errc::invalid, std::move(message)}; }
Error wrong(const std::string& found, const std::string& right) {
  return mistake("found " + text::quote(found) + "; " + right + " would be right");
}

Result<JobName> parse_job_name(const std::string& text) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  const std::size_t bar = text.find('_');
  auto id = text::parse_whole(text.substr(0, bar), 1, most);
  if (id && bar == std::string::npos) return JobName{JobId{*id}, std::nullopt};
  if (id) {
    auto index = text::parse_whole(text.substr(bar + 1), 0, most);
    if (index) return JobName{JobId{*id}, static_cast<int>(*index)};
  }
  return wrong(text, "a job's id such as 12, or 12_4 for an element of an array,");
}

Result<Done> read_jobs(const Command& command, const Tokens& tokens, Invocation& into) {
  const std::string name = command.name;
  if (tokens.operands.empty())
    return mistake("busbar " + name + " needs the id of a job: busbar " + name + " 12");
  if (command.verb == Verb::logs && tokens.operands.size() > 1) {
    return mistake("busbar logs takes one job, but was given " + std::to_string(tokens.operands.size()));
  }
  for (const std::string& word : tokens.operands) {
    auto job = parse_job_name(word);
    if (!job) return job.error();
    into.jobs.push_back(*job);
  }
  return Done{};
}

Status refuse_operands(const Command& command, const Tokens& tokens) {
  if (tokens.operands.empty()) return Done{};
  return mistake("busbar " + std::string(command.name) + " takes no operand, but was given " +
                 text::quote(tokens.operands[0]));
}

/// Puts the parsed value of `flag` into `into` when it was given; the error names the flag.
template <class Value, class Parse>
Status read(const Tokens& tokens, const char* flag, std::optional<Value>& into, Parse parse) {
  const auto given = tokens.value(flag);
  if (!given) return Done{};
  auto parsed = parse(*given);
  if (!parsed) return mistake(std::string(flag) + ": " + parsed.error().message);
  into = Value(*parsed);
  return Done{};
}

auto whole(int low, int high = std::numeric_limits<int>::max()) {
  return [low, high](const std::string& text) -> Result<int> {
    auto number = text::parse_whole(text, low, high);
    if (!number) return number.error();
    return static_cast<int>(*number);
  };
}

Result<std::optional<int>> parse_priority_limit(const std::string& text) {
  if (text::lower(text) == "none") return std::optional<int>();
  const auto number =
      text::parse_whole(text, std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
  if (!number) return wrong(text, "a whole number such as 0, or none,");
  return std::optional(static_cast<int>(*number));
}

Status read_settings(const Tokens& tokens, ServerFlags& into) {
  into.declared_gpus = tokens.value("--declare-gpus");
  if (into.declared_gpus && text::lower(*into.declared_gpus) == "none") into.declared_gpus = "";
  Status labels =
      read(tokens, "--label", into.labels, [](const std::string& text) -> Result<std::vector<std::string>> {
        if (text::lower(text) == "none") return std::vector<std::string>{};
        return wire::parse_labels(text);
      });
  if (!labels) return labels;
  into.isolation = tokens.value("--isolation");
  if (into.isolation && *into.isolation != "full" && *into.isolation != "plain") {
    return mistake("--isolation: " + wrong(*into.isolation, "full or plain").message);
  }
  Status policy = read(tokens, "--policy", into.policy, [](const std::string& text) -> Result<std::string> {
    const auto known = parse_policy(text, false);
    if (!known) return known.error();
    return std::string((*known)->name);
  });
  if (!policy) return policy;
  Status placement = read(tokens, "--placement", into.placement, parse_placement);
  if (!placement) return placement;
  Status priority_limit = read(tokens, "--priority-limit", into.priority_limit, parse_priority_limit);
  if (!priority_limit) return priority_limit;
  Status half_life =
      read(tokens, "--half-life", into.half_life, [](const std::string& text) -> Result<Duration> {
        auto time = text::parse_duration(text);
        if (time && time->count() == 0) return wrong(text, "a time such as 7d or 12h");
        return time;
      });
  if (!half_life) return half_life;
  Status log_limit =
      read(tokens, "--log-limit", into.log_limit, [](const std::string& text) -> Result<Bytes> {
        auto size = text::parse_bytes(text, MiB);
        if (size && *size < MiB) return wrong(text, "at least 1MiB");
        return size;
      });
  if (!log_limit) return log_limit;
  Status preempt_after =
      read(tokens, "--preempt-after", into.preempt_after, [](const std::string& text) -> Result<Duration> {
        if (text::lower(text) == "never") return Duration{-1};
        return text::parse_duration(text);
      });
  if (!preempt_after) return preempt_after;
  Status moves = read(tokens, "--move", into.moves, parse_moves);
  if (!moves) return moves;
  Status lend_cpus = read(tokens, "--lend-cpus", into.lend_cpus, parse_lend_cpus);
  if (!lend_cpus) return lend_cpus;
  Status spare = read(tokens, "--spare", into.spare, whole(0, 2));
  if (!spare) return spare;
  if (tokens.has("--share")) {
    const auto shares = wire::parse_quotas(text::join(tokens.flags.at("--share"), ","));
    if (!shares) return mistake("--share: " + shares.error().message);
    into.shares = *shares;
  }
  return read(tokens, "--process-limit", into.process_limit, whole(1));
}

Status read_command(const Tokens& tokens, Invocation& into) {
  auto flags = read_job_flags(tokens);
  if (!flags) return flags.error();
  into.job = *flags;
  into.key = tokens.value("--key").value_or("");
  if (tokens.has("--key") && into.key.empty()) return mistake("--key: the value is empty");
  into.command = tokens.operands;
  return Done{};
}

Status read_run(const Tokens& tokens, Invocation& into) {
  Status command = read_command(tokens, into);
  if (!command) return command;
  into.detach = tokens.has("--detach");
  if (into.command.empty()) return mistake("busbar run needs a command: busbar run -- echo hello");
  return Done{};
}

Status read_submit(const Command& verb, const Tokens& tokens, Invocation& into) {
  Status command = read_command(tokens, into);
  if (!command) return command;
  into.wrap = tokens.value("--wrap");
  if (into.wrap && into.wrap->empty()) return mistake("--wrap: the value is empty");
  if (into.wrap && !into.command.empty()) {
    return mistake("--wrap is the whole command; " + text::quote(into.command[0]) + " is one too many");
  }
  if (into.wrap) return Done{};
  if (into.command.empty()) {
    const std::string name = "busbar " + std::string(verb.name);
    return mistake(name + " needs a job file or a command: " + name + " job.yaml, or " + name +
                   " -- echo hello");
  }
  if (tokens.dashes) return Done{};
  into.file = into.command.front();
  into.command.erase(into.command.begin());
  return Done{};
}

Status read_ps(const Tokens& tokens, Invocation& into) {
  into.all = tokens.has("--all");
  into.project = tokens.value("--project");
  into.user = tokens.value("--user").value_or("");
  return Done{};
}

Status read_logs(const Tokens& tokens, Invocation& into) {
  into.follow = tokens.has("--follow");
  into.only_out = tokens.has("--stdout");
  into.only_err = tokens.has("--stderr");
  if (into.only_out && into.only_err)
    return mistake("--stdout and --stderr together leave nothing out; give one or none");
  Status task = read(tokens, "--task", into.task, whole(0));
  if (!task) return task;
  Status attempt = read(tokens, "--attempt", into.attempt, whole(1));
  if (!attempt) return attempt;
  return read(tokens, "--tail", into.tail, whole(0));
}

Status read_drain(const Tokens& tokens, Invocation& into) {
  if (tokens.operands.size() != 1)
    return mistake("busbar drain takes the name of one machine, as `busbar nodes` lists it");
  into.node = tokens.operands[0];
  into.now = tokens.has("--now");
  into.end = tokens.has("--end");
  into.reason = tokens.value("--reason").value_or("");
  if (into.end && (into.now || tokens.has("--reason")))
    return mistake("--end gives the machine back; --now and --reason have no meaning with it");
  return Done{};
}

/// For whom, and which machines: one of each.
Status read_reserve(const Tokens& tokens, Invocation& into) {
  if (tokens.operands.size() != 1 || tokens.operands[0].empty())
    return mistake(
        "busbar reserve takes the name of one reservation: busbar reserve course --until 18:00 ...");
  wire::ReserveForm& form = into.reserve;
  form.name = tokens.operands[0];
  form.end = tokens.has("--end");
  if (form.end) {
    if (tokens.flags.size() > 1 + std::size_t(tokens.has("--quiet")) + std::size_t(tokens.has("--state")) +
                                  std::size_t(tokens.has("--json")))
      return mistake("--end ends the reservation; no other flag has a meaning with it");
    return Done{};
  }
  into.from = tokens.value("--from");
  into.until = tokens.value("--until");
  if (!into.until)
    return mistake("busbar reserve needs to know how long: --until 18:00, or --until now+2hours");
  std::optional<std::vector<std::string>> nodes;
  if (Status read_nodes = read(tokens, "--nodes", nodes, wire::parse_machines); !read_nodes)
    return read_nodes;
  std::optional<wire::GpuRequest> gpus;
  if (Status read_gpus = read(tokens, "--gpus", gpus, wire::parse_gpus); !read_gpus) return read_gpus;
  if (nodes.has_value() == gpus.has_value())
    return mistake("busbar reserve needs to know what: --nodes node1,node2 or --gpus 8, and not both");
  if (nodes) form.nodes = *nodes;
  if (gpus) {
    form.gpus = gpus->gpus;
    form.gpu_model = gpus->model;
  }
  form.project = tokens.value("--for").value_or("");
  form.user = tokens.value("--user").value_or("");
  if (int(!form.project.empty()) + int(!form.user.empty()) + int(tokens.has("--maintenance")) != 1)
    return mistake(
        "busbar reserve needs to know for whom: --for PROJECT, --user NAME or --maintenance, one of them");
  return Done{};
}

Status read_table(const Command& command, const Tokens& tokens, Invocation& into) {
  const std::string name = command.name;
  if (tokens.operands.size() != 1)
    return mistake("busbar " + name + " takes one table of runs: busbar " + name + " measured.csv");
  into.plan_table = {tokens.operands[0], tokens.value("--constants").value_or("")};
  return Done{};
}

Status read_operands(const Command& command, const Tokens& tokens, Invocation& into) {
  switch (command.verb) {
    case Verb::run:
      return read_run(tokens, into);
    case Verb::submit:
    case Verb::try_job:
      return read_submit(command, tokens, into);
    case Verb::show:
    case Verb::why:
    case Verb::when:
    case Verb::logs:
    case Verb::stop:
    case Verb::hold:
    case Verb::release:
    case Verb::wait:
      return read_jobs(command, tokens, into);
    case Verb::drain:
      return read_drain(tokens, into);
    case Verb::reserve:
      return read_reserve(tokens, into);
    case Verb::plan_predict:
    case Verb::plan_score:
      return read_table(command, tokens, into);
    case Verb::plan_train:
    case Verb::plan_serve:
      return Done{};  // the model, which read_flags looked at
    default:
      return refuse_operands(command, tokens);
  }
}

template <class Value>
Status keep(Result<Value> read, Value& into) {
  if (!read) return read.error();
  into = std::move(*read);
  return Done{};
}

template <class Value>
Status share(Result<Value> read, std::shared_ptr<const Value>& into) {
  if (!read) return read.error();
  into = std::make_shared<const Value>(std::move(*read));
  return Done{};
}

Status read_flags(const Command& command, const Tokens& tokens, Invocation& into) {
  into.state = tokens.value("--state").value_or("");
  if (tokens.has("--state") && into.state.empty())
    return mistake("--state: the value is empty; write the path of a folder");
  into.json = tokens.has("--json");
  into.quiet = tokens.has("--quiet");
  if (tokens.has("--catalog")) into.catalogs = tokens.flags.at("--catalog");
  switch (command.verb) {
    case Verb::up:
    case Verb::server:
      return read_settings(tokens, into.settings);
    case Verb::down:
      return into.stop_jobs = tokens.has("--stop-jobs"), Status(Done{});
    case Verb::ps:
      return read_ps(tokens, into);
    case Verb::logs:
      return read_logs(tokens, into);
    case Verb::stop:
      return into.reason = tokens.value("--reason").value_or(""), Status(Done{});
    case Verb::sim_place:
      return keep(read_sim_place(tokens), into.sim_place);
    case Verb::sim_queue:
      return keep(read_queue_flags(tokens), into.sim_queue);
    case Verb::sim_share:
      return keep(read_sim_share(tokens), into.sim_share);
    case Verb::plan_offers:
      return share(read_plan_offers(tokens), into.plan_offers);
    case Verb::plan_tco:
      return share(read_plan_tco(tokens), into.plan_tco);
    case Verb::plan_cluster:
      return share(read_plan_cluster(tokens), into.plan_cluster);
    case Verb::plan_train:
      return share(read_plan_train(tokens), into.plan_train);
    case Verb::plan_serve:
      return share(read_plan_serve(tokens), into.plan_serve);
    default:
      return Done{};
  }
}

Error unknown_command(const std::string& word) {
  std::vector<std::string> names;
  for (const Command& command : commands()) names.push_back(command.name);
  const std::string near = text::nearest(word, names);
  const std::string what = word[0] == '-' ? "flag" : "command";
  if (near.empty())
    return mistake(text::quote(word) + " is not a " + what + " of busbar; busbar --help lists them");
  return mistake(text::quote(word) + " is not a " + what + " of busbar; did you mean " + near + "?");
}

/// Of commands of two words that begin with `first`, the second: place, queue, ... of sim.
std::vector<std::string> second_words(const std::string& first) {
  std::vector<std::string> seconds;
  for (const Command& command : commands()) {
    const std::string name = command.name;
    if (name.starts_with(first + " ")) seconds.push_back(name.substr(first.size() + 1));
  }
  return seconds;
}

/// Makes a command of two words at `at` one: {"sim", "place", ...} is {"sim place", ...}.
Status join_command(std::vector<std::string>& words, std::size_t at) {
  const std::string first = words[at];
  const std::vector<std::string> seconds = second_words(first);
  if (seconds.empty()) return Done{};
  const std::string right = "busbar " + first + " " + text::join(seconds, " or busbar " + first + " ");
  if (at + 1 == words.size()) return mistake("busbar " + first + " needs a second word: " + right);
  const std::string second = words[at + 1];
  if (std::ranges::find(seconds, second) == seconds.end()) return wrong(second, right);
  words[at] += " " + second;
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  return Done{};
}

Result<Invocation> parse_help(std::vector<std::string> words) {
  Invocation invocation;
  if (words.size() < 2) return invocation.help = help(), invocation;
  if (const auto seconds = second_words(words[1]); !seconds.empty() && words.size() == 2) {
    for (const std::string& second : seconds) {
      if (!invocation.help.empty()) invocation.help += "\n";
      invocation.help += help(*command_named(words[1] + " " + second));
    }
    return invocation;
  }
  if (Status joined = join_command(words, 1); !joined) return joined.error();
  const Command* command = command_named(words[1]);
  if (command == nullptr) return unknown_command(words[1]);
  return invocation.help = help(*command), invocation;
}

/// Flags that every command has may stand before it: `busbar --state DIR ps`. Gives the place of the command.
std::size_t place_of_command(const std::vector<std::string>& words) {
  std::size_t at = 0;
  while (at < words.size()) {
    if (words[at] == "--state") {
      at += 2;
    } else if (words[at] == "--json" || words[at] == "-q" || words[at] == "--quiet" ||
               words[at].rfind("--state=", 0) == 0) {
      ++at;
    } else {
      return at;
    }
  }
  return words.size();
}

}  // namespace

Result<Invocation> parse(const std::vector<std::string>& given) {
  std::vector<std::string> words = given;
  const std::size_t at = place_of_command(words);
  if (at == words.size()) return mistake("busbar needs a command; busbar --help lists them");
  const std::string& verb = words[at];
  if (verb == "help" || verb == "--help" || verb == "-h")
    return parse_help({words.begin() + static_cast<std::ptrdiff_t>(at), words.end()});
  if (at + 1 < words.size() && (words[at + 1] == "--help" || words[at + 1] == "-h") &&
      !second_words(verb).empty())
    return parse_help({"help", verb});
  if (Status joined = join_command(words, at); !joined) return joined.error();
  const Command* command = command_named(verb == "--version" ? "version" : verb);
  if (command == nullptr) return unknown_command(verb);

  std::vector<std::string> rest(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at));
  rest.insert(rest.end(), words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
  auto tokens = tokenize(*command, rest);
  if (!tokens) return tokens.error();

  Invocation invocation;
  if (tokens->has("--help")) return invocation.help = help(*command), invocation;
  invocation.verb = command->verb;
  Status flags = read_flags(*command, *tokens, invocation);
  if (!flags) return flags.error();
  Status operands = read_operands(*command, *tokens, invocation);
  if (!operands) return operands.error();
  return invocation;
}

}  // namespace busbar::cli
