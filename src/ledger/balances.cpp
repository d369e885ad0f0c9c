// SPDX-License-Identifier: Apache-2.0
#include "ledger/balances.hpp"

#include <charconv>
#include <limits>

namespace busbar::ledger {
namespace {

__extension__ using Unsigned = unsigned __int128;

std::int64_t device_milli(const std::vector<model::Holding>& holdings) {
  std::int64_t sum = 0;
  for (const model::Holding& holding : holdings) sum += holding.milli.count;
  return sum;
}

/// The attempt, while it lives and is the current one of its task.
const model::Attempt* live(const model::Cluster& cluster, const model::AttemptId& id) {
  const auto job = cluster.jobs.find(id.job);
  if (job == cluster.jobs.end() || id.task < 0 ||
      static_cast<std::size_t>(id.task) >= job->second.tasks.size())
    return nullptr;
  const auto& attempts = job->second.tasks[static_cast<std::size_t>(id.task)].attempts;
  if (attempts.empty() || attempts.back().n != id.n || attempts.back().state == model::Attempt::State::ended)
    return nullptr;
  return &attempts.back();
}

// The text: one line of numbers and lengths for each account, the names behind it, so that a name may hold
// anything.

void put(std::string& out, Exact number) {
  std::string digits;
  Unsigned rest = number < 0 ? Unsigned{0} - static_cast<Unsigned>(number) : static_cast<Unsigned>(number);
  do digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  while ((rest /= 10) != 0);
  if (number < 0) out += '-';
  out += digits;
  out += ' ';
}

class Numbers {
 public:
  explicit Numbers(std::string_view text) : text_(text) {}
  bool failed() const { return failed_; }
  bool at_end() const { return text_.empty(); }

  Exact exact() {
    const bool negative = !text_.empty() && text_[0] == '-';
    if (negative) text_.remove_prefix(1);
    Unsigned number = 0;
    std::size_t digits = 0;
    for (; digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9'; ++digits) {
      if (digits == 38) return fail();  // 10^38 still fits
      number = number * 10 + static_cast<Unsigned>(text_[digits] - '0');
    }
    if (digits == 0 || digits == text_.size() || text_[digits] != ' ') return fail();
    text_.remove_prefix(digits + 1);
    return negative ? -static_cast<Exact>(number) : static_cast<Exact>(number);
  }
  std::int64_t whole() {
    using Limits = std::numeric_limits<std::int64_t>;
    const Exact number = exact();
    if (number < Limits::min() || number > Limits::max()) return static_cast<std::int64_t>(fail());
    return static_cast<std::int64_t>(number);
  }
  std::string name(std::int64_t size) {
    if (size < 0 || static_cast<std::uint64_t>(size) > text_.size()) return fail(), "";
    std::string taken(text_.substr(0, static_cast<std::size_t>(size)));
    text_.remove_prefix(taken.size());
    return taken;
  }

 private:
  Exact fail() {
    failed_ = true;
    text_ = {};
    return 0;
  }
  std::string_view text_;
  bool failed_ = false;
};

}  // namespace

Money rounded(Exact exact) {
  constexpr Exact unit = Exact{1000} * 3'600'000;
  Exact whole = exact / unit;
  Exact rest = exact % unit;
  if (rest < 0) {  // as floor and a rest that is not negative
    whole -= 1;
    rest += unit;
  }
  if (rest * 2 > unit || (rest * 2 == unit && whole % 2 != 0)) whole += 1;
  return Money{static_cast<std::int64_t>(whole)};
}

void Balances::fold(const model::Cluster& before, const model::Record& record) {
  if (const auto* decided = std::get_if<model::Decided>(&record.event)) {
    for (const model::Launch& launch : decided->launches) {
      const auto job = before.jobs.find(launch.attempt.job);
      if (job == before.jobs.end()) continue;
      change(model::account_of(job->second), device_milli(launch.holdings), job->second.spec->each.cpus.count,
             record.at);
    }
  } else if (const auto* finished = std::get_if<model::Finished>(&record.event)) {
    const model::Attempt* attempt = live(before, finished->attempt);
    if (!attempt) return;
    const model::Job& job = before.jobs.at(finished->attempt.job);
    change(model::account_of(job), -device_milli(attempt->holdings), -job.spec->each.cpus.count, record.at);
  } else if (const auto* prices = std::get_if<model::PriceSet>(&record.event)) {
    for (auto& [account, standing] : standings_) {
      standing.settled = settled(standing, record.at);
      standing.as_of = record.at;
    }
    per_device_hour_ = prices->per_device_hour;
    per_cpu_hour_ = prices->per_cpu_hour;
  }
}

Balance Balances::settled(const Standing& standing, Instant at) const {
  const Duration held = at - standing.as_of;
  Balance balance = standing.settled;
  balance.device_milli_ms += standing.device_milli * held.count();
  balance.cpu_milli_ms += standing.cpu_milli * held.count();
  balance.cost +=
      charge(per_device_hour_, standing.device_milli, held) + charge(per_cpu_hour_, standing.cpu_milli, held);
  return balance;
}

void Balances::change(const Account& account, std::int64_t device, std::int64_t cpu, Instant at) {
  Standing& standing = standings_[account];
  standing.settled = settled(standing, at);
  standing.as_of = at;
  standing.device_milli += device;
  standing.cpu_milli += cpu;
}

std::map<Account, Balance> Balances::at(Instant now) const {
  std::map<Account, Balance> balances;
  for (const auto& [account, standing] : standings_)
    balances.emplace_hint(balances.end(), account, settled(standing, now));
  return balances;
}

std::string Balances::text() const {
  std::string out;
  put(out, per_device_hour_.count);
  put(out, per_cpu_hour_.count);
  for (const auto& [account, standing] : standings_) {
    const Balance& balance = standing.settled;
    for (const Exact number : {Exact{balance.device_milli_ms}, Exact{balance.cpu_milli_ms}, balance.cost,
                               Exact{standing.device_milli}, Exact{standing.cpu_milli},
                               Exact{standing.as_of.time_since_epoch().count()}})
      put(out, number);
    for (const std::string* name : {&account.tenant, &account.project, &account.user})
      put(out, static_cast<Exact>(name->size()));
    out += account.tenant + account.project + account.user;
  }
  return out;
}

Result<Balances> Balances::read(std::string_view text) {
  Numbers in(text);
  Balances balances;
  balances.per_device_hour_ = Money{in.whole()};
  balances.per_cpu_hour_ = Money{in.whole()};
  while (!in.at_end()) {
    Standing standing;
    standing.settled.device_milli_ms = in.whole();
    standing.settled.cpu_milli_ms = in.whole();
    standing.settled.cost = in.exact();
    standing.device_milli = in.whole();
    standing.cpu_milli = in.whole();
    standing.as_of = Instant(Duration(in.whole()));
    const std::int64_t tenant = in.whole(), project = in.whole(), user = in.whole();
    Account account;
    account.tenant = in.name(tenant);
    account.project = in.name(project);
    account.user = in.name(user);
    balances.standings_.emplace(std::move(account), standing);
  }
  if (in.failed()) return Error{Errc::invalid, "not balances as Busbar keeps them with a snapshot"};
  return balances;
}

}  // namespace busbar::ledger
