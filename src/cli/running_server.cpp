// SPDX-License-Identifier: Apache-2.0
#include "cli/running_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "cli/policy_flags.hpp"
#include "wire/quotas.hpp"

namespace busbar::cli {
namespace {

/// Makes the folder and those above it. Everybody may walk through root's: its socket serves them.
Status make_folder(const std::string& path) {
  const mode_t mode = ::geteuid() == 0 ? 0755 : 0700;
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST) {
      return Error{Errc::internal, "the folder " + part + " cannot be made: " + std::strerror(errno)};
    }
    if (end == std::string::npos) return Done{};
  }
}

/// What posix_spawn needs, given back in every case.
struct SpawnPlan {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  SpawnPlan() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

std::string shown_preempt_after(Duration time) { return time.count() < 0 ? "never" : text::show(time); }
/// Thousandths as per cent.
std::string shown_percent(int moves) { return std::to_string(moves / 10) + "%"; }
std::string shown_priority_limit(const std::optional<int>& limit) {
  return limit ? std::to_string(*limit) : "none";
}

}  // namespace

std::string shown_labels(const std::vector<std::string>& labels) {
  return labels.empty() ? "none" : text::join(labels, ",");
}

ServerAnswer read_server(const json::value& version) {
  ServerAnswer server;
  server.version = text_at(version, "busbar");
  server.state = text_at(version, "state");
  server.degraded = text_at(version, "degraded");
  server.pid = static_cast<pid_t>(whole_at(version, "pid"));
  server.uid = static_cast<std::uint32_t>(whole_at(version, "uid", ::geteuid()));
  server.everybody = truth_at(version, "everybody");
  const json::value& settings = at(version, "settings");
  if (at(settings, "declared_gpus").is_string())
    server.settings.declared_gpus = text_at(settings, "declared_gpus");
  if (at(settings, "labels").is_string()) {
    server.settings.labels.emplace();
    if (!text_at(settings, "labels").empty())
      server.settings.labels = text::split(text_at(settings, "labels"), ',');
  }
  if (at(settings, "isolation").is_string()) server.settings.isolation = text_at(settings, "isolation");
  if (!text_at(settings, "policy").empty()) server.settings.policy = text_at(settings, "policy");
  if (const auto placement = parse_placement(text_at(settings, "placement")))
    server.settings.placement = *placement;
  const json::value& limit = at(settings, "priority_limit");
  if (limit.is_number())
    server.settings.priority_limit = static_cast<int>(whole_at(settings, "priority_limit"));
  if (limit.is_string()) server.settings.priority_limit = std::optional<int>();
  const auto whole = [&](const char* field) { return whole_at(settings, field); };  // 0: not told
  if (whole("half_life") != 0) server.settings.half_life = Duration(whole("half_life"));
  if (whole("log_limit") != 0) server.settings.log_limit = Bytes{whole("log_limit")};
  if (at(settings, "preempt_after").is_number())
    server.settings.preempt_after = Duration(whole("preempt_after"));
  if (at(settings, "moves").is_number()) server.settings.moves = static_cast<int>(whole("moves"));
  if (at(settings, "lend_cpus").is_number()) server.settings.lend_cpus = static_cast<int>(whole("lend_cpus"));
  if (at(settings, "spare").is_number()) server.settings.spare = static_cast<int>(whole("spare"));
  if (const auto shares = wire::parse_quotas(text_at(settings, "shares"))) server.settings.shares = *shares;
  if (whole("process_limit") != 0) server.settings.process_limit = static_cast<int>(whole("process_limit"));
  return server;
}

std::vector<std::string> differences(const ServerFlags& asked, const ServerFlags& running) {
  std::vector<std::string> found;
  const auto compare = [&](const char* flag, const auto& wanted, const auto& there, const auto& shown) {
    if (wanted && *wanted != there.value_or(*wanted)) {
      found.push_back(std::string(flag) + " is " + shown(*there) + " there, " + shown(*wanted) +
                      " was asked for");
    }
  };
  const auto gpus = [](const std::string& text) { return text.empty() ? std::string("none") : text; };
  const auto lower = [](const std::optional<std::string>& text) {
    return text ? std::optional<std::string>(text::lower(*text)) : std::nullopt;
  };
  if (asked.declared_gpus && lower(asked.declared_gpus) != lower(running.declared_gpus)) {
    compare("--declare-gpus", asked.declared_gpus, running.declared_gpus, gpus);
  }
  compare("--label", asked.labels, running.labels, shown_labels);
  compare("--isolation", asked.isolation, running.isolation, gpus);
  compare("--policy", asked.policy, running.policy, [](const std::string& name) { return name; });
  compare("--placement", asked.placement, running.placement, name_of);
  compare("--priority-limit", asked.priority_limit, running.priority_limit, shown_priority_limit);
  compare("--half-life", asked.half_life, running.half_life, [](Duration time) { return text::show(time); });
  compare("--log-limit", asked.log_limit, running.log_limit, [](Bytes size) { return text::show(size); });
  compare("--preempt-after", asked.preempt_after, running.preempt_after, shown_preempt_after);
  compare("--move", asked.moves, running.moves, shown_percent);
  compare("--lend-cpus", asked.lend_cpus, running.lend_cpus, shown_percent);
  compare("--spare", asked.spare, running.spare, [](int number) { return std::to_string(number); });
  compare("--share", asked.shares, running.shares, wire::show);
  compare("--process-limit", asked.process_limit, running.process_limit,
          [](int number) { return std::to_string(number); });
  return found;
}

std::vector<std::string> server_words(const ServerFlags& flags) {
  std::vector<std::string> words = {"busbar", "server", "--state", flags.state};
  const auto add = [&](const char* flag, std::string value) {
    words.push_back(flag);
    words.push_back(std::move(value));
  };
  if (flags.declared_gpus)
    add("--declare-gpus", flags.declared_gpus->empty() ? "none" : *flags.declared_gpus);
  if (flags.labels) add("--label", shown_labels(*flags.labels));
  if (flags.isolation) add("--isolation", *flags.isolation);
  if (flags.policy) add("--policy", *flags.policy);
  if (flags.placement) add("--placement", name_of(*flags.placement));
  if (flags.priority_limit) add("--priority-limit", shown_priority_limit(*flags.priority_limit));
  if (flags.half_life) add("--half-life", std::to_string(flags.half_life->count() / 1000) + "s");
  if (flags.log_limit) add("--log-limit", std::to_string(flags.log_limit->count) + "B");
  if (flags.preempt_after) {
    const bool never = flags.preempt_after->count() < 0;
    add("--preempt-after", never ? "never" : std::to_string(flags.preempt_after->count()) + "ms");
  }
  if (flags.moves) add("--move", shown_percent(*flags.moves));
  if (flags.lend_cpus) add("--lend-cpus", shown_percent(*flags.lend_cpus));
  if (flags.spare) add("--spare", std::to_string(*flags.spare));
  if (flags.shares) add("--share", wire::show(*flags.shares));
  if (flags.process_limit) add("--process-limit", std::to_string(*flags.process_limit));
  return words;
}

Result<pid_t> start_server(const ServerFlags& flags, const std::string& log) {
  Status folder = make_folder(flags.state);
  if (!folder) return folder.error();
  const int log_fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd < 0) return Error{Errc::internal, log + " cannot be written: " + std::strerror(errno)};

  SpawnPlan plan;
  posix_spawn_file_actions_addopen(&plan.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&plan.files, log_fd, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&plan.files, log_fd, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&plan.files, STDERR_FILENO + 1);
  posix_spawn_file_actions_addchdir_np(&plan.files, "/");
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&plan.attributes, &none);
  posix_spawnattr_setsigdefault(&plan.attributes, &all);
  posix_spawnattr_setflags(&plan.attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<std::string> words = server_words(flags);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failed =
      ::posix_spawn(&child, "/proc/self/exe", &plan.files, &plan.attributes, arguments.data(), environ);
  ::close(log_fd);
  if (failed != 0)
    return Error{Errc::internal, std::string("the server cannot be started: ") + std::strerror(failed)};
  return child;
}

bool has_ended(pid_t child) {
  siginfo_t ended{};
  return ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         ended.si_pid == child;
}

std::int64_t size_of(const std::string& path) {
  struct stat facts{};
  return ::stat(path.c_str(), &facts) == 0 ? facts.st_size : 0;
}

std::string last_lines(const std::string& path, std::int64_t from, std::size_t lines) {
  constexpr std::int64_t most = 64 * 1024;
  const std::int64_t size = size_of(path);
  const std::int64_t begin = std::max(from, size - most);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 || begin >= size) return fd < 0 ? "" : (::close(fd), "");
  std::string text(static_cast<std::size_t>(size - begin), '\0');
  const ssize_t got = ::pread(fd, text.data(), text.size(), begin);
  ::close(fd);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  std::size_t at = text.size();
  if (at > 0 && text[at - 1] == '\n') --at;
  for (std::size_t i = 0; i < lines && at != std::string::npos && at > 0; ++i) at = text.rfind('\n', at - 1);
  return at == std::string::npos || at == 0 ? text : text.substr(at + 1);
}

// By number: the C library's header for it cannot be relied on to declare it with old kernels' headers.
Ending::Ending(pid_t pid) : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
Ending::~Ending() {
  if (fd_ >= 0) ::close(fd_);
}

bool Ending::wait(Duration patience) const {
  if (fd_ < 0) return true;
  pollfd ended{fd_, POLLIN, 0};
  const int milliseconds = patience.count() < 0 ? -1 : static_cast<int>(patience.count());
  int changed = 0;
  while ((changed = ::poll(&ended, 1, milliseconds)) < 0 && errno == EINTR) {
  }
  return changed > 0;
}

}  // namespace busbar::cli
