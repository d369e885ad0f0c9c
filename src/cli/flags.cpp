// SPDX-License-Identifier: Apache-2.0
#include "cli/flags.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace busbar::cli {
namespace {

// clang-format off
const std::vector<Flag> everywhere = {
    {"--state", "DIR", "state folder of the server (default: BUSBAR_STATE; see docs/cli.md)"},
    {"-h,--help", "", "say what this command does"},
};
const std::vector<Flag> json = {{"--json", "", "print JSON for programs"}};
const std::vector<Flag> quiet = {{"-q,--quiet", "", "no remarks on stderr; errors only"}};

const std::vector<Flag> job = {
    {"-g,-G,--gpus", "N[:MODEL]", "GPUs of each task: 2, 1:H100, or a share of one, 0.5"},
    {"--gpu-memory", "SIZE", "memory that each GPU must have at least: 40GiB"},
    {"-c,--cpus-per-task,--cpus", "N", "CPUs of each task (default 1): 4, 0.5"},
    {"--mem", "SIZE", "memory of each task, reserved and limited: 16GiB; a bare number is MiB"},
    {"--disk", "SIZE", "disk of each task's machine, reserved for its files: 200GiB; a bare number is MiB"},
    {"-t,--time", "TIME", "time limit: 30m, 2h30m, 1-12:00:00; a bare number is minutes"},
    {"-J,--job-name,--name", "NAME", "name (default: that of the command)"},
    {"--project", "NAME", "project (default: BUSBAR_PROJECT, else \"default\")"},
    {"-n,--ntasks,--tasks", "N", "tasks, started together or not at all (default 1)"},
    {"-N,--nodes", "N", "spread the tasks over exactly so many machines"},
    {"--ntasks-per-node,--tasks-per-node", "N", "at most so many tasks on one machine; without -n, so many on each"},
    {"-C,--constraint", "LABELS", "only machines that have all these labels: a100&nvlink"},
    {"-w,--nodelist", "MACHINES", "only on these machines: node1,node[3-5]"},
    {"-x,--exclude", "MACHINES", "on none of these machines"},
    {"--exclusive", "", "with no other job beside it on its machines"},
    {"--priority", "N", "larger goes first (default 0)"},
    {"-H,--hold", "", "queue it held: it starts once it is released"},
    {"-b,--begin", "MOMENT", "not before: now+2hours, 16:00, tomorrow 8:00, 2026-12-01T08:00"},
    {"--deadline", "MOMENT", "over by then: it ends as DEADLINE once it could no longer end in time"},
    {"-a,--array", "INDICES[%N]", "one job for each index, at most N at once: 0-99%8"},
    {"-d,--dependency,--after", "JOBS", "wait for other jobs: 12, afterok:12:13, afterany:12"},
    {"-D,--chdir,--workdir", "DIR", "where it runs (default: here)"},
    {"--env", "NAME[=VALUE]", "set a variable, or pass on one from here; may be repeated"},
    {"--retries", "N", "fresh attempts after a failure (default 0)"},
    {"--preemptible", "", "agree that it is stopped for an urgent job and started again"},
    {"--signal", "SIG[@SECONDS]", "signal sent ahead of the time limit: USR1@120"},
    {"--grace", "TIME", "time between SIGTERM and SIGKILL when stopped (default 30s)"},
    {"-o,--output", "FILE", "write output to a file, too; %j is the job's id"},
    {"-e,--error", "FILE", "write errors to a file of their own; %j is the job's id"},
    {"--key", "TEXT", "the same key gives the same job, however often it is sent"},
    {"--hold-for-nodes", "", "queue it even if no machine could ever hold it"},
};
const std::vector<Flag> place = {
    {"-g,--gpus", "N:DEVICE", "where: 2:RTX3090, 8:H100; may be repeated, they are compared (default: what is for rent)"},
    {"--price", "USD", "what an hour of one of these devices costs"},
    {"--tariff", "USD", "for a kWh, where they are your own (default 0.15)"},
    {"--program", "NAME", "whose constants: foundry, torchtitan, torchtune, litgpt, megatron; llamacpp, vllm, trtllm"},
    {"--report", "FILE", "write a page with pictures"},
};
const std::vector<Flag> rented = {
    {"--terms", "TERMS", "of on-demand, spot, 1y, 3y, joined by ',' (default: all)"},
    {"--kind", "KINDS", "of cloud, market, owned, joined by ',' (default: all)"},
    {"--provider", "NAME", "a part of the provider's name"},
    {"--region", "NAME", "a part of the region's name"},
    {"--most", "USD", "no dearer than this for a GPU and hour"},
    {"--verified", "", "only listings that are verified"},
    {"--reliability", "SHARE", "at least: 0.99"},
    {"--network", "GBPS", "of the machine, at least"},
    {"--days", "N", "can be had for so long at least"},
    {"--stale", "DAYS", "from which age on a price is said to be stale (default 90)"},
    {"-n,--first", "N", "so many of them"},
};
const std::vector<Flag> plan_train = {
    {"--method", "NAME", "full (default), lora or qlora"},
    {"--tokens", "N", "of the whole run: 10M, 1.5B"},
    {"--documents", "N", "or so many documents"},
    {"--document-tokens", "N", "of each (default 500)"},
    {"--epochs", "N", "times that all is seen (default 1)"},
    {"--sequence", "N", "tokens of a sequence (default 2048)"},
    {"--batch", "N", "sequences a step of the optimizer (default 256; 16 with adapters)"},
    {"--precision", "NAME", "bf16 (fp32 weights; the default), bf16-true, fp8, fp32"},
    {"--optimizer", "NAME", "adamw (default) or adamw8bit"},
    {"--rank", "N", "of LoRA, on queries and values (default 8)"},
    {"--within", "TIME", "over by then, four times of five: 24h, 3-00:00:00"},
    {"--setup", "TIME", "until a rented machine trains, paid like the rest (default 10m)"},
    {"--most-gpus", "N", "for rent, that are looked at (default 512)"},
    {"--offload", "", "optimizer and its step on the host"},
    {"--recompute", "WHAT", "none, selective, full, full-offload; this and what follows is chosen where it is not given"},
    {"--zero", "N", "1 shards the optimizer, 2 gradients, 3 weights"},
    {"--micro-batch", "N", "sequences of one device at once"},
    {"--tp", "N", "devices that share each layer"},
    {"--pp", "N", "pipeline stages"},
    {"--cp", "N", "devices that share each sequence"},
    {"--ep", "N", "devices that share experts"},
};
const std::vector<Flag> plan_serve = {
    {"--quant", "NAME", "of weights: fp8, int8, fp4, mxfp4, nf4, Q4_K_M (default: 16 bits)"},
    {"--input", "N", "tokens of a usual request (default 1024)"},
    {"--output", "N", "of its answer (default 256)"},
    {"--rate", "N", "requests a second, up to 500: how many copies answer them in time"},
    {"--users", "N", "or so many people, each with a request now and then"},
    {"--every", "SECONDS", "from one of them (default 30)"},
    {"--trace", "FILE", "or recorded requests: CSV with TIMESTAMP, ContextTokens, GeneratedTokens; - is stdin"},
    {"--first-token", "SECONDS", "an answer begins within, 95 times of 100 (default 2)"},
    {"--token-speed", "N", "and goes on at so many tokens a second at least (default 10)"},
    {"--api-price", "IN:OUT", "US dollars for a million tokens read and written, to compare with"},
    {"--kv-bits", "N", "of a key or value: 16 (default) or 8"},
    {"--tp", "N", "devices that share each layer (default: the fewest that hold it)"},
};
const std::vector<Flag> plan_table = {
    {"--constants", "FILE", "learned constants in place of the program's own: CSV with name, value"},
};
const std::vector<Flag> settings = {
    {"--declare-gpus", "N:MODEL:MEMORY", "GPUs to assume: 4:H100:80GiB, or 4:3090:24GiB:2 in linked pairs; several joined by ','; none takes it back"},
    {"--label", "LABELS", "what jobs may ask for by --constraint: nvlink,bigmem; none takes it back"},
    {"--isolation", "full|plain", "plain: no namespaces and no cgroups (default full)"},
    {"--policy", "NAME", "who goes first, and who may pass whom waits (default busbar; docs/scheduling.md has the list)"},
    {"--placement", "NAME", "where a job goes of the machines where it fits: busbar, best, first, ... (default: the policy's)"},
    {"--priority-limit", "N", "the largest priority that others than administrators may ask for; none (the default): any"},
    {"--half-life", "TIME", "how fast past use is forgiven in fair share (default 7d)"},
    {"--log-limit", "SIZE", "kept output of one attempt (default 64MiB)"},
    {"--process-limit", "N", "processes of one task (default 4096)"},
    {"--preempt-after", "TIME", "how long a run is left alone before it may be preempted (default 10m); never: nobody is"},
    {"--share", "PROJECT=GPUS[:LIMIT]", "GPUs that a project is guaranteed, and may hold at most; may be repeated; none takes all back"},
    {"--lend-cpus", "PERCENT", "lend CPUs that tasks hold and leave idle to --preemptible jobs, as long as in no more of the samples somebody goes short (default 0: none)"},
    {"--move", "PERCENT", "of the running tasks, how many may be moved in an hour to make room (default 0)"},
    {"--spare", "0|1|2", "so many machines may fail, and their jobs have a place on the others (default 0)"},
};
const std::vector<Flag> sim_queue = {
    {"--jobs", "FILE", "Philly table, SWF log, output of sacct -P, or a state folder"},
    {"--cluster", "MACHINES", "16x8:H100 (nodes x GPUs : model), a table, or a state folder"},
    {"--policy", "NAME", "rules to replay by (default busbar; docs/simulation.md has the list)"},
    {"--scale", "FACTOR", "of each cluster's nodes: 0.5"},
    {"--since", "TIME", "only jobs submitted then or later: 2017-10-01"},
    {"--until", "TIME", "only jobs submitted before"},
    {"--drop,--drop-vc", "NAMES", "without these accounts or virtual clusters: a,b"},
    {"--pool", "", "all virtual clusters share their machines (default: each has its own)"},
    {"--shares", "clusters", "all machines together, each virtual cluster a project that is guaranteed its own"},
    {"--preemptible", "TIME", "every job agrees to be stopped, saves so often, and needs 2 minutes to be back"},
    {"--spare", "0|1|2", "room is kept so that so many machines may fail (default 0)"},
    {"--job-gpus", "FILE", "GPUs of the jobs of an SWF log: a table with job and gpus"},
    {"--against", "NAME", "replay by these rules, too, and compare"},
         {"--gpu-hour", "PRICE", "what an hour of one GPU costs, such as 2.50: what it all costs is told, too"},
    {"--more", "MACHINES", "replay with these machines besides, too, and compare: 1x8:H100"},
    {"--starts", "FILE", "write a line for each job"},
    {"--report", "FILE", "write a page with pictures"},
    {"--when-every", "N", "ask when every Nth job that waits will start, and count how often it is true"},
    {"--lenient", "", "leave out rows that are wrong, and count them"},
};
const std::vector<Flag> catalog = {
    {"--catalog", "FILE", "models, devices, machines or offers of your own (catalog/README.md); may be repeated"},
};
const std::vector<Flag> as_of = {
    {"--as-of", "DATE", "by the prices of that day: 2026-07-20 (default: today)"},
};
const std::vector<Flag> plan_offers = {
    {"-g,-G,--gpus", "N[:MODEL]", "GPUs at once: 8:H100, '4:A100 80GB', 1 (default)"},
    {"--hours", "N", "for so many hours (default 1); a commitment is paid whole"},
    {"--gpu-memory", "GB", "memory that each has at least"},
};
const std::vector<Flag> plan_tco = {
    {"-g,-G,--gpus", "N[:MODEL]", "GPUs at the peak; a model has its rent looked up: 8:H100"},
    {"--busy", "PERCENT", "of them at work on the mean, nights and holidays included (default 50%)"},
    {"--history", "FILE", "or recorded use: CSV with hours, gpus"},
    {"--gpu-price", "USD", "what one GPU costs to buy"},
    {"--server-factor", "F", "what servers and network add to it (default 1.4)"},
    {"--years", "N", "until they are sold (default 4)"},
    {"--resale", "PERCENT", "of the purchase, at the end (default 10%)"},
    {"--watts", "W[:IDLE]", "of a GPU with its share of the machine (default 850:150)"},
    {"--nameplate", "W", "likewise, what colocation reserves (default 1275)"},
    {"--pue", "N", "of the room (default 1.4)"},
    {"--tariff", "USD", "for a kWh (default 0.15)"},
    {"--site", "USD", "room and maintenance by the month, of all machines (default 0)"},
    {"--staff", "USD", "people by the month (default 0)"},
    {"--colo", "USD", "colocation for a kW by the month (default 200)"},
    {"--rent", "USD", "for a GPU and hour, in place of the catalogue's cheapest on demand"},
    {"--rent-1y", "USD", "likewise with a commitment of one year"},
    {"--rent-3y", "USD", "and of three"},
    {"--provider", "NAME", "rent from this provider"},
    {"--region", "NAME", "and in this region"},
    {"--storage", "TB", "that is kept"},
    {"--egress", "TB", "that leaves a cloud in a month"},
    {"--tokens", "MILLIONS", "a month, where the work could be bought by the token"},
    {"--token-price", "USD", "for a million of them"},
    {"--needed-in", "WEEKS", "when work has to begin"},
    {"--delivery", "WEEKS", "until machines that are ordered run (default 12)"},
    {"--sovereign", "", "data may not leave one's own machines"},
    {"--report", "FILE", "write a page with pictures"},
};
const std::vector<Flag> plan_cluster = {
    {"-g,-G,--gpus", "N", "GPUs; or --people, --jobs, or --budget alone"},
    {"--people", "N", "who share it"},
    {"--gpus-each", "N", "GPUs that one of them has at work on the mean (default 1)"},
    {"--jobs", "FILE", "what is run in a week: CSV with name, people, gpus, hours_a_week (or model, method, tokens_a_week)"},
    {"--node", "NAME", "workstation, server, hgx (default), hgx-b200, hgx-b300, gb200-nvl72, gb300-nvl72 or one of --catalog"},
    {"--budget", "USD", "that may be spent; without --node, the kinds that have a price are compared"},
    {"--node-price", "USD", "of one node (default: as the catalogue has it)"},
    {"--redundant", "", "two feeds to each rack, either of which carries it alone"},
    {"--breaker", "AMPS", "of each feed of the room (default: one that fits)"},
    {"--volts", "V", "line to line of three phases, else of one: 208, 230, 400, 415, 480 (default 208)"},
    {"--phases", "1|3", "of each feed (default 3)"},
    {"--derate", "F", "of a breaker that may be loaded for hours (default 0.8)"},
    {"--feeds", "N", "that the room has"},
    {"--cooling", "KW", "that the room takes away by air"},
    {"--liquid-cooling", "KW", "and by liquid"},
    {"--colo", "USD", "colocation for a kW by the month (default 200)"},
    {"--rack-units", "N", "of a rack (default 42)"},
    {"--racks", "N", "there is room for"},
    {"--radix", "N", "ports of a switch of the compute and storage networks (default: as its kind has)"},
    {"--oversubscribe", "N", "ends to a cable upwards, storage and management included (default 1)"},
    {"--storage", "TB", "of shared storage (default: 10 for each GPU)"},
    {"--pitch", "METRES", "from a rack's middle to the next (default 0.6)"},
    {"--slack", "PERCENT", "of a cable's length (default 10%)"},
    {"--pue", "N", "of the room (default 1.4)"},
    {"--tariff", "USD", "for a kWh (default 0.15)"},
    {"--report", "FILE", "write a page with pictures"},
};
// clang-format on

}  // namespace

const std::vector<Command>& commands() {
  // clang-format off
  static const std::vector<Command> all = {
      {Verb::up, "up", "", "start the server of this machine", false, {settings, json, quiet, everywhere}},
      {Verb::down, "down", "", "end the server; running jobs go on", false,
       {{{"--stop-jobs", "", "stop all jobs first"}}, quiet, everywhere}},
      {Verb::server, "server", "", "be the server, in the foreground", false, {settings, everywhere}},
      {Verb::run, "run", "[--] COMMAND [ARGUMENT...]", "run a command as a job and follow it", true,
       {job, {{"--detach", "", "print the job's id and leave"}}, quiet, everywhere}},
      {Verb::submit, "submit", "FILE [ARGUMENT...] | -- COMMAND [ARGUMENT...]",
       "queue a job file (YAML, or a script with #SBATCH lines; - is stdin) or a command", true,
       {job, {{"--wrap", "TEXT", "a line for sh in place of a file"},
              {"--detach", "", "accepted, as for run: submit always leaves"}}, json, quiet, everywhere}},
      {Verb::ps, "ps", "", "list jobs: queued, running, ended within the last hour", false,
       {{{"-a,--all", "", "all jobs ever, of every project"},
         {"--project", "NAME", "of this project (default: BUSBAR_PROJECT, else \"default\")"},
         {"-u,--user", "NAME", "of this user"}}, json, everywhere}},
      {Verb::show, "show", "ID...", "all there is to know of a job", false, {json, everywhere}},
      {Verb::why, "why", "ID...", "why a job waits, or how it ended", false, {json, everywhere}},
      {Verb::when, "when", "ID...", "when a job will start, or end: an interval", false, {json, everywhere}},
      {Verb::try_job, "try", "FILE [ARGUMENT...] | -- COMMAND [ARGUMENT...]",
       "what would happen if it were submitted now: when, where, at whose cost; nothing is queued", true,
       {job, {{"--wrap", "TEXT", "a line for sh in place of a file"}}, json, everywhere}},
      {Verb::logs, "logs", "ID", "what a job wrote", false,
       {{{"-f,--follow", "", "go on until it is over"},
         {"--task", "K", "of this task (default 0)"},
         {"--attempt", "N", "of this attempt (default: the last)"},
         {"--stdout", "", "only what it wrote to stdout"},
         {"--stderr", "", "only what it wrote to stderr"},
         {"-n,--tail", "N", "only the last N lines"}}, everywhere}},
      {Verb::stop, "stop", "ID...", "stop jobs; the id of an array stops all of it", false,
       {{{"--reason", "TEXT", "told to the job and its owner"}}, quiet, everywhere}},
      {Verb::hold, "hold", "ID...", "keep jobs that wait from starting", false, {quiet, everywhere}},
      {Verb::release, "release", "ID...", "let jobs start that are held", false, {quiet, everywhere}},
      {Verb::wait, "wait", "ID...", "wait for jobs; exits as the worst of them did", false, {quiet, everywhere}},
      {Verb::nodes, "nodes", "", "machines, devices and how limits are held", false, {json, everywhere}},
      {Verb::usage, "usage", "", "what each project is guaranteed, holds and borrows", false, {json, everywhere}},
      {Verb::sim_place, "sim place", "", "how much of a cluster each placement policy fills, on lists of tasks", false,
       {{{"--nodes", "FILE", "machines: CSV with sn, cpu_milli, memory_mib, gpu, model; may be gzip"},
         {"--pods", "FILE", "tasks: CSV with name, cpu_milli, memory_mib, num_gpu, gpu_milli, gpu_spec; may be repeated"},
         {"--policy", "NAME[,NAME...]", "busbar (default), random, first, best, worst, dot-product, packing, clustering, fgd; all"},
         {"--seeds", "SEEDS", "one run each: 42..51 (default), 42, 1,2,7"},
         {"--load", "FACTOR", "GPUs asked for, of those there are (default 1.3)"},
         {"--move", "PERCENT", "of the tasks that are placed, how many may be moved to make room (default 0)"},
         {"--report", "FILE", "write a page with pictures"},
         {"--placements", "FILE", "write where every task went: seed,order,pod,node,devices,milli"},
         {"--lenient", "", "skip rows that are wrong, and count them"}}, json, quiet, everywhere}},
      {Verb::sim_queue, "sim queue", "--jobs FILE [--cluster MACHINES]",
       "replay recorded jobs on other machines or by other rules", false, {sim_queue, json, quiet, everywhere}},
      {Verb::sim_share, "sim share", "--duty FILE",
       "how many devices recorded programs need that share them, and how often they then want more", false,
       {{{"--duty", "FILE", "how busy each kept its device: CSV with timestamp_anon, value (percent), container_ip; may be gzip"},
         {"--budget", "PERCENT", "of the samples of a device, in how many its programs may want more than it has (default 1%)"}},
        json, quiet, everywhere}},
      {Verb::plan_offers, "plan offers", "", "who rents out GPUs, cheapest first, with the day of each price", false,
       {plan_offers, rented, as_of, catalog, json, quiet, everywhere}},
      {Verb::plan_tco, "plan tco", "", "own, colocate, rent, mix or pay by the token: what each costs, and what decides", false,
       {plan_tco, as_of, catalog, json, quiet, everywhere}},
      {Verb::plan_cluster, "plan cluster", "", "from GPUs or people and a room to racks, power, networks and a list to order", false,
       {plan_cluster, catalog, json, quiet, everywhere}},
      {Verb::plan_train, "plan train", "MODEL", "memory, time, energy and money of a training run, before it starts", false,
       {place, plan_train, rented, as_of, catalog, json, everywhere}},
      {Verb::plan_serve, "plan serve", "MODEL", "memory and speed of a served model, and copies for so many requests", false,
       {place, plan_serve, rented, as_of, catalog, json, everywhere}},
      {Verb::plan_predict, "plan predict", "FILE", "memory, time and speed of a table of runs, before they are measured", false,
       {plan_table, catalog, json, everywhere}},
      {Verb::plan_score, "plan score", "FILE", "how near such predictions come to what was measured", false, {plan_table, catalog, json, everywhere}},
      {Verb::drain, "drain", "NODE", "empty a machine: nothing new starts there", false,
       {{{"--now", "", "do not wait for jobs that may be preempted: stop them, they start again elsewhere"},
         {"--end", "", "work may start there again"},
         {"--reason", "TEXT", "shown with the machine, and to whoever waits for it"}}, quiet, everywhere}},
      {Verb::reserve, "reserve", "NAME", "keep machines for a project, a user or maintenance, for a while", false,
       {{{"--from", "MOMENT", "when it begins (default: now): tomorrow 8:00, 2026-12-01T08:00"},
         {"--until", "MOMENT", "when it ends by itself"},
         {"--nodes", "MACHINES", "which machines: node1,node[3-5]"},
         {"-g,--gpus", "N[:MODEL]", "or machines with so many GPUs in all; those with the fewest jobs by then are taken"},
         {"--for", "PROJECT", "whose jobs may run there meanwhile"},
         {"--user", "NAME", "or whose"},
         {"--maintenance", "", "or nobody's"},
         {"--end", "", "end it now"}}, quiet, everywhere}},
      {Verb::reservations, "reservations", "", "which machines are kept for whom, and when", false, {json, everywhere}},
      {Verb::check, "check", "", "verify the journal's invariants", false, {json, everywhere}},
      {Verb::version, "version", "", "which version this is", false, {json, everywhere}},
  };
  // clang-format on
  return all;
}

const Command* command_named(std::string_view name) {
  for (const Command& command : commands()) {
    if (name == command.name) return &command;
  }
  return nullptr;
}

std::string long_name(const Flag& flag) { return text::split(flag.names, ',').back(); }

std::vector<std::string> spellings(const Command& command) {
  std::vector<std::string> all;
  for (const auto& group : command.flags) {
    for (const Flag& flag : group) {
      for (std::string& name : text::split(flag.names, ',')) all.push_back(std::move(name));
    }
  }
  return all;
}

const Flag* flag_spelt(const Command& command, std::string_view spelling) {
  for (const auto& group : command.flags) {
    for (const Flag& flag : group) {
      const auto names = text::split(flag.names, ',');
      if (std::find(names.begin(), names.end(), spelling) != names.end()) return &flag;
    }
  }
  return nullptr;
}

std::string help() {
  std::string text =
      "busbar: runs work on this machine: queued, limited, logged, never lost\n\n"
      "usage: busbar COMMAND [FLAGS] ...\n\n";
  for (const Command& command : commands()) {
    text += "  ";
    text += command.name;
    text.append(14 - std::string_view(command.name).size(), ' ');
    text += command.says;
    text += '\n';
  }
  return text + "\nbusbar COMMAND --help says more. Begin with: busbar up, then busbar run -- echo hello\n";
}

std::string help(const Command& command) {
  std::string text = "busbar " + std::string(command.name) + ": " + command.says + "\n\nusage: busbar " +
                     command.name + " [FLAGS]";
  if (*command.operands != 0) text += " " + std::string(command.operands);
  text += "\n\n";
  constexpr std::size_t column = 34;
  for (const auto& group : command.flags) {
    for (const Flag& flag : group) {
      std::string left = "  " + text::join(text::split(flag.names, ','), ", ");
      if (*flag.value != 0) left += " " + std::string(flag.value);
      if (left.size() + 2 > column) {
        text += left + "\n" + std::string(column, ' ');
      } else {
        left.resize(column, ' ');
        text += left;
      }
      text += flag.says;
      text += '\n';
    }
  }
  return text;
}

}  // namespace busbar::cli
