// SPDX-License-Identifier: Apache-2.0
// folder.hpp: the state folder as one server's own: its lock, and the safe beginning of its journal.
#pragma once
#include <string>

#include "base/result.hpp"

namespace busbar::store::sqlite {

/// flock on FOLDER/lock, held as long as this lives; the kernel lets go of it however the process ends.
class FolderLock {
 public:
  /// Errc::conflict names the pid of the holder.
  static Result<FolderLock> take(const std::string& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// The folder without symbolic links; Errc::not_found when there is none.
Result<std::string> real_folder(const std::string& folder);

/// What lies at FOLDER/journal.db: nothing yet (false), or something that may be a journal (true). What
/// cannot be one (an empty file, a log without its journal, not a file) is an Error and stays as it is: a
/// journal is never lost silently.
Result<bool> has_journal(const std::string& folder);

/// Makes what was renamed or created in `folder` survive a crash.
Status sync_folder(const std::string& folder);

}  // namespace busbar::store::sqlite
