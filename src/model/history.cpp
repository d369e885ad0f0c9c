// SPDX-License-Identifier: Apache-2.0
#include "model/history.hpp"

#include <algorithm>
#include <bit>

namespace busbar::model {
namespace {

constexpr std::int64_t first_weight = std::int64_t{1} << 20, largest_weight = std::int64_t{1} << 40;
constexpr std::int64_t most_counted =
    64;  // run times that a kin's own count stands for at most: older ones faded
constexpr std::int64_t wider_counts = 4;               // run times that all wider kin together stand for
constexpr std::int64_t whole = std::int64_t{1} << 30;  // of a distribution
constexpr Duration unknown = std::chrono::hours(1), longest = std::chrono::hours(24 * 366);

std::int64_t counted(const Lengths& lengths) { return std::min(lengths.count, most_counted); }

/// The kin and the wider ones that it belongs to, widest first.
std::vector<Kin> circles_of(const Kin& kin) {
  std::vector<Kin> circles;
  circles.reserve(4);
  circles.emplace_back();
  circles.push_back({kin.account, "", Kin::any});
  circles.push_back({kin.account, "", kin.gpus});
  if (!kin.name.empty()) circles.push_back(kin);
  return circles;
}

/// What is remembered of each of them, in the same order; null: nothing.
template <class AnyHistory>
auto pasts_of(AnyHistory& history, const Kin& kin) {
  std::array<decltype(&history.begin()->second), 4> pasts{};
  const auto look = [&](std::size_t k, const Kin& wanted) {
    if (const auto found = history.find(wanted); found != history.end()) pasts[k] = &found->second;
  };
  look(0, {});
  Kin wider{kin.account, "", Kin::any};
  look(1, wider);
  wider.gpus = kin.gpus;
  look(2, wider);
  if (!kin.name.empty()) look(3, kin);
  return pasts;
}

using Pasts = std::array<const Past*, 4>;
/// Of the kin itself.
const Past* own_of(const Pasts& pasts, const Kin& kin) { return pasts[kin.name.empty() ? 2 : 3]; }

/// Mean step of the kin, thinned by the wider ones where it has few run times; -1 where nobody has any.
std::int64_t mean_step(const Pasts& pasts) {
  std::int64_t mean = -1;  // in 1024ths of a step
  for (const Past* past : pasts) {
    if (past == nullptr || past->lengths.total == 0) continue;
    const Lengths& lengths = past->lengths;
    const std::int64_t own = lengths.moment / (lengths.total / 1024);
    const std::int64_t n = counted(lengths);
    mean = mean < 0 ? own : (own * n + mean * wider_counts) / (n + wider_counts);
  }
  return mean;
}

/// Where a step begins, in milliseconds.
std::int64_t start_of(int step) { return ((std::int64_t{4} + step % 4) * 1000 << (step / 4)) / 4; }

/// Of what lies in a step, how much is longer than that: it lies evenly.
std::int64_t longer_part(std::int64_t part, int step, Duration elapsed) {
  const std::int64_t from = start_of(step), to = start_of(step + 1), ran = elapsed.count();
  if (ran <= from) return part;
  return to <= ran ? 0 : part / 1024 * ((to - ran) * 1024 / (to - from));
}

/// Where none ran as long: t such that a fraction of 1 / (1 + t / (head + elapsed)) goes on for longer
/// (Lomax, exponent 1).
Duration guess(Duration head, Duration elapsed, Rng& chance) {
  constexpr std::uint64_t parts = std::uint64_t{1} << 16;
  const auto survives = static_cast<std::int64_t>(1 + chance.below(parts));
  const std::int64_t scale = std::max((head + std::min(elapsed, longest)).count(), std::int64_t{1000});
  return elapsed + std::min(Duration{scale * static_cast<std::int64_t>(parts) / survives - scale}, longest);
}

void forget_the_quiet(History& history) {
  std::vector<Instant> quiet;
  for (const auto& [kin, past] : history) {
    if (past.batches.size() == past.over.size()) quiet.push_back(past.last);
  }
  if (quiet.empty()) return;
  const auto middle = quiet.begin() + std::ssize(quiet) / 2;
  std::ranges::nth_element(quiet, middle);
  std::erase_if(history, [&](const auto& entry) {
    const Past& past = entry.second;
    return past.batches.size() == past.over.size() && past.last <= *middle && entry.first != Kin{};
  });
}

}  // namespace

int step_of(Duration length) {
  const std::int64_t seconds = std::max<std::int64_t>(length.count() / 1000, 1);
  const int octave = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(seconds))) - 1;
  const std::int64_t quarter = ((seconds * 4) >> octave) & 3;
  return std::min(octave * 4 + static_cast<int>(quarter), length_steps - 1);
}

Duration length_of(int step) { return Duration{(start_of(step) + start_of(step + 1)) / 2}; }

Kin kin_of(const Job& job) {
  std::string name = job.spec->name;
  std::erase_if(name, [](char letter) { return letter >= '0' && letter <= '9'; });
  return {account_of(job), std::move(name), job.spec->each.gpus.count * job.spec->tasks};
}

void add(Lengths& lengths, int step) {
  if (lengths.next == 0) lengths.next = first_weight;
  lengths.weights[step] += lengths.next;
  lengths.total += lengths.next;
  lengths.moment += lengths.next * step;
  lengths.next += lengths.next / 64;
  ++lengths.count;
  if (lengths.next < largest_weight) return;
  lengths.next /= largest_weight / first_weight;
  lengths.total = lengths.moment = 0;
  for (auto& [of, weight] : lengths.weights) {
    weight /= largest_weight / first_weight;
    lengths.total += weight;
    lengths.moment += weight * of;
  }
  std::erase_if(lengths.weights, [](const auto& entry) { return entry.second == 0; });
}

Spread::Spread(const History& history, const Kin& kin) {
  for (const Kin& circle : circles_of(kin)) {
    const auto past = history.find(circle);
    if (past == history.end() || past->second.lengths.total == 0) continue;
    const Lengths& lengths = past->second.lengths;
    const std::int64_t n = counted(lengths), wider = count_ == 0 ? 0 : wider_counts;
    const std::int64_t unit = std::max<std::int64_t>(lengths.total / whole, 1);
    for (std::int64_t& part : parts_) part = part * wider / (n + wider);
    for (const auto& [step, weight] : lengths.weights) {
      const std::int64_t own = weight / unit * whole / (lengths.total / unit);
      parts_[static_cast<std::size_t>(step)] += own * n / (n + wider);
    }
    count_ = lengths.count;
  }
}

std::int64_t Spread::beyond(Duration elapsed) const {
  std::int64_t sum = 0;
  for (int step = 0; step < length_steps; ++step)
    sum += longer_part(parts_[static_cast<std::size_t>(step)], step, elapsed);
  return sum;
}

Duration Spread::draw(Duration elapsed, Rng& chance) const {
  const std::int64_t all = beyond(elapsed);
  if (all == 0) return guess(count_ == 0 ? unknown : Duration{0}, elapsed, chance);
  auto left = static_cast<std::int64_t>(chance.below(static_cast<std::uint64_t>(all)));
  int step = 0;
  for (; step < length_steps; ++step) {
    left -= longer_part(parts_[static_cast<std::size_t>(step)], step, elapsed);
    if (left < 0) break;
  }
  const std::int64_t from = std::max(start_of(step), elapsed.count() + 1);
  return Duration{from + static_cast<std::int64_t>(chance.below(static_cast<std::uint64_t>(
                             std::max<std::int64_t>(start_of(step + 1) - from, 1))))};
}

Duration within_step(int step, Rng& chance) {
  const std::int64_t from = start_of(step);
  return Duration{
      from + static_cast<std::int64_t>(chance.below(static_cast<std::uint64_t>(start_of(step + 1) - from)))};
}

Expectation::Expectation(const History& history, const Kin& kin) {
  const Pasts pasts = pasts_of(history, kin);
  past_ = own_of(pasts, kin);
  mean_step_ = mean_step(pasts);
}

Duration expected_of(const History& history, const Kin& kin, std::int64_t batch, Duration limit) {
  return Expectation(history, kin).of(batch, limit);
}

Duration Expectation::of(std::int64_t batch, Duration limit) const {
  // Each run time of its own batch counts 2^reach, those of a batch beside it half of that, and so on; the
  // kin as a whole counts as one of its own batch.
  constexpr std::int64_t own_counts = std::int64_t{1} << batch_reach;
  std::int64_t sum = 0, count = 0;  // in 1024ths of a step
  if (past_) {
    auto at = past_->batches.lower_bound(batch - batch_reach);
    for (; at != past_->batches.end() && at->first <= batch + batch_reach; ++at) {
      const std::int64_t counts = own_counts >> (at->first < batch ? batch - at->first : at->first - batch);
      sum += counts * at->second.steps * 1024;
      count += counts * at->second.ended;
    }
  }
  if (mean_step_ >= 0) {
    sum += own_counts * mean_step_;
    count += own_counts;
  }
  int step = count == 0 ? step_of(unknown) : static_cast<int>(sum / count / 1024);
  if (limit > Duration{0}) step = std::min(step, step_of(limit));
  return Duration{start_of(step / 2 * 2)};
}

std::int64_t remember_submitted(History& history, const Kin& kin, JobId job, Instant at) {
  // Where all are busy nothing can be forgotten, so not every new one asks.
  if (history.size() >= most_kin && history.size() % 1024 == 0 && !history.contains(kin))
    forget_the_quiet(history);
  Past& past = history[kin];
  past.last = at;
  const auto newest = past.batches.find(past.next);
  if (newest == past.batches.end() || std::ssize(newest->second.jobs) == batch_size) ++past.next;
  Batch& batch = past.batches[past.next];
  past.over.erase(past.next);
  batch.jobs.push_back(job);
  ++batch.left;
  return past.next;
}

std::vector<JobId> remember_ended(History& history, const Kin& kin, std::int64_t batch,
                                  std::optional<Duration> ran, Instant at) {
  const auto known = history.find(kin);
  if (known == history.end()) return {};
  Past& past = known->second;
  past.last = at;
  const auto found = past.batches.find(batch);
  if (found == past.batches.end()) return {};
  Batch& of = found->second;
  if (ran) {
    const int step = step_of(*ran);
    ++of.ended;
    of.steps += step;
    of.lengths.push_back(step);
    const auto pasts = pasts_of(history, kin);
    const auto note = [&](Past& wider) {
      wider.last = at;
      add(wider.lengths, step);
    };
    const std::size_t circles = kin.name.empty() ? 3 : 4;
    for (std::size_t k = 0; k < circles; ++k) note(pasts[k] ? *pasts[k] : history[circles_of(kin)[k]]);
  }
  if (--of.left == 0) past.over.insert(batch);
  if (past.over.size() > most_over) {
    past.batches.erase(*past.over.begin());
    past.over.erase(past.over.begin());
  }
  std::vector<JobId> others;
  if (!ran) return others;
  auto near = past.batches.lower_bound(batch - batch_reach);
  for (; near != past.batches.end() && near->first <= batch + batch_reach; ++near) {
    if (near->second.left > 0)
      others.insert(others.end(), near->second.jobs.begin(), near->second.jobs.end());
  }
  return others;
}

}  // namespace busbar::model
