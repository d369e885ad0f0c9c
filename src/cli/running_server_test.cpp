// SPDX-License-Identifier: Apache-2.0
#include "cli/running_server.hpp"

#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "cli/fake_server_test.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {
namespace {

/// What this very program does when `up` starts it as a server: it writes down how it finds itself, answers
/// on its socket, and ends when it is told. Started with --isolation plain it fails at once.
[[noreturn]] void be_a_server(const std::string& state, const std::string& isolation) {
  if (isolation == "plain") {
    std::fputs("first line\nthe disk is on fire\n", stderr);
    std::exit(1);
  }
  char here[4096] = "";
  if (::getcwd(here, sizeof here) == nullptr) std::exit(2);
  std::ofstream facts(state + "/facts");
  facts << "folder " << here << "\nsession of its own " << (::getsid(0) == ::getpid()) << "\ndescriptors";
  facts.flush();
  DIR* open_ones = ::opendir("/proc/self/fd");
  for (const dirent* entry; (entry = ::readdir(open_ones)) != nullptr;) {
    const int fd = std::atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd > 2 && fd != ::dirfd(open_ones)) {
      char path[4096] = "";
      if (::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path - 1) < 0) continue;
      if (std::string(path) != state + "/facts") facts << " " << path;
    }
  }
  ::closedir(open_ones);
  facts << "\n";
  facts.close();
  int end[2];
  if (::pipe(end) != 0) std::exit(2);
  const auto server =
      net::serve({.path = state + "/busbar.sock"}, [&](const net::Request& request, testing::Replier reply) {
        if (request.path == "/v1/version")
          reply->send({200, R"({"version":1,"busbar":"0.1.0","pid":)" + std::to_string(::getpid()) + "}"});
        if (request.path == "/v1/nodes")
          reply->send({200, R"({"nodes":[{"cpus":{"total":2},"memory":{"total":1024}}]})"});
        if (request.path == "/v1/jobs") reply->send({200, R"({"jobs":[]})"});
        if (request.path == "/v1/down") {
          reply->send({200, "{}"});
          ::close(end[1]);
        }
      });
  char byte;
  std::exit(server && ::read(end[0], &byte, 1) == 0 ? 0 : 3);
}

/// Runs before the tests, which a server must not begin.
const bool is_a_test = [] {
  std::string line;
  {
    std::ifstream file("/proc/self/cmdline");
    line.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  std::vector<std::string> words(1);
  for (const char letter : line) {
    if (letter == '\0') {
      words.emplace_back();
    } else {
      words.back() += letter;
    }
  }
  if (words.size() < 4 || words[1] != "server") return true;
  const bool has_isolation = words.size() > 5 && words[4] == "--isolation";
  be_a_server(words[3], has_isolation ? words[5] : "");
}();

TEST(Up, TheServerHoldsNothingOfItsStarter) {
  ASSERT_TRUE(is_a_test);
  const testing::Folder folder;
  const int held = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC: what a careless parent leaves open
  const auto up = testing::busbar(folder, {"up"});
  ::close(held);
  EXPECT_EQ(up.code, 0) << up.err;
  EXPECT_EQ(up.out, "busbar 0.1.0 is up: 2 CPUs, 1 KiB of memory, no GPUs\nstate: " + folder.path + "\n");
  EXPECT_EQ(folder.read("facts"), "folder /\nsession of its own 1\ndescriptors\n");

  const auto down = testing::busbar(folder, {"down"});
  EXPECT_EQ(down.code, 0);
  EXPECT_EQ(down.err, "the server is down; no job was running\n");
  int status = -1;
  EXPECT_GT(::wait(&status), 0);
  EXPECT_EQ(status, 0);
}

TEST(Up, AServerThatFailsIsShownWithTheEndOfItsLog) {
  const testing::Folder folder;
  std::ofstream(folder.path + "/server.log") << "of an earlier day\n";
  const auto up = testing::busbar(folder, {"up", "--isolation", "plain"});
  EXPECT_EQ(up.code, 1);
  EXPECT_EQ(up.err, "error: the server ended at once; its log, " + folder.path +
                        "/server.log, ends:\nfirst line\nthe disk is on fire\n");
  ::wait(nullptr);
}

TEST(Up, MakesTheFoldersOnTheWay) {
  const testing::Folder folder;
  const auto child =
      start_server({.state = folder.path + "/a/b", .isolation = "plain"}, folder.path + "/a/b/server.log");
  ASSERT_TRUE(child) << child.error().message;
  ::waitpid(*child, nullptr, 0);
  EXPECT_EQ(folder.read("a/b/server.log"), "first line\nthe disk is on fire\n");
  const auto impossible = start_server({.state = "/proc/busbar"}, "/proc/busbar/server.log");
  ASSERT_FALSE(impossible);
  EXPECT_NE(impossible.error().message.find("/proc/busbar cannot be made: "), std::string::npos);
}

TEST(RunningServer, SettingsTravelAsFlagsThatAreReadBackTheSame) {
  const ServerFlags flags{.state = "/s",
                          .declared_gpus = "",
                          .isolation = "full",
                          .half_life = std::chrono::hours(5),
                          .log_limit = MiB * 3,
                          .process_limit = 7,
                          .policy = "conservative",
                          .placement = model::Rules::Fit::best,
                          .priority_limit = std::optional<int>(-3)};
  auto words = server_words(flags);
  words.erase(words.begin());  // the program's name
  const auto parsed = parse(words);
  ASSERT_TRUE(parsed) << parsed.error().message;
  ServerFlags back = parsed->settings;
  back.state = parsed->state;
  EXPECT_EQ(back, flags);
}

TEST(RunningServer, OnlyWhatWasAskedForIsCompared) {
  const ServerFlags running{
      .declared_gpus = "2:H100:80GiB", .isolation = "full", .half_life = std::chrono::hours(1)};
  EXPECT_TRUE(differences({}, running).empty());
  EXPECT_TRUE(differences({.declared_gpus = "2:h100:80gib", .isolation = "full"}, running).empty());
  EXPECT_TRUE(differences({.process_limit = 5}, running).empty()) << "a server that does not say";
  EXPECT_EQ(differences({.isolation = "plain", .half_life = std::chrono::hours(2)}, running),
            (std::vector<std::string>{"--isolation is full there, plain was asked for",
                                      "--half-life is 1 h there, 2 h was asked for"}));
}

TEST(RunningServer, LastLines) {
  const testing::Folder folder;
  const std::string path = folder.path + "/log";
  std::ofstream(path) << "old\na\nb\nc\n";
  EXPECT_EQ(last_lines(path, 4, 20), "a\nb\nc\n");
  EXPECT_EQ(last_lines(path, 0, 2), "b\nc\n");
  EXPECT_EQ(last_lines(path, 10, 2), "");
  EXPECT_EQ(last_lines(folder.path + "/none", 0, 2), "");
}

}  // namespace
}  // namespace busbar::cli
