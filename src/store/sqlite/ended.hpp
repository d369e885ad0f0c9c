// SPDX-License-Identifier: Apache-2.0
// ended.hpp: the jobs that are over, read from any number of threads beside the writer.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
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
  /// One that reads, with the questions that it was asked already.
  struct Connection {
    Database database;
    std::map<std::string_view, Statement> prepared;
    Result<Statement*> statement(const char* sql);
  };
  using Spec = std::shared_ptr<const model::JobSpec>;

  template <class... Values>
  Result<std::vector<model::Job>> ask(const char* sql, const Values&... values);
  template <class... Values>
  Result<std::optional<model::Job>> ask_one(const char* sql, const Values&... values);
  Result<Spec> spec_of(Connection& connection, std::int64_t array);
  Error unreadable(const Error& error) const;
  Result<Connection> borrow();
  void give_back(Connection connection);

  std::string path_;
  std::mutex mutex_;
  std::vector<Connection> idle_;
};

}  // namespace busbar::store::sqlite
