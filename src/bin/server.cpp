// SPDX-License-Identifier: Apache-2.0
// server.cpp: the living server, wired from its real parts: SQLite, this machine, a UNIX socket, the
// machine's clock.
#include "bin/server.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <future>
#include <thread>
#include <vector>

#include "api/server.hpp"
#include "base/text.hpp"
#include "bin/steady_clock.hpp"
#include "control/controller.hpp"
#include "engine/local/local.hpp"
#include "model/policy.hpp"

namespace busbar {
namespace {

std::string user_of(std::uint32_t uid) {
  std::vector<char> space(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, space.data(), space.size(), &found) != 0 || !found) return "";
  return found->pw_name;
}

/// busbar-shim stands beside this program, or beside it in ../libexec/busbar.
std::string shim_path() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  for (const char* place : {"busbar-shim", "../libexec/busbar/busbar-shim"}) {
    const std::filesystem::path shim = self.parent_path() / place;
    if (access(shim.c_str(), X_OK) == 0) return shim.lexically_normal();
  }
  return "";
}

Status make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Error{Errc::invalid, "cannot make the state folder " + folder + ": " + error.message()};
  struct stat found{};
  if (stat(folder.c_str(), &found) != 0 || found.st_uid != geteuid())
    return Error{Errc::denied, "the state folder " + folder + " belongs to another user (uid " +
                                   std::to_string(found.st_uid) + ")"};
  // Others may reach the socket by name, and nothing else.
  if (chmod(folder.c_str(), 0711) != 0)
    return Error{Errc::denied, "cannot set the mode of " + folder + ": " + std::strerror(errno)};
  return Done{};
}

/// What the administrator asks for now, laid over what the journal remembers.
model::Settings settings_from(const cli::ServerFlags& flags, model::Settings settings) {
  if (flags.declared_gpus) settings.declared_gpus = *flags.declared_gpus;
  if (flags.labels) settings.labels = *flags.labels;
  if (flags.isolation) settings.isolation = *flags.isolation;
  if (flags.policy) {
    const std::uint64_t seed = settings.rules.tie_seed;
    settings.rules = model::policy_named(*flags.policy)->rules;
    settings.rules.tie_seed = seed;
  }
  if (flags.placement) settings.rules.fit = *flags.placement;
  if (flags.priority_limit) settings.priority_limit = *flags.priority_limit;
  if (flags.half_life) settings.half_life = *flags.half_life;
  if (flags.log_limit) settings.log_limit = *flags.log_limit;
  if (flags.preempt_after) {
    settings.preemption.on = *flags.preempt_after >= Duration{0};
    if (settings.preemption.on) settings.preemption.min_run = *flags.preempt_after;
  }
  if (flags.moves) settings.preemption.moves = *flags.moves;
  if (flags.lend_cpus) settings.lend_cpus = *flags.lend_cpus;
  if (flags.spare) settings.spare = *flags.spare;
  if (flags.shares) settings.shares = *flags.shares;
  if (flags.process_limit) settings.process_limit = *flags.process_limit;
  return settings;
}

/// A declaration may not take away a device that a job holds.
Status may_change(const model::Settings& settings, const model::Cluster& cluster) {
  for (const auto& [id, node] : cluster.nodes) {
    Result<std::vector<model::Device>> devices = engine::declared_devices(settings.declared_gpus, id);
    if (!devices) return devices.error();
    for (const auto& [device, holding] : node.held) {
      const bool stays = std::any_of(devices->begin(), devices->end(),
                                     [&](const model::Device& d) { return d.id == device; });
      if (!stays)
        return Error{Errc::conflict, "--declare-gpus: a job still holds a device that \"" +
                                         settings.declared_gpus +
                                         "\" no longer has; wait for it or stop it first"};
    }
  }
  return Done{};
}

/// The last of the disk is kept for the ends of jobs that were accepted.
std::string no_room(const std::string& folder) {
  struct statvfs disk{};
  if (statvfs(folder.c_str(), &disk) != 0) return "";
  const Bytes free{std::int64_t(disk.f_bavail * disk.f_frsize)};
  const Bytes total{std::int64_t(disk.f_blocks * disk.f_frsize)};
  const Bytes kept = std::min(MiB * 16, Bytes{total.count / 8});
  if (free >= kept) return "";
  return fmt::format(
      "no room for new work: {} free where the state folder {} lies, of which {} are kept for jobs that were "
      "accepted already; free some space there",
      text::show(free), folder, text::show(kept));
}

/// Wakes the main thread, which waits for nothing but the end.
struct Ending {
  int event = eventfd(0, EFD_CLOEXEC);
  std::atomic<int> code{0};
  void now(int with) {
    code = with;
    const std::uint64_t one = 1;
    (void)!write(event, &one, sizeof one);
  }
};

void wait_for_end(const Ending& ending, int signals) {
  pollfd wait[] = {{ending.event, POLLIN, 0}, {signals, POLLIN, 0}};
  while (poll(wait, 2, -1) < 0 && errno == EINTR) {
  }
}

/// Nobody is served before the machine has reported: a first job would be told that no machine is up, or that
/// it has what it had before the last `down`.
void await_machine(control::Controller& controller) {
  for (int tries = 0; tries < 1000; ++tries) {
    std::promise<bool> heard;
    controller.look([&](const control::View& view) { heard.set_value(view.heard); }, {});
    if (heard.get_future().get()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

int fail(const Error& error) {
  fmt::print(stderr, "error: {}\n", error.message);
  return 1;
}

}  // namespace

int run_server(const cli::ServerFlags& flags) {
  sigset_t caught;
  sigemptyset(&caught);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&caught, signal);
  pthread_sigmask(SIG_BLOCK, &caught, nullptr);  // before any thread is born
  signal(SIGPIPE, SIG_IGN);
  const int signals = signalfd(-1, &caught, SFD_CLOEXEC);
  umask(0077);

  if (Status made = make_folder(flags.state); !made) return fail(made.error());
  Result<std::unique_ptr<store::Journal>> journal = store::sqlite_journal(flags.state);
  if (!journal) return fail(journal.error());
  Result<control::Recovered> recovered = control::recover(**journal);
  if (!recovered) return fail(recovered.error());

  const model::Cluster& cluster = recovered->scheduler.cluster();
  const model::Settings settings = settings_from(flags, cluster.settings);
  if (Status may = may_change(settings, cluster); !may) return fail(may.error());
  if (Status can = engine::can_do(settings); !can) return fail(can.error());
  if (auto devices = engine::declared_devices(settings.declared_gpus, NodeId{1}); !devices)
    return fail(devices.error());
  const std::string shim = shim_path();
  if (shim.empty()) return fail({Errc::internal, "busbar-shim is not beside the busbar program"});

  SteadyClock clock(cluster.now);
  const std::string socket = flags.state + "/busbar.sock";
  Ending ending;
  std::unique_ptr<engine::Engine> engine = engine::local_engine({flags.state, shim, settings, socket});

  control::Options options;
  options.settings = settings;
  options.no_room = [folder = flags.state] { return no_room(folder); };
  options.on_stand_down = [&](const Error& error) {
    fmt::print(stderr, "error: this server leads no longer: {}\n", error.message);
    ending.now(1);
  };
  Result<std::unique_ptr<control::Controller>> controller = control::control(
      std::move(*journal), std::move(*recovered), std::move(engine), clock, std::move(options));
  if (!controller) return fail(controller.error());

  await_machine(**controller);
  const model::Principal self{.user = user_of(geteuid()), .uid = geteuid(), .gid = getegid(), .admin = true};
  api::Options serving;
  serving.socket = socket;
  serving.everybody = geteuid() == 0;
  serving.version = BUSBAR_VERSION;
  serving.settings = settings;
  serving.state_folder = flags.state;
  serving.user_of = user_of;
  serving.on_down = [&](bool stop_jobs) {
    stop_jobs ? (*controller)->stop_all(self, [&ending] { ending.now(0); }) : ending.now(0);
  };
  Result<std::unique_ptr<api::Api>> api =
      api::serve(**controller, (*controller)->engine(), clock, std::move(serving));
  if (!api) return fail(api.error());
  fmt::print("busbar {} serves {}\n", BUSBAR_VERSION, socket);
  std::fflush(stdout);

  wait_for_end(ending, signals);
  api->reset();         // first nobody asks any more,
  controller->reset();  // then the last batch goes to the journal,
  return ending.code;   // and the engine leaves its shims running
}

}  // namespace busbar
