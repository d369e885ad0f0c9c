// SPDX-License-Identifier: Apache-2.0
// weather_test.cpp: bad weather for a journal: its process killed at any moment, its disk full.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/chance.hpp"
#include "store/journal.hpp"
#include "store/journal_samples_test.hpp"

namespace {
std::atomic<bool> syncs_fail = false;
}

/// Stands before the C library's, for SQLite, too: a disk that cannot keep what it was given.
extern "C" int fdatasync(int file) {
  if (!syncs_fail) return static_cast<int>(syscall(SYS_fdatasync, file));
  errno = EIO;
  return -1;
}

namespace busbar::store {
namespace {

using samples::record;

/// In a child: appends batches of 1 to 8 records, and says down the pipe how far each acknowledged one came.
[[noreturn]] void append_until_killed(const std::string& folder, int acknowledgements, Rng rng) {
  auto journal = sqlite_journal(folder);
  if (!journal) _exit(2);
  const Result<Epoch> epoch = (*journal)->raise_epoch();
  const Result<Seq> last = (*journal)->last();
  if (!epoch || !last) _exit(3);
  std::int64_t seq = last->value;
  while (true) {
    Batch batch;
    const std::int64_t from = seq;
    for (std::uint64_t k = 0; k <= rng.below(8); ++k) {
      batch.records.push_back(record(++seq, *epoch));
      batch.ended.push_back(samples::ended_job(seq));
    }
    if (!(*journal)->append(Seq{from}, *epoch, batch)) _exit(4);
    if (write(acknowledgements, &seq, sizeof seq) != sizeof seq) _exit(5);
    if (rng.below(20) == 0) {
      model::Cluster cluster = samples::cluster();
      cluster.seq = Seq{seq};
      if (!(*journal)->keep_snapshot(cluster, "")) _exit(6);
    }
  }
}

/// Kills the child after `acknowledged` appends and a little more; the last sequence that it acknowledged.
std::int64_t kill_round(const std::string& folder, Rng& rng) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const std::uint64_t seed = rng.next();
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    append_until_killed(folder, ends[1], Rng(seed));
  }
  close(ends[1]);
  std::int64_t seq = 0, acknowledged = 0;
  for (std::uint64_t left = rng.below(12) + 1; left > 0 && read(ends[0], &seq, sizeof seq) == sizeof seq;
       --left)
    acknowledged = seq;
  for (std::uint64_t spin = rng.below(200'000); spin > 0; --spin)
    asm volatile("");  // into the midst of something
  kill(child, SIGKILL);
  while (read(ends[0], &seq, sizeof seq) == sizeof seq) acknowledged = seq;  // said before it died
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
  return acknowledged;
}

TEST(Weather, WhatWasAcknowledgedOutlivesKillAtAnyMoment) {
  const std::uint64_t seed = 20261121;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Rng rng(seed);
  const samples::Folder folder;
  for (int round = 1; round <= 15; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const std::int64_t acknowledged = kill_round(folder.path(), rng);
    EXPECT_GT(acknowledged, 0);

    auto journal = sqlite_journal(folder.path());
    ASSERT_TRUE(journal) << journal.error().message;  // the lock went with its holder
    const std::int64_t last = (*journal)->last()->value;
    EXPECT_GE(last, acknowledged);
    std::int64_t seq = 0;
    const Status read = (*journal)->read(Seq{}, [&](model::Record&& each) -> Status {
      ++seq;
      EXPECT_EQ(each, record(seq, each.epoch));
      return Done{};
    });
    EXPECT_TRUE(read) << read.error().message;
    EXPECT_EQ(seq, last);
    // Of each batch all or nothing: every record came with its ended job.
    EXPECT_EQ((*journal)->ended({})->size(), static_cast<std::size_t>(last));
    EXPECT_TRUE((*journal)->snapshot());
    EXPECT_EQ((*journal)->raise_epoch()->value, 2 * round);
  }
}

/// A file system of 4 MiB, seen by this thread alone, gone with it.
bool mount_small(const std::string& at) {
  return unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", at.c_str(), "tmpfs", 0, "size=4m,mode=700") == 0;
}

void fill(const std::string& path) {
  std::ofstream out(path, std::ios::binary);
  const std::string block(4096, 'x');
  while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) continue;
}

/// In a child, whose mount goes with it. Gives its exit code: 0 when all was as it should be, else the step
/// that was not.
int live_through_a_full_disk(const std::string& folder) {
  if (!mount_small(folder)) return 77;
  auto journal = sqlite_journal(folder);
  if (!journal) return 1;
  const Epoch epoch = *(*journal)->raise_epoch();
  std::int64_t seq = 0;
  const auto append = [&] {
    Batch batch;
    for (int k = 1; k <= 20; ++k)
      batch.records.push_back(samples::submission(seq + k, epoch, JobId{seq + k}));
    batch.ended.push_back(samples::ended_job(seq + 1));
    const Status appended = (*journal)->append(Seq{seq}, epoch, batch);
    if (appended) seq += 20;
    return appended;
  };
  const auto whole = [&](Journal& read_from) {
    std::int64_t count = 0;
    const Status read = read_from.read(Seq{}, [&](model::Record&&) -> Status { return ++count, Done{}; });
    return read && count == seq && read_from.last()->value == seq;
  };
  if (!append()) return 2;
  fill(folder + "/ballast");
  Status appended = append();
  for (int tries = 0; tries < 400 && appended; ++tries)
    appended = append();  // the log has a little room inside
  if (appended || appended.error().code != Errc::exhausted) return 3;
  if (appended.error().message.find("the disk is full (") == std::string::npos) return 4;
  if (append()) return 5;           // again, and nothing breaks
  if (!whole(**journal)) return 6;  // reading goes on
  if ((*journal)->ended({})->size() != static_cast<std::size_t>(seq) / 20) return 7;
  model::Cluster cluster = samples::cluster();
  cluster.seq = Seq{seq};
  const Status kept = (*journal)->keep_snapshot(cluster, std::string(100'000, 'x'));
  if (kept || kept.error().code != Errc::exhausted) return 8;
  if (unlink((folder + "/ballast").c_str()) != 0) return 9;
  if (!append()) return 10;  // there is room again: so is service
  if (!(*journal)->keep_snapshot(cluster, "")) return 11;
  journal->reset();
  journal = sqlite_journal(folder);
  return journal && whole(**journal) ? 0 : 12;
}

TEST(Weather, AFullDiskRefusesWritingHarmsNothingAndPasses) {
  const samples::Folder folder;
  const pid_t child = fork();
  if (child == 0) _exit(live_through_a_full_disk(folder.path()));
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77)
    GTEST_SKIP() << "NOT TESTED: a full disk; it takes root to mount a small one";
  EXPECT_EQ(WEXITSTATUS(status), 0) << "the step of live_through_a_full_disk that went wrong";
}

TEST(Weather, AfterASyncThatFailedNothingMoreIsWrittenUntilTheJournalIsOpenedAnew) {
  const samples::Folder folder;
  auto journal = sqlite_journal(folder.path());
  ASSERT_TRUE(journal);
  const Epoch epoch = *(*journal)->raise_epoch();
  ASSERT_TRUE((*journal)->append(Seq{}, epoch, {{record(1, epoch)}, {samples::ended_job(1)}}));

  syncs_fail = true;
  const Status unknown = (*journal)->append(Seq{1}, epoch, {{record(2, epoch)}, {samples::ended_job(2)}});
  syncs_fail = false;
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::unavailable);
  EXPECT_NE(unknown.error().message.find("whether the last batch was written is not known"),
            std::string::npos)
      << unknown.error().message;
  for (const std::int64_t end : {1, 2}) {  // the disk is well again, but who knows what it kept
    const Status later = (*journal)->append(Seq{end}, epoch, {{record(end + 1, epoch)}, {}});
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error(), unknown.error());
  }
  EXPECT_FALSE((*journal)->raise_epoch());
  EXPECT_TRUE((*journal)->ended_job(JobId{1})->has_value());  // reading goes on

  journal->reset();
  journal = sqlite_journal(folder.path());
  ASSERT_TRUE(journal) << journal.error().message;
  const Seq last = *(*journal)->last();
  EXPECT_TRUE(last == Seq{1} || last == Seq{2});  // the batch as a whole or not at all
  EXPECT_EQ((*journal)->ended({})->size(), static_cast<std::size_t>(last.value));
  EXPECT_EQ((*journal)->raise_epoch()->value, 2);
}

}  // namespace
}  // namespace busbar::store
