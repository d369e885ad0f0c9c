// SPDX-License-Identifier: Apache-2.0
#include "engine/local/shim/command.hpp"

#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <vector>

namespace busbar::shim {
namespace {

/// What the child finds in our memory, and leaves there.
struct Birth {
  const TaskOrder& order;
  const Command::Steps& steps;
  int out, err;
  std::vector<gid_t> groups;
  std::vector<char*> arguments, variables;
  pid_t shim;
  pid_t pid;  // set by the kernel before the child runs: in its namespace it could not know the number
  StartFailure failure;
};

bool take_identity(const Birth& birth) {
  if (::geteuid() != 0) return true;
  const auto uid = static_cast<uid_t>(birth.order.uid);
  const auto gid = static_cast<gid_t>(birth.order.gid);
  return ::setgroups(birth.groups.size(), birth.groups.data()) == 0 && ::setresgid(gid, gid, gid) == 0 &&
         ::setresuid(uid, uid, uid) == 0;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

int give_up(Birth& birth, StartFailure::Step step) {
  birth.failure = {step, errno};
  ::_exit(errno == ENOENT ? 127 : 126);
}

int become(void* argument) {
  Birth& birth = *static_cast<Birth*>(argument);
  birth.steps.enter();
  ::setsid();
  // Descriptors 0 to 2 are all that the command inherits; every other one of ours is close-on-exec.
  ::dup2(birth.out, 1);
  ::dup2(birth.err, 2);
  if (!take_identity(birth)) return give_up(birth, StartFailure::Step::identity);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // after the change of identity, which clears it
  // A shim that died before that line: in a namespace init takes us along, elsewhere our parent has changed.
  if (const pid_t parent = ::getppid(); parent != 0 && parent != birth.shim) ::_exit(125);
  if (::chdir(birth.order.workdir.c_str()) != 0) return give_up(birth, StartFailure::Step::folder);
  ::umask(022);
  if (!birth.steps.ready(birth.pid)) return give_up(birth, StartFailure::Step::record);
  // Ours, or the launcher's. Only now: ready() may write to a launcher that is gone.
  for (const int signal : {SIGPIPE, SIGINT, SIGHUP}) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  environ = birth.variables.data();
  ::execvp(birth.arguments[0], birth.arguments.data());  // by the job's own PATH
  return give_up(birth, StartFailure::Step::program);
}

}  // namespace

StartFailure Command::start(const TaskOrder& order, int out, int err, const Steps& steps) {
  // execvp() copies the arguments onto the stack for a script without an interpreter; untouched pages cost
  // nothing.
  alignas(16) static char stack[4 * 1024 * 1024];
  Birth birth{order, steps, out, err, {}, pointers(order.argv), pointers(order.env), ::getpid(), 0, {}};
  for (const std::int64_t group : order.groups) birth.groups.push_back(static_cast<gid_t>(group));
  char** const ours = environ;
  const int flags = CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | SIGCHLD;
  const int pid = ::clone(become, stack + sizeof stack, flags, &birth, &birth.pid);
  const int error = errno;
  environ = ours;
  if (pid < 0) return {StartFailure::Step::process, error};
  pid_ = pid;
  if (birth.failure.step != StartFailure::Step::none && birth.failure.step != StartFailure::Step::program)
    ::waitpid(pid_, nullptr, 0);  // its end is no end of the command
  return birth.failure;
}

}  // namespace busbar::shim
