// SPDX-License-Identifier: Apache-2.0
#include "engine/local/shim/isolation.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>

namespace busbar::shim {
namespace {

/// In the user namespace we stay who we are: only our own ids exist there.
bool map_own_ids(uid_t uid, gid_t gid) {
  const std::string user = std::to_string(uid) + " " + std::to_string(uid) + " 1";
  const std::string group = std::to_string(gid) + " " + std::to_string(gid) + " 1";
  return write_control("/proc/self/uid_map", user) && write_control("/proc/self/setgroups", "deny") &&
         write_control("/proc/self/gid_map", group);
}

[[noreturn]] void be_init(int heard, int ready) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A parent that died before that line is noticed below: with our copy of its end closed, nobody hears us.
  ::close(heard);
  ::prctl(PR_SET_NAME, "busbar-init");
  // Without it `ps` in the job would show the machine's processes under wrong numbers; the job runs all the
  // same.
  const char mounted =
      ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0 ? 'y' : 'n';
  ::signal(SIGCHLD, SIG_IGN);  // orphans are reaped by the kernel
  const bool told = ::write(ready, &mounted, 1) == 1;
  ::close_range(0, ~0U, 0);  // above all the record's lock and the pipes of the job's output
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  while (told) ::pause();
  ::_exit(1);
}

}  // namespace

bool Namespace::enter() {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  if (uid == 0) {
    if (::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) return false;
  } else {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) != 0) return false;
    if (!map_own_ids(uid, gid)) return false;
  }
  // What the job mounts stays with it; what the machine mounts later still reaches the job.
  ::mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr);
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) != 0) return false;
  Fd read_end(ready[0]), write_end(ready[1]);
  init_ = ::fork();
  if (init_ == 0) be_init(read_end.get(), write_end.get());
  write_end.reset();
  char mounted = 0;
  const bool alive = init_ > 0 && ::read(read_end.get(), &mounted, 1) == 1;
  if (!alive) init_ = 0;
  return alive;
}

void Namespace::end() {
  if (init_ <= 0) return;
  ::kill(init_, SIGKILL);
  while (::waitpid(init_, nullptr, 0) < 0 && errno == EINTR) {
  }
  init_ = 0;
}

bool namespaces_work() {
  const pid_t child = ::fork();
  if (child == 0) {
    Namespace space;
    const bool works = space.enter();
    space.end();
    ::_exit(works ? 0 : 1);
  }
  int status = 1;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace busbar::shim
