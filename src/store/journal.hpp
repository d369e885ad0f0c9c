// SPDX-License-Identifier: Apache-2.0
// journal.hpp: the store's door. What must survive: the journal, snapshots of the state, and the jobs that
// are over.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/cluster.hpp"

namespace busbar::store {

/// What one step of the controller writes: durable as a whole or not at all.
struct Batch {
  std::vector<model::Record> records;  // consecutive sequence numbers
  std::vector<model::Job>
      ended;  // jobs these records brought to their end; they leave the state and stay here
};

/// A place to recover from.
struct Snapshot {
  model::Cluster cluster;  // the fold of all records up to cluster.seq
  std::string balances;  // the ledger's, folded from the same records; its own text (ledger::Balances::text)
  bool operator==(const Snapshot&) const = default;
};

/// How jobs that are over are asked for. Newest first.
struct EndedQuery {
  std::optional<std::string> project;
  std::optional<std::uint32_t> uid;
  std::optional<Instant> since;  // ended at or after
  std::size_t most = 100'000;
};

/// Implementations (sqlite, memory) pass the same contract test. Calls come from one thread at a time, save
/// for `ended` and `ended_job`, which may be called from any thread beside the others.
class Journal {
 public:
  virtual ~Journal() = default;

  /// The last snapshot; nothing in a fresh journal.
  virtual Result<std::optional<Snapshot>> snapshot() = 0;
  /// Hands each record after `after` to `sink`, in order, until it says stop by an Error, which is returned.
  /// A record of a version this program does not know is refused (Errc::conflict), as is a gap.
  virtual Status read(Seq after, const std::function<Status(model::Record&&)>& sink) = 0;
  /// Sequence of the last durable record; 0 in a fresh journal.
  virtual Result<Seq> last() = 0;

  /// Takes the lead: raises the epoch durably and returns it. Whoever led before is refused from here on.
  virtual Result<Epoch> raise_epoch() = 0;

  /// Makes the batch durable before it returns. Refused with Errc::conflict when `epoch` is not the highest
  /// or the journal does not end at `expected`; with Errc::exhausted when the disk is full or will not take
  /// it (nothing is written then, a later try may succeed); with Errc::unavailable when the outcome is not
  /// known: every later append is then refused as well, until the journal is opened anew. Cost: one sync.
  virtual Status append(Seq expected, Epoch epoch, const Batch& batch) = 0;

  /// Keeps a place to recover from; older ones but one go. Its records are durable already, or it is refused
  /// (Errc::conflict); otherwise it fails as `append` does.
  virtual Status keep_snapshot(const model::Cluster& cluster, const std::string& balances) = 0;

  virtual Result<std::vector<model::Job>> ended(const EndedQuery& query) = 0;
  virtual Result<std::optional<model::Job>> ended_job(JobId id) = 0;
  /// Every element of an array that is over, by index.
  virtual Result<std::vector<model::Job>> ended_array(JobId array) = 0;
  /// The job that was accepted under a client's key; of an array the first element that is over.
  virtual Result<std::optional<model::Job>> ended_by_key(std::uint32_t uid, const std::string& key) = 0;
};

/// A journal in memory, for tests and the simulator. Keeps values, encodes nothing.
std::unique_ptr<Journal> memory_journal();

/// The journal in `folder`/journal.db (SQLite, write-ahead log, synchronous=FULL). Takes the folder's lock
/// for as long as it lives; a second server on the same folder gets Errc::conflict naming the holder's pid.
Result<std::unique_ptr<Journal>> sqlite_journal(const std::string& folder);

/// The same file for reading only, beside a living server or after it: for `busbar check`. Never writes,
/// takes no lock; shows the journal as it was when it was opened, whatever is appended meanwhile.
Result<std::unique_ptr<Journal>> sqlite_journal_to_read(const std::string& folder);

}  // namespace busbar::store
