// SPDX-License-Identifier: Apache-2.0
#include "cli/render/money.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace busbar::cli::render {

std::string grouped(double whole) {
  std::string digits = fmt::format("{:.0f}", whole);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string money(double usd) {
  const std::string sign = usd < 0 ? "-$" : "$";
  const double size = std::abs(usd);
  if (size >= 999'500) return sign + fmt::format("{:.2f} M", size / 1e6);
  if (size >= 999.5) return sign + grouped(size);
  return sign + (size < 1 && size > 0 ? fmt::format("{:.3f}", size) : fmt::format("{:.2f}", size));
}

std::string bar(double share, std::size_t width) {
  if (!(share > 0)) return "";
  const auto full = std::size_t(std::lround(std::min(share, 1.0) * double(width)));
  return std::string(std::max<std::size_t>(full, 1), '#');
}

std::string listed(const std::string& heading, const std::vector<std::string>& sentences) {
  if (sentences.empty()) return "";
  std::string text = "\n" + heading + "\n";
  for (const std::string& sentence : sentences) text += "  - " + sentence + "\n";
  return text;
}

}  // namespace busbar::cli::render
