// SPDX-License-Identifier: Apache-2.0
#include "model/use.hpp"

#include <array>
#include <bit>

#include "base/check.hpp"

namespace busbar::model {
namespace {

__extension__ using Wide = unsigned __int128;
__extension__ using SignedWide = __int128;

constexpr int fraction_bits = 62;
constexpr Wide one = Wide{1} << fraction_bits;

/// The largest whole number whose square is at most `value`, bit by bit.
constexpr Wide root_of(Wide value) {
  Wide root = 0;
  for (int bit = fraction_bits; bit >= 0; --bit) {
    const Wide tried = root | (Wide{1} << bit);
    if (tried * tried <= value) root = tried;
  }
  return root;
}

/// [k] is 2^-(2^-(k+1)): the factors of the binary digits of an exponent, each the square root of the one
/// before it.
constexpr std::array<Wide, fraction_bits> factors = [] {
  std::array<Wide, fraction_bits> made{};
  Wide factor = one / 2;
  for (Wide& each : made) each = factor = root_of(factor << fraction_bits);
  return made;
}();

}  // namespace

Account account_of(const Job& job) { return {job.owner.tenant, job.spec->project, job.owner.user}; }

std::int64_t weight_of(const JobSpec& spec) {
  return spec.each.gpus.count * cpus_per_device + spec.each.cpus.count;
}

std::int64_t decay_of(Duration passed, Duration half_life) {
  const std::int64_t halvings = passed.count() / half_life.count();
  if (halvings >= fraction_bits) return 0;
  const auto left = static_cast<Wide>(passed.count() % half_life.count());
  const Wide exponent = (left << fraction_bits) / static_cast<Wide>(half_life.count());
  auto factor = static_cast<std::uint64_t>(one);
  auto digits = static_cast<std::uint64_t>(exponent);  // the leading one is bit fraction_bits - 1
  while (digits != 0) {  // from the largest factor to the smallest, as the rounding of each depends on it
    const int leading = 63 - std::countl_zero(digits);
    const auto each =
        static_cast<std::uint64_t>(factors[static_cast<std::size_t>(fraction_bits - 1 - leading)]);
    factor = static_cast<std::uint64_t>((Wide{factor} * each) >> fraction_bits);
    digits ^= std::uint64_t{1} << leading;
  }
  return static_cast<std::int64_t>(factor >> halvings);
}

std::int64_t average_at(const Use& use, Instant now, Duration half_life) {
  if (half_life <= Duration{0}) return use.rate * use_scale;
  if (now <= use.as_of || use.average == use.rate * use_scale) return use.average;
  const SignedWide gap = SignedWide{use.average} - SignedWide{use.rate} * use_scale;
  const SignedWide kept =
      gap * decay_of(now - use.as_of, half_life) / static_cast<SignedWide>(one);  // towards zero
  return static_cast<std::int64_t>(SignedWide{use.rate} * use_scale + kept);
}

void change_rate(Use& use, std::int64_t by, Instant at, Duration half_life) {
  use.average = average_at(use, at, half_life);
  use.as_of = at;
  use.rate += by;
  BUSBAR_CHECK(use.rate >= 0 && use.rate <= most_rate,
               "an account holds less than nothing, or more than can be counted");
}

}  // namespace busbar::model
