// SPDX-License-Identifier: Apache-2.0
#include "engine/local/shim/command.hpp"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <csignal>
#include <vector>

namespace busbar::shim {
namespace {

[[noreturn]] void give_up(int gate, StartFailure::Step step) {
  const StartFailure failure{step, errno};
  const bool told = ::write(gate, &failure, sizeof failure) == sizeof failure;
  ::_exit(!told || step != StartFailure::Step::program ? 125 : failure.error == ENOENT ? 127 : 126);
}

bool take_identity(const TaskOrder& order) {
  if (::geteuid() != 0) return true;
  std::vector<gid_t> groups;
  for (const std::int64_t group : order.groups) groups.push_back(static_cast<gid_t>(group));
  const auto uid = static_cast<uid_t>(order.uid);
  const auto gid = static_cast<gid_t>(order.gid);
  return ::setgroups(groups.size(), groups.data()) == 0 && ::setresgid(gid, gid, gid) == 0 &&
         ::setresuid(uid, uid, uid) == 0;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

[[noreturn]] void become(const TaskOrder& order, int gate, int out, int err) {
  ::setsid();
  // Descriptors 0 to 2 are all that the command inherits; every other one of ours is close-on-exec.
  ::dup2(out, 1);
  ::dup2(err, 2);
  if (!take_identity(order)) give_up(gate, StartFailure::Step::identity);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // after the change of identity, which clears it
  if (::chdir(order.workdir.c_str()) != 0) give_up(gate, StartFailure::Step::folder);
  ::umask(022);
  for (int signal = 1; signal < 32; ++signal) ::signal(signal, SIG_DFL);
  std::vector<char*> arguments = pointers(order.argv), variables = pointers(order.env);

  const StartFailure ready;
  char go = 0;
  if (::write(gate, &ready, sizeof ready) != sizeof ready || ::read(gate, &go, 1) != 1) ::_exit(125);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  environ = variables.data();
  ::execvp(arguments[0], arguments.data());  // by the job's own PATH
  give_up(gate, StartFailure::Step::program);
}

}  // namespace

StartFailure Command::prepare(const TaskOrder& order, int out, int err) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return {StartFailure::Step::identity, errno};
  Fd ours(ends[0]), theirs(ends[1]);
  pid_ = ::fork();
  if (pid_ == 0) {
    ours.reset();
    become(order, theirs.get(), out, err);
  }
  if (pid_ < 0) return {StartFailure::Step::identity, errno};
  theirs.reset();
  gate_ = std::move(ours);
  const StartFailure told = program_failure();
  if (told.step != StartFailure::Step::none) ::waitpid(pid_, nullptr, 0);
  return told;
}

void Command::let_go() {
  const bool through = ::write(gate_.get(), "g", 1) == 1;
  if (!through) ::kill(pid_, SIGKILL);
}

StartFailure Command::program_failure() {
  StartFailure failure;
  ssize_t got = 0;
  do got = ::read(gate_.get(), &failure, sizeof failure);
  while (got < 0 && errno == EINTR);
  return got == sizeof failure ? failure : StartFailure{};
}

}  // namespace busbar::shim
