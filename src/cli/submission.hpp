// SPDX-License-Identifier: Apache-2.0
// submission.hpp: from a command line to an accepted job: the spec, the key, and the question to the server.
#pragma once
#include <string>
#include <vector>

#include "cli/environment.hpp"
#include "cli/invocation.hpp"
#include "cli/remote.hpp"
#include "model/job.hpp"
#include "wire/forms.hpp"
#include "wire/moment.hpp"

namespace busbar::cli {

/// What a spec takes from where the command was typed.
struct Caller {
  std::string here;  // absolute
  std::string project = "default";
  Variables env;
  wire::LocalTime local;
};
Caller caller();

/// How a job file is read: the whole text of a path ("-" is stdin).
using ReadFile = Result<std::string> (*)(const std::string& path);
Result<std::string> read_file(const std::string& path);

struct Submission {
  wire::SubmitForm form;
  std::vector<std::string> warnings;  // "job.sh: line 4: --foo: ...", for stderr
};
/// Errors: Errc::invalid, naming flag, or line and field; not_found for a file that is not there.
Result<Submission> submission_of(const Invocation& invocation, const Caller& caller, ReadFile read);

/// 128 random bits in hexadecimal: sending the same submission twice makes one job.
std::string random_key();

struct Accepted {
  JobId first;
  int count = 1;
  bool existed = false;
  std::string body;  // as the server gave it
};
/// Sends it; when the server goes away in the middle, sends it again under the same key for as long as
/// `patience`.
Result<Accepted> send(Remote& remote, const wire::SubmitForm& form, const Patience& patience);

/// What to tell whoever leaves the job alone: "job 7 (train.py) is queued; follow it: busbar logs -f 7".
std::string told(const Accepted& accepted, const model::JobSpec& spec);

}  // namespace busbar::cli
