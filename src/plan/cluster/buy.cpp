// SPDX-License-Identifier: Apache-2.0
#include "plan/buy.hpp"

#include <tuple>
#include <utility>

namespace busbar::plan {
namespace {

/// Nothing where the device of `kind` is not known.
estimate::FlopsPerSecond rate_of(const estimate::NodeKind& kind, const estimate::Catalogue& catalogue,
                                 const estimate::Constants& constants) {
  const estimate::Device* device = catalogue.devices.find(kind.device);
  if (!device) return {};
  return device->bf16 * (kind.gpus * estimate::share_of_peak(constants, "gemm", *device));
}

Buy buy(const ClusterQuestion& question, const std::optional<estimate::Sheet>& jobs,
        const estimate::NodeKind& kind, const estimate::Catalogue& catalogue,
        const estimate::Constants& constants) {
  Buy one{.question = question};
  one.question.node = kind, one.question.node_price = kind.price;
  if (jobs) {
    auto work = parse_work(*jobs, catalogue, kind, constants);
    if (!work) {
      one.refused = work.error().message;
      return one;
    }
    one.question.work = std::move(*work);
  }
  auto plan = design(one.question);
  if (!plan) {
    one.refused = plan.error().message;
    return one;
  }
  one.work = rate_of(kind, catalogue, constants) * double(plan->nodes);
  one.plan = std::move(*plan);
  return one;
}

}  // namespace

double Buy::petaflops_per_million() const {
  return plan && plan->price && plan->price->value > 0 ? work.value / 1e15 / (plan->price->value / 1e6) : 0;
}

Result<std::vector<Buy>> what_to_buy(const ClusterQuestion& question,
                                     const std::optional<estimate::Sheet>& jobs,
                                     const estimate::Catalogue& catalogue,
                                     const estimate::Constants& constants) {
  std::vector<Buy> all;
  for (const estimate::NodeKind& kind : catalogue.nodes.all()) {
    if (!kind.price) continue;
    all.push_back(buy(question, jobs, kind, catalogue, constants));
  }
  if (all.empty())
    return Error{Errc::invalid,
                 "--budget: no kind of machine has a price; --node NAME with --node-price USD, or a table of "
                 "--catalog with name, device, gpus, units, nameplate_w, price_usd, would be right"};
  const bool alone = question.gpus == 0 && question.people == 0 && !jobs;
  const auto worth = [&](const Buy& one) {
    const bool whole = one.plan && one.plan->nodes > 0 && one.plan->nodes >= one.plan->wanted;
    return std::tuple(whole, alone ? one.work.value : one.petaflops_per_million());
  };
  // In the order of the table where two are worth the same.
  for (std::size_t k = 1; k < all.size(); ++k)
    for (std::size_t at = k; at > 0 && worth(all[at - 1]) < worth(all[at]); --at)
      std::swap(all[at - 1], all[at]);
  return all;
}

}  // namespace busbar::plan
