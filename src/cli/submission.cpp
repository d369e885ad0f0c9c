// SPDX-License-Identifier: Apache-2.0
#include "cli/submission.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "base/text.hpp"
#include "cli/job_flags.hpp"
#include "cli/render/when.hpp"
#include "wire/job_file.hpp"

namespace busbar::cli {
namespace {

std::string base_name(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.empty() ? path : name;
}

/// The job as the words after the flags describe it, before any flag.
Result<wire::JobFile> described(const Invocation& invocation, model::JobSpec defaults,
                                const wire::LocalTime& local, ReadFile read) {
  if (invocation.wrap) {
    defaults.command = {"/bin/sh", "-c", *invocation.wrap};
    defaults.name = "wrap";
    return wire::JobFile{std::move(defaults), {}};
  }
  if (invocation.file.empty()) {
    defaults.command = invocation.command;
    defaults.name = base_name(invocation.command.front());
    return wire::JobFile{std::move(defaults), {}};
  }
  auto text = read(invocation.file);
  if (!text) return text.error();
  const std::string name = invocation.file == "-" ? "stdin" : invocation.file;
  return wire::parse_job_file(*text, name, std::move(defaults), invocation.command, local);
}

std::string absolute(const std::string& path, const std::string& here) {
  return path.empty() || path[0] == '/' ? path : here + "/" + path;
}

}  // namespace

Caller caller() {
  Caller caller;
  char here[PATH_MAX];
  if (::getcwd(here, sizeof here) != nullptr) caller.here = here;
  const char* project = std::getenv("BUSBAR_PROJECT");
  if (project != nullptr && *project != 0) caller.project = project;
  caller.env = own_variables();
  caller.local = {render::now(), render::ahead_of_utc};
  return caller;
}

Result<std::string> read_file(const std::string& path) {
  constexpr std::size_t most =
      16 << 20;  // far above any job file; a device or a wrong path must not fill the memory
  const int fd = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    std::string message = path + ": " + std::strerror(errno);
    if (errno == ENOENT) message += "; to submit a command, write: busbar submit -- " + path;
    return Error{Errc::invalid, std::move(message)};
  }
  std::string text;
  char buffer[65536];
  ssize_t got = 0;
  while ((got = ::read(fd, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR)) {
    if (got > 0) text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > most) break;
  }
  const int failed = got < 0 ? errno : 0;
  if (fd != STDIN_FILENO) ::close(fd);
  if (failed != 0) return Error{Errc::invalid, path + ": " + std::strerror(failed)};
  if (text.size() > most) return Error{Errc::invalid, path + ": over 16 MiB; that is no job file"};
  return text;
}

Result<Submission> submission_of(const Invocation& invocation, const Caller& caller, ReadFile read) {
  model::JobSpec defaults;
  defaults.project = caller.project;
  defaults.workdir = caller.here;
  auto env = environment_of_job(caller.env, {});
  if (!env) return env.error();
  defaults.env = std::move(*env);

  auto file = described(invocation, std::move(defaults), caller.local, read);
  if (!file) return file.error();
  model::JobSpec& spec = file->spec;
  if (const Status laid = lay_over(invocation.job, spec, caller.local); !laid) return laid.error();
  if (spec.name.empty()) spec.name = invocation.file == "-" ? "stdin" : base_name(invocation.file);
  if (spec.workdir.empty()) {
    return Error{Errc::invalid,
                 "the current folder is not there any more; go to another, or name one: --workdir DIR"};
  }
  spec.workdir = absolute(spec.workdir, caller.here);
  // Scripts find their data by it, wherever -D has them run and whatever --export leaves behind.
  if (spec.slurm_env) spec.env.emplace_back("SLURM_SUBMIT_DIR", caller.here);
  auto laid = lay_over(std::move(spec.env), caller.env, invocation.job.env);
  if (!laid) return laid.error();
  spec.env = std::move(*laid);
  if (const Status valid = wire::validate(spec); !valid) {
    Error mistake = valid.error();  // it names the field of a request, "spec.name"; who types knows a name
    if (mistake.message.starts_with("spec.")) mistake.message.erase(0, 5);
    return mistake;
  }
  return Submission{{invocation.key, std::move(spec)}, std::move(file->warnings)};
}

std::string random_key() {
  unsigned char bytes[16] = {};
  std::size_t have = 0;
  while (have < sizeof bytes) {  // the kernel gives so few bytes at once, save before its pool is ready
    const ssize_t got = ::getrandom(bytes + have, sizeof bytes - have, 0);
    if (got > 0) have += static_cast<std::size_t>(got);
  }
  static const char digits[] = "0123456789abcdef";
  std::string key;
  for (const unsigned char byte : bytes) {
    key += digits[byte >> 4];
    key += digits[byte & 15];
  }
  return key;
}

Result<Accepted> send(Remote& remote, const wire::SubmitForm& form, const Patience& patience) {
  // Asked first, because afterwards "nobody is there" and "it went away, perhaps with my job" look alike.
  if (!answers(remote.place().socket())) {
    auto nobody = remote.ask("GET", "/v1/version");
    if (!nobody) return nobody.error();
  }
  const std::string body = wire::encode(form);
  const auto until = std::chrono::steady_clock::now() + patience.whole;
  auto text = remote.ask("POST", "/v1/jobs", body);
  while (!text && text.error().code == Errc::unavailable && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(patience.pause);
    text = remote.ask("POST", "/v1/jobs", body);
  }
  if (!text && text.error().code == Errc::unavailable) {
    return Error{Errc::unavailable,
                 "the server went away while the job was on its way, and did not come back within " +
                     text::show(patience.whole) + "; sent again with --key " + form.key +
                     " it cannot run twice (" + text.error().message + ")"};
  }
  if (!text) return text.error();
  auto answer = parse_json(*text);
  if (!answer) return answer.error();
  return Accepted{JobId{whole_at(*answer, "id")}, static_cast<int>(whole_at(*answer, "count", 1)),
                  truth_at(*answer, "existed"), std::move(*text)};
}

std::string told(const Accepted& accepted, const model::JobSpec& spec) {
  const std::string id = std::to_string(accepted.first.value);
  if (accepted.existed) return "job " + id + " was submitted with this key before; nothing new was queued";
  if (!spec.is_array())
    return "job " + id + " (" + spec.name + ") is queued; follow it: busbar logs -f " + id;
  return "array " + id + " (" + spec.name + ") is queued: " + std::to_string(accepted.count) + " jobs, " +
         id + "_" + std::to_string(spec.array.indices.front()) + " to " + id + "_" +
         std::to_string(spec.array.indices.back()) + "; wait for it: busbar wait " + id;
}

}  // namespace busbar::cli
