// SPDX-License-Identifier: Apache-2.0
// traffic.hpp: what was submitted lately, and what may be submitted next: a stretch of it again.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/chance.hpp"
#include "model/cluster.hpp"

namespace busbar::plan {

/// The newest jobs that are over. A value.
class Traffic {
 public:
  static constexpr std::size_t most_kept = 4096;

  /// In order of their ends.
  void learn(const model::Job& ended);

  struct Over {
    JobId id, array;
    Instant submitted, ended;
    model::Principal by;
    std::shared_ptr<const model::JobSpec> spec;
    std::optional<Duration> ran;  // nothing: it came to no end of its own
  };
  const std::deque<Over>& kept() const { return kept_; }
  /// Of what was submitted behind this, all that is over is kept.
  Instant since() const { return since_; }

 private:
  std::deque<Over> kept_;
  Instant since_ = Instant::min();
};

/// One job or array, as somebody submitted it.
struct Submission {
  Instant at;
  JobId first;
  model::Principal by;
  std::shared_ptr<const model::JobSpec> spec;  // waits for no other
};

/// All that was submitted in the time that can be looked back on, in order.
class Tide {
 public:
  /// Cost: O(jobs kept and alive x log).
  Tide(const model::Cluster& cluster, Instant now, const Traffic& traffic);

  struct Comer {
    Instant at;
    const Submission* again;  // valid as long as the Tide
  };
  /// What is submitted from now on in one future: what came behind some submission of the past, as far as
  /// that goes, then what came from some other moment on, again and again: so gaps, bursts and batches are
  /// those of the past, and so are run times (docs/adr/0029). Behind a submission, because whoever asks has
  /// mostly just made one: bursts are then more likely than in general. Nothing where fewer than 8 are known.
  /// Not to outlive the Tide.
  class Future {
   public:
    Future(const Tide& tide, std::uint64_t seed);
    std::optional<Comer> next();

   private:
    const Tide& tide_;
    Rng chance_;
    std::size_t next_ = 0;  // of the submissions
    Duration ahead_{0};     // from a submission to its like
  };

  std::int64_t size() const { return std::int64_t(all_.size()); }
  /// How long a past job ran; nothing where it is not over, or was no end of its own.
  std::optional<Duration> ran(JobId past) const;

 private:
  std::vector<Submission> all_;
  std::map<JobId, Duration> ran_;
  Instant from_, now_;
};

}  // namespace busbar::plan
