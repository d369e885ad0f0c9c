// SPDX-License-Identifier: Apache-2.0
// loop.cpp: the live shell around Core. One thread steps; the journal's own thread syncs and then lets the
// effects out, while the next step fills. Memory may run ahead of the disk; effects never do.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "control/core.hpp"

namespace busbar::control {
namespace {

using Steady = std::chrono::steady_clock;
using Then = std::function<void(Answer)>;

struct Watcher {
  JobId job;
  std::function<void(JobNews)> on_news;
};

/// The server goes down and its jobs with it.
struct LastOrder {
  model::Principal by;
  std::vector<std::function<void()>> thens;
};

std::optional<Steady::time_point> earlier(std::optional<Steady::time_point> a,
                                          std::optional<Steady::time_point> b) {
  return !a || (b && *b < *a) ? b : a;
}

/// What waits for the next step.
struct Inbox {
  std::vector<Command> commands;
  std::vector<Then> thens;  // one for each command
  std::vector<engine::News> news;
  std::vector<std::pair<std::function<void(const View&)>, std::function<void()>>> looks;
  std::vector<std::shared_ptr<Watcher>> watchers;
  std::optional<LastOrder> last_order;
  bool empty() const {
    return commands.empty() && news.empty() && looks.empty() && watchers.empty() && !last_order;
  }
};

/// A step on its way through the journal, with all that may leave only afterwards.
struct Flight {
  Seq expected;
  Step step;
  std::vector<Then> thens;
  std::vector<std::function<void()>> releases;
  std::vector<model::Job> news;  // as they stand after the step, of those that somebody watches
  std::optional<store::Snapshot> snapshot;
  bool all_over = false;  // the last order is carried out
};

class Loop final : public Controller {
 public:
  Loop(std::unique_ptr<store::Journal> journal, std::unique_ptr<engine::Engine> engine, Clock& clock,
       Options options)
      : journal_(std::move(journal)),
        engine_(std::move(engine)),
        clock_(clock),
        options_(std::move(options)) {}

  ~Loop() override {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    to_step_.notify_one();
    to_write_.notify_one();
    if (stepper_.joinable()) stepper_.join();
    if (writer_.joinable()) writer_.join();
    engine_.reset();  // joins its thread: no news from here on
    if (core_ && !stood_down_) (void)journal_->keep_snapshot(core_->cluster(), core_->balances().text());
  }

  Status start(Recovered recovered) {
    Result<Epoch> epoch = journal_->raise_epoch();
    if (!epoch) return epoch.error();
    epoch_ = *epoch;
    core_.emplace(std::move(recovered), *journal_, epoch_);
    const Seq expected = core_->cluster().seq;
    const Step opened = core_->open(clock_.now(), options_.settings);
    if (Status written = journal_->append(expected, epoch_, opened.batch); !written) return written;
    stepper_ = std::thread([this] { step_forever(); });
    writer_ = std::thread([this] { write_forever(); });
    return engine_->start(epoch_, [this](engine::News news) {
      put([&](Inbox& inbox) { inbox.news.push_back(std::move(news)); });
    });
  }

  void submit(model::Principal by, model::JobSpec spec, std::string key,
              std::function<void(Result<Accepted>)> then) override {
    command(
        SubmitCommand{std::move(by), std::make_shared<const model::JobSpec>(std::move(spec)), std::move(key)},
        std::move(then));
  }

  void stop(model::Principal by, JobId id, bool whole_array, std::string reason,
            std::function<void(Result<int>)> then) override {
    command(StopCommand{std::move(by), id, whole_array, std::move(reason)},
            [then = std::move(then)](Answer answer) { answer ? then(answer->count) : then(answer.error()); });
  }

  void hold(model::Principal by, JobId id, bool whole_array, bool end,
            std::function<void(Result<int>)> then) override {
    command(HoldCommand{std::move(by), id, whole_array, end},
            [then = std::move(then)](Answer answer) { answer ? then(answer->count) : then(answer.error()); });
  }

  void drain(model::Principal by, std::string node, bool end, bool move, std::string reason,
             std::function<void(Result<Accepted>)> then) override {
    command(DrainCommand{std::move(by), std::move(node), end, move, std::move(reason)}, std::move(then));
  }

  void reserve(model::Principal by, model::ReserveWish asked,
               std::function<void(Result<Accepted>)> then) override {
    command(ReserveCommand{std::move(by), std::move(asked)}, std::move(then));
  }

  void look(std::function<void(const View&)> look, std::function<void()> then) override {
    put([&](Inbox& inbox) { inbox.looks.emplace_back(std::move(look), std::move(then)); });
  }

  std::shared_ptr<void> watch(JobId id, std::function<void(JobNews)> on_news) override {
    auto watcher = std::make_shared<Watcher>(Watcher{id, std::move(on_news)});
    put([&](Inbox& inbox) { inbox.watchers.push_back(watcher); });
    return watcher;
  }

  void stop_all(model::Principal by, std::function<void()> then) override {
    put([&](Inbox& inbox) {
      if (!inbox.last_order) inbox.last_order.emplace();
      inbox.last_order->by = std::move(by);
      inbox.last_order->thens.push_back(std::move(then));
    });
  }

  store::Journal& journal() override { return *journal_; }
  engine::Engine& engine() override { return *engine_; }

 private:
  template <class Change>
  void put(const Change& change) {
    bool rests = false;  // else the stepper is told already, or will be when its flight has landed
    {
      const std::lock_guard lock(mutex_);
      rests = inbox_.empty() && !flight_;
      change(inbox_);
    }
    if (rests) to_step_.notify_one();
  }

  void command(Command command, Then then) {
    put([&](Inbox& inbox) {
      inbox.commands.push_back(std::move(command));
      inbox.thens.push_back(std::move(then));
    });
  }

  // ---- the stepping thread

  void step_forever() {
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto due = [this] { return look_at_ && Steady::now() >= *look_at_; };
      const auto ready = [&] { return closing_ || (!flight_ && (failed_ || !inbox_.empty() || due())); };
      const auto until = flight_ && due() ? survey_at_ : earlier(survey_at_, look_at_);
      until ? void(to_step_.wait_until(lock, *until, ready)) : to_step_.wait(lock, ready);
      if (closing_) return;
      if (survey_at_ && Steady::now() >= *survey_at_) {
        // What a failed append made us forget comes again, and finds out whether there is room by now.
        survey_at_.reset();
        if (!degraded_.empty()) survey_at_ = Steady::now() + std::chrono::seconds(1);
        lock.unlock();
        engine_->survey();
        lock.lock();
      }
      if (closing_) return;
      if (!ready()) continue;
      if (failed_) {
        const Error error = *std::exchange(failed_, std::nullopt);
        lock.unlock();
        if (!fall_back(error)) return;
        lock.lock();
        continue;
      }
      Inbox inbox = std::exchange(inbox_, {});
      lock.unlock();
      Flight flight = make_step(std::move(inbox));
      lock.lock();
      flight_ = std::move(flight);
      to_write_.notify_one();
    }
  }

  Flight make_step(Inbox inbox) {
    Flight flight;
    flight.expected = core_->cluster().seq;
    const Instant now = clock_.now();
    if (inbox.last_order) take_last_order(*inbox.last_order);
    refuse_submits(inbox);
    if (last_order_) stop_all_jobs(inbox);
    flight.step = core_->step(now, clock_.jumped(), inbox.commands, inbox.news);
    look_at_.reset();
    // A moment in the far future is as good as none, and stays within the clock's reach.
    if (const auto at = flight.step.look_again)
      look_at_ = Steady::now() + std::clamp<Duration>(*at - now, Duration{1}, std::chrono::hours(24));
    flight.thens = std::move(inbox.thens);
    for (auto& [look, then] : inbox.looks) {
      look(View{core_->scheduler(), core_->balances(), core_->cluster(), now, !degraded_.empty(), degraded_,
                batches_, core_->heard(), core_->cpu_duty()});
      if (then) flight.releases.push_back(std::move(then));
    }
    for (const auto& watcher : inbox.watchers) greet(watcher, flight);
    flight.all_over = last_order_ && core_->cluster().jobs.empty();
    gather_news(flight);
    if (core_->cluster().seq.value - snapshot_at_ >= options_.snapshot_every) {
      snapshot_at_ = core_->cluster().seq.value;
      flight.snapshot = store::Snapshot{core_->cluster(), core_->balances().text()};
    }
    return flight;
  }

  void take_last_order(LastOrder& order) {
    if (!last_order_) last_order_.emplace();
    last_order_->by = std::move(order.by);
    for (auto& then : order.thens) last_order_->thens.push_back(std::move(then));
  }

  /// Told again in each step to whom it did not reach: an append may fail, and a retry may be under way.
  void stop_all_jobs(Inbox& inbox) {
    for (const auto& [id, job] : core_->cluster().jobs) {
      if (job.stopping && !model::comes_back(job)) continue;
      inbox.commands.push_back(StopCommand{last_order_->by, id, false, "the server is going down"});
      inbox.thens.push_back([](const Answer&) {});
    }
  }

  /// New work is refused while there is no room for it; all else is let through and finds out.
  void refuse_submits(Inbox& inbox) {
    std::size_t kept = 0;
    for (std::size_t k = 0; k < inbox.commands.size(); ++k) {
      if (std::holds_alternative<SubmitCommand>(inbox.commands[k])) {
        if (last_order_) {
          inbox.thens[k](Error{Errc::unavailable, "the server is going down and takes no new work"});
          continue;
        }
        if (const std::string why = no_room(); !why.empty()) {
          inbox.thens[k](Error{Errc::exhausted, why});
          continue;
        }
      }
      if (kept != k) {
        inbox.commands[kept] = std::move(inbox.commands[k]);
        inbox.thens[kept] = std::move(inbox.thens[k]);
      }
      ++kept;
    }
    inbox.commands.resize(kept);
    inbox.thens.resize(kept);
  }

  /// While the journal cannot be written one submit a second is let through, to find out.
  std::string no_room() {
    if (degraded_.empty()) return options_.no_room();
    const auto now = Steady::now();
    if (now - tried_ < std::chrono::seconds(1)) return degraded_;
    tried_ = now;
    return "";
  }

  /// The first news of a watcher is how its job stands.
  void greet(const std::shared_ptr<Watcher>& watcher, Flight& flight) {
    const auto live = core_->cluster().jobs.find(watcher->job);
    if (live != core_->cluster().jobs.end()) {
      watchers_.emplace(watcher->job, watcher);
      flight.releases.push_back([watcher, job = live->second] { watcher->on_news({job}); });
      return;
    }
    // One that ends in this step is in its news, which is told once, and only when it is durable.
    for (const model::Job& job : flight.step.batch.ended) {
      if (job.id != watcher->job) continue;
      watchers_.emplace(watcher->job, watcher);
      return;
    }
    Result<std::optional<model::Job>> ended = journal_->ended_job(watcher->job);
    if (ended && *ended)
      flight.releases.push_back([watcher, job = std::move(**ended)] { watcher->on_news({job}); });
  }

  void gather_news(Flight& flight) const {
    if (watchers_.empty()) return;
    for (const JobId id : flight.step.changed)
      if (watchers_.contains(id)) flight.news.push_back(core_->cluster().jobs.at(id));
    for (const model::Job& job : flight.step.batch.ended)
      if (watchers_.contains(job.id)) flight.news.push_back(job);
  }

  /// An append failed and is known to have failed: what memory ran ahead is dropped and the tail read again.
  /// Where another leads, or nobody knows what is on the disk, the lead ends; a new start reads what is
  /// really there.
  bool fall_back(const Error& error) {
    if (error.code == Errc::exhausted) {
      Result<Recovered> recovered = recover(*journal_);
      if (recovered) {
        core_.emplace(std::move(*recovered), *journal_, epoch_, core_->heard());
        const std::lock_guard lock(mutex_);
        degraded_ = error.message;
        tried_ = Steady::now();
        survey_at_ = tried_ + std::chrono::seconds(1);
        return true;
      }
    }
    stood_down_ = true;
    if (options_.on_stand_down) options_.on_stand_down(error);
    return false;
  }

  // ---- the journal's thread

  void write_forever() {
    std::unique_lock lock(mutex_);
    for (;;) {
      to_write_.wait(lock, [this] { return flight_ || closing_; });
      if (!flight_) return;
      Flight& flight = *flight_;  // nobody else touches it until it is cleared
      lock.unlock();
      const Status written = write(flight);
      written ? release(flight) : refuse(flight, written.error());
      lock.lock();
      if (!written)
        failed_ = written.error();
      else if (!flight.step.batch.records.empty()) {
        degraded_.clear();
        ++batches_;
      }
      flight_.reset();
      if (failed_ || !inbox_.empty() || look_at_) to_step_.notify_one();
    }
  }

  Status write(const Flight& flight) {
    if (flight.step.batch.records.empty()) return Done{};
    return journal_->append(flight.expected, epoch_, flight.step.batch);
  }

  void release(Flight& flight) {
    if (!flight.step.orders.empty()) engine_->tell(std::move(flight.step.orders));
    for (std::size_t k = 0; k < flight.thens.size(); ++k) flight.thens[k](std::move(flight.step.answers[k]));
    for (const auto& leave : flight.releases) leave();
    for (const model::Job& job : flight.news) tell_watchers(job);
    if (flight.all_over)
      for (const auto& then : std::exchange(last_order_->thens, {})) then();
    // Older state in a failed snapshot is no loss: the journal is whole without it.
    if (flight.snapshot) (void)journal_->keep_snapshot(flight.snapshot->cluster, flight.snapshot->balances);
  }

  void refuse(Flight& flight, const Error& error) {
    for (const Then& then : flight.thens) then(error);
    for (const auto& leave : flight.releases) leave();  // reading works all the same
  }

  void tell_watchers(const model::Job& job) {
    auto [first, last] = watchers_.equal_range(job.id);
    while (first != last) {
      if (const auto watcher = first->second.lock()) {
        watcher->on_news({job});
        ++first;
      } else {
        first = watchers_.erase(first);
      }
    }
    if (model::is_over(job.state)) watchers_.erase(job.id);  // nothing more will be told of it
  }

  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<engine::Engine> engine_;
  Clock& clock_;
  Options options_;
  Epoch epoch_;
  std::optional<Core> core_;

  std::mutex mutex_;  // guards what follows up to the empty line; the rest belongs to the thread that works
  std::condition_variable to_step_, to_write_;  // one waits at each
  Inbox inbox_;
  std::optional<Flight>
      flight_;  // set by the stepper, cleared by the writer: the two never work at once on it
  std::optional<Error> failed_;
  std::string degraded_;  // why new work is refused; "" when it is not
  bool closing_ = false;
  std::int64_t batches_ = 0;

  std::multimap<JobId, std::weak_ptr<Watcher>> watchers_;
  std::int64_t snapshot_at_ = 0;
  Steady::time_point tried_;
  std::optional<Steady::time_point> look_at_;    // when to step although nothing comes in
  std::optional<Steady::time_point> survey_at_;  // when the engine is asked again, after an append failed
  std::optional<LastOrder> last_order_;
  bool stood_down_ = false;
  std::thread stepper_, writer_;
};

}  // namespace

Result<std::unique_ptr<Controller>> control(std::unique_ptr<store::Journal> journal, Recovered recovered,
                                            std::unique_ptr<engine::Engine> engine, Clock& clock,
                                            Options options) {
  auto loop = std::make_unique<Loop>(std::move(journal), std::move(engine), clock, std::move(options));
  if (Status started = loop->start(std::move(recovered)); !started) return started.error();
  return std::unique_ptr<Controller>(std::move(loop));
}

}  // namespace busbar::control
