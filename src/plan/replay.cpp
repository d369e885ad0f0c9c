// SPDX-License-Identifier: Apache-2.0
#include "plan/replay.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>
#include <vector>

namespace busbar::plan {
namespace {

using estimate::Pace;

/// What requests met with so far, in seconds; with a promise also whether it can still be kept.
class Record {
 public:
  Record(std::size_t requests, const std::optional<Promise>& promise)
      : first_most_(promise ? promise->first_token.value : never),
        token_most_(promise ? 1 / promise->token_speed.value : never),
        late_most_(requests - std::size_t(0.95 * double(requests - 1)) - 1) {
    firsts_.reserve(requests), tokens_.reserve(requests);
  }

  void first(double wait) { firsts_.push_back(wait), late_firsts_ += wait > first_most_; }
  void token(double between) { tokens_.push_back(between), late_tokens_ += between > token_most_; }
  /// More than one of twenty are late already: what is to come changes nothing.
  bool broken() const { return late_firsts_ > late_most_ || late_tokens_ > late_most_; }
  Replayed seen() { return {of(firsts_), of(tokens_)}; }

  static constexpr double never = std::numeric_limits<double>::infinity();

 private:
  static Seen of(std::vector<double>& values) {
    if (values.empty()) return {};
    const auto at = [&](double share) {
      const auto nth = values.begin() + std::ptrdiff_t(share * double(values.size() - 1));
      std::ranges::nth_element(values, nth);
      return estimate::Seconds{*nth};
    };
    const estimate::Seconds usual = at(0.5);
    return {usual, at(0.95)};
  }

  double first_most_, token_most_;
  std::size_t late_most_, late_firsts_ = 0, late_tokens_ = 0;
  std::vector<double> firsts_, tokens_;
};

/// One copy, as far as it has been followed. Times are seconds.
class Copy {
 public:
  explicit Copy(const Pace& pace) : pace_(pace) {}

  int requests() const { return int(waiting_.size() + writing_.size()); }
  /// When what it is at now ends: a prompt, or the first answer of the batch; never where it has nothing to
  /// do.
  double next() const {
    if (requests() == 0) return std::numeric_limits<double>::infinity();
    if (reads_next()) return now_ + pace_.of_prompt(waiting_.front().input).value;
    return now_ + time_of(writing_.top().last_step - steps_);
  }

  void take(const Request& request) { waiting_.push(request); }

  /// Works until `until` at least; what it is at then it ends.
  void go_on(double until, Record& record) {
    while (now_ < until && requests() > 0) {
      if (reads_next())
        read_prompt(record);
      else
        write(until, record);
    }
    now_ = std::max(now_, until);
  }

 private:
  struct Writing {
    double last_step;  // after which it is done
    double since, tokens, held, cached;
    bool operator>(const Writing& other) const { return last_step > other.last_step; }
  };

  double held(const Request& request) const { return pace_.held(request.input, request.output); }
  bool reads_next() const {
    return !waiting_.empty() && double(writing_.size()) + 1 <= pace_.most &&
           held_ + held(waiting_.front()) <= pace_.room;
  }
  /// Of so many steps of this batch: the cache grows by a token a request and step, so the times of steps are
  /// an arithmetic series.
  double first_step() const { return pace_.of_step(double(writing_.size()), cached_).value; }
  double step_grows() const { return pace_.cached.value * double(writing_.size()); }
  double time_of(double steps) const { return steps * first_step() + step_grows() * steps * (steps - 1) / 2; }

  void read_prompt(Record& record) {
    const Request request = waiting_.front();
    waiting_.pop();
    now_ += pace_.of_prompt(request.input).value;  // its last layer gives the first token
    record.first(now_ - request.at.value);
    if (request.output < 2) return;
    writing_.push({steps_ + std::ceil(request.output) - 1, now_, std::ceil(request.output) - 1, held(request),
                   request.input});
    held_ += held(request), cached_ += request.input;
  }

  /// Steps until the first of the batch is done, or time is up.
  void write(double until, Record& record) {
    double steps = writing_.top().last_step - steps_;
    if (now_ + time_of(steps) > until) {
      const double more = step_grows(), b = first_step() - more / 2;  // more / 2 n^2 + b n = until - now
      const double left = until - now_;
      const double exact = 2 * left / (b + std::sqrt(b * b + 2 * more * left));
      steps = std::clamp(std::ceil(exact), 1.0, steps);
    }
    now_ += time_of(steps);
    steps_ += steps, cached_ += double(writing_.size()) * steps;
    while (!writing_.empty() && writing_.top().last_step <= steps_) {
      const Writing& done = writing_.top();
      record.token((now_ - done.since) / done.tokens);
      held_ -= done.held, cached_ -= done.cached + done.tokens;
      writing_.pop();
    }
  }

  const Pace& pace_;
  std::queue<Request> waiting_;
  std::priority_queue<Writing, std::vector<Writing>, std::greater<>> writing_;
  double now_ = 0, steps_ = 0, held_ = 0, cached_ = 0;
};

/// To the end, or until the promise is broken; says whether it was kept.
bool play(const Load& load, const Pace& pace, int copies, Record& record) {
  std::vector<Copy> all(static_cast<std::size_t>(copies), Copy(pace));
  std::vector<int> requests(all.size(), 0);  // of each copy
  using Event = std::pair<double, std::size_t>;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events;  // some are outdated
  const auto go_on = [&](std::size_t copy, double until) {
    all[copy].go_on(until, record);
    requests[copy] = all[copy].requests();
  };
  const auto plan_next = [&](std::size_t copy) {
    if (requests[copy] > 0) events.emplace(all[copy].next(), copy);
  };
  const auto pass_to = [&](double time) {
    while (!events.empty() && events.top().first <= time && !record.broken()) {
      const auto [at, copy] = events.top();
      events.pop();
      if (requests[copy] == 0 || all[copy].next() != at) continue;
      go_on(copy, at), plan_next(copy);
    }
  };
  for (const Request& request : load.requests) {
    if (record.broken()) return false;
    if (pace.held(request.input, request.output) > pace.room || pace.most < 1) {
      record.first(Record::never);
      continue;
    }
    pass_to(request.at.value);
    const auto chosen = std::size_t(std::ranges::min_element(requests) - requests.begin());
    go_on(chosen, request.at.value);
    all[chosen].take(request);
    ++requests[chosen], plan_next(chosen);
  }
  pass_to(std::numeric_limits<double>::max());
  return !record.broken();
}

}  // namespace

Replayed replay(const Load& load, const Pace& pace, int copies) {
  Record record(load.requests.size(), std::nullopt);
  play(load, pace, copies, record);
  return record.seen();
}

std::optional<int> copies_for(const Load& load, const Pace& pace, const Promise& promise, int least) {
  const auto enough = [&](int copies) {
    Record record(load.requests.size(), promise);
    return play(load, pace, copies, record);
  };
  Record alone(load.requests.size(), promise);  // were there a copy for each request
  for (const Request& each : load.requests) {
    alone.first(pace.held(each.input, each.output) > pace.room ? Record::never
                                                               : pace.of_prompt(each.input).value);
    if (each.output >= 2) alone.token(pace.of_step(1, each.input).value);
  }
  if (alone.broken()) return std::nullopt;
  const int most = std::max(least, int(std::min<std::size_t>(load.requests.size(), 16384)));
  int low = least - 1, high = least;  // low is not enough, or fewer than are wanted
  for (int step = 1; !enough(high); step *= 2) {
    if (high == most) return std::nullopt;
    low = high, high = std::min(high + std::max(step, high / 4), most);
  }
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace busbar::plan
