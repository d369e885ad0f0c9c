// SPDX-License-Identifier: Apache-2.0
// quotas.hpp: the shares of projects as people write them: "vision=4:8,speech=2".
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/quota.hpp"

namespace busbar::wire {

/// PROJECT=GPUS or PROJECT=GPUS:LIMIT, several joined by ','; "none" is no shares at all. GPUS may be 0 and
/// have a fraction of three digits; the limit is not below it. Errors: Errc::invalid with what was found and
/// what would be right.
Result<model::Quotas> parse_quotas(std::string_view text);

/// As parse_quotas reads it.
std::string show(const model::Quotas& quotas);

}  // namespace busbar::wire
