// SPDX-License-Identifier: Apache-2.0
// schema.hpp: the tables of a journal, the steps that made them, and every question that is asked of them.
#pragma once
#include <string>

#include "store/sqlite/database.hpp"

namespace busbar::store::sqlite {

/// Makes an empty journal at FOLDER/journal.db, durable and complete before it has that name. Mode 0600.
Status create(const std::string& folder);

/// Before anything else is done to it: Errc::internal when it is no journal, Errc::conflict when a newer
/// program wrote it.
Status recognise(Database& database);
/// Takes a journal through the steps that it has not seen.
Status migrate(Database& database);
/// For a reader, who cannot: an older journal is refused.
Status require_current(Database& database);
/// Walks over every page: Errc::internal with the first that does not hang together. Cost: O(size of the
/// file).
Status require_sound(Database& database);

/// Which jobs that are over: `project`, `uid`, both or neither, each newest first. Parameters in this order:
/// project, uid (each only where asked for), ended at or after, at most.
const char* ended_question(bool by_project, bool by_uid);
inline constexpr const char* ended_by_id = "SELECT version, body, array FROM ended WHERE id = ?1";
inline constexpr const char* ended_by_array =
    "SELECT version, body, array FROM ended WHERE array = ?1 AND array <> 0 ORDER BY id";
/// Of an array's elements, which all have its key, the first.
inline constexpr const char* ended_by_client_key =
    "SELECT version, body, array FROM ended WHERE uid = ?1 AND key = ?2 AND key <> '' ORDER BY id LIMIT 1";
/// What the elements of an array were asked for.
inline constexpr const char* spec_of_array = "SELECT version, body FROM array_spec WHERE array = ?1";

}  // namespace busbar::store::sqlite
