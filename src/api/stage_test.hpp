// SPDX-License-Identifier: Apache-2.0
// stage_test.hpp: the real controller on a journal in memory, an engine that does as the test says, and a
// second user.
#pragma once
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>

#include "api/server.hpp"
#include "wire/forms.hpp"

namespace busbar::api {

class StageClock final : public Clock {
 public:
  Instant now() override { return Instant(Duration(now_.load())); }
  void advance(Duration by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{1'800'000'000'000};
};

/// Runs nothing: launches wait here until the test says what became of them.
class StageEngine final : public engine::Engine {
 public:
  Status start(Epoch, std::function<void(engine::News)> sink) override {
    sink_ = std::move(sink);
    survey();
    return Done{};
  }
  void survey() override {
    model::NodeFacts facts;
    facts.id = NodeId{1};
    facts.name = "box";
    facts.boot_id = "first";
    facts.cpus = Cpus{4000};
    facts.memory = GiB * 16;
    for (int k = 0; k < 2; ++k) {
      model::Device device;
      device.id = DeviceId{k + 1};
      device.index = k;
      device.memory = GiB * 80;
      facts.devices.push_back(device);
    }
    sink_(engine::Joined{facts, {}});
  }
  void tell(std::vector<engine::Order> orders) override {
    const std::lock_guard lock(mutex_);
    for (engine::Order& order : orders) {
      if (auto* launch = std::get_if<engine::LaunchOrder>(&order)) launched_.push_back(launch->attempt);
    }
    changed_.notify_all();
  }
  Result<engine::OutputPage> read(const model::AttemptId& attempt, std::int64_t from,
                                  std::size_t most) override {
    const std::lock_guard lock(mutex_);
    const std::string& all = written_[attempt];
    const auto begin = std::min(all.size(), static_cast<std::size_t>(from));
    const std::string piece =
        all.substr(begin, std::min<std::size_t>(most, 1000));  // small, so that there are pages
    engine::OutputPage page;
    page.next = static_cast<std::int64_t>(begin + piece.size());
    page.at_end = begin + piece.size() == all.size();
    if (!piece.empty()) page.pieces.push_back({engine::Output::Stream::out, Instant(), piece});
    return page;
  }

  void await_launch(const model::AttemptId& attempt) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, std::chrono::seconds(20), [&] {
      return std::find(launched_.begin(), launched_.end(), attempt) != launched_.end();
    });
    EXPECT_TRUE(came) << show(attempt);
  }
  void write(const model::AttemptId& attempt, std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    written_[attempt] += bytes;
  }
  void started(const model::AttemptId& attempt) { sink_(model::Started{attempt, 4711}); }
  void finished(const model::AttemptId& attempt, int exit_code = 0) {
    model::Finished news;
    news.attempt = attempt;
    news.ending.exit_code = exit_code;
    sink_(news);
  }
  void run(const model::AttemptId& attempt, std::string_view output = {}, int exit_code = 0) {
    await_launch(attempt);
    started(attempt);
    write(attempt, output);
    finished(attempt, exit_code);
  }

 private:
  std::function<void(engine::News)> sink_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<model::AttemptId> launched_;
  std::map<model::AttemptId, std::string> written_;
};

inline constexpr std::uint32_t stranger = 65534;

/// A process of another user that asks what it is told to. To be made before there are threads.
class Stranger {
 public:
  Stranger() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    child_ = fork();
    if (child_ == 0) {
      close(ends[0]);
      if (setgid(stranger) != 0 || setuid(stranger) != 0) _exit(1);
      char text[4096];
      for (ssize_t size = 0; (size = recv(ends[1], text, sizeof text, 0)) > 0;) {
        const std::string all(text, static_cast<std::size_t>(size));
        const auto first = all.find('\n'), second = all.find('\n', first + 1),
                   third = all.find('\n', second + 1);
        const auto answer = net::client(all.substr(0, first))
                                ->ask(all.substr(first + 1, second - first - 1),
                                      all.substr(second + 1, third - second - 1), all.substr(third + 1));
        const std::string told =
            answer ? std::to_string(answer->status) + answer->body : "000" + answer.error().message;
        if (send(ends[1], told.data(), told.size(), 0) < 0) break;
      }
      _exit(0);
    }
    close(ends[1]);
    end_ = ends[0];
  }
  ~Stranger() {
    close(end_);
    waitpid(child_, nullptr, 0);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

  net::Response ask(const std::string& socket, const std::string& method, const std::string& target,
                    const std::string& body = {}) {
    const std::string text = socket + "\n" + method + "\n" + target + "\n" + body;
    char told[1 << 16];
    if (send(end_, text.data(), text.size(), 0) < 0) return {};
    const ssize_t size = recv(end_, told, sizeof told, 0);
    if (size < 3) return {};
    return {std::atoi(std::string(told, 3).c_str()),
            std::string(told + 3, static_cast<std::size_t>(size) - 3)};
  }

 private:
  int end_ = -1;
  pid_t child_ = -1;
};

class Stage {
 public:
  explicit Stage(bool everybody = true) {
    std::string name = (std::filesystem::temp_directory_path() / "busbar-api-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    folder = name;
    chmod(name.c_str(), 0711);
    auto journal = store::memory_journal();
    auto recovered = control::recover(*journal);
    auto machines = std::make_unique<StageEngine>();
    engine = machines.get();
    control::Options control_options;
    control_options.no_room = [this] {
      return full ? std::string("no room for new work: 0 B free") : std::string();
    };
    auto made = control::control(std::move(journal), std::move(*recovered), std::move(machines), clock,
                                 control_options);
    EXPECT_TRUE(made);
    controller = std::move(*made);
    Options options;
    options.socket = folder + "/busbar.sock";
    options.everybody = everybody;
    options.version = "1.2.3";
    options.settings.declared_gpus = "2:H100:80GiB";
    options.state_folder = folder;
    options.user_of = [](std::uint32_t uid) {
      return uid == getuid() ? "ada" : uid == stranger ? "bob" : "";
    };
    options.on_down = [this](bool stop_jobs) {
      const std::lock_guard lock(mutex);
      down = stop_jobs ? "stopping" : "going";
      changed.notify_all();
    };
    auto served = serve(*controller, *engine, clock, std::move(options));
    EXPECT_TRUE(served) << (served ? "" : served.error().message);
    api = std::move(*served);
    client = net::client(socket());
  }
  ~Stage() {
    client.reset();
    api.reset();
    controller.reset();
    std::filesystem::remove_all(folder);
  }
  std::string socket() const { return folder + "/busbar.sock"; }

  net::Response ask(std::string_view method, const std::string& target, std::string_view body = {}) {
    auto answer = client->ask(method, target, body);
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : net::Response{0, "", ""};
  }
  std::string await_down() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, std::chrono::seconds(20), [&] { return !down.empty(); });
    return down;
  }

  std::string folder;
  StageClock clock;
  std::atomic<bool> full = false;
  StageEngine* engine = nullptr;
  std::unique_ptr<control::Controller> controller;
  std::unique_ptr<Api> api;
  std::unique_ptr<net::Client> client;
  std::mutex mutex;
  std::condition_variable changed;
  std::string down;
};

inline model::JobSpec job_spec() {
  model::JobSpec spec;
  spec.name = "work";
  spec.workdir = "/";
  spec.command = {"true"};
  spec.env = {{"TOKEN", "hidden"}};
  return spec;
}
inline std::string submit_body(const model::JobSpec& spec = job_spec(), const std::string& key = {}) {
  return wire::encode(wire::SubmitForm{key, spec});
}

}  // namespace busbar::api
