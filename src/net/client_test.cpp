// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "net/http.hpp"
#include "net/raw_socket.hpp"

namespace busbar::net {
namespace {

/// A server that speaks a script: for each connection, the bytes with which it answers a request; then it
/// closes.
class Script {
 public:
  Script(const Folder& folder, std::vector<std::vector<std::string>> connections)
      : listener_(std::move(*listen_at(folder.socket(), 0600))),
        thread_([this, connections = std::move(connections)] {
          for (const auto& answers : connections) {
            pollfd state{listener_.socket.get(), POLLIN, 0};
            if (poll(&state, 1, 20'000) <= 0) return;
            Descriptor socket(accept4(listener_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
            for (const std::string& answer : answers) {
              char buffer[4096];
              if (recv(socket.get(), buffer, sizeof buffer, 0) <= 0) break;
              ++requests;
              send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
            }
            socket.reset();
            ++closed;
          }
        }) {}
  ~Script() { thread_.join(); }
  std::atomic<int> requests = 0, closed = 0;  // connections that it has closed

 private:
  Listener listener_;
  std::thread thread_;
};

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST(Client, NobodyThereIsUnavailableAndNamesThePath) {
  const Folder folder;
  const auto answer = client(folder.socket())->ask("GET", "/");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_NE(answer.error().message.find(folder.socket()), std::string::npos);
}

TEST(Client, ASocketOneMayNotOpenIsDenied) {
  if (getuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  const Folder folder;
  chmod(folder.path.c_str(), 0755);
  const auto server = serve({.path = folder.socket(), .mode = 0600}, [](Request, std::shared_ptr<Reply>) {});
  ASSERT_TRUE(server);
  const pid_t child = fork();
  if (child == 0) {
    if (setuid(65534) != 0) _exit(1);
    const auto answer = client(folder.socket())->ask("GET", "/");
    _exit(!answer && answer.error().code == Errc::denied ? 0 : 2);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(Client, ConnectsAnewWhenTheConnectionWasClosedBetweenRequests) {
  const Folder folder;
  Script script(folder, {{ok}, {ok, ok}});
  const auto asker = client(folder.socket());
  for (int n = 0; n < 3; ++n) {
    const auto answer = asker->ask("GET", "/");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "ok");
    while (n == 0 && script.closed == 0) std::this_thread::yield();
  }
  EXPECT_EQ(script.requests, 3);
}

TEST(Client, ARequestThatMayHaveArrivedIsNotSentAgain) {
  const Folder folder;
  Script script(folder, {{""}, {ok}});
  const auto asker = client(folder.socket());
  const auto lost = asker->ask("POST", "/", "x");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Errc::unavailable);
  EXPECT_EQ(script.requests, 1);
  EXPECT_EQ(asker->ask("GET", "/")->body, "ok");
}

struct Answer {
  const char* says;
  std::string sent;
  const char* told;  // status and body, or the error
};

TEST(Client, WhatServersSay) {
  const Answer answers[] = {
      {"by length", ok, "200 ok"},
      {"in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
       "200 ok"},
      {"to the end", "HTTP/1.1 200 OK\r\n\r\nok", "200 ok"},
      {"nothing to say", "HTTP/1.1 204 No Content\r\n\r\n", "204 "},
      {"a refusal", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "404 no"},
      {"cut short", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", "unavailable"},
      {"cut in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok", "unavailable"},
      {"not HTTP", "220 mail.example ESMTP\r\n", "unavailable"},
      {"silence", "", "unavailable"},
  };
  for (const Answer& row : answers) {
    SCOPED_TRACE(row.says);
    const Folder folder;
    const Script script(folder, {{row.sent}});
    const auto answer = client(folder.socket())->ask("GET", "/");
    if (!answer) {
      EXPECT_EQ(answer.error().code, Errc::unavailable) << answer.error().message;
    }
    EXPECT_EQ(answer ? std::to_string(answer->status) + " " + answer->body : "unavailable", row.told);
  }
}

TEST(Client, PatienceEnds) {
  const Folder folder;
  std::shared_ptr<Reply> kept;
  const auto server = serve({.path = folder.socket()},
                            [&](const Request&, std::shared_ptr<Reply> reply) { kept = std::move(reply); });
  ASSERT_TRUE(server);
  const auto answer = client(folder.socket())->ask("GET", "/", {}, std::chrono::milliseconds(20));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
}

TEST(Client, ALargeBodyThatIsRefusedStillHearsWhy) {
  const Folder folder;
  const auto server =
      serve({.path = folder.socket(), .most_body = 1000}, [](Request, std::shared_ptr<Reply>) {});
  ASSERT_TRUE(server);
  const auto answer = client(folder.socket())->ask("POST", "/", std::string(20 << 20, 'x'));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 413);
  EXPECT_NE(answer->body.find("larger than 1000 bytes"), std::string::npos);
}

TEST(Client, AStreamHandsOverPiecesAsTheyComeAndHangsUpWhenTold) {
  const Folder folder;
  std::shared_ptr<Reply> reply;
  const auto server = serve({.path = folder.socket()}, [&](const Request&, std::shared_ptr<Reply> asked) {
    asked->begin(200, "text/plain");
    asked->write("1");
    reply = std::move(asked);
  });
  ASSERT_TRUE(server);
  std::string heard;
  const auto asker = client(folder.socket());
  const auto answer = asker->stream("GET", "/", {}, [&](std::string_view piece) {
    heard += piece;
    if (heard == "123") return false;
    reply->write(std::to_string(heard.size() + 1));  // only now, so each piece must have come by itself
    return true;
  });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(heard, "123");
  while (reply->open()) std::this_thread::yield();
}

TEST(Client, AStreamThatIsRefusedGivesTheBody) {
  const Folder folder;
  const auto server =
      serve({.path = folder.socket()},
            [](const Request&, const std::shared_ptr<Reply>& reply) { reply->send({404, "no such thing"}); });
  ASSERT_TRUE(server);
  bool taken = false;
  const auto answer =
      client(folder.socket())->stream("GET", "/", {}, [&](std::string_view) { return taken = true; });
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "no such thing");
  EXPECT_FALSE(taken);
}

std::atomic<int> rings = 0;

class Signals : public testing::Test {
 protected:
  void SetUp() override {
    rings = 0;
    struct sigaction action{};
    action.sa_handler = [](int) { ++rings; };
    sigaction(SIGUSR1, &action, &before_);
  }
  void TearDown() override { sigaction(SIGUSR1, &before_, nullptr); }
  struct sigaction before_{};
};

TEST_F(Signals, InterruptASilentStream) {
  const Folder folder;
  const pthread_t self = pthread_self();
  std::shared_ptr<Reply> kept;
  const auto server = serve({.path = folder.socket()}, [&](const Request&, std::shared_ptr<Reply> reply) {
    kept = std::move(reply);
    pthread_kill(self, SIGUSR1);
  });
  ASSERT_TRUE(server);
  int asked = 0;
  const auto answer = client(folder.socket())
                          ->stream(
                              "GET", "/", {}, [](std::string_view) { return true; },
                              [&] {
                                ++asked;
                                EXPECT_EQ(rings, asked);
                                if (asked == 1) pthread_kill(self, SIGUSR1);  // goes on, and is asked again
                                return asked < 2;
                              });
  ASSERT_FALSE(answer);
  EXPECT_EQ(asked, 2);
}

TEST_F(Signals, InterruptAStreamThatNeverPauses) {
  const Folder folder;
  const pthread_t self = pthread_self();
  std::atomic<bool> over = false;
  std::thread writer;
  const auto server = serve({.path = folder.socket()}, [&](const Request&, std::shared_ptr<Reply> reply) {
    writer = std::thread([&, reply = std::move(reply)] {
      reply->begin(200, "text/plain");
      while (!over) {
        if (reply->waiting() < (1 << 20)) reply->write(std::string(64 << 10, 'x'));
      }
    });
  });
  ASSERT_TRUE(server);
  const auto answer = client(folder.socket())
                          ->stream(
                              "GET", "/", {},
                              [&](std::string_view) {
                                pthread_kill(self, SIGUSR1);  // while we are busy elsewhere
                                return true;
                              },
                              [] { return false; });
  EXPECT_FALSE(answer);
  EXPECT_EQ(rings, 1);
  over = true;
  writer.join();
}

}  // namespace
}  // namespace busbar::net
