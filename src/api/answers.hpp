// SPDX-License-Identifier: Apache-2.0
// answers.hpp: the JSON that only this room speaks; jobs, machines and reasons are the wire room's.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "api/server.hpp"
#include "wire/forms.hpp"

namespace busbar::api {

void append_word(std::string& json, std::string_view word);

/// `"text":".."`, or `"base64":".."` of bytes that are not UTF-8.
void append_bytes(std::string& json, std::string_view bytes);

wire::Names names_of(const model::Cluster& cluster);
/// Do the names cover all machines and devices of the job's current attempts?
bool cover(const wire::Names& names, const model::Job& job);

/// One job in the form of `ps --json`, without what stands around it there.
std::string job_object(const model::Job& job, const wire::Names& names);

/// How the server stands, in numbers.
struct Standing {
  std::string degraded;      // why new work is refused; "" when it is not
  std::int64_t jobs = 0;     // waiting or running
  std::int64_t records = 0;  // in the journal
  std::int64_t batches = 0;  // synced since the server started: records come many to a sync
};
std::string version_json(const Options& options, const Standing& standing);
std::string accepted_json(const control::Accepted& accepted);
/// `reason` is JSON already.
std::string why_json(const model::Job& job, std::string_view reason, std::string_view words);
std::string balances_json(const std::map<model::Account, ledger::Balance>& balances);
std::string page_json(const engine::OutputPage& page, const model::AttemptId& attempt);

/// A page as lines of an event stream. Only the last carries "next": who lost the connection in between asks
/// again for the whole page, and sees something twice rather than not at all.
std::string page_lines(const engine::OutputPage& page, const model::AttemptId& attempt);

}  // namespace busbar::api
