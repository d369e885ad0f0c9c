// SPDX-License-Identifier: Apache-2.0
// What both `plan train` and `plan serve` print.
#include "cli/render/need.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ranges>

#include "cli/render/money.hpp"
#include "cli/render/table.hpp"

namespace busbar::cli::render {

std::string said(estimate::Bytes bytes) {
  return bytes < estimate::GiB * 0.1 ? fmt::format("{:.0f} MiB", bytes / estimate::MiB)
                                     : fmt::format("{:.1f} GiB", bytes / estimate::GiB);
}

std::string said(estimate::Seconds time) {
  const double s = time.value;
  if (s < 1) return fmt::format("{:.0f} ms", s * 1000);
  if (s < 10) return fmt::format("{:.1f} s", s);
  if (s < 100) return fmt::format("{:.0f} s", s);
  if (s < 3600 * 1.5) return fmt::format("{:.0f} min", s / 60);
  if (s < 86400 * 2) return fmt::format("{:.1f} h", s / 3600);
  if (s < 86400.0 * 800) return fmt::format("{:.1f} days", s / 86400);
  if (std::isfinite(s)) return fmt::format("{:.3g} years", s / 86400 / 365.25);
  return "never";
}

std::string short_count(double count) {
  constexpr const char* units[] = {"", "k", "M", "B", "T"};
  std::size_t unit = 0;
  if (count >= 10'000)
    while (count >= 1000 && unit + 1 < std::size(units)) count /= 1000, ++unit;
  return unit == 0 ? fmt::format("{:.0f}", count) : fmt::format("{:.4g}{}", count, units[unit]);
}

std::string parameters_of(const estimate::Model& model) {
  const estimate::Parameters count = estimate::parameters(model);
  std::string text = grouped(double(count.total)) + " parameters";
  if (count.active < count.total) text += fmt::format(", {} active", grouped(double(count.active)));
  return text;
}

std::string part_bars(const std::vector<plan::Part>& parts, double scale, double whole, const Screen& screen,
                      std::string (*show)(double)) {
  std::vector<std::vector<Cell>> rows;
  for (const plan::Part& part : parts) {
    const double value = part.value * scale;
    if (value <= whole * 0.0005) continue;
    const auto blocks = std::size_t(std::lround(std::min(30 * value / whole, 60.0)));
    rows.push_back({{fmt::format("  {}", part.name)}, {show(value)}, {std::string(blocks, '#')}});
  }
  return table({{""}, {"", true}, {""}}, rows, screen);
}

std::string assumptions(const std::vector<std::string>& assumed) {
  std::string text;
  for (const std::string& each : assumed) text += "assumed: " + each + "\n";
  return text;
}

std::string widths(const std::vector<Width>& all, const char* programs, const Screen& screen) {
  std::string text = "\nintervals hold four of five times";
  if (*programs != 0) text += fmt::format(" (--program {} narrows them)", programs);
  std::vector<std::vector<Cell>> rows;
  for (const Width& each : all)
    rows.push_back({{fmt::format("  {}", each.what)},
                    {fmt::format("{:+.0f} %", 100 * (each.low - 1))},
                    {fmt::format("{:+.0f} %", 100 * (each.high - 1))},
                    {each.why, Tone::faint}});
  return text + "\n" + table({{""}, {"", true}, {"", true}, {""}}, rows, screen);
}

std::string where(const plan::Choice& choice) {
  const estimate::Offer& offer = choice.offer;
  std::string text = offer.provider;
  if (!offer.region.empty() && offer.region != "any") text += " " + offer.region;
  return text + " " + offer.instance;
}

std::string price_of(const plan::Choice& choice) {
  return estimate::show(choice.offer.as_of) +
         (choice.stale ? fmt::format(" stale, {} d", choice.age_days) : "");
}

std::string unmeasured(bool measured) { return measured ? "" : " ~"; }

std::string wider(bool measured) {
  return measured ? "" : "; wider, since no row is of this generation of devices";
}

template <class Rental>
std::string looked_at(const plan::Rentals<Rental>& rentals, const plan::NeedTerms& terms) {
  if (rentals.offers == 0 && rentals.unknown.empty())
    return "no offer is of that kind, of " + estimate::show(terms.rent.offers.date) +
           " or before (--provider, --region, --kind, --verified, ...)\n";
  std::string text = fmt::format("{} offers were looked at", rentals.offers);
  if (rentals.plans > 0) text += fmt::format(", {} plans", short_count(double(rentals.plans)));
  text += ", as of " + estimate::show(terms.rent.offers.date);
  if (rentals.too_small > 0) text += fmt::format("; {} do not hold it", rentals.too_small);
  if (rentals.late > 0) text += fmt::format("; {} are not in time", rentals.late);
  text += "\n";
  if (!std::ranges::all_of(rentals.rentals, [](const Rental& each) { return each.answer.measured; }))
    text += "~: nothing was measured on this generation of devices: general constants, wider intervals\n";
  if (!rentals.unknown.empty())
    text += fmt::format("not reckoned, since the catalogue has no peaks of them: {} kinds ({}{})\n",
                        rentals.unknown.size(), fmt::join(rentals.unknown | std::views::take(3), ", "),
                        rentals.unknown.size() > 3 ? ", ..." : "");
  return text;
}
template std::string looked_at(const plan::Rentals<plan::TrainRental>&, const plan::NeedTerms&);
template std::string looked_at(const plan::Rentals<plan::ServeRental>&, const plan::NeedTerms&);

}  // namespace busbar::cli::render
