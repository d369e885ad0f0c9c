// SPDX-License-Identifier: Apache-2.0
#include "engine/local/shim/task.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <memory>

#include "engine/local/cgroup.hpp"
#include "engine/local/shim/command.hpp"
#include "engine/local/shim/isolation.hpp"
#include "engine/local/shim/log_writer.hpp"
#include "engine/local/shim/processes.hpp"
#include "engine/local/shim/record.hpp"
#include "engine/local/shim/user_files.hpp"

namespace busbar::shim {
namespace {

constexpr std::int64_t watch_every_ms = 200;
constexpr std::int64_t never = INT64_MAX;

/// Where one of the command's output streams goes, besides the log.
struct Sink {
  Stream stream;
  Fd pipe;         // our end
  int file = -1;   // the user's file, or -1
};

class Task {
 public:
  Task(std::string folder, const AttemptName& name)
      : folder_(std::move(folder)), name_(name), run_folder_(folder_ + "/run/" + name.text()),
        task_folder_(::open((folder_ + "/tasks/" + name.text()).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

  void run();

 private:
  bool load();
  bool prepare();
  bool make_run_folder();
  bool open_output();
  int open_as_user(const std::string& path);
  bool port_is_free();
  void isolate();
  bool start();
  void watch();
  std::int64_t next_deadline() const;
  void on_signals();
  void on_deadlines();
  void weigh();
  void read_stop();
  void bring_to_end(Cause cause, const std::string& reason, std::int64_t grace_ms);
  void warn();
  void kill_everything();
  void write_reason(const std::string& reason);
  bool drain(Sink& sink);
  void pass_on(Sink& sink, std::string_view bytes);
  bool refuse(std::string why, std::int64_t foreign_port = 0);
  void finish();
  void clean();

  std::string folder_;
  AttemptName name_;
  std::string run_folder_;
  Fd task_folder_;
  TaskOrder order_;
  Processes processes_;
  std::unique_ptr<engine::Cgroups> cgroups_;
  std::string group_;  // in the cgroup hierarchies; "" none
  engine::CgroupMeans held_;
  engine::Cgroups::OomWatch oom_;
  Namespace space_;
  Command command_;
  std::unique_ptr<LogWriter> log_;
  Sink sinks_[2] = {{Stream::out, {}, -1}, {Stream::err, {}, -1}};
  Fd out_end_, err_end_, signals_, output_file_, error_file_;
  std::int64_t file_dropped_ = 0;
  int file_error_ = 0;

  bool ended_ = false;
  int status_ = 0;
  ExitRecord ending_;
  Cause cause_ = Cause::exited;
  std::int64_t highest_epoch_ = 0;
  std::int64_t started_at_ = 0, ended_at_ = 0;
  std::int64_t limit_at_ = never, warn_at_ = never, kill_at_ = never, weigh_at_ = never;
};

void Task::run() {
  if (!load()) return;
  if (prepare() && start()) watch();
  finish();
  clean();
}

bool Task::load() {
  struct stat about {};
  if (!task_folder_ || ::fstat(order_fd, &about) != 0) return false;
  std::string bytes(static_cast<std::size_t>(about.st_size), '\0');
  if (::pread(order_fd, bytes.data(), bytes.size(), 0) != about.st_size || !unpack(bytes, order_)) return false;
  ::close(order_fd);
  highest_epoch_ = order_.epoch;
  log_ = std::make_unique<LogWriter>(task_folder_.get(), order_.log_limit);
  StartedRecord begun;
  begun.boot = boot_id();
  begun.shim_pid = ::getpid();
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
    return refuse("port " + std::to_string(order_.probe_port) + " is in use by another program", order_.probe_port);
  if (!make_run_folder() || !open_output()) return false;
  isolate();
  return true;
}

bool Task::make_run_folder() {
  const auto failed = [&](const char* what) {
    return refuse("cannot make the task's folder " + run_folder_ + what + ": " + std::strerror(errno));
  };
  if (::mkdir(run_folder_.c_str(), 0700) != 0 && errno != EEXIST) return failed("");
  Fd run(::open(run_folder_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!run) return failed("");
  if (::geteuid() == 0 && ::fchown(run.get(), static_cast<uid_t>(order_.uid), static_cast<gid_t>(order_.gid)) != 0)
    return failed(" its user's");
  const AsUser user(order_.uid, order_.gid, order_.groups);
  if (::mkdirat(run.get(), "scratch", 0700) != 0 && errno != EEXIST) return failed("/scratch");
  if (!order_.hostfile.empty() && !write_new(run.get(), "hosts", order_.hostfile, 0600)) return failed("/hosts");
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
  return ::open(path.c_str(),
                O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (order_.append ? 0 : O_TRUNC), 0666);
}

bool Task::open_output() {
  const auto open = [&](const std::string& path, Fd& file, int& number) {
    if (path.empty()) return true;
    file = Fd(open_as_user(path));
    number = file.get();
    return static_cast<bool>(file) || refuse("cannot open the output file " + path + ": " + std::strerror(errno));
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
    if (::pipe2(ends, O_CLOEXEC) != 0) return refuse(std::string("cannot make a pipe: ") + std::strerror(errno));
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
  ::setsockopt(both.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);  // past connections in TIME_WAIT do not matter
  if (both && ::bind(both.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0) return true;
  if (both && errno == EADDRINUSE) return false;
  sockaddr_in any4{};  // a machine without IPv6
  any4.sin_family = AF_INET;
  any4.sin_port = any.sin6_port;
  Fd four(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(four.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  return ::bind(four.get(), reinterpret_cast<const sockaddr*>(&any4), sizeof any4) == 0 || errno != EADDRINUSE;
}

void Task::isolate() {
  if (!order_.isolated) return;
  if (!order_.cgroup.empty() && (cgroups_ = engine::Cgroups::find())) {
    group_ = order_.cgroup + "/" + name_.text();
    const std::int64_t all_cpus = ::sysconf(_SC_NPROCESSORS_ONLN) * 1000;
    held_ = cgroups_->create(group_, {order_.memory, order_.cpu_milli < all_cpus ? order_.cpu_milli : 0, order_.process_limit});
    if (held_.memory) oom_ = cgroups_->watch_memory(group_);
  }
  space_.enter();
}

bool Task::start() {
  const StartFailure failure = command_.prepare(order_, out_end_.get(), err_end_.get());
  out_end_.reset();
  err_end_.reset();
  const std::string why = std::strerror(failure.error);
  if (failure.step == StartFailure::Step::folder) return refuse("cannot enter the working folder " + order_.workdir + ": " + why);
  if (failure.step != StartFailure::Step::none) return refuse("cannot start as user " + std::to_string(order_.uid) + ": " + why);
  if (!group_.empty() && !cgroups_->attach(group_, command_.pid())) held_ = {};

  StartedRecord started;
  started.boot = boot_id();
  started.shim_pid = ::getpid();
  started.pid = command_.pid();
  started.start_ticks = processes_.start_ticks(command_.pid());
  started.monotonic = started_at_ = monotonic_ms();
  started.epoch = order_.epoch;
  if (!write_area(record_fd, Area::started, started)) {
    ::kill(command_.pid(), SIGKILL);
    return refuse(std::string("cannot write the task's record: ") + std::strerror(errno));
  }
  const std::string news = pack(StartedNews{name_, command_.pid()});
  write_all(notify_fd, news);  // where nobody listens, whoever adopts us reads the record
  ::close(notify_fd);
  command_.let_go();

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

std::int64_t Task::next_deadline() const { return std::min({limit_at_, warn_at_, kill_at_, weigh_at_}); }

void Task::watch() {
  while (!ended_) {
    pollfd waits[4] = {{signals_.get(), POLLIN, 0},
                       {sinks_[0].pipe.get(), POLLIN, 0},
                       {sinks_[1].pipe.get(), POLLIN, 0},
                       {oom_.fd.get(), oom_.events, 0}};
    const std::int64_t at = next_deadline();
    const int timeout = at == never ? -1 : static_cast<int>(std::clamp<std::int64_t>(at - monotonic_ms(), 0, 60'000));
    if (::poll(waits, 4, timeout) < 0 && errno != EINTR) break;
    for (int i = 0; i < 2; ++i)
      if (waits[i + 1].revents != 0 && !drain(sinks_[i])) sinks_[i].pipe.reset();
    if (waits[3].revents != 0) {
      cause_ = Cause::out_of_memory;
      oom_.fd.reset();
      kill_everything();
    }
    if (waits[0].revents != 0) on_signals();
    on_deadlines();
  }
}

void Task::on_signals() {
  signalfd_siginfo told{};
  while (::read(signals_.get(), &told, sizeof told) == sizeof told)
    if (told.ssi_signo == SIGUSR1) read_stop();
  for (;;) {
    siginfo_t child{};
    if (::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) != 0 || child.si_pid == 0) return;
    // Its group goes with it; while it is not reaped, the group's number cannot have become another's.
    if (child.si_pid == command_.pid()) ::kill(-command_.pid(), SIGKILL);
    int status = 0;
    if (::waitpid(child.si_pid, &status, 0) != command_.pid()) continue;
    ended_ = true;
    ended_at_ = monotonic_ms();
    status_ = status;
  }
}

void Task::on_deadlines() {
  const std::int64_t now = monotonic_ms();
  if (ended_) return;
  if (now >= warn_at_) {
    warn_at_ = never;
    warn();
  }
  if (now >= limit_at_) {
    limit_at_ = never;
    bring_to_end(Cause::timeout, "time limit", order_.grace_ms);
  }
  if (now >= weigh_at_) {
    weigh_at_ = now + watch_every_ms;
    weigh();
  }
  if (now >= kill_at_) {
    kill_at_ = never;
    kill_everything();
  }
}

void Task::weigh() {
  const std::vector<pid_t> pids = processes_.descendants(space_.init());
  if (order_.memory > 0 && !held_.memory && processes_.memory(pids, order_.memory) > order_.memory) {
    cause_ = Cause::out_of_memory;
    kill_everything();
  } else if (order_.process_limit > 0 && !held_.processes && static_cast<std::int64_t>(pids.size()) > order_.process_limit) {
    ending_.message = "stopped: more than " + std::to_string(order_.process_limit) + " processes";
    kill_everything();
  }
}

void Task::read_stop() {
  if (const auto stamp = read_area<EpochStamp>(record_fd, Area::epoch)) highest_epoch_ = std::max(highest_epoch_, stamp->epoch);
  const auto stop = read_area<StopRequest>(record_fd, Area::stop);
  if (!stop || stop->attempt != name_ || stop->epoch < highest_epoch_) return;
  highest_epoch_ = stop->epoch;
  bring_to_end(Cause::stopped, stop->reason, stop->grace_ms);
}

/// May come again with less patience; the first cause stays.
void Task::bring_to_end(Cause cause, const std::string& reason, std::int64_t grace_ms) {
  const std::int64_t kill_at = monotonic_ms() + std::max<std::int64_t>(grace_ms, 0);
  if (cause_ != Cause::exited) {
    kill_at_ = std::min(kill_at_, kill_at);
    return;
  }
  cause_ = cause;
  kill_at_ = kill_at;
  limit_at_ = warn_at_ = never;
  write_reason(reason);
  if (grace_ms <= 0) return kill_everything();
  for (const pid_t pid : processes_.descendants(space_.init())) {
    ::kill(pid, SIGTERM);
    ::kill(pid, SIGCONT);  // a stopped one wakes to find the SIGTERM waiting
  }
}

void Task::warn() {
  write_reason("time limit");
  const auto signal = static_cast<int>(order_.warn_signal);
  for (const pid_t pid : processes_.descendants(space_.init())) {
    // A script's own shell has rarely a handler, and dying of the warning would end the job it was to warn.
    const bool is_script = pid == command_.pid() && !order_.script.empty();
    if ((order_.warn_asked && !is_script) || processes_.catches(pid, signal)) ::kill(pid, signal);
  }
}

void Task::kill_everything() {
  kill_at_ = never;
  if (!group_.empty() && space_.init() == 0) cgroups_->kill_all(group_);
  if (command_.pid() > 0 && !ended_) ::kill(-command_.pid(), SIGKILL);
}

void Task::write_reason(const std::string& reason) {
  Fd run(::open(run_folder_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const AsUser user(order_.uid, order_.gid, order_.groups);
  write_new(run.get(), "stop_reason", reason + "\n", 0600);  // as well as the disk allows
}

/// False when the pipe is at its end.
bool Task::drain(Sink& sink) {
  static char buffer[64 * 1024];
  for (int turns = 0; turns < 16; ++turns) {  // then the others have a turn
    const ssize_t got = ::read(sink.pipe.get(), buffer, sizeof buffer);
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    pass_on(sink, {buffer, static_cast<std::size_t>(got)});
  }
  return true;
}

void Task::pass_on(Sink& sink, std::string_view bytes) {
  log_->write(sink.stream, bytes);
  if (sink.file < 0) return;
  while (!bytes.empty()) {
    const ssize_t put = ::write(sink.file, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {  // disk or FIFO full: the task must not wait for it
      file_error_ = put < 0 ? errno : ENOSPC;
      file_dropped_ += static_cast<std::int64_t>(bytes.size());
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

void Task::finish() {
  if (space_.init() > 0)
    space_.end();
  else if (!group_.empty())
    cgroups_->kill_all(group_);
  processes_.kill_all();
  for (Sink& sink : sinks_)
    for (int turns = 0; sink.pipe && turns < 64; ++turns)
      if (!drain(sink)) break;

  if (cause_ != Cause::not_started) {
    if (ended_) {
      ending_.exit_code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 0;
      ending_.signal = WIFSIGNALED(status_) ? WTERMSIG(status_) : 0;
      ending_.ran_ms = ended_at_ - started_at_;
      const StartFailure failure = command_.program_failure();
      if (failure.step == StartFailure::Step::program) {
        ending_.message = "cannot run '" + order_.argv[0] + "': " + std::strerror(failure.error);
        log_->write(Stream::note, "busbar: " + ending_.message + "\n");
      }
    }
    if (held_.memory && cause_ != Cause::out_of_memory && cgroups_->memory_kills(group_) > 0) cause_ = Cause::out_of_memory;
  }
  if (file_dropped_ > 0)
    log_->write(Stream::note, "[busbar: " + std::to_string(file_dropped_) + " bytes could not be written to the output file: " +
                                  std::strerror(file_error_) + "]\n");
  log_->close();
  ending_.cause = static_cast<std::int64_t>(cause_);
  ending_.message.resize(std::min(ending_.message.size(), longest_text));
  write_area(record_fd, Area::exit, ending_);
}

void Task::clean() {
  if (!group_.empty()) cgroups_->remove(group_);
  output_file_.reset();
  error_file_.reset();
  remove_run_folder(run_folder_);
}

}  // namespace

int run_task(const std::string& folder, const std::string& name) {
  for (const int fd : {record_fd, order_fd, notify_fd}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::setsid();
  const auto attempt = parse_attempt(name.c_str());
  if (!attempt) return 2;
  Task(folder, *attempt).run();
  return 0;
}

}  // namespace busbar::shim
