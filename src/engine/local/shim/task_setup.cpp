// SPDX-License-Identifier: Apache-2.0
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "engine/local/shim/task.hpp"
#include "engine/local/shim/task_life.hpp"
#include "engine/local/shim/user_files.hpp"

namespace busbar::shim {

bool Task::load() {
  struct stat about{};
  if (!task_folder_ || ::fstat(order_fd, &about) != 0) return false;
  std::string bytes(static_cast<std::size_t>(about.st_size), '\0');
  if (::pread(order_fd, bytes.data(), bytes.size(), 0) != about.st_size || !unpack(bytes, order_))
    return false;
  ::close(order_fd);
  highest_epoch_ = order_.epoch;
  log_ = std::make_unique<LogWriter>(task_folder_.get(), order_.log_limit);
  StartedRecord begun;
  begun.boot = boot_id();
  begun.shim_pid = shim_pid_;
  begun.epoch = order_.epoch;
  return write_area(record_fd, Area::started, begun);
}

bool Task::refuse(std::string why, std::int64_t foreign_port) {
  cause_ = Cause::not_started;
  ending_.message = std::move(why);
  ending_.foreign_port = foreign_port;
  return false;
}

bool Task::prepare() {
  // A child of ours whose parent dies becomes ours, not process 1's: no double fork leads out of the job.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t ours;
  ::sigemptyset(&ours);
  for (const int signal : {SIGCHLD, SIGUSR1, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&ours, signal);
  ::sigprocmask(SIG_BLOCK, &ours, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  signals_ = Fd(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return refuse("busbar could not watch its task: " + std::string(std::strerror(errno)));
  if (order_.probe_port > 0 && !port_is_free())
    return refuse("port " + std::to_string(order_.probe_port) + " is in use by another program",
                  order_.probe_port);
  if (!make_run_folder() || !open_output()) return false;
  isolate();
  return true;
}

bool Task::make_run_folder() {
  const auto failed = [&](const char* what) {
    return refuse("cannot make the task's folder " + run_folder_ + what + ": " + std::strerror(errno));
  };
  if (!take_run_folder(run_folder_, order_.uid, order_.gid) && ::mkdir(run_folder_.c_str(), 0700) != 0 &&
      errno != EEXIST)
    return failed("");
  Fd run(::open(run_folder_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!run) return failed("");
  if (::geteuid() == 0 &&
      ::fchown(run.get(), static_cast<uid_t>(order_.uid), static_cast<gid_t>(order_.gid)) != 0)
    return failed(" its user's");
  const AsUser user(order_.uid, order_.gid, order_.groups);
  if (::mkdirat(run.get(), "scratch", 0700) != 0 && errno != EEXIST) return failed("/scratch");
  if (!order_.hostfile.empty() && !write_new(run.get(), "hosts", order_.hostfile, 0600))
    return failed("/hosts");
  if (!order_.script.empty()) {
    if (!write_new(run.get(), "script", order_.script, 0700)) return failed("/script");
    if (order_.argv.empty()) order_.argv.emplace_back();
    order_.argv[0] = run_folder_ + "/script";
  }
  return true;
}

int Task::open_as_user(const std::string& path) {
  const AsUser user(order_.uid, order_.gid, order_.groups);
  // Not blocking, because a FIFO that nobody reads would otherwise hold the shim for ever.
  return ::open(
      path.c_str(),
      O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (order_.append ? 0 : O_TRUNC),
      0666);
}

bool Task::open_output() {
  const auto open = [&](const std::string& path, Fd& file, int& number) {
    if (path.empty()) return true;
    file = Fd(open_as_user(path));
    number = file.get();
    return static_cast<bool>(file) ||
           refuse("cannot open the output file " + path + ": " + std::strerror(errno));
  };
  ::umask(022);
  if (!open(order_.output, output_file_, sinks_[0].file)) return false;
  if (order_.error == order_.output) {
    sinks_[1].file = sinks_[0].file;
  } else if (!open(order_.error, error_file_, sinks_[1].file)) {
    return false;
  }
  ::umask(077);
  for (int i = 0; i < 2; ++i) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      return refuse(std::string("cannot make a pipe: ") + std::strerror(errno));
    sinks_[i].pipe = Fd(ends[0]);
    (i == 0 ? out_end_ : err_end_) = Fd(ends[1]);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  }
  return true;
}

bool Task::port_is_free() {
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_addr = in6addr_any;
  any.sin6_port = htons(static_cast<std::uint16_t>(order_.probe_port));
  const int yes = 1, no = 0;
  Fd both(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(both.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  ::setsockopt(both.get(), SOL_SOCKET, SO_REUSEADDR, &yes,
               sizeof yes);  // past connections in TIME_WAIT do not matter
  if (both && ::bind(both.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0) return true;
  if (both && errno == EADDRINUSE) return false;
  sockaddr_in any4{};  // a machine without IPv6
  any4.sin_family = AF_INET;
  any4.sin_port = any.sin6_port;
  Fd four(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(four.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  return ::bind(four.get(), reinterpret_cast<const sockaddr*>(&any4), sizeof any4) == 0 ||
         errno != EADDRINUSE;
}

void Task::isolate() {
  if (!order_.isolated) return;
  if (!order_.cgroup.empty() && (cgroups_ = engine::Cgroups::find())) {
    group_ = order_.cgroup + "/" + name_.text();
    const std::int64_t all_cpus = ::sysconf(_SC_NPROCESSORS_ONLN) * 1000;
    held_ = cgroups_->create(group_, {order_.memory, order_.cpu_milli < all_cpus ? order_.cpu_milli : 0,
                                      order_.process_limit, order_.cpu_weight, order_.yields});
    if (held_.memory) oom_ = cgroups_->watch_memory(group_);
  }
  space_.enter();
}

bool Task::start() {
  const std::string boot = boot_id();
  Command::Steps steps;
  steps.enter = [&] {
    // 0 is whoever writes: in its namespace the child's number is another one.
    if (!group_.empty() && !cgroups_->attach(group_, 0)) held_ = {};
  };
  steps.ready = [&](pid_t pid) {
    StartedRecord started;
    started.boot = boot;
    started.shim_pid = shim_pid_;
    started.pid = pid;
    started.monotonic = started_at_ = monotonic_ms();
    started.epoch = order_.epoch;
    if (!write_area(record_fd, Area::started, started)) return false;
    write_all(notify_fd,
              pack(StartedNews{name_, pid}));  // where nobody listens, whoever adopts us reads the record
    return true;
  };
  failure_ = command_.start(order_, out_end_.get(), err_end_.get(), steps);
  ::close(notify_fd);
  out_end_.reset();
  err_end_.reset();
  const std::string why = std::strerror(failure_.error);
  switch (failure_.step) {
    case StartFailure::Step::none:
    case StartFailure::Step::program:
      break;
    case StartFailure::Step::process:
      return refuse("cannot start a process: " + why);
    case StartFailure::Step::folder:
      return refuse("cannot enter the working folder " + order_.workdir + ": " + why);
    case StartFailure::Step::record:
      return refuse("cannot write the task's record: " + why);
    case StartFailure::Step::identity:
      return refuse("cannot become user " + std::to_string(order_.uid) + ": " + why);
  }

  if (order_.time_limit_ms > 0) {
    limit_at_ = started_at_ + order_.time_limit_ms;
    if (order_.warn_asked || order_.warn_ahead_ms < order_.time_limit_ms)
      warn_at_ = std::max(started_at_, limit_at_ - order_.warn_ahead_ms);
  }
  const bool weigh_memory = order_.memory > 0 && !held_.memory;
  const bool count_processes = order_.process_limit > 0 && !held_.processes;
  if (weigh_memory || count_processes) weigh_at_ = started_at_ + watch_every_ms;
  return true;
}

}  // namespace busbar::shim
