// SPDX-License-Identifier: Apache-2.0
// gauge.cpp: measures from outside, with as little weight of its own as can be. Each mode prints one line of
// JSON.
//   sync DIR N                     fdatasync of 4 KiB appends
//   sqlite DIR BATCH BYTES SECONDS bare SQLite (WAL, FULL): rows a second in transactions of BATCH rows
//   spawn N COMMAND...             wall time of N runs, one after another
//   load SOCKET CLIENTS SECONDS    POST /v1/jobs by CLIENTS on kept-alive connections
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

extern char** environ;

namespace {

using Clock = std::chrono::steady_clock;
double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

[[noreturn]] void die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

void print_times(const char* name, std::vector<double> ms) {
  std::sort(ms.begin(), ms.end());
  const auto at = [&](double q) { return ms[std::min(ms.size() - 1, std::size_t(q * double(ms.size())))]; };
  std::printf("{\"%s_ms\":{\"n\":%zu,\"min\":%.4f,\"p25\":%.4f,\"p50\":%.4f,\"p75\":%.4f,\"p99\":%.4f}}\n",
              name, ms.size(), ms[0], at(0.25), at(0.5), at(0.75), at(0.99));
}

int sync(const std::string& dir, int n) {
  const std::string path = dir + "/gauge.sync";
  const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
  if (file < 0) die(path);
  const std::vector<char> page(4096, 'x');
  std::vector<double> ms;
  for (int k = 0; k < n; ++k) {
    const auto start = Clock::now();
    if (write(file, page.data(), page.size()) < 0 || fdatasync(file) != 0) die(path);
    ms.push_back(ms_since(start));
  }
  close(file);
  unlink(path.c_str());
  print_times("sync", ms);
  return 0;
}

int bare_sqlite(const std::string& dir, int batch, int bytes, double seconds) {
  const std::string path = dir + "/gauge.db";
  sqlite3* db = nullptr;
  if (sqlite3_open(path.c_str(), &db) != SQLITE_OK) die(path);
  sqlite3_exec(
      db,
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t(seq INTEGER PRIMARY KEY, body BLOB)",
      nullptr, nullptr, nullptr);
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(db, "INSERT INTO t(body) VALUES(?)", -1, &insert, nullptr);
  const std::string body(std::size_t(bytes), 'x');
  long rows = 0;
  const auto start = Clock::now();
  while (ms_since(start) < seconds * 1000) {
    sqlite3_exec(db, "BEGIN", nullptr, nullptr, nullptr);
    for (int k = 0; k < batch; ++k, ++rows) {
      sqlite3_bind_blob(insert, 1, body.data(), bytes, SQLITE_STATIC);
      sqlite3_step(insert);
      sqlite3_reset(insert);
    }
    if (sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr) != SQLITE_OK) die("commit");
  }
  const double took = ms_since(start) / 1000;
  sqlite3_finalize(insert);
  sqlite3_close(db);
  for (const char* end : {"", "-wal", "-shm"}) unlink((path + end).c_str());
  std::printf("{\"batch\":%d,\"bytes\":%d,\"rows_per_s\":%.0f}\n", batch, bytes, double(rows) / took);
  return 0;
}

int spawn(int n, char** command) {
  std::vector<double> ms;
  for (int k = 0; k < n; ++k) {
    pid_t pid = 0;
    int status = 0;
    const auto start = Clock::now();
    if (posix_spawnp(&pid, command[0], nullptr, nullptr, command, environ) != 0) die(command[0]);
    waitpid(pid, &status, 0);
    ms.push_back(ms_since(start));
    if (status != 0) {
      std::fprintf(stderr, "%s: status %d\n", command[0], status);
      return 1;
    }
  }
  print_times("run", ms);
  return 0;
}

/// One client: sends a submit, waits for the whole answer, sends the next.
struct Client {
  int fd = -1;
  std::string in;
  Clock::time_point sent;
};

int load(const std::string& path, int clients, double seconds) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  std::vector<Client> all(std::size_t(clients), Client{});
  std::vector<pollfd> polls;
  for (Client& client : all) {
    client.fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(client.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die(path);
    polls.push_back({client.fd, POLLIN, 0});
  }
  long number = 0, done = 0;
  const std::string stamp = std::to_string(getpid());
  const auto send_one = [&](Client& client) {
    const std::string body = "{\"version\":1,\"key\":\"" + stamp + "-" + std::to_string(number++) +
                             "\",\"spec\":{\"name\":\"true\",\"workdir\":\"/"
                             "tmp\",\"command\":[\"true\"],\"each\":{\"gpus\":1000,\"gpu_model\":\"NONE\"},"
                             "\"hold_for_nodes\":true,\"env\":{\"PATH\":\"/usr/local/bin:/usr/bin:/"
                             "bin\",\"LANG\":\"C.UTF-8\",\"HOME\":\"/root\"}}}";
    const std::string request =
        "POST /v1/jobs HTTP/1.1\r\nHost: busbar\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    client.sent = Clock::now();
    if (write(client.fd, request.data(), request.size()) != ssize_t(request.size())) die("write");
  };
  std::vector<double> ms;
  const auto start = Clock::now();
  for (Client& client : all) send_one(client);
  while (ms_since(start) < seconds * 1000) {
    if (poll(polls.data(), polls.size(), 1000) <= 0) continue;
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (!(polls[k].revents & (POLLIN | POLLHUP))) continue;
      Client& client = all[k];
      char space[8192];
      const ssize_t got = read(client.fd, space, sizeof space);
      if (got <= 0) die("the server hung up");
      client.in.append(space, std::size_t(got));
      const std::size_t head = client.in.find("\r\n\r\n");
      if (head == std::string::npos) continue;
      const std::size_t length = client.in.find("ontent-Length: ");
      if (length == std::string::npos || length > head) die("no length in " + client.in);
      if (client.in.size() < head + 4 + std::size_t(std::atol(client.in.c_str() + length + 15))) continue;
      if (client.in.compare(0, 12, "HTTP/1.1 201") != 0) {
        std::fprintf(stderr, "%s\n", client.in.c_str());
        return 1;
      }
      client.in.clear();
      ms.push_back(ms_since(client.sent));
      ++done;
      send_one(client);
    }
  }
  const double took = ms_since(start) / 1000;
  std::sort(ms.begin(), ms.end());
  std::printf("{\"clients\":%d,\"submits\":%ld,\"per_s\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n", clients,
              done, double(done) / took, ms[ms.size() / 2], ms[ms.size() * 99 / 100]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "sync" && argc == 4) return sync(argv[2], std::atoi(argv[3]));
  if (mode == "sqlite" && argc == 6)
    return bare_sqlite(argv[2], std::atoi(argv[3]), std::atoi(argv[4]), std::atof(argv[5]));
  if (mode == "spawn" && argc > 3) return spawn(std::atoi(argv[2]), argv + 3);
  if (mode == "load" && argc == 5) return load(argv[2], std::atoi(argv[3]), std::atof(argv[4]));
  std::fprintf(stderr, "usage: busbar-gauge sync|sqlite|spawn|load ... (see gauge.cpp)\n");
  return 2;
}
