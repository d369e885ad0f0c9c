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
  Result<Connection> connection = borrow();
  if (!connection) return connection.error();
  const Result<Statement*> found = connection->statement(sql);
  if (!found) return found.error();
  Statement& question = (*found)->with(values...);
  std::vector<model::Job> jobs;
  std::map<std::int64_t, Spec> specs;  // of the arrays met
  while (true) {
    const Result<bool> row = question.next();
    if (!row) return row.error();
    if (!*row) break;
    const std::int64_t array = question.whole(2);
    if (array != 0 && !specs.contains(array)) {
      Result<Spec> spec = spec_of(*connection, array);
      if (!spec) return spec.error();
      specs.emplace(array, std::move(*spec));
    }
    const Spec shared = array != 0 ? specs.at(array) : nullptr;
    Result<model::Job> job = wire::decode_job(static_cast<int>(question.whole(0)), question.text(1), shared);
    if (!job) return unreadable(job.error());
    jobs.push_back(std::move(*job));
  }
  give_back(std::move(*connection));
  return jobs;
}

template <class... Values>
Result<std::optional<model::Job>> EndedJobs::ask_one(const char* sql, const Values&... values) {
  Result<std::vector<model::Job>> jobs = ask(sql, values...);
  if (!jobs) return jobs.error();
  if (jobs->empty()) return std::optional<model::Job>();
  return std::optional<model::Job>(std::move(jobs->front()));
}

/// Nothing for an array that a former Busbar wrote down, which gave each element its own.
Result<EndedJobs::Spec> EndedJobs::spec_of(Connection& connection, std::int64_t array) {
  const Result<Statement*> found = connection.statement(spec_of_array);
  if (!found) return found.error();
  Statement& question = (*found)->with(array);
  const Result<bool> row = question.next();
  if (!row) return row.error();
  if (!*row) return Spec();
  Result<model::JobSpec> spec = wire::decode_spec(static_cast<int>(question.whole(0)), question.text(1));
  question.reset();
  if (!spec) return unreadable(spec.error());
  return Spec(std::make_shared<const model::JobSpec>(std::move(*spec)));
}

Error EndedJobs::unreadable(const Error& error) const {
  return {error.code, path_ + ": a job that is over cannot be read: " + error.message};
}

Result<Statement*> EndedJobs::Connection::statement(const char* sql) {
  const auto known = prepared.find(sql);
  if (known != prepared.end()) return &known->second;
  Result<Statement> fresh = database.prepare(sql);
  if (!fresh) return fresh.error();
  return &prepared.emplace(sql, std::move(*fresh)).first->second;
}

Result<EndedJobs::Connection> EndedJobs::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Connection connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  Result<Database> database = Database::open(path_, Access::read);
  if (!database) return database.error();
  return Connection{std::move(*database), {}};
}

void EndedJobs::give_back(Connection connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < most_idle) idle_.push_back(std::move(connection));
}

}  // namespace busbar::store::sqlite
