// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/ended.hpp"

#include <limits>

#include "store/sqlite/schema.hpp"
#include "wire/codec.hpp"

namespace busbar::store::sqlite {
namespace {

constexpr std::size_t most_idle = 4;  // connections kept open; each costs about 100 KB

std::int64_t milliseconds(std::optional<Instant> at) {
  return at ? at->time_since_epoch().count() : std::numeric_limits<std::int64_t>::min();
}

}  // namespace

Result<std::vector<model::Job>> EndedJobs::matching(const EndedQuery& query) {
  const char* sql = ended_question(query.project.has_value(), query.uid.has_value());
  const std::int64_t since = milliseconds(query.since);
  const auto most = static_cast<std::int64_t>(query.most);
  if (query.project && query.uid) return ask(sql, *query.project, std::int64_t{*query.uid}, since, most);
  if (query.project) return ask(sql, *query.project, since, most);
  if (query.uid) return ask(sql, std::int64_t{*query.uid}, since, most);
  return ask(sql, since, most);
}

Result<std::vector<model::Job>> EndedJobs::of_array(JobId array) { return ask(ended_by_array, array.value); }

Result<std::optional<model::Job>> EndedJobs::by_id(JobId id) { return ask_one(ended_by_id, id.value); }

Result<std::optional<model::Job>> EndedJobs::by_key(std::uint32_t uid, const std::string& key) {
  return ask_one(ended_by_client_key, std::int64_t{uid}, key);
}

template <class... Values>
Result<std::vector<model::Job>> EndedJobs::ask(const char* sql, const Values&... values) {
  Result<Database> database = borrow();
  if (!database) return database.error();
  std::vector<model::Job> jobs;
  {
    Result<Statement> question = database->prepare(sql);
    if (!question) return question.error();
    question->with(values...);
    while (true) {
      const Result<bool> row = question->next();
      if (!row) return row.error();
      if (!*row) break;
      Result<model::Job> job = wire::decode_job(static_cast<int>(question->whole(0)), question->text(1));
      if (!job)
        return Error{job.error().code, path_ + ": a job that is over cannot be read: " + job.error().message};
      jobs.push_back(std::move(*job));
    }
  }
  give_back(std::move(*database));
  return jobs;
}

template <class... Values>
Result<std::optional<model::Job>> EndedJobs::ask_one(const char* sql, const Values&... values) {
  Result<std::vector<model::Job>> jobs = ask(sql, values...);
  if (!jobs) return jobs.error();
  if (jobs->empty()) return std::optional<model::Job>();
  return std::optional<model::Job>(std::move(jobs->front()));
}

Result<Database> EndedJobs::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Database database = std::move(idle_.back());
      idle_.pop_back();
      return database;
    }
  }
  return Database::open(path_, Access::read);
}

void EndedJobs::give_back(Database database) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < most_idle) idle_.push_back(std::move(database));
}

}  // namespace busbar::store::sqlite
