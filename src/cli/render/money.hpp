// SPDX-License-Identifier: Apache-2.0
// money.hpp: money, bars and lists as plans print them.
#pragma once
#include <string>
#include <vector>

#include "estimate/units.hpp"

namespace busbar::cli::render {

/// "$2.15", "$12,345", "$1.25 M": to three digits or more, never finer than a cent, and a tenth of one below
/// $1.
std::string money(double usd);
/// 1234567 as "1,234,567".
std::string grouped(double whole);
/// A bar of `width` characters at 1; one that is not nothing has a character at least.
std::string bar(double share, std::size_t width);
/// "  - sentence" each, under a heading; nothing where there is none.
std::string listed(const std::string& heading, const std::vector<std::string>& sentences);

}  // namespace busbar::cli::render
