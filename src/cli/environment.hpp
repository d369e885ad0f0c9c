// SPDX-License-Identifier: Apache-2.0
// environment.hpp: which of the caller's variables go with a job.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace busbar::cli {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// Those of this process, in their order.
Variables own_variables();

/// False for what is bound to this terminal or login and would mislead a job: SSH_*, DISPLAY,
/// XDG_RUNTIME_DIR; and for what Busbar and Slurm set for each job themselves.
bool travels(std::string_view name);

/// What `from` has that travels; then `flags` laid over it ("NAME=value", or "NAME" to take it from `from`
/// even if it does not travel). Errors: a NAME that `from` does not have.
Result<Variables> environment_of_job(const Variables& from, const std::vector<std::string>& flags);
/// Lays `flags` alone over what a job file has settled.
Result<Variables> lay_over(Variables env, const Variables& from, const std::vector<std::string>& flags);

}  // namespace busbar::cli
