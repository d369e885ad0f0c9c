// SPDX-License-Identifier: Apache-2.0
// scene_test.hpp: what the engine's tests need: an engine over a scratch folder with a real launcher and real
// shims, and a memory of all its news.
#pragma once
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>

#include "engine/local/local.hpp"
#include "engine/local/shim/record.hpp"

namespace busbar::engine {

using namespace std::chrono_literals;

inline std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Waits for something that must come soon; the bound is only for a test that fails.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds bound = 20s) {
  const auto until = std::chrono::steady_clock::now() + bound;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

inline bool alive(std::int64_t pid) {
  if (pid <= 0 || ::kill(static_cast<pid_t>(pid), 0) != 0) return false;
  const std::string stat = slurp("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t at = stat.rfind(')');
  return at != std::string::npos && stat.compare(at, 3, ") Z") != 0;
}

/// How many processes carry this text in their command line.
inline int count_running(const std::string& marker) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos || std::stoi(name) == ::getpid()) continue;
    if (slurp("/proc/" + name + "/cmdline").find(marker) != std::string::npos) ++count;
  }
  return count;
}

/// A folder that is gone with its owner; users may pass through it.
struct Scratch {
  std::string path;
  Scratch() {
    char name[] = "/tmp/busbar-engine-XXXXXX";
    path = ::mkdtemp(name);
    ::chmod(path.c_str(), 0755);
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

class Scene {
 public:
  explicit Scene(const std::string& isolation = "full", std::int64_t epoch = 1, std::string folder = "")
      : folder_(std::move(folder)) {
    if (folder_.empty()) folder_ = own_.path + "/state";
    settings.isolation = isolation;
    epoch_ = Epoch{epoch};
  }
  ~Scene() { close(); }

  Status open() {
    LocalOptions options;
    options.folder = folder_;
    options.shim = shim;
    options.settings = settings;
    options.socket = "/the/socket";
    engine_ = local_engine(options);
    return engine_->start(epoch_, [this](News news) {
      const std::lock_guard lock(mutex_);
      news_.push_back(std::move(news));
      changed_.notify_all();
    });
  }
  void close() { engine_.reset(); }
  Engine& engine() { return *engine_; }
  const std::string& folder() const { return folder_; }

  /// An order for `sh -c SCRIPT` in a job of its own, to be changed before it is told.
  LaunchOrder order(const std::string& shell) {
    LaunchOrder order;
    order.attempt = {JobId{next_job_++}, 0, 1};
    order.epoch = epoch_;
    order.owner.uid = ::geteuid();
    order.owner.gid = ::getegid();
    order.nodes = {"here"};
    order.settings = std::make_shared<const model::Settings>(settings);
    spec = std::make_shared<model::JobSpec>();
    spec->name = "test";
    spec->workdir = "/tmp";
    spec->command = {"sh", "-c", shell};
    spec->each.cpus = Cpus{100'000};  // no quota, so that slow machines do not get slower
    order.spec = spec;
    return order;
  }
  std::shared_ptr<model::JobSpec> spec;  // of the last order()

  void tell(Order one) {
    std::vector<Order> orders;
    orders.push_back(std::move(one));
    engine_->tell(std::move(orders));
  }
  model::AttemptId launch(const LaunchOrder& order) {
    tell(order);
    return order.attempt;
  }
  model::AttemptId launch(const std::string& shell) { return launch(order(shell)); }
  void stop(const model::AttemptId& attempt, Duration grace = Duration(0),
            const std::string& reason = "asked", bool warned = false) {
    tell(StopOrder{attempt, epoch_, NodeId{}, reason, grace, warned});
  }

  /// The first news of that kind that `suits`, waited for.
  template <class Kind, class Suits>
  std::optional<Kind> wait_for(Suits suits) {
    std::unique_lock lock(mutex_);
    const auto find = [&]() -> const Kind* {
      for (const News& news : news_)
        if (const Kind* kind = std::get_if<Kind>(&news); kind && suits(*kind)) return kind;
      return nullptr;
    };
    changed_.wait_for(lock, 30s, [&] { return find() != nullptr; });
    const Kind* found = find();
    return found ? std::optional<Kind>(*found) : std::nullopt;
  }
  std::int64_t started(const model::AttemptId& attempt) {
    const auto news = wait_for<model::Started>([&](const model::Started& s) { return s.attempt == attempt; });
    return news ? news->pid : 0;
  }
  model::Finished finished(const model::AttemptId& attempt) {
    const auto news =
        wait_for<model::Finished>([&](const model::Finished& f) { return f.attempt == attempt; });
    EXPECT_TRUE(news) << "no end of " << model::show(attempt) << " was told";
    return news.value_or(model::Finished{});
  }
  model::Ending ending(const model::AttemptId& attempt) { return finished(attempt).ending; }
  Joined joined() {
    const auto news = wait_for<Joined>([](const Joined&) { return true; });
    EXPECT_TRUE(news) << "the machine did not join";
    return news.value_or(Joined{});
  }
  template <class Kind>
  int count(const model::AttemptId& attempt) {
    const std::lock_guard lock(mutex_);
    int count = 0;
    for (const News& news : news_)
      if (const Kind* kind = std::get_if<Kind>(&news); kind && kind->attempt == attempt) ++count;
    return count;
  }
  void forget_news() {
    const std::lock_guard lock(mutex_);
    news_.clear();
  }

  /// All that it wrote, notes included.
  std::string output(const model::AttemptId& attempt) {
    std::string text;
    for (std::int64_t from = 0;;) {
      const Result<OutputPage> page = engine_->read(attempt, from, 1 << 20);
      if (!page) return page.error().message;
      for (const Output& piece : page->pieces) text += piece.bytes;
      from = page->next;
      if (page->at_end) return text;
    }
  }
  std::string task_folder(const model::AttemptId& attempt) const {
    return folder_ + "/tasks/" + model::show(attempt);
  }
  std::int64_t shim_of(const model::AttemptId& attempt) const {
    shim::Fd record(::open((task_folder(attempt) + "/record").c_str(), O_RDONLY | O_CLOEXEC));
    const auto begun = shim::read_area<shim::StartedRecord>(record.get(), shim::Area::started);
    return begun ? begun->shim_pid : 0;
  }
  /// The pid of our launcher: the child of this process that has this folder as its argument.
  pid_t launcher() const {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      const std::string line = slurp("/proc/" + name + "/cmdline");
      if (line.find("launcher" + std::string(1, '\0') + folder_ + std::string(1, '\0')) !=
              std::string::npos &&
          alive(std::stoi(name)))
        return std::stoi(name);
    }
    return 0;
  }

  model::Settings settings;
  std::string shim = std::string(BUSBAR_BINARY_DIR) + "/busbar-shim";

 private:
  Scratch own_;
  std::string folder_;
  Epoch epoch_;
  std::int64_t next_job_ = 1;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<News> news_;
  std::unique_ptr<Engine> engine_;
};

inline bool is_root() { return ::geteuid() == 0; }

}  // namespace busbar::engine
