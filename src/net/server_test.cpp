// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

#include "net/http.hpp"
#include "net/raw_socket.hpp"

namespace busbar::net {
namespace {

/// Answers with what it was asked: "METHOD path name=value.. [body]".
void echo(const Request& request, const std::shared_ptr<Reply>& reply) {
  std::string text = request.method + " " + request.path;
  for (const auto& [name, value] : request.query) text += " " + name + "=" + value;
  if (!request.body.empty()) {
    text += request.body.size() > 100 ? " [" + std::to_string(request.body.size()) + " bytes]"
                                      : " [" + request.body + "]";
  }
  reply->send({200, text, "text/plain"});
}

std::unique_ptr<Server> served(const Folder& folder, Handler handler, ServerOptions options = {}) {
  options.path = folder.socket();
  auto server = serve(std::move(options), std::move(handler));
  EXPECT_TRUE(server) << (server ? "" : server.error().message);
  return server ? std::move(*server) : nullptr;
}

/// A gate that one thread opens and others wait at.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

struct Wire {
  const char* says;
  std::string sent;
  const char* status_line;
  const char* ends;  // how all that was heard ends, after the sender has ended its sending
};

TEST(Server, WhatIsSaidAndWhatIsHeard) {
  const std::string large(20'000, 'a');
  const Wire wires[] = {
      {"a plain request", "GET /a?b=c HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n", "GET /a b=c[closed]"},
      {"a body by length", "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz", "HTTP/1.1 200",
       "POST /a [xyz][closed]"},
      {"a body in chunks",
       "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n2;e=1\r\nyz\r\n0\r\n\r\n",
       "HTTP/1.1 200", "POST /a [xyz][closed]"},
      {"two sent at once", "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n", "HTTP/1.1 200",
       "GET /b[closed]"},
      {"HEAD has no body", "HEAD /abc HTTP/1.1\r\n\r\n", "HTTP/1.1 200", "Content-Length: 9\r\n\r\n[closed]"},
      {"an old client", "GET /a HTTP/1.0\r\n\r\n", "HTTP/1.1 200", "GET /a[closed]"},
      {"one who waits for leave", "POST /a HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nxyz",
       "HTTP/1.1 200", "POST /a [xyz][closed]"},
      {"no HTTP at all", "\x16\x03\x01 what?\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n", "}\n[closed]"},
      {"HTTP of another age", "GET / HTTP/2.0\r\n\r\n", "HTTP/1.1 400", "}\n[closed]"},
      {"a length that is none", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400",
       "}\n[closed]"},
      {"a length below nothing", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400",
       "}\n[closed]"},
      {"two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "HTTP/1.1 400",
       "}\n[closed]"},
      {"a chunk that is none", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 400",
       "}\n[closed]"},
      {"a chunk without end", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + large,
       "HTTP/1.1 400", "}\n[closed]"},
      {"a target that is none", "GET x HTTP/1.1\r\n\r\n", "HTTP/1.1 400", "}\n[closed]"},
      {"a bad percent sign", "GET /%zz HTTP/1.1\r\n\r\n", "HTTP/1.1 400", "}\n[closed]"},
      {"a header too long", "GET / HTTP/1.1\r\na: " + large + "\r\n\r\n", "HTTP/1.1 431", "}\n[closed]"},
      {"a body too large", "POST / HTTP/1.1\r\nContent-Length: 100001\r\n\r\n" + large, "HTTP/1.1 413",
       "}\n[closed]"},
      {"half a request", "GET / HT", "[closed]", "[closed]"},
      {"half a body", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nx", "[closed]", "[closed]"},
  };
  const Folder folder;
  const auto server = served(folder, echo, {.path = {}, .most_body = 100'000});
  for (const Wire& wire : wires) {
    SCOPED_TRACE(wire.says);
    const RawSocket socket(folder.socket());
    ASSERT_TRUE(socket.connected());
    socket.say(wire.sent);
    socket.end_sending();
    std::string heard = socket.hear_all();
    if (heard.starts_with("HTTP/1.1 100 Continue\r\n\r\n")) heard.erase(0, 25);
    EXPECT_TRUE(heard.starts_with(wire.status_line)) << heard;
    EXPECT_TRUE(heard.ends_with(wire.ends)) << heard;
  }
}

TEST(Server, AHeaderOfManyShortLinesIsBoundedInSum) {
  const Folder folder;
  const auto server = served(folder, echo);
  const RawSocket socket(folder.socket());
  socket.say("GET / HTTP/1.1\r\n");
  for (int line = 0; line < 10'000; ++line) {
    if (!socket.say("a: b\r\n")) break;
  }
  socket.end_sending();
  EXPECT_TRUE(socket.hear_all().starts_with("HTTP/1.1 431"));
}

TEST(Server, AConnectionServesManyRequestsAndIsClosedWhenAsked) {
  const Folder folder;
  const auto server = served(folder, echo);
  const RawSocket socket(folder.socket());
  for (int n = 0; n < 3; ++n) {
    socket.say("GET /again HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(socket.hear("GET /again").ends_with("GET /again"));
  }
  socket.say("GET /last HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string heard = socket.hear_all();
  EXPECT_NE(heard.find("Connection: close\r\n"), heard.npos);
  EXPECT_TRUE(heard.ends_with("GET /last[closed]"));
}

TEST(Server, TenMegabytesOfGarbageNeitherCrashNorStay) {
  const Folder folder;
  const auto server = served(folder, echo);
  std::string noise(10 << 20, '\0');
  std::uint64_t seed = 1;
  for (char& c : noise)
    c = static_cast<char>((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 56);
  const std::string kinds[] = {noise, std::string(10 << 20, 'A'), std::string(10 << 20, '\n'),
                               "GET / HTTP/1.1\r\n" + std::string(10 << 20, 'x'),
                               "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + noise};
  for (const std::string& kind : kinds)
    RawSocket(folder.socket()).say(kind);  // once, for the allocator's sake
  const std::int64_t before = resident_bytes();
  for (int round = 0; round < 4; ++round) {
    for (const std::string& kind : kinds) {
      const RawSocket socket(folder.socket());
      EXPECT_TRUE(socket.say(kind));  // all of it is read, so that the sender comes to read the refusal
      socket.end_sending();
      EXPECT_TRUE(socket.hear_all().starts_with("HTTP/1.1 4"));
    }
  }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(resident_bytes() - before, 4 << 20);
#else
  EXPECT_LT(resident_bytes() - before, 64 << 20);
#endif
  EXPECT_EQ(client(folder.socket())->ask("GET", "/well")->body, "GET /well");
}

TEST(Server, KnowsWhoIsAtTheOtherEnd) {
  const Folder folder;
  Peer seen;
  const auto server = served(folder, [&](const Request& request, const std::shared_ptr<Reply>& reply) {
    seen = request.peer;
    reply->send({});
  });
  ASSERT_TRUE(client(folder.socket())->ask("GET", "/"));
  EXPECT_EQ(seen.uid, getuid());
  EXPECT_EQ(seen.gid, getgid());
  EXPECT_EQ(seen.pid, getpid());
}

TEST(Server, AReplyDroppedWithoutAnswerIsA500AndTheConnectionGoesOn) {
  const Folder folder;
  const auto server = served(folder, [](const Request& request, const std::shared_ptr<Reply>& reply) {
    if (request.path == "/well") reply->send({});
  });
  const auto asker = client(folder.socket());
  EXPECT_EQ(asker->ask("GET", "/")->status, 500);
  EXPECT_EQ(asker->ask("GET", "/well")->status, 200);
}

TEST(Server, TheFirstAnswerCounts) {
  const Folder folder;
  const auto server = served(folder, [](const Request&, const std::shared_ptr<Reply>& reply) {
    reply->send({200, "first"});
    reply->send({200, "second"});
    reply->begin(200, "text/plain");
    EXPECT_FALSE(reply->write("third"));
    reply->end();
  });
  const auto asker = client(folder.socket());
  EXPECT_EQ(asker->ask("GET", "/")->body, "first");
  EXPECT_EQ(asker->ask("GET", "/")->body, "first");
}

TEST(Server, PiecesWrittenByAnotherThreadArriveInOrder) {
  const Folder folder;
  std::thread writer;
  const auto server = served(folder, [&](const Request&, std::shared_ptr<Reply> reply) {
    if (writer.joinable()) writer.join();
    writer = std::thread([reply = std::move(reply)] {
      reply->begin(200, "text/plain");
      for (int n = 0; n < 10'000; ++n) EXPECT_TRUE(reply->write(std::to_string(n) + " "));
      reply->end();
    });
  });
  std::string expected;
  for (int n = 0; n < 10'000; ++n) expected += std::to_string(n) + " ";
  const auto asker = client(folder.socket());
  for (int round = 0; round < 3; ++round) {
    std::string heard;
    const auto answer = asker->stream("GET", "/", {}, [&](std::string_view piece) {
      heard += piece;
      return true;
    });
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(heard, expected);
  }
  writer.join();
}

TEST(Server, AnOldClientHearsAStreamUntilTheEndOfTheConnection) {
  const Folder folder;
  const auto server = served(folder, [](const Request&, const std::shared_ptr<Reply>& reply) {
    reply->begin(200, "text/plain");
    reply->write("a");
    reply->write("b");
    reply->end();
  });
  const RawSocket socket(folder.socket());
  socket.say("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(socket.hear_all().ends_with("\r\n\r\nab[closed]"));
}

TEST(Server, AStreamThatWasDroppedDoesNotLookComplete) {
  const Folder folder;
  const auto server = served(folder, [](const Request&, const std::shared_ptr<Reply>& reply) {
    reply->begin(200, "text/plain");
    reply->write("half");
  });
  std::string heard;
  const auto answer = client(folder.socket())->stream("GET", "/", {}, [&](std::string_view piece) {
    heard += piece;
    return true;
  });
  EXPECT_EQ(heard, "half");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
}

TEST(Server, AReaderThatDoesNotReadStopsTheWriter) {
  const Folder folder;
  std::atomic<std::size_t> written = 0;
  Gate stopped;
  std::thread writer;
  const auto server = served(folder, [&](const Request&, std::shared_ptr<Reply> reply) {
    writer = std::thread([&, reply = std::move(reply)] {
      reply->begin(200, "text/plain");
      const std::string piece(64 << 10, 'x');
      while (reply->write(piece)) written += piece.size();
      EXPECT_GT(reply->waiting(), std::size_t{1} << 20);
      EXPECT_TRUE(reply->open());
      reply->end();
      stopped.open();
    });
  });
  const RawSocket socket(folder.socket());
  socket.say("GET / HTTP/1.1\r\n\r\n");
  stopped.pass();
  writer.join();
  EXPECT_LT(written, std::size_t{8} << 20);
  const std::string heard = socket.hear_all();
  EXPECT_GE(heard.size(), written);
  EXPECT_EQ(heard.find("\r\n0\r\n\r\n"), heard.npos);  // a piece is missing, so it must not look complete
}

TEST(Server, ANormalReaderOfALongStreamIsNotCutOffWhenTheWriterPacesItself) {
  const Folder folder;
  std::thread writer;
  const auto server = served(folder, [&](const Request&, std::shared_ptr<Reply> reply) {
    writer = std::thread([reply = std::move(reply)] {
      reply->begin(200, "text/plain");
      for (int n = 0; n < 1000; ++n) {
        while (reply->open() && reply->waiting() > (1 << 20)) std::this_thread::yield();
        EXPECT_TRUE(reply->write(std::string(32 << 10, 'x')));
      }
      reply->end();
    });
  });
  std::size_t heard = 0;
  const auto answer = client(folder.socket())->stream("GET", "/", {}, [&](std::string_view piece) {
    heard += piece.size();
    return true;
  });
  writer.join();
  EXPECT_TRUE(answer);
  EXPECT_EQ(heard, std::size_t{1000} * (32 << 10));
}

TEST(Server, TheWriterLearnsThatTheReaderHasLeft) {
  const Folder folder;
  Gate begun, over;
  std::thread writer;
  const auto server = served(folder, [&](const Request&, std::shared_ptr<Reply> reply) {
    writer = std::thread([&, reply = std::move(reply)] {
      reply->begin(200, "text/plain");
      begun.open();
      while (reply->open()) std::this_thread::yield();
      EXPECT_FALSE(reply->write("x"));
      over.open();
    });
  });
  for (const bool half_closed_before : {false, true}) {
    Gate* gate = half_closed_before ? nullptr : &begun;
    RawSocket socket(folder.socket());
    socket.say("GET / HTTP/1.1\r\n\r\n");
    if (half_closed_before) socket.end_sending();
    EXPECT_TRUE(socket.hear("\r\n\r\n").starts_with("HTTP/1.1 200"));
    if (gate != nullptr) gate->pass();
    socket.close();
    over.pass();
    writer.join();
  }
}

TEST(Server, MoreConnectionsThanAllowedWaitTheirTurn) {
  const Folder folder;
  const auto server = served(folder, echo, {.path = {}, .most_connections = 2});
  RawSocket first(folder.socket());
  const RawSocket second(folder.socket()), third(folder.socket());
  third.say("GET /third HTTP/1.1\r\n\r\n");
  for (int n = 0; n < 3; ++n) {
    first.say("GET /first HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(first.hear("GET /first").starts_with("HTTP/1.1 200"));
  }
  char byte;
  EXPECT_LT(recv(third.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT), 0);
  first.close();
  EXPECT_TRUE(third.hear("GET /third").starts_with("HTTP/1.1 200"));
}

TEST(Server, NoUserTakesThePlacesOfAllOthers) {
  const Folder folder;
  const auto server = served(folder, echo, {.path = {}, .most_of_one_user = 2});
  RawSocket first(folder.socket());
  const RawSocket second(folder.socket()), third(folder.socket());
  EXPECT_EQ(third.hear_all(), "[closed]");
  first.say("GET /first HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(first.hear("GET /first").starts_with("HTTP/1.1 200"));
  first.close();
  for (int tries = 0; tries < 200; ++tries) {  // until the server has seen it
    const RawSocket again(folder.socket());
    again.say("GET /again HTTP/1.1\r\n\r\n");
    if (again.hear("GET /again").starts_with("HTTP/1.1 200")) return;
    usleep(5000);
  }
  ADD_FAILURE() << "a place that was left is free again";
}

TEST(Server, SilentConnectionsAreClosedAndThoseThatWaitForUsAreNot) {
  const Folder folder;
  std::shared_ptr<Reply> kept;
  const auto server =
      served(folder, [&](const Request&, std::shared_ptr<Reply> reply) { kept = std::move(reply); },
             {.path = {}, .idle = std::chrono::milliseconds(20)});
  const RawSocket waiting(folder.socket());
  waiting.say("GET / HTTP/1.1\r\n\r\n");
  const RawSocket silent(folder.socket()), half(folder.socket());
  half.say("GET / HT");
  EXPECT_EQ(silent.hear_all(), "[closed]");
  EXPECT_EQ(half.hear_all(), "[closed]");
  Gate answered;
  server->after(std::chrono::milliseconds(100), [&] {
    kept->send({200, "late"});
    answered.open();
  });
  answered.pass();
  EXPECT_TRUE(waiting.hear("late").ends_with("late"));
}

TEST(Server, GoesOnWhenTheProcessHadNoDescriptorsLeft) {
  const Folder folder;
  const auto server = served(folder, echo);
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(socket.get() + 1);  // the lowest free number is above it
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  sockaddr_un name{.sun_family = AF_UNIX, .sun_path = {}};
  folder.socket().copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(connect(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  const std::string_view text = "GET / HTTP/1.1\r\n\r\n";
  ASSERT_EQ(send(socket.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  Gate later;
  rusage used_before{}, used{};
  getrusage(RUSAGE_SELF, &used_before);
  server->after(std::chrono::milliseconds(250), [&] { later.open(); });
  later.pass();
  getrusage(RUSAGE_SELF, &used);
  EXPECT_LT(used.ru_nvcsw - used_before.ru_nvcsw, 100) << "it spins";
  const auto spent = [](const rusage& usage) { return usage.ru_stime.tv_usec + usage.ru_utime.tv_usec; };
  EXPECT_LT(spent(used) - spent(used_before), 100'000) << "it spins";
  char byte;
  EXPECT_LT(recv(socket.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT), 0);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(recv(socket.get(), &byte, 1, 0), 1);
}

TEST(Server, TheSocketFileHasTheModeAskedForAndGoesWithTheServer) {
  const Folder folder;
  auto server = served(folder, echo, {.path = {}, .mode = 0666});
  struct stat found{};
  ASSERT_EQ(lstat(folder.socket().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0666u);
  server.reset();
  EXPECT_NE(lstat(folder.socket().c_str(), &found), 0);
}

TEST(Server, ALeftOverIsReplacedALivingServerAndAnyOtherFileAreNot) {
  const Folder folder;
  {
    auto left_over = listen_at(folder.socket(), 0600);
    ASSERT_TRUE(left_over);
  }  // closed, its file stays
  const auto server = served(folder, echo);
  ASSERT_TRUE(server);
  const auto second = serve({.path = folder.socket()}, echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  EXPECT_NE(second.error().message.find(folder.socket()), std::string::npos);
  EXPECT_EQ(client(folder.socket())->ask("GET", "/still")->body, "GET /still");

  std::ofstream(folder.path + "/file") << "precious";
  const auto third = serve({.path = folder.path + "/file"}, echo);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Errc::conflict);
  EXPECT_TRUE(std::filesystem::exists(folder.path + "/file"));

  const auto fourth = serve({.path = folder.path + "/none/s"}, echo);
  ASSERT_FALSE(fourth);
}

TEST(Server, APathLongerThanTheKernelTakesWorks) {
  const Folder folder;
  const std::string deep = folder.path + "/" + std::string(100, 'd') + "/" + std::string(100, 'e');
  std::filesystem::create_directories(deep);
  const auto server = serve({.path = deep + "/busbar.sock"}, echo);
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(client(deep + "/busbar.sock")->ask("GET", "/deep")->body, "GET /deep");
}

TEST(Server, TimersRunInOrderOfTheirDelayAndNotAfterTheEnd) {
  const Folder folder;
  std::string order;
  Gate done;
  auto server = served(folder, echo);
  server->after(std::chrono::milliseconds(40), [&] {
    order += "c";
    done.open();
  });
  server->after(std::chrono::milliseconds(20), [&] { order += "b"; });
  server->after(std::chrono::milliseconds(0), [&] { order += "a"; });
  done.pass();
  EXPECT_EQ(order, "abc");
  bool ran = false;
  server->after(std::chrono::hours(1), [&ran, kept = std::make_shared<int>(1)] { ran = true; });
  server.reset();
  EXPECT_FALSE(ran);
}

TEST(Server, EndsWhileRepliesAreStillHeldAndWrittenTo) {
  for (int round = 0; round < 20; ++round) {
    const Folder folder;
    std::mutex mutex;
    std::vector<std::shared_ptr<Reply>> kept;
    std::atomic<bool> over = false;
    auto server = served(folder, [&](const Request&, std::shared_ptr<Reply> reply) {
      const std::lock_guard lock(mutex);
      kept.push_back(std::move(reply));
    });
    std::thread writer([&] {
      while (!over) {
        const std::lock_guard lock(mutex);
        for (const auto& reply : kept) {
          reply->begin(200, "text/plain");
          reply->write("x");
        }
      }
    });
    std::vector<std::unique_ptr<RawSocket>> sockets;
    for (int n = 0; n < 8; ++n) {
      sockets.push_back(std::make_unique<RawSocket>(folder.socket()));
      sockets.back()->say("GET / HTTP/1.1\r\n\r\n");
    }
    sockets.front()->hear("x");
    server.reset();
    over = true;
    writer.join();
    for (const auto& reply : kept) {
      EXPECT_FALSE(reply->open());
      EXPECT_FALSE(reply->write("late"));
    }
    kept.clear();
  }
}

TEST(Server, ManyClientsAtOnceGetTheirOwnAnswers) {
  const Folder folder;
  const auto server = served(folder, echo);
  std::vector<std::thread> threads;
  for (int who = 0; who < 16; ++who) {
    threads.emplace_back([&, who] {
      const auto asker = client(folder.socket());
      for (int n = 0; n < 200; ++n) {
        const std::string path = "/" + std::to_string(who) + "/" + std::to_string(n);
        const auto answer = asker->ask("POST", path, path);
        ASSERT_TRUE(answer) << answer.error().message;
        ASSERT_EQ(answer->body, "POST " + path + " [" + path + "]");
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace busbar::net
