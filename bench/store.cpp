// SPDX-License-Identifier: Apache-2.0
// store.cpp: what the journal costs beside bare SQLite with the same batches and bytes, what the disk itself can do, and
// how long it takes to read 100,000 queued jobs back. Usage: bench_store [FOLDER on the disk to measure].
#include <fcntl.h>
#include <sqlite3.h>
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

constexpr double seconds_each = 1.5;
constexpr int rounds = 3;  // the median counts; both sides take turns, so that a busy disk is busy for both

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_store: %s\n", why.c_str());
  std::exit(1);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Calls `once` until the time is over; how often a second.
template <class Once>
double rate(Once&& once) {
  const double begin = now();
  int count = 0;
  double end = begin;
  for (; end - begin < seconds_each; end = now()) {
    once();
    ++count;
  }
  return count / (end - begin);
}

std::shared_ptr<const model::JobSpec> spec() {
  auto spec = std::make_shared<model::JobSpec>();
  spec->name = "train";
  spec->workdir = "/home/ann/experiments/resnet";
  spec->command = {"python3", "train.py", "--epochs", "90"};
  for (int k = 0; k < 20; ++k)
    spec->env.emplace_back("VARIABLE_NUMBER_" + std::to_string(k), "/usr/local/lib/some/path/to/a/place:" + std::to_string(k));
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

double syncs_per_second(const std::string& folder) {
  const std::string path = folder + "/sync";
  const int file = open(path.c_str(), O_RDWR | O_CREAT, 0600);
  if (file < 0) give_up("cannot write to " + folder);
  const std::string block(4096, 'x');
  off_t at = 0;
  const double syncs = rate([&] {
    if (pwrite(file, block.data(), block.size(), at) != 4096 || fdatasync(file) != 0) give_up("cannot sync " + path);
    at += 4096;
  });
  close(file);
  return syncs;
}

/// Appends a second, `size` records each.
double journal_rate(const std::string& folder, int size) {
  std::filesystem::create_directory(folder);
  auto journal = store::sqlite_journal(folder);
  if (!journal) give_up(journal.error().message);
  const Epoch epoch = *(*journal)->raise_epoch();
  std::int64_t seq = 0;
  return rate([&] {
    store::Batch batch;
    for (int k = 1; k <= size; ++k) batch.records.push_back(submission(seq + k, epoch));
    if (const Status done = (*journal)->append(Seq{seq}, epoch, batch); !done) give_up(done.error().message);
    seq += size;
  });
}

/// The same rows as ready bytes into one table, nothing checked.
double bare_rate(const std::string& folder, int size) {
  std::filesystem::create_directory(folder);
  const std::string body = wire::encode(submission(1, Epoch{1}).event);
  sqlite3* database = nullptr;
  sqlite3_stmt *begin = nullptr, *insert = nullptr, *commit = nullptr;
  sqlite3_open((folder + "/bare.db").c_str(), &database);
  sqlite3_exec(database,
               "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4096;"
               "CREATE TABLE journal (seq INTEGER PRIMARY KEY, body TEXT)",
               nullptr, nullptr, nullptr);
  sqlite3_prepare_v2(database, "BEGIN IMMEDIATE", -1, &begin, nullptr);
  sqlite3_prepare_v2(database, "INSERT INTO journal VALUES (?1, ?2)", -1, &insert, nullptr);
  sqlite3_prepare_v2(database, "COMMIT", -1, &commit, nullptr);
  const auto run = [](sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) give_up("bare SQLite failed");
    sqlite3_reset(statement);
  };
  std::int64_t seq = 0;
  const double appends = rate([&] {
    run(begin);
    for (int k = 0; k < size; ++k) {
      sqlite3_bind_int64(insert, 1, ++seq);
      sqlite3_bind_text(insert, 2, body.data(), static_cast<int>(body.size()), SQLITE_STATIC);
      run(insert);
    }
    run(commit);
  });
  for (sqlite3_stmt* statement : {begin, insert, commit}) sqlite3_finalize(statement);
  sqlite3_close(database);
  return appends;
}

void compare(const std::string& folder) {
  std::printf("%6s %14s %14s %7s   (appends/s, median of %d; then records/s of the journal; fdatasync/s beside)\n", "batch", "journal",
              "bare SQLite", "ratio", rounds);
  for (const int size : {1, 8, 32, 100}) {
    std::vector<double> ours, bare, syncs;
    for (int round = 0; round < rounds; ++round) {
      const std::string place = folder + "/" + std::to_string(size) + "-" + std::to_string(round);
      ours.push_back(journal_rate(place + "-journal", size));
      bare.push_back(bare_rate(place + "-bare", size));
      syncs.push_back(syncs_per_second(folder));
    }
    std::printf("%6d %14.0f %14.0f %7.2f   %9.0f   %9.0f\n", size, median(ours), median(bare), median(ours) / median(bare),
                median(ours) * size, median(syncs));
  }
}

void recovery(const std::string& folder) {
  constexpr int jobs = 100'000;
  std::filesystem::create_directory(folder);
  {
    auto journal = store::sqlite_journal(folder);
    if (!journal) give_up(journal.error().message);
    const Epoch epoch = *(*journal)->raise_epoch();
    for (std::int64_t seq = 0; seq < jobs; seq += 1000) {
      store::Batch batch;
      for (int k = 1; k <= 1000; ++k) batch.records.push_back(submission(seq + k, epoch));
      if (const Status done = (*journal)->append(Seq{seq}, epoch, batch); !done) give_up(done.error().message);
    }
  }
  std::vector<double> reading, keeping, snapshot, array;
  model::Cluster cluster;
  for (int round = 0; round < rounds; ++round) {
    auto journal = store::sqlite_journal(folder);
    std::vector<model::Record> records;
    records.reserve(jobs);
    double begin = now();
    const Status read = (*journal)->read(Seq{}, [&](model::Record&& each) -> Status {
      records.push_back(std::move(each));
      return Done{};
    });
    if (!read || records.size() != jobs) give_up("recovery lost something");
    reading.push_back(now() - begin);

    cluster = {};
    cluster.seq = Seq{jobs};
    for (model::Record& record : records) {
      model::Job& job = cluster.jobs.emplace_hint(cluster.jobs.end(), JobId{record.seq.value}, model::Job())->second;
      job.id = JobId{record.seq.value};
      job.spec = std::get<model::Submitted>(record.event).spec;
    }
    begin = now();
    if (!(*journal)->keep_snapshot(cluster, "")) give_up("no snapshot");
    keeping.push_back(now() - begin);
    begin = now();
    if ((*journal)->snapshot()->value().cluster.jobs.size() != jobs) give_up("a snapshot lost something");
    snapshot.push_back(now() - begin);

    const auto shared = spec();
    for (auto& [id, job] : cluster.jobs) job.spec = shared;
    const std::string text = wire::encode(cluster);
    begin = now();
    if (wire::decode_cluster(1, text)->jobs.size() != jobs) give_up("an array lost something");
    array.push_back(now() - begin);
  }
  std::printf("\n100,000 queued jobs of 20 variables each (%zu bytes a record), median of %d:\n",
              wire::encode(submission(1, Epoch{1}).event).size(), rounds);
  std::printf("  read back from as many records      %6.0f ms\n", median(reading) * 1000);
  std::printf("  kept as a snapshot                  %6.0f ms (%zu MiB)\n", median(keeping) * 1000, wire::encode(cluster).size() >> 20);
  std::printf("  read back from the snapshot         %6.0f ms\n", median(snapshot) * 1000);
  std::printf("  as one array, decoded from its text %6.0f ms\n", median(array) * 1000);
}

}  // namespace

int main(int count, char** arguments) {
  std::string folder = std::string(count > 1 ? arguments[1] : ".") + "/bench-store-XXXXXX";
  if (!mkdtemp(folder.data())) give_up("cannot make " + folder);
  compare(folder);
  recovery(folder + "/recovery");
  std::filesystem::remove_all(folder);
}
