// SPDX-License-Identifier: Apache-2.0
// fake_server_test.hpp: a server that answers as a test says, and a run of the whole command line against it.
#pragma once
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "net/http.hpp"

namespace busbar::cli::testing {

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/busbar-cli.XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { [[maybe_unused]] const int gone = std::system(("rm -rf " + path).c_str()); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path;
  std::string read(const std::string& name) const {
    std::string text;
    FILE* file = std::fopen((path + "/" + name).c_str(), "r");
    if (file == nullptr) return "";
    for (int letter = 0; (letter = std::fgetc(file)) != EOF;) text += static_cast<char>(letter);
    std::fclose(file);
    return text;
  }
};

using Replier = std::shared_ptr<net::Reply>;

class FakeServer {
 public:
  using Answer = std::function<void(const net::Request&, Replier)>;

  FakeServer() { start(); }
  ~FakeServer() { stop(); }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  /// `route` is "GET /v1/jobs/7"; the latest one said counts.
  void on(const std::string& route, Answer answer) {
    const std::lock_guard lock(mutex_);
    routes_[route] = std::move(answer);
  }
  void on(const std::string& route, std::string body, int status = 200) {
    on(route,
       [body = std::move(body), status](const net::Request&, Replier reply) { reply->send({status, body}); });
  }
  /// Lines of an event stream that ends well.
  void on_lines(const std::string& route, std::vector<std::string> lines) {
    on(route, [lines = std::move(lines)](const net::Request&, Replier reply) {
      reply->begin(200, "application/x-ndjson");
      for (const std::string& line : lines) reply->write(line + "\n");
      reply->end();
    });
  }
  /// As a machine that loses its power does: every connection breaks.
  void stop() { server_.reset(); }
  void start() {
    // Signals belong to the thread that runs the command, as in a program of one thread.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    auto server =
        net::serve({.path = folder.path + "/busbar.sock"},
                   [this](const net::Request& request, Replier reply) { handle(request, std::move(reply)); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  /// "GET /v1/jobs all=1 project=p", in order; bodies are in bodies().
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::vector<std::string> bodies() const {
    const std::lock_guard lock(mutex_);
    return bodies_;
  }

  Folder folder;

 private:
  void handle(const net::Request& request, Replier reply) {
    std::string line = request.method + " " + request.path;
    Answer answer;
    {
      const std::lock_guard lock(mutex_);
      const auto found = routes_.find(line);
      if (found != routes_.end()) answer = found->second;
      for (const auto& [name, value] : request.query) line += " " + name + "=" + value;
      asked_.push_back(line);
      bodies_.push_back(request.body);
    }
    if (answer) return answer(request, std::move(reply));
    reply->send(
        {404, R"({"version":1,"error":{"code":"not_found","message":"there is nothing at )" + line + "\"}}"});
  }

  mutable std::mutex mutex_;
  std::map<std::string, Answer> routes_;
  std::vector<std::string> asked_, bodies_;
  std::unique_ptr<net::Server> server_;
};

struct Outcome {
  int code = 0;
  std::string out, err;
};

/// Runs `words` behind `busbar --state FOLDER` in this process, both streams caught.
inline Outcome busbar(const Folder& state, std::vector<std::string> words) {
  words.insert(words.begin(), {"busbar", "--state", state.path});
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  const Folder caught;
  int kept[2];
  for (const int fd : {1, 2}) {
    kept[fd - 1] = ::dup(fd);
    const int file =
        ::open((caught.path + "/" + std::to_string(fd)).c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    ::dup2(file, fd);
    ::close(file);
  }
  const Hooks hooks{[](const ServerFlags& flags) { return flags.state.empty() ? 1 : 33; },
                    [](const std::string& folder, bool json) { return folder.empty() ? 1
                                                                      : json         ? 35
                                                                                     : 34; },
                    "0.1.0"};
  Outcome outcome;
  outcome.code = cli::main(static_cast<int>(argv.size()), argv.data(), hooks);
  for (const int fd : {1, 2}) {
    ::dup2(kept[fd - 1], fd);
    ::close(kept[fd - 1]);
  }
  outcome.out = caught.read("1");
  outcome.err = caught.read("2");
  return outcome;
}

/// {"job":...} as the server tells it, in `state`; `more` are further fields, ",\"name\":1".
inline std::string job_line(int id, const std::string& state, const std::string& more = "") {
  return R"({"job":{"id":)" + std::to_string(id) +
         R"(,"name":"train","user":"ada","project":"default","state":")" + state +
         R"(","attempt":1,"node":"n1")" + more + "}}";
}
inline std::string out_line(const std::string& text, int next, const std::string& stream = "out") {
  return R"({"stream":")" + stream + R"(","text":")" + text + R"(","next":)" + std::to_string(next) + "}";
}
/// What GET /v1/jobs/ID gives: a job without anything unusual asked for.
inline std::string detail_body(const std::string& job_json,
                               const std::string& spec = R"("name":"train","workdir":"/w","command":["x"])") {
  return R"({"version":1,"job":)" + job_json + R"(,"spec":{)" + spec + "}}";
}

}  // namespace busbar::cli::testing
