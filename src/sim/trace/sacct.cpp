// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/sacct.hpp"

#include "base/text.hpp"
#include "sim/trace/moment.hpp"

namespace busbar::sim {
namespace {

constexpr std::int64_t last_id = (std::int64_t{1} << 32) - 1;  // a federation's ids go beyond 2^31
constexpr std::int64_t most_nodes = 1'000'000;
constexpr std::int64_t most_minutes = std::int64_t{60} * 24 * 366 * 100;

bool is_absent(std::string_view text) {
  return text.empty() || text == "Unknown" || text == "None" || text == "N/A";
}

/// One "name=amount" into the request.
Status take_tres(std::string_view name, std::string_view amount, Request& request) {
  const auto take = [&](std::int64_t most, std::int64_t& into) -> Status {
    const Result<std::int64_t> count = text::parse_whole(amount, 0, most);
    if (!count) return Error{Errc::invalid, std::string(name) + ": " + count.error().message};
    into = *count;
    return Done{};
  };
  if (name == "cpu") {
    const Status taken = take(most_processors, request.cpus.count);
    request.cpus = request.cpus * 1000;
    return taken;
  }
  if (name == "node") {
    std::int64_t nodes = 0;
    const Status taken = take(most_nodes, nodes);
    request.nodes = int(nodes);
    return taken;
  }
  if (name == "mem") {
    const Result<Bytes> memory = text::parse_bytes(amount, MiB);
    if (!memory) return Error{Errc::invalid, "mem: " + memory.error().message};
    request.memory = *memory;
    return Done{};
  }
  if (!name.starts_with("gres/gpu")) return Done{};
  const std::string_view model = name.substr(std::string_view("gres/gpu").size());
  if (!model.empty() && !model.starts_with(':')) return Done{};  // gres/gpumem, gres/gpuutil
  std::int64_t gpus = 0;
  const Status taken = take(most_gpus, gpus);
  request.gpus = std::max(request.gpus, gpus);  // the total stands beside its parts by model
  if (!model.empty()) request.gpu_model = model.substr(1);
  return taken;
}

}  // namespace

bool NumberSet::add(std::int64_t number) {
  std::uint64_t& block = blocks_[number >> 6];
  const std::uint64_t bit = std::uint64_t{1} << (number & 63);
  const bool is_new = (block & bit) == 0;
  block |= bit;
  return is_new;
}

Result<Request> parse_tres(std::string_view text) {
  Request request;
  std::int64_t models = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos)
      return Error{Errc::invalid, "found " + text::quote(part) + "; cpu=8 or gres/gpu=2 would be right"};
    if (part.starts_with("gres/gpu:")) ++models;
    const Status taken = take_tres(part.substr(0, equals), part.substr(equals + 1), request);
    if (!taken) return taken.error();
  }
  if (models > 1) request.gpu_model.clear();  // of several models: no task of ours can ask for that
  return request;
}

Result<std::unique_ptr<Trace>> Sacct::read(Csv csv) {
  std::unique_ptr<Sacct> trace(new Sacct(std::move(csv)));
  if (const Status found = trace->columns(); !found) return found.error();
  return std::unique_ptr<Trace>(std::move(trace));
}

Status Sacct::columns() {
  const Status found =
      csv_.columns({{"JobIDRaw", &id_}, {"Submit", &submit_}, {"ElapsedRaw", &elapsed_}, {"State", &state_}});
  if (!found) return found;
  user_ = csv_.optional_column("User");
  account_ = csv_.optional_column("Account");
  start_ = csv_.optional_column("Start");
  limit_ = csv_.optional_column("TimelimitRaw");
  asked_ = csv_.optional_column("ReqTRES");
  allocated_ = csv_.optional_column("AllocTRES");
  nodes_ = csv_.optional_column("NNodes");
  if (!asked_ && !allocated_) {
    const Result<std::size_t> none = csv_.column("AllocTRES");
    return none.error();
  }
  return Done{};
}

Result<std::optional<TraceJob>> Sacct::next() {
  for (;;) {
    const Result<bool> row = csv_.next();
    if (!row) return row.error();
    if (!*row) return std::optional<TraceJob>{};
    if (csv_[id_].find('.') != std::string_view::npos) continue;  // a step
    const Result<std::int64_t> id = csv_.whole(id_, 1, last_id);
    if (!id) return id.error();
    Result<std::optional<TraceJob>> found = job(*id);
    if (!found || *found) return found;
  }
}

/// Nothing where it cannot be replayed.
Result<std::optional<TraceJob>> Sacct::job(std::int64_t id) {
  const Result<Instant> submitted = parse_moment(csv_[submit_]);
  if (!submitted) return csv_.wrong(submit_, submitted.error().message);
  const Result<Duration> ran = parse_seconds(csv_[elapsed_], longest_run);
  if (!ran) return csv_.wrong(elapsed_, ran.error().message);
  std::optional<Instant> started;
  if (start_ && !is_absent(csv_[*start_])) {
    const Result<Instant> moment = parse_moment(csv_[*start_]);
    if (!moment) return csv_.wrong(*start_, moment.error().message);
    if (*moment < *submitted)
      return csv_.wrong(*start_, "found " + text::quote(csv_[*start_]) + ", before it was submitted");
    started = *moment;
  }
  if (!seen_.add(id))
    return csv_.wrong(id_,
                      "job " + std::to_string(id) + " stands here a second time; each once would be right");

  const std::string_view state = csv_[state_].substr(0, csv_[state_].find(' '));  // "CANCELLED by 1000"
  if (state.empty()) return csv_.wrong(state_, "found nothing; COMPLETED would be right");
  if (state == "RUNNING" || state == "SUSPENDED" || state == "REQUEUED" || state == "RESIZING")
    return ++passed_.still_running, std::optional<TraceJob>{};
  if (state == "PENDING" || (start_ && !started) || (ran->count() == 0 && state == "CANCELLED"))
    return ++passed_.never_started, std::optional<TraceJob>{};

  const Result<Request> request = this->request();
  if (!request) return request.error();
  const std::string_view user = field(user_);
  TraceJob found;
  found.number = id;
  found.submitted = *submitted;
  found.ran = *ran;
  found.started = started;
  found.by = shared_.user(user.empty() ? "unknown" : std::string(user));
  found.spec = shared_.spec(*request);
  return std::optional(std::move(found));
}

Result<Request> Sacct::request() const {
  const bool got = allocated_ && !csv_[*allocated_].empty();  // what it got counts, where it got anything
  const std::size_t column = got ? *allocated_ : asked_.value_or(*allocated_);
  Result<Request> request = parse_tres(csv_[column]);
  if (!request) return csv_.wrong(column, request.error().message);
  if (request->cpus.count == 0 && request->gpus == 0)
    return csv_.wrong(column, "found " + text::quote(csv_[column]) + "; at least cpu=1 would be right");
  if (!field(account_).empty()) request->project = field(account_);
  if (nodes_ && !csv_[*nodes_].empty()) {
    const Result<std::int64_t> nodes = csv_.whole(*nodes_, 0, most_nodes);
    if (!nodes) return nodes.error();
    request->nodes = int(*nodes);
  }
  const Result<Duration> limit = this->limit();
  if (!limit) return limit.error();
  request->time_limit = *limit;
  return request;
}

Result<Duration> Sacct::limit() const {
  const std::string_view text = field(limit_);
  if (is_absent(text) || text == "UNLIMITED" || text == "Partition_Limit") return Duration{0};
  const Result<std::int64_t> minutes = csv_.whole(*limit_, 0, most_minutes);
  if (!minutes) return minutes.error();
  return Duration(std::chrono::minutes(*minutes));
}

}  // namespace busbar::sim
