// SPDX-License-Identifier: Apache-2.0
// codec.hpp: journal records, jobs and the state as text and back. Versioned; what a newer program wrote is
// refused.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/cluster.hpp"

namespace busbar::wire {

/// Version of the forms below. A new optional field does not raise it; anything an older reader would misread
/// does.
constexpr int format_version = 1;

/// "Submitted", "Decided": the name under which an event stands in the journal.
std::string_view kind_of(const model::Event& event);

/// The event's fields as one JSON object (seq, epoch, at and kind stand beside it). Fields at their default
/// are left out.
std::string encode(const model::Event& event);
Result<model::Event> decode_event(std::string_view kind, int version, std::string_view body);

/// A job without its spec is written as such; `shared` is then what it gets when it is read.
std::string encode(const model::Job& job);
Result<model::Job> decode_job(int version, std::string_view body,
                              std::shared_ptr<const model::JobSpec> shared = nullptr);

std::string encode(const model::JobSpec& spec);
Result<model::JobSpec> decode_spec(int version, std::string_view body);

/// Elements of an array share one spec, in the text as in memory.
std::string encode(const model::Cluster& cluster);
Result<model::Cluster> decode_cluster(int version, std::string_view body);

}  // namespace busbar::wire
