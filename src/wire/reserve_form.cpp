// SPDX-License-Identifier: Apache-2.0
#include "wire/reserve_form.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "wire/json.hpp"
#include "wire/json_out.hpp"

namespace busbar::wire {

template <class Visit>
constexpr void fields(Of<ReserveForm>, Visit&& visit) {
  using T = ReserveForm;
  visit("version", &T::version);
  visit("name", &T::name);
  visit("end", &T::end);
  visit("from", &T::from);
  visit("until", &T::until);
  visit("nodes", &T::nodes);
  visit("gpus", &T::gpus);
  visit("gpu_model", &T::gpu_model);
  visit("project", &T::project);
  visit("user", &T::user);
}

namespace {

constexpr std::size_t most_name = 64, most_nodes = 100'000;

Error wrong(const char* field, const std::string& found, const std::string& right) {
  return {Errc::invalid, std::string(field) + ": found " + found + "; " + right + " would be right"};
}

Status check_name(const char* field, const std::string& text) {
  const bool control = std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (text.size() <= most_name && !control && text::is_utf8(text)) return Done{};
  return wrong(field, text::quote(text),
               "up to " + std::to_string(most_name) + " bytes of UTF-8 without control characters");
}

Status check(const ReserveForm& form) {
  if (form.version != 1) return wrong("version", std::to_string(form.version), "1");
  if (form.name.empty()) return wrong("name", "\"\"", "a name such as course");
  for (const auto& [field, text] : {std::pair("name", &form.name), std::pair("project", &form.project),
                                    std::pair("user", &form.user), std::pair("gpu_model", &form.gpu_model)}) {
    if (const Status fine = check_name(field, *text); !fine) return fine;
  }
  if (form.end) return Done{};
  constexpr Instant last{Duration{253'402'300'799'000}};  // the end of the year 9999
  if (form.from < Instant{} || form.until > last || form.until <= form.from)
    return wrong("until", text::rfc3339(form.until) + " for one from " + text::rfc3339(form.from),
                 "a later moment");
  if (form.nodes.size() > most_nodes)
    return wrong("nodes", std::to_string(form.nodes.size()) + " of them",
                 "at most " + std::to_string(most_nodes));
  if (form.nodes.empty() == (form.gpus <= Share{0}))
    return Error{Errc::invalid,
                 "nodes: names of machines or, in their place, a number of gpus would be right"};
  if (!form.project.empty() && !form.user.empty())
    return wrong("user", text::quote(form.user) + " beside the project " + text::quote(form.project),
                 "one of both");
  return Done{};
}

}  // namespace

std::string encode(const ReserveForm& form) { return json::encode(form, json::Defaults::written); }

Result<ReserveForm> decode_reserve(std::string_view body) {
  auto form = json::decode<ReserveForm>(body, json::Unknown::refused);
  if (!form) return form;
  if (const Status fine = check(*form); !fine) return fine.error();
  return form;
}

std::string reservations_json(const model::Cluster& cluster, Instant now) {
  JsonOut out;
  out.open('{');
  out.whole("version", 1);
  out.key("reservations"), out.open('[');
  for (const auto& [name, reservation] : cluster.reservations) {
    out.open('{');
    out.word("name", name);
    out.time("from", reservation.from);
    out.time("until", reservation.until);
    out.key("nodes"), out.open('[');
    for (const NodeId node : reservation.nodes) out.word(cluster.nodes.at(node).facts.name);
    out.close(']');
    out.word("project", reservation.project);
    out.word("user", reservation.user);
    out.word("by", reservation.by);
    out.truth("begun", reservation.from <= now);
    out.close('}');
  }
  out.close(']');
  out.close('}');
  return std::move(out.text);
}

}  // namespace busbar::wire
