// SPDX-License-Identifier: Apache-2.0
#include "wire/quotas.hpp"

#include "base/text.hpp"

namespace busbar::wire {
namespace {

Error wrong(std::string_view found, const std::string& right) {
  return {Errc::invalid, "found " + text::quote(std::string(found)) + "; " + right + " would be right"};
}

/// "4", "2.5", "0". More devices than 2^31 are nobody's.
Result<Share> parse_devices(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto whole = text::parse_whole(text.substr(0, dot), 0, std::int64_t{1} << 31);
  if (!whole) return whole.error();
  if (dot == text.npos) return Share{*whole * 1000};
  std::string digits(text.substr(dot + 1));
  if (digits.empty() || digits.size() > 3) return Error{Errc::invalid, ""};
  digits.resize(3, '0');
  const auto part = text::parse_whole(digits, 0, 999);
  if (!part) return part.error();
  return Share{*whole * 1000 + *part};
}

Status read_one(std::string_view text, model::Quotas& into) {
  constexpr const char* right = "PROJECT=GPUS or PROJECT=GPUS:LIMIT, such as vision=4 or vision=4:8,";
  const std::size_t is = text.rfind('=');
  if (is == text.npos || is == 0 || !text::is_utf8(text)) return wrong(text, right);
  const std::string project(text.substr(0, is));
  const std::string_view amounts = text.substr(is + 1);
  const std::size_t colon = amounts.find(':');
  const auto guaranteed = parse_devices(amounts.substr(0, colon));
  if (!guaranteed) return wrong(text, right);
  model::Quota quota{*guaranteed, std::nullopt};
  if (colon != amounts.npos) {
    const auto limit = parse_devices(amounts.substr(colon + 1));
    if (!limit) return wrong(text, right);
    if (*limit < *guaranteed)
      return wrong(text, "a limit of " + text::show(*guaranteed) + " or more, as so much is guaranteed,");
    quota.limit = *limit;
  }
  if (!into.emplace(project, quota).second)
    return wrong(text, "each project once (" + text::quote(project) + " stands there already)");
  return Done{};
}

}  // namespace

Result<model::Quotas> parse_quotas(std::string_view text) {
  model::Quotas quotas;
  if (text::lower(text) == "none") return quotas;
  for (const std::string& one : text::split(std::string(text), ',')) {
    if (Status read = read_one(one, quotas); !read) return read.error();
  }
  return quotas;
}

std::string show(const model::Quotas& quotas) {
  if (quotas.empty()) return "none";
  std::vector<std::string> all;
  for (const auto& [project, quota] : quotas)
    all.push_back(project + "=" + text::show(quota.guaranteed) +
                  (quota.limit ? ":" + text::show(*quota.limit) : ""));
  return text::join(all, ",");
}

}  // namespace busbar::wire
