// SPDX-License-Identifier: Apache-2.0
// The engine's one thread: orders down to the launcher, news up to the sink, a launcher that died started
// anew.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "engine/local/cpu_meter.hpp"
#include "engine/local/inventory.hpp"
#include "engine/local/launcher_link.hpp"
#include "engine/local/local.hpp"
#include "engine/local/log_reader.hpp"
#include "engine/local/shim/record.hpp"
#include "engine/local/task_order.hpp"

namespace busbar::engine {
namespace {

using shim::AttemptName;
using shim::Frame;

static_assert(static_cast<int>(shim::Cause::exited) == static_cast<int>(model::Cause::exited));
static_assert(static_cast<int>(shim::Cause::stopped) == static_cast<int>(model::Cause::stopped));
static_assert(static_cast<int>(shim::Cause::timeout) == static_cast<int>(model::Cause::timeout));
static_assert(static_cast<int>(shim::Cause::out_of_memory) == static_cast<int>(model::Cause::out_of_memory));
static_assert(static_cast<int>(shim::Cause::lost) == static_cast<int>(model::Cause::lost));
static_assert(static_cast<int>(shim::Cause::not_started) == static_cast<int>(model::Cause::not_started));

constexpr std::int64_t unreachable_after_ms = 10'000;
constexpr std::int64_t longest_pause_ms = 5'000;
constexpr std::int64_t sample_every_ms = 2'000;  // of CPUs, where they are lent

bool make_folder(const std::string& path, mode_t mode) {
  return ::mkdir(path.c_str(), mode) == 0 || errno == EEXIST;
}

/// A name of our own in the cgroup hierarchies: two servers on one machine must not sweep each other's tasks
/// away.
std::string cgroup_name(const std::string& folder) {
  struct stat about{};
  ::stat(folder.c_str(), &about);
  return "busbar-" + std::to_string(about.st_dev) + "-" + std::to_string(about.st_ino);
}

class LocalEngine : public Engine {
 public:
  explicit LocalEngine(LocalOptions options) : options_(std::move(options)) {}
  ~LocalEngine() override;

  Status start(Epoch epoch, std::function<void(News)> sink) override;
  void tell(std::vector<Order> orders) override;
  void survey() override;
  Result<OutputPage> read(const model::AttemptId& attempt, std::int64_t from, std::size_t most) override;

 private:
  struct Known {  // of a user, for a while: directory services may be slow
    Result<Identity> identity;
    std::int64_t until = 0;
  };

  Status prepare_folder();
  void wake();
  void work();
  int patience() const;
  void keep_launcher();
  void on_lost_line();
  void take_orders();
  void obey(const LaunchOrder& order);
  void obey(const StopOrder& order);
  void obey(const SettleOrder& order);
  void obey(const CpuOrder& order);
  void begin_to_lend();
  void sample();
  void hear();
  void hear(Frame kind, std::string_view body);
  void on_hello(const shim::Hello& hello);
  void on_surveyed();
  void on_finished(const shim::FinishedNews& news);
  void refuse(const model::AttemptId& attempt, std::string why);
  const Result<Identity>& identity(const model::Principal& owner);
  void leave(const std::string& why);

  LocalOptions options_;
  std::string folder_, host_, cgroup_;
  NodeId node_;
  Epoch epoch_;
  std::function<void(News)> sink_;
  std::unique_ptr<LauncherLink> link_;
  shim::Fd wake_;
  std::thread thread_;

  std::mutex mutex_;  // guards the next three
  std::vector<Order> inbox_;
  bool survey_asked_ = false;
  bool closing_ = false;

  // The thread's own.
  shim::Hello able_;
  bool welcomed_ = false, left_ = false;
  std::int64_t spawn_at_ = 0, pause_ms_ = 50, away_since_ = 0;
  std::map<AttemptName, std::string> launching_;  // told, and no news of it yet: told again on reconnection
  std::map<AttemptName, shim::StopRequest> stopping_;  // likewise, until its end
  std::set<AttemptName> present_;
  std::map<std::uint32_t, Known> known_;
  std::unique_ptr<Cgroups> cgroups_;  // null as long as no CPUs are lent
  std::optional<CpuMeter> meter_;
  std::int64_t sample_at_ = 0;
  std::map<AttemptName, CgroupLimits> cpu_terms_;  // told, while its group is not there yet
};

LocalEngine::~LocalEngine() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake();
  thread_.join();
}

Status LocalEngine::prepare_folder() {
  const auto failed = [](const std::string& path) {
    return Error{Errc::internal, "cannot make the folder " + path + ": " + std::strerror(errno)};
  };
  if (!make_folder(options_.folder, 0711)) return failed(options_.folder);
  char* real = ::realpath(options_.folder.c_str(), nullptr);
  if (!real) return failed(options_.folder);
  folder_ = real;
  ::free(real);
  // Records and logs are the server's alone; in "run" each task's folder is its user's.
  for (const char* name : {"/tasks", "/ended"})
    if (!make_folder(folder_ + name, 0700)) return failed(folder_ + name);
  if (!make_folder(folder_ + "/run", 0711) || ::chmod((folder_ + "/run").c_str(), 0711) != 0)
    return failed(folder_ + "/run");
  return Done{};
}

Status LocalEngine::start(Epoch epoch, std::function<void(News)> sink) {
  const std::string& isolation = options_.settings.isolation;
  if (isolation != "full" && isolation != "plain")
    return Error{Errc::invalid, "isolation \"" + isolation + "\": right would be \"full\" or \"plain\""};
  if (::access(options_.shim.c_str(), X_OK) != 0)
    return Error{Errc::invalid,
                 "cannot run the program busbar-shim at " + options_.shim + ": " + std::strerror(errno)};
  if (Status made = prepare_folder(); !made) return made;
  const Result<NodeId> node = node_id(folder_);
  if (!node) return node.error();
  node_ = *node;
  if (const auto devices = declared_devices(options_.settings.declared_gpus, node_); !devices)
    return devices.error();
  const std::int64_t seen = std::atoll(shim::read_text(folder_ + "/launcher.epoch").c_str());
  if (seen > epoch.value)
    return Error{Errc::conflict, "the launcher has taken orders of epoch " + std::to_string(seen) +
                                     ", and ours is " + std::to_string(epoch.value) +
                                     ": a newer server has the lead here"};
  epoch_ = epoch;
  sink_ = std::move(sink);
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  host_ = host;
  cgroup_ = cgroup_name(folder_);
  wake_ = shim::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  link_ = std::make_unique<LauncherLink>(folder_, options_.shim, std::to_string(node_.value), cgroup_);
  if (Status open = link_->listen(); !open) return open;
  if (Status spawned = link_->spawn(); !spawned) return spawned;
  away_since_ = shim::monotonic_ms();
  thread_ = std::thread([this] { work(); });
  return Done{};
}

void LocalEngine::wake() {
  const std::uint64_t one = 1;
  while (::write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void LocalEngine::tell(std::vector<Order> orders) {
  {
    const std::lock_guard lock(mutex_);
    for (Order& order : orders) inbox_.push_back(std::move(order));
  }
  wake();
}

void LocalEngine::survey() {
  {
    const std::lock_guard lock(mutex_);
    survey_asked_ = true;
  }
  wake();
}

Result<OutputPage> LocalEngine::read(const model::AttemptId& attempt, std::int64_t from, std::size_t most) {
  const std::string name = name_of(attempt).text();
  const std::string live = folder_ + "/tasks/" + name;
  // It moves only from the first place to the second, so looking in this order finds it.
  if (::access(live.c_str(), F_OK) == 0) {
    Result<OutputPage> page = read_log(live, from, most);
    if (!page || !page->pieces.empty() || ::access(live.c_str(), F_OK) == 0) return page;
  }
  return read_log(folder_ + "/ended/" + std::to_string(attempt.job.value / 1000) + "/" + name, from, most);
}

void LocalEngine::work() {
  for (bool closing = false; !closing || (link_->connected() && link_->has_unsent());) {
    const short line = static_cast<short>(POLLIN | (link_->has_unsent() ? POLLOUT : 0));
    pollfd waits[] = {{wake_.get(), POLLIN, 0},
                      {link_->listener(), POLLIN, 0},
                      {link_->connection(), line, 0},
                      {link_->launcher(), POLLIN, 0}};
    ::poll(waits, 4, closing ? 1000 : patience());
    std::uint64_t count = 0;
    if (waits[0].revents != 0 && ::read(wake_.get(), &count, sizeof count) > 0) {
      const std::lock_guard lock(mutex_);
      closing = closing_;
    }
    if (waits[1].revents != 0) link_->accept();
    if (waits[2].revents != 0) hear();
    if (!link_->connected() && welcomed_) on_lost_line();
    take_orders();
    sample();
    link_->flush();
    if (!closing) keep_launcher();
  }
  link_.reset();
}

int LocalEngine::patience() const {
  if (welcomed_ && !meter_) return -1;
  if (welcomed_)
    return static_cast<int>(std::clamp<std::int64_t>(sample_at_ - shim::monotonic_ms(), 0, sample_every_ms));
  return static_cast<int>(std::clamp<std::int64_t>(spawn_at_ - shim::monotonic_ms(), 20, 1000));
}

void LocalEngine::on_lost_line() {
  welcomed_ = false;
  present_.clear();
  away_since_ = shim::monotonic_ms();
}

/// A launcher that died is started anew, after a pause that grows while that does not help.
void LocalEngine::keep_launcher() {
  if (welcomed_) return;
  const std::int64_t now = shim::monotonic_ms();
  if (link_->launcher_ended()) {
    if (spawn_at_ == 0) spawn_at_ = now + pause_ms_;
    if (now >= spawn_at_) {
      spawn_at_ = 0;
      pause_ms_ = std::min(pause_ms_ * 2, longest_pause_ms);
      if (const Status spawned = link_->spawn(); !spawned) leave(spawned.error().message);
    }
  }
  if (now - away_since_ > unreachable_after_ms)
    leave("its launcher does not answer; " + folder_ + "/launcher.log may say why");
}

void LocalEngine::leave(const std::string& why) {
  if (left_) return;
  left_ = true;
  sink_(model::NodeLeft{node_, why});
}

void LocalEngine::take_orders() {
  std::vector<Order> orders;
  bool survey_now = false;
  {
    const std::lock_guard lock(mutex_);
    orders.swap(inbox_);
    survey_now = std::exchange(survey_asked_, false);
  }
  for (const Order& order : orders) std::visit([this](const auto& one) { obey(one); }, order);
  if (survey_now && welcomed_) link_->send(Frame::survey, {});
}

void LocalEngine::obey(const LaunchOrder& order) {
  const Result<Identity>& who = identity(order.owner);
  if (!who) return refuse(order.attempt, who.error().message);
  if (order.spec->command.empty() && order.spec->script.empty())
    return refuse(order.attempt, "it has no command");
  Surroundings around{*who, host_, folder_ + "/run/" + name_of(order.attempt).text(), options_.socket,
                      shim::unix_ms() / 1000};
  std::string packed = shim::pack(task_order(order, around, cgroup_));
  if (welcomed_) link_->send(Frame::launch, packed);
  launching_.insert_or_assign(name_of(order.attempt), std::move(packed));
}

void LocalEngine::obey(const StopOrder& order) {
  shim::StopRequest request{name_of(order.attempt), order.epoch.value, order.grace.count(),
                            order.reason.substr(0, shim::longest_text), order.warned};
  if (welcomed_) link_->send(Frame::stop, shim::pack(request));
  stopping_.insert_or_assign(request.attempt, std::move(request));
}

void LocalEngine::obey(const SettleOrder& order) {
  launching_.erase(name_of(order.attempt));
  stopping_.erase(name_of(order.attempt));
  cpu_terms_.erase(name_of(order.attempt));
  // Not kept while the launcher is away: the next survey shows the attempt, and the controller settles it
  // again.
  if (welcomed_)
    link_->send(Frame::settle, shim::pack(shim::Settle{name_of(order.attempt), order.epoch.value}));
}

void LocalEngine::obey(const CpuOrder& order) {
  if (!cgroups_) cgroups_ = Cgroups::find();  // of a task that borrowed while that was allowed
  if (!cgroups_) return;
  CgroupLimits limits;
  if (order.most < Cpus{::sysconf(_SC_NPROCESSORS_ONLN) * 1000}) limits.cpu_milli = order.most.count;
  limits.cpu_weight = order.weight.count;
  limits.yields = order.lent;
  if (cgroups_->set_cpu(cgroup_ + "/" + name_of(order.attempt).text(), limits)) {
    cpu_terms_.erase(name_of(order.attempt));
  } else {
    cpu_terms_.insert_or_assign(name_of(order.attempt), limits);
  }
}

/// All tasks together weigh as much as the machine has CPUs, against what runs beside them.
void LocalEngine::begin_to_lend() {
  if (options_.settings.lend_cpus == 0 || cgroups_) return;
  cgroups_ = Cgroups::find();
  if (!cgroups_ || !cgroups_->open(cgroup_).cpu_use) return cgroups_.reset();
  CgroupLimits all;
  all.cpu_weight = ::sysconf(_SC_NPROCESSORS_ONLN) * 1000;
  cgroups_->set_cpu(cgroup_, all);
  meter_.emplace(*cgroups_, cgroup_);
}

void LocalEngine::sample() {
  if (!welcomed_ || !meter_ || shim::monotonic_ms() < sample_at_) return;
  sample_at_ = shim::monotonic_ms() + sample_every_ms;
  std::erase_if(cpu_terms_, [&](const auto& told) {
    return cgroups_->set_cpu(cgroup_ + "/" + told.first.text(), told.second);
  });
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  if (auto use = meter_->read(node_, std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000))
    sink_(std::move(*use));
}

const Result<Identity>& LocalEngine::identity(const model::Principal& owner) {
  const std::int64_t now = shim::monotonic_ms();
  const auto at = known_.find(owner.uid);
  if (at != known_.end() && at->second.until > now) return at->second.identity;
  return known_.insert_or_assign(owner.uid, Known{identity_of(owner.uid, owner.gid), now + 60'000})
      .first->second.identity;
}

void LocalEngine::refuse(const model::AttemptId& attempt, std::string why) {
  model::Finished finished;
  finished.attempt = attempt;
  finished.ending.cause = model::Cause::not_started;
  finished.ending.message = std::move(why);
  sink_(std::move(finished));
}

void LocalEngine::hear() {
  for (std::string message = link_->receive(); !message.empty(); message = link_->receive()) {
    std::string_view rest = message;
    while (!rest.empty()) {
      std::int64_t head[2] = {};
      if (rest.size() >= sizeof head) std::memcpy(head, rest.data(), sizeof head);
      if (rest.size() < sizeof head || head[1] < 0 ||
          static_cast<std::uint64_t>(head[1]) > rest.size() - sizeof head)
        return link_->hang_up();
      hear(static_cast<Frame>(head[0]), rest.substr(sizeof head, static_cast<std::size_t>(head[1])));
      if (!link_->connected()) return;
      rest.remove_prefix(sizeof head + static_cast<std::size_t>(head[1]));
    }
  }
}

void LocalEngine::hear(Frame kind, std::string_view body) {
  if (kind == Frame::hello) {
    shim::Hello hello;
    return shim::unpack(body, hello) ? on_hello(hello) : link_->hang_up();
  }
  if (!welcomed_) return link_->hang_up();
  if (kind == Frame::present) {
    std::vector<AttemptName> names;
    if (shim::unpack(body, names)) present_.insert(names.begin(), names.end());
  } else if (kind == Frame::surveyed) {
    on_surveyed();
  } else if (kind == Frame::started) {
    shim::StartedNews news;
    if (!shim::unpack(body, news)) return link_->hang_up();
    launching_.erase(news.attempt);
    sink_(model::Started{attempt_of(news.attempt), news.pid});
  } else if (kind == Frame::finished) {
    shim::FinishedNews news;
    if (!shim::unpack(body, news)) return link_->hang_up();
    on_finished(news);
  }
}

void LocalEngine::on_hello(const shim::Hello& hello) {
  if (hello.version != shim::protocol_version || hello.node != std::to_string(node_.value)) {
    leave("a launcher of another version or machine dialled in");
    return link_->hang_up();
  }
  if (hello.epoch > epoch_.value) {
    leave("a newer server has taken over: its epoch is " + std::to_string(hello.epoch) + ", ours " +
          std::to_string(epoch_.value));
    return link_->hang_up();
  }
  able_ = hello;
  welcomed_ = true;
  begin_to_lend();
  pause_ms_ = 50;
  spawn_at_ = 0;
  present_.clear();
  link_->send(Frame::welcome, shim::pack(shim::Welcome{shim::protocol_version, epoch_.value}));
  // What the former launcher may not have got to goes first, so that the survey already knows of it.
  for (const auto& [name, order] : launching_) link_->send(Frame::launch, order);
  for (const auto& [name, request] : stopping_) link_->send(Frame::stop, shim::pack(request));
  link_->send(Frame::survey, {});
}

void LocalEngine::on_surveyed() {
  left_ = false;
  Joined joined;
  joined.facts = take_inventory(folder_, node_, options_.settings, able_);
  // An order on its way is as good as present: its news will come.
  for (const auto& [name, order] : launching_) present_.insert(name);
  for (const AttemptName& name : present_) joined.present.push_back(attempt_of(name));
  present_.clear();
  sink_(std::move(joined));
}

void LocalEngine::on_finished(const shim::FinishedNews& news) {
  launching_.erase(news.attempt);
  stopping_.erase(news.attempt);
  model::Finished finished;
  finished.attempt = attempt_of(news.attempt);
  finished.ending.exit_code = static_cast<int>(news.ending.exit_code);
  finished.ending.signal = static_cast<int>(news.ending.signal);
  finished.ending.cause = static_cast<model::Cause>(std::clamp<std::int64_t>(news.ending.cause, 0, 5));
  finished.ending.ran = Duration(news.ending.ran_ms);
  finished.ending.message = news.ending.message;
  finished.foreign_port = static_cast<int>(news.ending.foreign_port);
  sink_(std::move(finished));
}

}  // namespace

Status can_do(const model::Settings& settings) {
  if (settings.lend_cpus == 0) return Done{};
  if (settings.isolation == "plain")
    return Error{Errc::invalid,
                 "--lend-cpus: CPUs are lent by control groups, and with --isolation plain there are none"};
  const std::string probe = "busbar-probe-" + std::to_string(::getpid());
  const auto cgroups = Cgroups::find();
  const CgroupMeans means = cgroups ? cgroups->open(probe) : CgroupMeans{};
  if (cgroups) cgroups->remove(probe);
  if (means.cpu && means.cpu_use) return Done{};
  return Error{
      Errc::invalid,
      "--lend-cpus: CPUs are lent by control groups, and this machine gives us none that weigh them and tell "
      "their use (version 1: cpu and cpuacct; version 2: cpu); as root, with them mounted, it would"};
}

std::unique_ptr<Engine> local_engine(LocalOptions options) {
  return std::make_unique<LocalEngine>(std::move(options));
}

}  // namespace busbar::engine
