// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "cli/args.hpp"
#include "cli/plan_flags.hpp"

namespace busbar::cli {
namespace {

Error wrong(const char* flag, const std::string& found, const std::string& right) {
  return {Errc::invalid,
          std::string(flag) + ": found " + text::quote(found) + "; " + right + " would be right"};
}

Status read_supply(const Tokens& tokens, estimate::Supply& into) {
  const std::string volts = tokens.value("--volts").value_or("208"),
                    phases = tokens.value("--phases").value_or("3");
  if (phases != "1" && phases != "3") return wrong("--phases", phases, "1 or 3");
  const auto number = text::parse_whole(volts, 100, 480);
  if (!number) return wrong("--volts", volts, "volts from 100 to 480, such as 208 or 400,");
  into = {{double(*number)}, phases == "3" ? 3 : 1};
  if (into.phases == 1 && *number > 240)
    return wrong("--volts", volts, "at most 240 where there is --phases 1");
  return Done{};
}

}  // namespace

Result<PlanCluster> read_plan_cluster(const Tokens& tokens) {
  PlanCluster into;
  plan::ClusterQuestion& q = into.question;
  plan::Room& room = q.room;
  const int wants = int(tokens.has("--gpus")) + int(tokens.has("--people")) + int(tokens.has("--jobs"));
  if (wants > 1 || (wants == 0 && !tokens.has("--budget")))
    return Error{
        Errc::invalid,
        "busbar plan cluster needs one of --gpus 64, --people 12 with --gpus-each 0.5, --jobs FILE, or "
        "--budget 200000 alone"};
  if (Status read = read_supply(tokens, room.supply); !read) return read.error();
  constexpr double none = -1;
  double breaker = none, feeds = none, racks = none, cooling = none, budget = none, price = none,
         storage = none;
  double units = room.rack_units, radix = none, liquid = none;
  const Status numbers = read_numbers(
      tokens, {{"--gpus", &q.gpus, 1, 20000, "GPUs from 1 to 20000, such as 64,"},
               {"--people", &q.people, 1, 20000, "people from 1 to 20000, such as 12,"},
               {"--gpus-each", &q.gpus_each, 0.01, 1000, "GPUs of one of them, such as 0.5,"},
               {"--budget", &budget, 0, 1e11, "US dollars, such as 200000,"},
               {"--node-price", &price, 1, 1e8, "US dollars for one node, such as 250000,"},
               {"--breaker", &breaker, 5, 1000, "amps, such as 60,"},
               {"--derate", &room.derate, 0.1, 1, "a share from 0.1 to 1, such as 0.8,"},
               {"--feeds", &feeds, 1, 100000, "a number of circuits, such as 4,"},
               {"--cooling", &cooling, 0.1, 1e6, "kilowatts, such as 30,", 1000},
               {"--liquid-cooling", &liquid, 0, 1e6, "kilowatts, such as 120,", 1000},
               {"--colo", &q.colo_kilowatt.value, 0, 1e5, "US dollars for a kW by the month, such as 200,"},
               {"--rack-units", &units, 1, 60, "units from 1 to 60, such as 42,"},
               {"--racks", &racks, 0, 100000, "a number of racks, such as 4,"},
               {"--radix", &radix, 4, 1024, "ports from 4 to 1024, such as 64,"},
               {"--oversubscribe", &q.oversubscribe, 1, 16, "ends to a cable upwards, such as 1 or 3,"},
               {"--storage", &storage, 0, 1e6, "terabytes, such as 100,"},
               {"--pitch", &room.row.pitch.value, 0.3, 5, "metres, such as 0.6,"},
               {"--slack", &room.row.slack, 0, 100, "0% to 100%, such as 10%,", 0.01},
               {"--pue", &q.pue, 1, 5, "a number from 1 to 5, such as 1.4,"},
               {"--tariff", &q.tariff.value, 0, 10, "US dollars for a kWh, such as 0.15,"}});
  if (!numbers) return numbers.error();
  into.node = tokens.value("--node").value_or("");
  if (breaker != none) room.breaker = estimate::Amps{breaker};
  if (feeds != none) room.feeds = int(feeds);
  if (racks != none) room.racks = int(racks);
  if (cooling != none) room.cooling = estimate::Watts{cooling};
  if (budget != none) q.budget = estimate::Usd{budget};
  if (price != none) q.node_price = estimate::Usd{price};
  if (storage != none) q.storage_tb = storage;
  if (liquid != none) room.liquid_cooling = estimate::Watts{liquid};
  if (radix != none) q.radix = int(radix);
  room.rack_units = int(units);
  q.redundant = tokens.has("--redundant");
  into.jobs = tokens.value("--jobs").value_or("");
  into.report = tokens.value("--report").value_or("");
  return into;
}

}  // namespace busbar::cli
