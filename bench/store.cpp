// SPDX-License-Identifier: Apache-2.0
// store.cpp: what the journal costs beside bare SQLite with the same batches and bytes, what the disk itself
// can do, and how long it takes to read 100,000 queued jobs back. Usage: bench_store [FOLDER on the disk to
// measure].
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "store/journal.hpp"
#include "wire/codec.hpp"

using namespace busbar;
namespace {

constexpr double seconds_each = 5;  // for a batch size
constexpr int rounds = 5;           // of recovery
constexpr int queued_jobs = 100'000;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_store: %s\n", why.c_str());
  std::exit(1);
}

std::shared_ptr<const model::JobSpec> spec() {
  auto spec = std::make_shared<model::JobSpec>();
  spec->name = "train";
  spec->workdir = "/home/ann/experiments/resnet";
  spec->command = {"python3", "train.py", "--epochs", "90"};
  for (int k = 0; k < 20; ++k)
    spec->env.emplace_back("VARIABLE_NUMBER_" + std::to_string(k),
                           "/usr/local/lib/some/path/to/a/place:" + std::to_string(k));
  return spec;
}

model::Record submission(std::int64_t seq, Epoch epoch) {
  static const auto shared = spec();
  model::Submitted submitted;
  submitted.by.user = "ann";
  submitted.first = JobId{seq};
  submitted.spec = shared;
  return {Seq{seq}, epoch, Instant(Duration(seq)), std::move(submitted)};
}

/// One append after another of each kind, in turn: whatever else the disk does meanwhile, it does to all of
/// them.
class Journal {
 public:
  explicit Journal(const std::string& folder) {
    std::filesystem::create_directory(folder);
    auto opened = store::sqlite_journal(folder);
    if (!opened) give_up(opened.error().message);
    journal_ = std::move(*opened);
    epoch_ = *journal_->raise_epoch();
  }
  void append(int size) {
    store::Batch batch;
    for (int k = 1; k <= size; ++k) batch.records.push_back(submission(seq_ + k, epoch_));
    if (const Status done = journal_->append(Seq{seq_}, epoch_, batch); !done) give_up(done.error().message);
    seq_ += size;
  }

 private:
  std::unique_ptr<store::Journal> journal_;
  Epoch epoch_;
  std::int64_t seq_ = 0;
};

/// The same rows as ready bytes into one table, nothing checked.
class BareSqlite {
 public:
  explicit BareSqlite(const std::string& path) : body_(wire::encode(submission(1, Epoch{1}).event)) {
    sqlite3_open(path.c_str(), &database_);
    sqlite3_exec(database_,
                 "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4096;"
                 "CREATE TABLE journal (seq INTEGER PRIMARY KEY, body TEXT)",
                 nullptr, nullptr, nullptr);
    sqlite3_prepare_v2(database_, "BEGIN IMMEDIATE", -1, &begin_, nullptr);
    sqlite3_prepare_v2(database_, "INSERT INTO journal VALUES (?1, ?2)", -1, &insert_, nullptr);
    sqlite3_prepare_v2(database_, "COMMIT", -1, &commit_, nullptr);
  }
  BareSqlite(const BareSqlite&) = delete;
  BareSqlite& operator=(const BareSqlite&) = delete;
  ~BareSqlite() {
    for (sqlite3_stmt* statement : {begin_, insert_, commit_}) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  void append(int size) {
    run(begin_);
    for (int k = 0; k < size; ++k) {
      sqlite3_bind_int64(insert_, 1, ++seq_);
      sqlite3_bind_text(insert_, 2, body_.data(), static_cast<int>(body_.size()), SQLITE_STATIC);
      run(insert_);
    }
    run(commit_);
  }

 private:
  static void run(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) give_up("bare SQLite failed");
    sqlite3_reset(statement);
  }
  std::string body_;
  sqlite3* database_ = nullptr;
  sqlite3_stmt *begin_ = nullptr, *insert_ = nullptr, *commit_ = nullptr;
  std::int64_t seq_ = 0;
};

class Disk {
 public:
  explicit Disk(const std::string& path) : file_(open(path.c_str(), O_RDWR | O_CREAT, 0600)) {}
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  ~Disk() { close(file_); }
  void sync() {
    const std::string block(4096, 'x');
    if (pwrite(file_, block.data(), block.size(), at_) != 4096 || fdatasync(file_) != 0)
      give_up("cannot sync");
    at_ += 4096;
  }

 private:
  int file_;
  off_t at_ = 0;
};

template <class Once>
double seconds_of(Once&& once) {
  const double begin = now();
  once();
  return now() - begin;
}

void compare(const std::string& folder) {
  std::printf("%6s  %30s  %30s  %12s  %s\n", "batch", "journal: appends/s, p50, p99 ms",
              "bare SQLite: the same", "fdatasync/s", "ratio of rates");
  for (const int size : {1, 8, 32, 100}) {
    const std::string place = folder + "/" + std::to_string(size);
    Journal journal(place + "-journal");
    BareSqlite bare(place + "-bare");
    Disk disk(place + "-sync");
    std::vector<double> ours, theirs, syncs;
    for (const double begin = now(); now() - begin < seconds_each;) {
      ours.push_back(seconds_of([&] { journal.append(size); }));
      theirs.push_back(seconds_of([&] { bare.append(size); }));
      syncs.push_back(seconds_of([&] { disk.sync(); }));
    }
    const auto rate = [](const std::vector<double>& each) {
      double sum = 0;
      for (const double one : each) sum += one;
      return static_cast<double>(each.size()) / sum;
    };
    const auto told = [&](std::vector<double> each) {
      std::sort(each.begin(), each.end());
      char text[64];
      std::snprintf(text, sizeof text, "%8.0f %8.2f %8.2f", rate(each), each[each.size() / 2] * 1e3,
                    each[each.size() * 99 / 100] * 1e3);
      return std::string(text);
    };
    std::printf("%6d  %30s  %30s  %12.0f  %.2f   (%.0f records/s)\n", size, told(ours).c_str(),
                told(theirs).c_str(), rate(syncs), rate(ours) / rate(theirs), rate(ours) * size);
  }
}

/// Of this process so far, user and system.
double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return double(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         double(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

struct Seconds {
  double wall = 0, cpu = 0;
};

/// What `once` says it took, as a server that starts takes it: in a process whose memory is fresh.
template <class Once>
Seconds seconds_in_fresh_process(Once&& once) {
  int ends[2];
  if (pipe(ends) != 0) give_up("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    Seconds seconds;
    seconds.wall = once();
    seconds.cpu = cpu_seconds();  // the preparations of `once` included
    _exit(write(ends[1], &seconds, sizeof seconds) == sizeof seconds ? 0 : 1);
  }
  close(ends[1]);
  Seconds seconds;
  const bool told = read(ends[0], &seconds, sizeof seconds) == sizeof seconds;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (!told) give_up("a measurement failed");
  return seconds;
}

std::unique_ptr<store::Journal> opened(const std::string& folder) {
  auto journal = store::sqlite_journal(folder);
  if (!journal) give_up(journal.error().message);
  return std::move(*journal);
}

double read_records(const std::string& folder) {
  std::vector<model::Record> records;
  records.reserve(queued_jobs);
  return seconds_of([&] {
    const Status read = opened(folder)->read(Seq{}, [&](model::Record&& each) -> Status {
      records.push_back(std::move(each));
      return Done{};
    });
    if (!read || records.size() != queued_jobs) give_up("recovery lost something");
  });
}

/// A state of the jobs as they were submitted, each with a spec of its own, or all with one as in an array.
double keep_snapshot(const std::string& folder, bool array) {
  model::Cluster cluster;
  cluster.seq = Seq{queued_jobs};
  for (std::int64_t id = 1; id <= queued_jobs; ++id) {
    static const auto shared = spec();
    model::Job& job = cluster.jobs[JobId{id}];
    job.id = JobId{id};
    job.spec = array ? shared : std::make_shared<const model::JobSpec>(*shared);
  }
  const auto journal = opened(folder);
  return seconds_of([&] {
    if (!journal->keep_snapshot(cluster, "")) give_up("no snapshot");
  });
}

double read_snapshot(const std::string& folder) {
  std::optional<store::Snapshot> snapshot;
  return seconds_of([&] {
    snapshot = *opened(folder)->snapshot();
    if (snapshot->cluster.jobs.size() != queued_jobs) give_up("a snapshot lost something");
  });
}

void recovery(const std::string& folder) {
  {
    Journal journal(folder);
    for (int k = 0; k < queued_jobs / 1000; ++k) journal.append(1000);
  }
  const auto told = [](const char* what, auto&& once) {
    std::vector<double> wall, cpu;
    for (int round = 0; round < rounds; ++round) {
      const Seconds each = seconds_in_fresh_process(once);
      wall.push_back(each.wall * 1e3);
      cpu.push_back(each.cpu * 1e3);
    }
    std::sort(wall.begin(), wall.end());
    std::sort(cpu.begin(), cpu.end());
    std::printf("  %-40s %6.0f ms (%.0f to %.0f), %.0f ms of CPU\n", what, wall[rounds / 2], wall[0],
                wall[rounds - 1], cpu[rounds / 2]);
  };
  std::printf(
      "\n%d queued jobs of 20 variables each (%zu bytes a record), each time in a fresh process, median of "
      "%d:\n",
      queued_jobs, wire::encode(submission(1, Epoch{1}).event).size(), rounds);
  told("open, read and decode as many records", [&] { return read_records(folder); });
  told("keep a snapshot", [&] { return keep_snapshot(folder, false); });
  told("open, read and decode the snapshot", [&] { return read_snapshot(folder); });
  told("keep a snapshot of them as one array", [&] { return keep_snapshot(folder, true); });
  told("open, read and decode that", [&] { return read_snapshot(folder); });
}

}  // namespace

int main(int count, char** arguments) {
  std::string folder = std::string(count > 1 ? arguments[1] : ".") + "/bench-store-XXXXXX";
  if (!mkdtemp(folder.data())) give_up("cannot make " + folder);
  compare(folder);
  recovery(folder + "/recovery");
  std::filesystem::remove_all(folder);
}
