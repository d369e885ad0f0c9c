// SPDX-License-Identifier: Apache-2.0
// user_files.hpp: files that belong to the job's owner, touched with the owner's rights and no others, so
// that a symbolic link laid by the owner leads nowhere the owner could not go.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/local/shim/system.hpp"

namespace busbar::shim {

/// While it lives, this process has the file rights of that user. Without root's rights it changes nothing.
class AsUser {
 public:
  AsUser(std::int64_t uid, std::int64_t gid, const std::vector<std::int64_t>& groups);
  ~AsUser();
  AsUser(const AsUser&) = delete;
  AsUser& operator=(const AsUser&) = delete;

 private:
  bool changed_ = false;
};

/// Deletes a folder and all in it, following no link. True when it is gone.
bool remove_tree(int parent, const char* name);

/// The same for a task's folder in FOLDER/run, whose contents belong to its user.
void remove_run_folder(const std::string& path);

/// The same at a task's regular end, but an empty folder with its empty scratch is put aside for the user's
/// next task, which takes it. ext4 gives out no inode that was freed within the last minutes and searches
/// past all of them: two folders made and deleted for each short task cost more than all else that a shim
/// does.
void put_run_folder_aside(const std::string& path);
/// False when none is there to take.
bool take_run_folder(const std::string& path, std::int64_t uid, std::int64_t gid);

/// Writes a new file in a folder that the user owns. Never through a link.
bool write_new(int folder, const char* name, std::string_view text, mode_t mode);

}  // namespace busbar::shim
