// SPDX-License-Identifier: Apache-2.0
// job_file.hpp: a job as people write it in a file: YAML, or a script with #SBATCH lines. Pure: text in,
// JobSpec out. Every error names the line, the field, what was found and what would be right.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/job.hpp"
#include "wire/moment.hpp"

namespace busbar::wire {

/// What a file said. `spec` starts from the caller's defaults (workdir, environment, project) and is
/// overwritten by what the file says; flags of the command line are laid over it afterwards by the caller.
struct JobFile {
  model::JobSpec spec;
  std::vector<std::string> warnings;  // "line 4: --foo: not known to Busbar; kept, without effect"
};

/// A file is a script when it begins with "#!", else YAML. `local` is when and where it is read: what its
/// moments, such as `begin: tomorrow`, mean.
Result<JobFile> parse_job_file(std::string_view text, std::string_view file_name, model::JobSpec defaults,
                               const std::vector<std::string>& arguments = {}, const LocalTime& local = {});

/// YAML: conventions "Job files". All keys optional but `run`. Unknown keys are refused with the nearest
/// known one.
Result<JobFile> parse_yaml(std::string_view text, std::string_view file_name, model::JobSpec defaults,
                           const LocalTime& local = {});

/// #SBATCH and #BUSBAR lines up to the first line that is neither blank nor a comment.
Result<JobFile> parse_script(std::string_view text, std::string_view file_name, model::JobSpec defaults,
                             const std::vector<std::string>& arguments, const LocalTime& local = {});

/// One sbatch option list ("-J name --mem=4G"), as in a directive or on a command line.
Status apply_sbatch_options(const std::vector<std::string>& words, JobFile& into,
                            const LocalTime& local = {});

/// How many devices each task asks for, and of which model ("" any).
struct GpuRequest {
  Share gpus;
  std::string model;
  bool operator==(const GpuRequest&) const = default;
};
/// "2", "0.5", "2:H100" as on the command line, "H100:8" and "H100" (one) as SkyPilot and Slurm write them.
Result<GpuRequest> parse_gpus(std::string_view text);

/// "0-99%8": indices and how many elements may run at once.
Result<model::Array> parse_array(std::string_view text);

/// "USR1@120", "B:USR1@120", "USR1" (60 s ahead).
Result<model::Warning> parse_warning(std::string_view text);

/// "afterok:12:13,afterany:9" and Busbar's own short form "12" (afterok).
Result<std::vector<model::Dependency>> parse_dependencies(std::string_view text);

}  // namespace busbar::wire
