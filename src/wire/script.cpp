// SPDX-License-Identifier: Apache-2.0
// script.cpp: finds the #SBATCH and #BUSBAR lines of a script and splits them into words, as sbatch does.
#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "wire/job_file.hpp"
#include "wire/place.hpp"
#include "wire/sbatch_options.hpp"

namespace busbar::wire {
namespace {

using Source = SbatchOptions::Source;

/// The words of one directive. Quotes of both kinds and the backslash as sbatch reads them; a word that
/// begins with # begins a comment.
Result<std::vector<std::string>> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] == ' ' || line[at] == '\t') {
      ++at;
      continue;
    }
    if (line[at] == '#') break;
    std::string word;
    char quote = 0;
    for (; at < line.size() && (quote != 0 || (line[at] != ' ' && line[at] != '\t')); ++at) {
      const char c = line[at];
      if (quote != 0 && c == quote)
        quote = 0;
      else if (quote == 0 && (c == '"' || c == '\''))
        quote = c;
      else if (c == '\\' && quote != '\'' && at + 1 < line.size())
        word += line[++at];
      else
        word += c;
    }
    if (quote != 0)
      return invalid(std::string("found no closing ") + quote + "; one at the value's end would be right");
    words.push_back(std::move(word));
  }
  return words;
}

/// What stands behind the marker; nothing when the line is no directive. "#SBATCHED" and "# SBATCH" are
/// comments.
struct Directive {
  Source source = Source::sbatch_directive;
  std::string_view rest;
};
std::optional<Directive> directive(std::string_view line) {
  constexpr std::string_view slurm = "#SBATCH", busbar = "#BUSBAR";
  if (!line.starts_with(slurm) && !line.starts_with(busbar)) return std::nullopt;
  static_assert(slurm.size() == busbar.size());
  const std::string_view rest = line.substr(slurm.size());
  if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t') return std::nullopt;
  return Directive{line.starts_with(slurm) ? Source::sbatch_directive : Source::busbar_directive, rest};
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

Status check_text(std::string_view text, std::string_view file_name) {
  constexpr std::size_t most_bytes = 1 << 20;  // as validate() has it
  const std::string file(file_name);
  if (text.size() > most_bytes) {
    return at(file, invalid("found a script of " + text::show(Bytes{static_cast<std::int64_t>(text.size())}) +
                            "; at most 1 MiB would be right"));
  }
  if (!text.starts_with("#!")) {
    return at(line_of(file, 1), invalid("found " + text::quote(text.substr(0, text.find('\n'))) +
                                        "; a first line such as #!/bin/bash would be right"));
  }
  std::size_t number = 1;
  for (const std::string& line : text::split(text, '\n')) {
    const std::string where = line_of(file, number++);
    if (line.find('\0') != std::string::npos)
      return at(where, invalid("found a byte of zero; text would be right"));
    if (!text::is_utf8(line))
      return at(where, invalid("found " + text::quote(line) + "; UTF-8 would be right"));
    if (line.ends_with('\r')) {
      return at(where,
                invalid("found a line end of DOS (CR LF); LF alone would be right (dos2unix mends it)"));
    }
  }
  return Done{};
}

}  // namespace

Result<JobFile> parse_script(std::string_view text, std::string_view file_name, model::JobSpec defaults,
                             const std::vector<std::string>& arguments, const LocalTime& local) {
  if (const Status readable = check_text(text, file_name); !readable) return readable.error();
  JobFile file{std::move(defaults), {}};
  SbatchOptions options(file, local);
  bool slurm = false;
  std::size_t number = 0;
  for (const std::string& line : text::split(text, '\n')) {
    ++number;
    const std::string_view trimmed = text::trim(line);
    if (!trimmed.empty() && trimmed.front() != '#') break;  // the first command ends the directives
    const auto found = directive(line);
    if (!found) continue;
    const std::string where = line_of(file_name, number);
    const auto words = words_of(found->rest);
    if (!words) return at(where, words.error());
    slurm = slurm || found->source == Source::sbatch_directive;
    const Status taken = options.take(*words, found->source, where, "line " + std::to_string(number));
    if (!taken) return taken.error();
  }
  if (const Status finished = options.finish(); !finished) return finished.error();

  const std::string name(base_name(file_name));
  if (file.spec.name.empty()) file.spec.name = name;
  file.spec.script = std::string(text);
  file.spec.command = {name.empty() ? "script" : name};
  file.spec.command.insert(file.spec.command.end(), arguments.begin(), arguments.end());
  if (slurm && file.spec.tasks > 1) {
    file.warnings.push_back("each of the " + std::to_string(file.spec.tasks) +
                            " tasks runs this script (Slurm runs it once, and srun in it starts the tasks)");
  }
  return file;
}

}  // namespace busbar::wire
