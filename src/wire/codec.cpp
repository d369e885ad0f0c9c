// SPDX-License-Identifier: Apache-2.0
#include "wire/codec.hpp"

#include <utility>

#include "wire/event_fields.hpp"
#include "wire/json.hpp"

namespace busbar::wire {
namespace {

Status readable(int version) {
  if (version <= format_version) return Done{};
  return Error{Errc::conflict, "written by a newer Busbar (format " + std::to_string(version) +
                                   "; this one reads up to " + std::to_string(format_version) + ")"};
}

template <class T>
Result<T> decode(int version, std::string_view body) {
  if (Status known = readable(version); !known) return known.error();
  return json::decode<T>(body, json::Unknown::ignored);
}

/// Tries each kind of event in turn.
template <std::size_t... I>
Result<model::Event> decode_kind(std::string_view name, std::string_view body, std::index_sequence<I...>) {
  Result<model::Event> event =
      Error{Errc::conflict, "a record of the unknown kind \"" + std::string(name) + "\""};
  const auto attempt = [&]<class T>(Of<T>) {
    if (name != kind<T>) return false;
    Result<T> read = json::decode<T>(body, json::Unknown::ignored);
    if (read)
      event = model::Event(std::move(*read));
    else
      event = read.error();
    return true;
  };
  (void)(attempt(Of<std::variant_alternative_t<I, model::Event>>{}) || ...);
  return event;
}

}  // namespace

std::string_view kind_of(const model::Event& event) {
  return std::visit([]<class T>(const T&) { return kind<T>; }, event);
}

std::string encode(const model::Event& event) {
  return std::visit([](const auto& each) { return json::encode(each); }, event);
}

Result<model::Event> decode_event(std::string_view kind, int version, std::string_view body) {
  if (Status known = readable(version); !known) return known.error();
  Result<model::Event> event =
      decode_kind(kind, body, std::make_index_sequence<std::variant_size_v<model::Event>>{});
  if (const auto* submitted = event ? std::get_if<model::Submitted>(&*event) : nullptr;
      submitted && !submitted->spec)
    return Error{Errc::invalid, "spec: missing from a submitted job"};
  return event;
}

std::string encode(const model::Job& job) { return json::encode(job); }

Result<model::Job> decode_job(int version, std::string_view body,
                              std::shared_ptr<const model::JobSpec> shared) {
  Result<model::Job> job = decode<model::Job>(version, body);
  if (job && !job->spec) job->spec = std::move(shared);
  if (job && !job->spec) return Error{Errc::invalid, "spec: missing from a job"};
  return job;
}

std::string encode(const model::JobSpec& spec) { return json::encode(spec); }

Result<model::JobSpec> decode_spec(int version, std::string_view body) {
  return decode<model::JobSpec>(version, body);
}

std::string encode(const model::Cluster& cluster) { return json::encode(cluster); }

Result<model::Cluster> decode_cluster(int version, std::string_view body) {
  Result<model::Cluster> cluster = decode<model::Cluster>(version, body);
  if (!cluster) return cluster;
  for (const auto& [id, job] : cluster->jobs)
    if (!job.spec) return Error{Errc::invalid, "jobs: no spec for job " + std::to_string(id.value)};
  return cluster;
}

}  // namespace busbar::wire
