// SPDX-License-Identifier: Apache-2.0
#include "engine/local/shim/launcher.hpp"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstring>

#include "engine/local/shim/isolation.hpp"
#include "engine/local/shim/task.hpp"
#include "engine/local/shim/user_files.hpp"

namespace busbar::shim {
namespace {

template <class T>
T unpacked(std::string_view body) {
  T value;
  unpack(body, value);
  return value;
}

}  // namespace

int Launcher::run() {
  ::setsid();  // a Ctrl-C at the server's terminal is not for the tasks
  ::prctl(PR_SET_NAME, "busbar-launcher");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // children of a shim that died become ours, and are killed
  ::signal(SIGPIPE, SIG_IGN);
  for (const int signal : {SIGINT, SIGHUP}) ::signal(signal, SIG_IGN);
  // Blocked across exec: a stop that comes before its shim is ready must wait, not kill the shim.
  sigset_t stops;
  ::sigemptyset(&stops);
  ::sigaddset(&stops, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &stops, nullptr);
  ::umask(077);
  // Two descriptors for each task. Tasks get the old limit back: a larger one breaks programs that use
  // select().
  ::getrlimit(RLIMIT_NOFILE, &files_);
  const rlimit most{files_.rlim_max, files_.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &most);
  boot_ = boot_id();
  if (!take_lock()) return 1;
  epoch_ = std::atoll(read_text(folder_ + "/launcher.epoch").c_str());

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return 1;
  notify_read_ = Fd(ends[0]);
  notify_write_ = Fd(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  events_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!dial()) return 1;
  while (serve()) {
  }
  if (cgroups_ && watched_.empty())
    cgroups_->remove(cgroup_);  // no shim is left that would make its group in there
  return 0;
}

/// Waits until the former launcher has finished what it was told.
bool Launcher::take_lock() {
  lock_ = Fd(::open((folder_ + "/launcher.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_) return false;
  while (::flock(lock_.get(), LOCK_EX) != 0)
    if (errno != EINTR) return false;
  return true;
}

bool Launcher::dial() {
  connection_ = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const std::string path = folder_ + "/engine.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // A path may be longer than an address holds; the folder's descriptor gives it a short name.
  Fd folder(::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/engine.sock", folder.get());
  if (::connect(connection_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return false;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection_.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != ::geteuid())
    return false;

  Hello hello;
  hello.node = node_;
  hello.boot_id = boot_;
  hello.epoch = epoch_;
  hello.namespaces = namespaces_work();
  cgroups_ = engine::Cgroups::find();
  if (cgroups_) {
    const engine::CgroupMeans means = cgroups_->open(cgroup_);
    hello.cgroup_version = means.memory || means.cpu || means.processes ? means.version : 0;
    hello.limits_memory = means.memory;
    hello.limits_cpu = means.cpu;
    hello.limits_processes = means.processes;
  }
  tell(Frame::hello, pack(hello));
  flush();
  epoll_event want{};
  want.events = EPOLLIN;
  want.data.ptr = &connection_;
  ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, connection_.get(), &want);
  want.data.ptr = &notify_read_;
  return ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, notify_read_.get(), &want) == 0;
}

/// One turn; false when the engine has hung up and everything it said is done.
bool Launcher::serve() {
  epoll_event ready[64];
  const int count = ::epoll_wait(events_.get(), ready, 64, unstarted_adopted_ > 0 ? 20 : -1);
  bool open = true;
  hear_started();  // before ends: a short task's start must not be told after its end
  for (int i = 0; i < count; ++i) {
    void* const what = ready[i].data.ptr;
    if (what == &connection_)
      open = receive();
    else if (what != &notify_read_)
      on_gone(static_cast<const Watched*>(what)->name);
  }
  if (unstarted_adopted_ > 0) look_for_started();
  flush();
  return open;
}

bool Launcher::receive() {
  static char buffer[most_in_message + 64 * 1024];
  for (;;) {
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    iovec body{buffer, sizeof buffer};
    msghdr message{};
    message.msg_iov = &body;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = ::recvmsg(connection_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    Fd large;
    if (const cmsghdr* head = CMSG_FIRSTHDR(&message); head && head->cmsg_type == SCM_RIGHTS) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
      large = Fd(fd);
    }
    if ((message.msg_flags & MSG_TRUNC) != 0 ||
        !take({buffer, static_cast<std::size_t>(got)}, std::move(large))) {
      std::fprintf(stderr, "busbar-launcher: a message of the engine could not be read\n");
      return false;
    }
    flush();
  }
}

bool Launcher::take(std::string_view message, Fd large) {
  while (!message.empty()) {
    std::int64_t head[2];
    if (message.size() < sizeof head) return false;
    std::memcpy(head, message.data(), sizeof head);
    message.remove_prefix(sizeof head);
    if (head[1] < 0 || static_cast<std::uint64_t>(head[1]) > message.size()) return false;
    const auto size = static_cast<std::size_t>(head[1]);
    if (!obey(static_cast<Frame>(head[0]), message.substr(0, size), large)) return false;
    message.remove_prefix(size);
  }
  return true;
}

bool Launcher::obey(Frame kind, std::string_view body, Fd& large) {
  if (kind == Frame::welcome) return welcome(unpacked<Welcome>(body));
  if (!welcomed_) return false;
  switch (kind) {
    case Frame::launch:
      launch(std::move(large), body);
      return true;
    case Frame::stop:
      stop(unpacked<StopRequest>(body));
      return true;
    case Frame::settle:
      settle(unpacked<Settle>(body));
      return true;
    case Frame::survey:
      survey();
      return true;
    default:
      return false;
  }
}

/// Refuses a leadership that is past; a new one is written down before anything is done for it.
bool Launcher::accept(std::int64_t epoch) {
  if (epoch < epoch_) {
    std::fprintf(stderr, "busbar-launcher: refused an order of epoch %lld; epoch %lld has the lead\n",
                 static_cast<long long>(epoch), static_cast<long long>(epoch_));
    return false;
  }
  if (epoch > epoch_) {
    if (!replace_file(folder_ + "/launcher.epoch", std::to_string(epoch) + "\n")) {
      std::fprintf(stderr, "busbar-launcher: cannot write launcher.epoch: %s\n", std::strerror(errno));
      return false;
    }
    epoch_ = epoch;
  }
  return true;
}

bool Launcher::welcome(const Welcome& from) {
  if (from.version != protocol_version || !accept(from.epoch)) return false;
  welcomed_ = true;
  return true;
}

/// Idempotent: the task's folder is the claim. What was started is told again, what never ran is started.
void Launcher::launch(Fd memory, std::string_view order) {
  struct Head {
    AttemptName attempt;
    std::int64_t epoch = 0;
  } head;
  if (!memory) {
    memory = Fd(::memfd_create("busbar-order", MFD_CLOEXEC));
    if (!memory || !write_all(memory.get(), order)) memory.reset();
  }
  char start[4 * sizeof(std::int64_t)];
  if (!memory || ::pread(memory.get(), start, sizeof start, 0) != sizeof start) {
    std::fprintf(stderr, "busbar-launcher: an order to launch could not be read\n");
    return;
  }
  Unpacker unpacker({start, sizeof start});
  unpacker(head.attempt), unpacker(head.epoch);
  if (!accept(head.epoch)) return;
  const AttemptName& name = head.attempt;
  if (watched_.count(name) != 0 || ::access(ended_path(name).c_str(), F_OK) == 0) return;

  const std::string path = task_path(name);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return tell_refused(name, "cannot make " + path + ": " + std::strerror(errno));
  Fd record(::open((path + "/" + record_file).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!record)
    return tell_refused(name, "cannot make " + path + "/" + record_file + ": " + std::strerror(errno));
  if (::flock(record.get(), LOCK_EX | LOCK_NB) != 0) {  // a shim of a former launcher is at it
    record.reset();
    look_at(name);
    return;
  }
  const auto begun = read_area<StartedRecord>(record.get(), Area::started);
  if ((begun && begun->pid != 0) || read_area<ExitRecord>(record.get(), Area::exit)) {
    record.reset();
    look_at(name);
    return;
  }
  if (!preallocate(record.get())) {
    const std::string why = std::strerror(errno);
    remove_tree(AT_FDCWD, path.c_str());
    return tell_refused(name, "cannot write the task's record in " + path + ": " + why);
  }
  spawn(name, std::move(record), std::move(memory));
}

void Launcher::spawn(const AttemptName& name, Fd record, Fd order) {
  const std::string text = name.text();
  const char* const arguments[] = {"busbar-shim", "task", folder_.c_str(), text.c_str(), nullptr};
  const char* const program = self_.c_str();
  const int from[] = {record.get(), order.get(), notify_write_.get()};
  const int to[] = {record_fd, order_fd, notify_fd};
  const int spare = notify_fd + 1;  // above all targets, so that none is overwritten before it is copied
  const pid_t pid = ::vfork();
  if (pid == 0) {
    int high[3];
    for (int i = 0; i < 3; ++i) high[i] = ::fcntl(from[i], F_DUPFD_CLOEXEC, spare);
    for (int i = 0; i < 3; ++i) ::dup2(high[i], to[i]);
    ::setrlimit(RLIMIT_NOFILE, &files_);
    ::execv(program, const_cast<char* const*>(arguments));
    ::_exit(127);
  }
  if (pid < 0)
    return tell_refused(name, std::string("cannot start a process for it: ") + std::strerror(errno));
  Watched shim;
  shim.name = name;
  shim.pid = pid;
  shim.pidfd = Fd(pidfd_open(pid));
  // A descriptor of its own, opened anew: sharing ours would share the lock, and hide the shim's death.
  shim.record = Fd(::open((task_path(name) + "/" + record_file).c_str(), O_RDWR | O_CLOEXEC));
  shim.ours = true;
  if (!watch(std::move(shim)))
    std::fprintf(stderr, "busbar-launcher: cannot watch %s: %s\n", text.c_str(), std::strerror(errno));
}

bool Launcher::watch(Watched shim) {
  const AttemptName name = shim.name;
  const auto [at, fresh] = watched_.insert_or_assign(name, std::move(shim));
  epoll_event want{};
  want.events = EPOLLIN;
  want.data.ptr = &at->second;
  if (!at->second.ours && !at->second.started) ++unstarted_adopted_;
  return ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, at->second.pidfd.get(), &want) == 0;
}

void Launcher::stop(const StopRequest& request) {
  if (!accept(request.epoch)) return;
  if (::access(ended_path(request.attempt).c_str(), F_OK) == 0) return;
  if (watched_.count(request.attempt) == 0 && !look_at(request.attempt)) {
    ExitRecord unknown;
    unknown.cause = static_cast<std::int64_t>(Cause::lost);
    unknown.message = "it is not known on this machine";
    return tell_finished(request.attempt, unknown);
  }
  const auto at = watched_.find(request.attempt);
  if (at == watched_.end()) return;  // it had ended, and was told so
  write_area(at->second.record.get(), Area::epoch, EpochStamp{epoch_});
  if (!write_area(at->second.record.get(), Area::stop, request))
    std::fprintf(stderr, "busbar-launcher: cannot write a stop into the record: %s\n", std::strerror(errno));
  pidfd_send_signal(at->second.pidfd.get(), SIGUSR1);
}

/// Out of the survey's way for good; its log stays readable there.
void Launcher::settle(const Settle& order) {
  if (!accept(order.epoch) || watched_.count(order.attempt) != 0) return;
  const std::string from = task_path(order.attempt), to = ended_path(order.attempt);
  if (::rename(from.c_str(), to.c_str()) == 0 || errno != ENOENT) return;
  ::mkdir((folder_ + "/ended/" + std::to_string(order.attempt.job / 1000)).c_str(), 0700);
  ::rename(from.c_str(), to.c_str());
}

void Launcher::hear_started() {
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(notify_read_.get(), buffer, sizeof buffer);
    if (got <= 0) break;
    heard_.append(buffer, static_cast<std::size_t>(got));
  }
  constexpr std::size_t size = 4 * sizeof(std::int64_t);
  std::size_t at = 0;
  for (; heard_.size() - at >= size; at += size) {
    const auto news = unpacked<StartedNews>(std::string_view(heard_).substr(at, size));
    const auto shim = watched_.find(news.attempt);
    if (shim == watched_.end() || shim->second.started) continue;
    shim->second.started = true;
    tell(Frame::started, pack(news));
  }
  heard_.erase(0, at);
}

/// Shims that a former launcher had started speak into a pipe that nobody reads.
void Launcher::look_for_started() {
  for (auto& [name, shim] : watched_) {
    if (shim.ours || shim.started) continue;
    const auto begun = read_area<StartedRecord>(shim.record.get(), Area::started);
    if (!begun || begun->pid == 0) continue;
    shim.started = true;
    --unstarted_adopted_;
    tell(Frame::started, pack(StartedNews{name, begun->pid}));
  }
}

/// By value: the name it is called with stands in what is erased here.
void Launcher::on_gone(AttemptName name) {
  const auto at = watched_.find(name);
  if (at == watched_.end()) return;
  // By hand: a child that is just being executed may hold the descriptor for a moment longer than we do, and
  // events would go on to come for what is erased here.
  ::epoll_ctl(events_.get(), EPOLL_CTL_DEL, at->second.pidfd.get(), nullptr);
  Watched shim = std::move(at->second);
  watched_.erase(at);
  if (shim.ours) ::waitpid(shim.pid, nullptr, 0);
  if (!shim.ours && !shim.started) --unstarted_adopted_;
  const auto begun = read_area<StartedRecord>(shim.record.get(), Area::started);
  const bool ran = begun && begun->pid != 0;
  if (ran && !shim.started) tell(Frame::started, pack(StartedNews{name, begun->pid}));
  if (const auto ending = read_area<ExitRecord>(shim.record.get(), Area::exit))
    return tell_finished(name, *ending);
  sweep_lost(name);
  remove_run_folder(folder_ + "/run/" + name.text());
  ExitRecord ending;
  ending.cause = static_cast<std::int64_t>(ran ? Cause::lost : Cause::not_started);
  ending.message = ran ? "its shim was killed" : "its shim ended before the command could start";
  write_area(shim.record.get(), Area::exit, ending);
  tell_finished(name, ending);
}

void Launcher::tell(Frame kind, std::string_view body) {
  if (outgoing_.size() + body.size() + 64 > most_in_message) flush();
  outgoing_ += frame(kind, body);
}

void Launcher::tell_finished(const AttemptName& name, const ExitRecord& ending) {
  tell(Frame::finished, pack(FinishedNews{name, ending}));
}

void Launcher::tell_refused(const AttemptName& name, std::string why) {
  ExitRecord ending;
  ending.cause = static_cast<std::int64_t>(Cause::not_started);
  ending.message = std::move(why);
  tell_finished(name, ending);
}

void Launcher::flush() {
  if (outgoing_.empty()) return;
  // Without an engine the news stays in the records, for the next survey.
  while (::send(connection_.get(), outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
  outgoing_.clear();
}

}  // namespace busbar::shim
