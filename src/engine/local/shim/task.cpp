// SPDX-License-Identifier: Apache-2.0
#include "engine/local/shim/task.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "engine/local/shim/task_life.hpp"
#include "engine/local/shim/user_files.hpp"

namespace busbar::shim {
void Task::run() {
  if (!load()) return;
  if (prepare() && start()) watch();
  finish();
  clean();
}

std::int64_t Task::next_deadline() const {
  return std::min({limit_at_, warn_at_, end_at_, kill_at_, weigh_at_});
}

void Task::watch() {
  while (!ended_) {
    pollfd waits[4] = {{signals_.get(), POLLIN, 0},
                       {sinks_[0].pipe.get(), POLLIN, 0},
                       {sinks_[1].pipe.get(), POLLIN, 0},
                       {oom_.fd.get(), oom_.events, 0}};
    const std::int64_t at = next_deadline();
    const int timeout =
        at == never ? -1 : static_cast<int>(std::clamp<std::int64_t>(at - monotonic_ms(), 0, 60'000));
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
    warn("time limit");
  }
  if (now >= end_at_) bring_to_end(cause_, end_reason_, end_grace_ms_);
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
  const bool counted = order_.process_limit > 0 && !held_.processes;
  const std::size_t most = counted ? static_cast<std::size_t>(order_.process_limit) + 2 : 10'000;
  const std::vector<pid_t> pids = processes_.descendants(space_.init(), most);
  if (order_.memory > 0 && !held_.memory && processes_.memory(pids, order_.memory) > order_.memory) {
    cause_ = Cause::out_of_memory;
    kill_everything();
  } else if (counted && static_cast<std::int64_t>(pids.size()) > order_.process_limit) {
    ending_.message = "stopped: more than " + std::to_string(order_.process_limit) + " processes";
    kill_everything();
  }
}

void Task::read_stop() {
  if (const auto stamp = read_area<EpochStamp>(record_fd, Area::epoch))
    highest_epoch_ = std::max(highest_epoch_, stamp->epoch);
  const auto stop = read_area<StopRequest>(record_fd, Area::stop);
  if (!stop || stop->attempt != name_ || stop->epoch < highest_epoch_) return;
  highest_epoch_ = stop->epoch;
  if (stop->warned && order_.warn_asked) return let_save(stop->reason, stop->grace_ms);
  bring_to_end(Cause::stopped, stop->reason, stop->grace_ms);
}

/// What it sees at its time limit, only earlier: the signal it asked for, the time ahead, SIGTERM, the grace.
void Task::let_save(const std::string& reason, std::int64_t grace_ms) {
  if (cause_ != Cause::exited) return;  // on its way already
  cause_ = Cause::stopped;
  limit_at_ = warn_at_ = never;
  warn(reason);
  end_at_ = monotonic_ms() + std::max<std::int64_t>(order_.warn_ahead_ms, 0);
  end_grace_ms_ = grace_ms;
  end_reason_ = reason;
}

/// May come again with less patience; the first cause stays.
void Task::bring_to_end(Cause cause, const std::string& reason, std::int64_t grace_ms) {
  const std::int64_t kill_at = monotonic_ms() + std::max<std::int64_t>(grace_ms, 0);
  const bool saves = end_at_ != never;  // it has had its signal, not yet the SIGTERM
  if (cause_ != Cause::exited && !saves) {
    kill_at_ = std::min(kill_at_, kill_at);
    return;
  }
  if (!saves) cause_ = cause;
  kill_at_ = kill_at;
  limit_at_ = warn_at_ = end_at_ = never;
  write_reason(reason);
  if (grace_ms <= 0) return kill_everything();
  for (const pid_t pid : processes_.descendants(space_.init())) {
    ::kill(pid, SIGTERM);
    ::kill(pid, SIGCONT);  // a stopped one wakes to find the SIGTERM waiting
  }
}

void Task::warn(const std::string& reason) {
  write_reason(reason);
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
      if (failure_.step == StartFailure::Step::program) {
        ending_.message = "cannot run '" + order_.argv[0] + "': " + std::strerror(failure_.error);
        log_->write(Stream::note, "busbar: " + ending_.message + "\n");
      }
    }
    if (held_.memory && cause_ != Cause::out_of_memory && cgroups_->memory_kills(group_) > 0)
      cause_ = Cause::out_of_memory;
  }
  if (file_dropped_ > 0)
    log_->write(Stream::note,
                "[busbar: " + std::to_string(file_dropped_) +
                    " bytes could not be written to the output file: " + std::strerror(file_error_) + "]\n");
  log_->close();
  ending_.cause = static_cast<std::int64_t>(cause_);
  ending_.message.resize(std::min(ending_.message.size(), longest_text));
  write_area(record_fd, Area::exit, ending_);
}

void Task::clean() {
  if (!group_.empty()) cgroups_->remove(group_);
  output_file_.reset();
  error_file_.reset();
  put_run_folder_aside(run_folder_);
}

int run_task(const std::string& folder, const std::string& name) {
  for (const int fd : {record_fd, order_fd, notify_fd}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::setsid();
  const auto attempt = parse_attempt(name.c_str());
  if (!attempt) return 2;
  Task(folder, *attempt).run();
  return 0;
}

}  // namespace busbar::shim
