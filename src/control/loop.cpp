// SPDX-License-Identifier: Apache-2.0
// loop.cpp: the live shell around Core. One thread steps; the journal's own thread syncs and then lets the
// effects out, while the next step fills. Memory may run ahead of the disk; effects never do.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "control/core.hpp"

namespace busbar::control {
namespace {

using Then = std::function<void(Answer)>;

struct Watcher {
  JobId job;
  std::function<void(JobNews)> on_news;
};

/// What waits for the next step.
struct Inbox {
  std::vector<Command> commands;
  std::vector<Then> thens;  // one for each command
  std::vector<engine::News> news;
  std::vector<std::pair<std::function<void(const View&)>, std::function<void()>>> looks;
  std::vector<std::shared_ptr<Watcher>> watchers;
  bool empty() const { return commands.empty() && news.empty() && looks.empty() && watchers.empty(); }
};

/// A step on its way through the journal, with all that may leave only afterwards.
struct Flight {
  Seq expected;
  Step step;
  std::vector<Then> thens;
  std::vector<std::function<void()>> releases;
  std::optional<store::Snapshot> snapshot;
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
    wake_.notify_all();
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

  void look(std::function<void(const View&)> look, std::function<void()> then) override {
    put([&](Inbox& inbox) { inbox.looks.emplace_back(std::move(look), std::move(then)); });
  }

  std::shared_ptr<void> watch(JobId id, std::function<void(JobNews)> on_news) override {
    auto watcher = std::make_shared<Watcher>(Watcher{id, std::move(on_news)});
    put([&](Inbox& inbox) { inbox.watchers.push_back(watcher); });
    return watcher;
  }

  void stop_all(model::Principal by, std::function<void()> then) override {
    auto ids = std::make_shared<std::vector<JobId>>();
    look(
        [ids](const View& view) {
          for (const auto& [id, job] : view.cluster.jobs) ids->push_back(id);
        },
        [this, by = std::move(by), ids, then = std::move(then)] { await_end_of(by, *ids, then); });
  }

  store::Journal& journal() override { return *journal_; }
  engine::Engine& engine() override { return *engine_; }

 private:
  template <class Change>
  void put(const Change& change) {
    {
      const std::lock_guard lock(mutex_);
      change(inbox_);
    }
    wake_.notify_all();
  }

  void command(Command command, Then then) {
    put([&](Inbox& inbox) {
      inbox.commands.push_back(std::move(command));
      inbox.thens.push_back(std::move(then));
    });
  }

  void await_end_of(const model::Principal& by, const std::vector<JobId>& ids,
                    const std::function<void()>& then) {
    if (ids.empty()) return then();
    struct Waiting {
      std::set<JobId> left;
      std::vector<std::shared_ptr<void>> watchers;
    };
    auto waiting = std::make_shared<Waiting>();  // touched on the writer's thread alone; kept until we go
    waiting->left.insert(ids.begin(), ids.end());
    for (const JobId id : ids) {
      waiting->watchers.push_back(watch(id, [weak = std::weak_ptr(waiting), then](const JobNews& news) {
        const auto still = weak.lock();
        if (!still || !model::is_over(news.job.state)) return;
        if (still->left.erase(news.job.id) != 0 && still->left.empty()) then();
      }));
      stop(by, id, false, "the server is going down", [](const Result<int>&) {});
    }
    const std::lock_guard lock(mutex_);
    kept_.push_back(waiting);
  }

  // ---- the stepping thread

  void step_forever() {
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto ready = [this] { return closing_ || (!flight_ && (failed_ || !inbox_.empty())); };
      if (degraded_.empty()) {
        wake_.wait(lock, ready);
      } else if (!wake_.wait_for(lock, std::chrono::seconds(1), ready)) {
        // What a full disk made us forget comes again, and finds out whether there is room by now.
        lock.unlock();
        engine_->survey();
        lock.lock();
        continue;
      }
      if (closing_) return;
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
      wake_.notify_all();
    }
  }

  Flight make_step(Inbox inbox) {
    Flight flight;
    flight.expected = core_->cluster().seq;
    const Instant now = clock_.now();
    refuse_submits(inbox);
    flight.step = core_->step(now, clock_.jumped(), inbox.commands, inbox.news);
    flight.thens = std::move(inbox.thens);
    for (auto& [look, then] : inbox.looks) {
      look(View{core_->scheduler(), core_->balances(), core_->cluster(), now, !degraded_.empty(), degraded_,
                batches_, core_->heard()});
      if (then) flight.releases.push_back(std::move(then));
    }
    for (const auto& watcher : inbox.watchers) greet(watcher, flight);
    if (core_->cluster().seq.value - snapshot_at_ >= options_.snapshot_every) {
      snapshot_at_ = core_->cluster().seq.value;
      flight.snapshot = store::Snapshot{core_->cluster(), core_->balances().text()};
    }
    return flight;
  }

  /// New work is refused while there is no room for it; all else is let through and finds out.
  void refuse_submits(Inbox& inbox) {
    std::size_t kept = 0;
    for (std::size_t k = 0; k < inbox.commands.size(); ++k) {
      if (std::holds_alternative<SubmitCommand>(inbox.commands[k])) {
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
    const auto now = std::chrono::steady_clock::now();
    if (now - tried_ < std::chrono::seconds(1)) return degraded_;
    tried_ = now;
    return "";
  }

  /// The first news of a watcher is how its job stands.
  void greet(const std::shared_ptr<Watcher>& watcher, Flight& flight) {
    watchers_.emplace(watcher->job, watcher);
    const auto live = core_->cluster().jobs.find(watcher->job);
    if (live != core_->cluster().jobs.end()) {
      flight.releases.push_back([watcher, job = live->second] { watcher->on_news({job}); });
      return;
    }
    for (const model::Job& job : flight.step.batch.ended) {
      if (job.id != watcher->job) continue;
      flight.releases.push_back([watcher, job] { watcher->on_news({job}); });
      return;
    }
    Result<std::optional<model::Job>> ended = journal_->ended_job(watcher->job);
    if (ended && *ended)
      flight.releases.push_back([watcher, job = std::move(**ended)] { watcher->on_news({job}); });
  }

  /// An append failed or may have failed: what memory ran ahead is dropped and the tail read again.
  bool fall_back(const Error& error) {
    if (error.code != Errc::conflict) {
      Result<Recovered> recovered = recover(*journal_);
      if (recovered) {
        core_.emplace(std::move(*recovered), *journal_, epoch_, core_->heard());
        const std::lock_guard lock(mutex_);
        degraded_ = error.message;
        tried_ = std::chrono::steady_clock::now();
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
      wake_.wait(lock, [this] { return flight_ || closing_; });
      if (!flight_) return;
      Flight& flight = *flight_;  // nobody else touches it until it is cleared
      lock.unlock();
      const Status written = write(flight);
      written ? release(flight) : refuse(flight, written.error());
      lock.lock();
      bool well_again = false;
      if (!written)
        failed_ = written.error();
      else if (!flight.step.batch.records.empty()) {
        well_again = !degraded_.empty();
        degraded_.clear();
        ++batches_;
      }
      flight_.reset();
      wake_.notify_all();
      if (!well_again) continue;
      lock.unlock();
      engine_->survey();  // what a failed batch forgot was perhaps not asked for again yet
      lock.lock();
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
    for (const model::Job& job : flight.step.news) tell_watchers(job);
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
  }

  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<engine::Engine> engine_;
  Clock& clock_;
  Options options_;
  Epoch epoch_;
  std::optional<Core> core_;

  std::mutex mutex_;  // guards what follows up to the empty line; the rest belongs to the thread that works
  std::condition_variable wake_;
  Inbox inbox_;
  std::optional<Flight>
      flight_;  // set by the stepper, cleared by the writer: the two never work at once on it
  std::optional<Error> failed_;
  std::string degraded_;  // why new work is refused; "" when it is not
  bool closing_ = false;
  std::int64_t batches_ = 0;
  std::vector<std::shared_ptr<void>> kept_;

  std::multimap<JobId, std::weak_ptr<Watcher>> watchers_;
  std::int64_t snapshot_at_ = 0;
  std::chrono::steady_clock::time_point tried_;
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
