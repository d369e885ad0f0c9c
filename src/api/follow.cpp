// SPDX-License-Identifier: Apache-2.0
// follow.cpp: one job's news and output as they come, until it is over (GET /v1/jobs/ID/events).
#include <algorithm>
#include <deque>
#include <limits>
#include <map>

#include "api/answers.hpp"
#include "api/office.hpp"

namespace busbar::api {
namespace {

constexpr Duration shortest_pause{20},
    longest_pause{100};  // between two looks at the output of a running job
constexpr Duration look_for_the_reader = std::chrono::seconds(1);
constexpr std::size_t most_page = 256 << 10;
constexpr int most_pages = 8;  // then the other followers have their turn
constexpr Duration turn_of_others{1};
/// Beyond this nothing more is read until the other side has taken some of it.
constexpr std::size_t most_unread = 1 << 20;

struct Wish {
  bool output = false;
  std::optional<int> task;  // none: every task
  int attempt = 0;          // 0: the current one; later ones follow
  std::int64_t from = 0;    // where to begin in that attempt of `task`, or of task 0
};

/// Lives on the office's output thread, held by its next look at the job; the controller's news is posted
/// there.
class Follow : public std::enable_shared_from_this<Follow> {
 public:
  Follow(Calling call, Wish wish) : call_(std::move(call)), wish_(wish) {}

  void start();

 private:
  struct Position {
    int attempt = 0;  // 0: none yet
    std::int64_t next = 0;
    bool failed = false;  // told already that it cannot be read
  };

  template <class Work>
  void on_my_thread(Work work) {
    call_->office->outputs.post([self = shared_from_this(), work = std::move(work)] { work(*self); });
  }
  void take(model::Job job);
  void nobody_there();
  void go_on();
  bool tell_news();
  bool begin(const model::Job& job);
  void place(const model::Job& job, bool at_the_beginning);
  bool read_all();
  bool read_task(int task, Position& at);
  void wait();
  bool say(std::string line) { return done_ = !call_->reply->write(std::move(line)), !done_; }
  void refresh_names();

  const Calling call_;
  const Wish wish_;
  std::shared_ptr<void> watch_;
  wire::Names names_;
  bool names_asked_ = false;  // for the news in front
  std::deque<model::Job> news_;
  std::optional<model::Job> job_;  // as last told
  std::string told_;               // its line
  std::map<int, Position> positions_;
  bool begun_ = false, over_ = false, done_ = false;
  std::int64_t looks_ = 0, next_look_ = 0;  // 0: none is under way
  Duration next_pause_{0};
  Duration pause_ = shortest_pause;
  bool hungry_ = false;  // there was more than one turn took
  int last_task_ = -1;   // that was read
};

void Follow::start() {
  auto alive = std::make_shared<bool>(false);
  call_->office->controller.look(
      [self = shared_from_this(), alive](const control::View& view) {
        *alive = view.cluster.jobs.contains(self->call_->job);
        self->names_ = names_of(view.cluster);  // nobody else has us yet
      },
      [self = shared_from_this(), alive] {
        if (!*alive) {  // over, or never there: the watch says nothing of the latter
          self->call_->office->past.post([self] {
            auto ended = self->call_->office->controller.journal().ended_job(self->call_->job);
            if (!ended) return self->call_->refuse(ended.error());
            if (!*ended) return self->call_->unknown_job();
            self->on_my_thread([job = std::move(**ended)](Follow& me) { me.take(job); });
          });
          return;
        }
        auto watch = self->call_->office->controller.watch(
            self->call_->job, [weak = std::weak_ptr(self)](const control::JobNews& news) {
              if (const auto me = weak.lock())
                me->on_my_thread([job = news.job](Follow& there) { there.take(job); });
            });
        self->on_my_thread([watch = std::move(watch)](Follow& me) {
          if (!me.done_) me.watch_ = watch;
          me.wait();  // holds us until the first news
        });
      });
}

void Follow::take(model::Job job) {
  if (done_) return;
  news_.push_back(std::move(job));
  go_on();
}

/// Tells what is new, then reads on; at the end the output first, so that the last line is the job's.
void Follow::go_on() {
  hungry_ = false;
  if (done_ || !tell_news()) return;
  if (!call_->reply->open()) return void(done_ = true);
  if (begun_ && wish_.output && !read_all()) return wait();
  if (done_) return;
  if (!over_) return wait();
  say("{\"job\":" + told_ + "}\n");
  call_->reply->end();
  done_ = true;
  watch_.reset();
}

/// False when it has to wait for the names of machines that were not there when we began, or is done.
bool Follow::tell_news() {
  for (; !news_.empty(); news_.pop_front()) {
    const model::Job& job = news_.front();
    if (!begun_ && !begin(job)) return false;
    if (!cover(names_, job) && !std::exchange(names_asked_, true)) return refresh_names(), false;
    names_asked_ = false;
    place(job, !job_);
    std::string line = job_object(job, names_);
    over_ = model::is_over(job.state);
    const bool is_new = line != told_;
    told_ = std::move(line);
    job_ = job;
    pause_ = shortest_pause;
    if (over_) {
      news_.clear();
      break;
    }
    if (is_new && !say("{\"job\":" + told_ + "}\n")) return false;
  }
  return true;
}

bool Follow::begin(const model::Job& job) {
  done_ = true;
  if (!call_->may(model::Verb::see, job.owner)) return false;
  if (wish_.output && !call_->may(model::Verb::read_output, job.owner)) return false;
  if (wish_.task && *wish_.task >= job.spec->tasks) {
    call_->refuse({Errc::not_found, "job " + std::to_string(job.id.value) + " has no task " +
                                        std::to_string(*wish_.task) + ": it has " +
                                        std::to_string(job.spec->tasks) + ", counted from 0"});
    return false;
  }
  done_ = false;
  begun_ = true;
  call_->reply->begin(200, "application/x-ndjson");
  return true;
}

/// Where to read on: for a task that was there before us its current attempt (or the one asked for), later
/// its first.
void Follow::place(const model::Job& job, bool at_the_beginning) {
  for (int task = 0; task < static_cast<int>(job.tasks.size()); ++task) {
    const auto& attempts = job.tasks[static_cast<std::size_t>(task)].attempts;
    Position& at = positions_[task];
    if (attempts.empty() || at.attempt != 0 || (wish_.task && task != *wish_.task)) continue;
    at.attempt = at_the_beginning ? attempts.back().n : attempts.front().n;
    if (wish_.attempt != 0) at.attempt = wish_.attempt;
    if (task == wish_.task.value_or(0)) at.next = wish_.from;
  }
}

/// False when there may be more at once, but the other side has to take some first or others have their turn;
/// or when we are done.
bool Follow::read_all() {
  bool all = true;
  auto next =
      positions_.upper_bound(last_task_);  // in turn, so that one that floods does not silence the others
  for (std::size_t k = 0; k < positions_.size() && !done_; ++k, ++next) {
    if (next == positions_.end()) next = positions_.begin();
    if (next->second.attempt == 0) continue;
    if (call_->reply->waiting() > most_unread) return false;
    last_task_ = next->first;
    all = read_task(next->first, next->second) && all;
  }
  return all && !done_;
}

bool Follow::read_task(int task, Position& at) {
  for (int pages = 0;; ++pages) {
    if (call_->reply->waiting() > most_unread) return false;
    if (pages == most_pages) {
      hungry_ = true;
      return false;
    }
    const model::AttemptId id{job_->id, task, at.attempt};
    const auto page = call_->office->engine.read(id, at.next, most_page);
    if (!page) {
      if (std::exchange(at.failed, true)) return true;
      engine::OutputPage remark{
          {{engine::Output::Stream::note, job_->submitted, page.error().message + "\n"}}, at.next, true};
      return say(page_lines(remark, id));
    }
    if (!page->pieces.empty()) {
      pause_ = shortest_pause;
      if (!say(page_lines(*page, id))) return false;
    }
    const bool moved = page->next != at.next;
    at.next = page->next;
    if (!page->at_end && moved) continue;
    // At its end: does a later attempt go on?
    const auto& attempts = job_->tasks[static_cast<std::size_t>(task)].attempts;
    const auto later =
        std::find_if(attempts.begin(), attempts.end(), [&](const auto& next) { return next.n > at.attempt; });
    if (later == attempts.end()) return true;
    at = {later->n, 0};
  }
}

/// The next look holds us until then. A sooner one takes the place of a later one: a job that starts is not
/// left until the look that was meant for one that waits.
void Follow::wait() {
  if (done_) return;
  const bool runs = over_ || (wish_.output && job_ && !job_->tasks.empty());
  const Duration pause = hungry_ ? turn_of_others : runs ? pause_ : look_for_the_reader;
  if (next_look_ != 0 && pause >= next_pause_) return;
  next_pause_ = pause;
  pause_ = std::min(longest_pause, pause_ * 2);
  call_->office->outputs.after(pause, [self = shared_from_this(), look = next_look_ = ++looks_] {
    if (look != self->next_look_) return;
    self->next_look_ = 0;
    self->go_on();
    self->wait();
  });
}

void Follow::refresh_names() {
  auto names = std::make_shared<wire::Names>();
  call_->office->controller.look([names](const control::View& view) { *names = names_of(view.cluster); },
                                 [self = shared_from_this(), names] {
                                   self->on_my_thread([names](Follow& me) {
                                     me.names_ = *names;
                                     me.go_on();
                                   });
                                 });
}

}  // namespace

void follow(const Calling& call) {
  constexpr auto any = std::numeric_limits<std::int64_t>::max();
  const auto task = call->number("task", 0, 0, 1'000'000), attempt = call->number("attempt", 0, 0, 1'000'000);
  if (!task || !attempt) return;
  const auto from = call->number("from", 0, 0, any);
  if (!from) return;
  Wish wish{call->asks_for("output"), {}, static_cast<int>(*attempt), *from};
  if (call->request.query.contains("task")) wish.task = static_cast<int>(*task);
  std::make_shared<Follow>(call, wish)->start();
}

}  // namespace busbar::api
