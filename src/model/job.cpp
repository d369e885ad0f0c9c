// SPDX-License-Identifier: Apache-2.0
#include "model/job.hpp"

#include <algorithm>

#include "model/event.hpp"
#include "model/node.hpp"

namespace busbar::model {
namespace {

bool same(const std::shared_ptr<const JobSpec>& a, const std::shared_ptr<const JobSpec>& b) {
  return a == b || (a && b && *a == *b);
}

}  // namespace

std::string in_words(const Where& where) {
  const auto list = [](const std::vector<std::string>& names, const char* last) {
    std::string text;
    for (std::size_t k = 0; k < names.size(); ++k)
      text += (k == 0 ? "" : k + 1 == names.size() ? last : ", ") + names[k];
    return text;
  };
  std::vector<std::string> parts;
  if (!where.labels.empty())
    parts.push_back((where.labels.size() == 1 ? "with the label " : "with the labels ") +
                    list(where.labels, " and "));
  if (!where.on.empty()) parts.push_back("on " + list(where.on, " or "));
  if (!where.off.empty()) parts.push_back("not on " + list(where.off, " or "));
  if (where.alone) parts.push_back("with nobody beside it");
  if (where.per_node > 0) parts.push_back("at most " + std::to_string(where.per_node) + " tasks on one");
  return list(parts, ", ");
}

bool may(const Principal& who, Verb verb, const Principal& owner) {
  if (who.admin) return true;
  switch (verb) {
    case Verb::see:
      return who.tenant == owner.tenant;
    case Verb::read_output:
    case Verb::stop:
      return who.tenant == owner.tenant && who.uid == owner.uid;
    case Verb::administer:
      return false;
  }
  return false;
}

const char* name_of(JobState state) {
  switch (state) {
    case JobState::pending:
      return "PENDING";
    case JobState::running:
      return "RUNNING";
    case JobState::suspended:
      return "SUSPENDED";
    case JobState::completed:
      return "COMPLETED";
    case JobState::failed:
      return "FAILED";
    case JobState::cancelled:
      return "CANCELLED";
    case JobState::timeout:
      return "TIMEOUT";
    case JobState::out_of_memory:
      return "OUT_OF_MEMORY";
    case JobState::node_fail:
      return "NODE_FAIL";
    case JobState::preempted:
      return "PREEMPTED";
    case JobState::deadline:
      return "DEADLINE";
    case JobState::boot_fail:
      return "BOOT_FAIL";
  }
  return "";
}

const char* name_of(Enforcement enforcement) {
  switch (enforcement) {
    case Enforcement::none:
      return "not limited";
    case Enforcement::watched:
      return "watched, not enforced";
    case Enforcement::enforced:
      return "enforced";
  }
  return "";
}

Duration limit_of(const JobSpec& spec, Instant start) {
  if (spec.deadline == Instant{}) return spec.time_limit;
  const Duration left = std::max(spec.deadline - start, Duration{1});  // 0 would be none
  return spec.time_limit > Duration{0} ? std::min(spec.time_limit, left) : left;
}

std::optional<Instant> last_start_of(const JobSpec& spec) {
  if (spec.deadline == Instant{}) return std::nullopt;
  return spec.deadline - std::max(spec.time_limit, Duration{1});
}

std::string show(const AttemptId& id) {
  return std::to_string(id.job.value) + "." + std::to_string(id.task) + "." + std::to_string(id.n);
}

std::string show_id(const Job& job) {
  if (job.array.value == 0) return std::to_string(job.id.value);
  return std::to_string(job.array.value) + "_" + std::to_string(job.array_index);
}

bool Job::operator==(const Job& other) const {
  return same(spec, other.spec) && id == other.id && array == other.array &&
         array_index == other.array_index && owner == other.owner && key == other.key &&
         state == other.state && reason == other.reason && submitted == other.submitted &&
         started == other.started && ended == other.ended && eligible == other.eligible &&
         exit_code == other.exit_code && signal == other.signal && restarts == other.restarts &&
         waits_for == other.waits_for && tasks == other.tasks && master_port == other.master_port &&
         stopping == other.stopping && preemptions == other.preemptions && batch == other.batch &&
         expected == other.expected && hold == other.hold && early == other.early;
}

bool Submitted::operator==(const Submitted& other) const {
  return same(spec, other.spec) && by == other.by && first == other.first && key == other.key &&
         waits_for == other.waits_for;
}

}  // namespace busbar::model
