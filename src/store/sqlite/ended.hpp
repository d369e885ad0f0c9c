// SPDX-License-Identifier: Apache-2.0
// ended.hpp: the jobs that are over, read from any number of threads beside the writer.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/journal.hpp"
#include "store/sqlite/database.hpp"

namespace busbar::store::sqlite {

/// Each question takes a connection of its own out of a pool, so that a long answer delays nobody.
class EndedJobs {
 public:
  explicit EndedJobs(std::string path) : path_(std::move(path)) {}

  Result<std::vector<model::Job>> matching(const EndedQuery& query);
  Result<std::vector<model::Job>> of_array(JobId array);
  Result<std::optional<model::Job>> by_id(JobId id);
  Result<std::optional<model::Job>> by_key(std::uint32_t uid, const std::string& key);

 private:
  template <class... Values>
  Result<std::vector<model::Job>> ask(const char* sql, const Values&... values);
  template <class... Values>
  Result<std::optional<model::Job>> ask_one(const char* sql, const Values&... values);
  Result<Database> borrow();
  void give_back(Database database);

  std::string path_;
  std::mutex mutex_;
  std::vector<Database> idle_;
};

}  // namespace busbar::store::sqlite
