// SPDX-License-Identifier: Apache-2.0
// sbatch_options.cpp: words into options and their values, as getopt would read them.
#include "wire/sbatch_options.hpp"

#include "base/text.hpp"
#include "wire/place.hpp"
#include "wire/sbatch_table.hpp"

namespace busbar::wire {
namespace {

using Source = SbatchOptions::Source;

Error wrong(std::string_view found, std::string_view right) {
  return invalid("found " + text::quote(found) + "; " + std::string(right) + " would be right");
}

/// One option as it stands in its words: how it was written, and its value.
struct Written {
  const OptionTable::Option* option = nullptr;
  std::string name;  // "--mem", "-n"
  std::optional<std::string> value;
  std::size_t words = 1;
};

Result<Written> read(const std::vector<std::string>& words, std::size_t first, Source source) {
  const std::string& word = words[first];
  Written written;
  if (word.size() < 2 || word.front() != '-' || word == "--") {
    return wrong(word, "an option such as --time=2:00:00 (quote a value that has blanks)");
  }
  const bool is_long = word[1] == '-';
  const std::size_t equals = is_long ? word.find('=') : std::string::npos;
  written.name = is_long ? word.substr(0, equals) : word.substr(0, 2);
  written.option = is_long ? OptionTable::find(std::string_view(written.name).substr(2), source)
                           : OptionTable::find(word[1], source);
  if (is_long && equals != std::string::npos) written.value = word.substr(equals + 1);
  if (!is_long && word.size() > 2) written.value = word.substr(2);
  if (!written.option || written.value || written.option->value != OptionTable::Value::needed) return written;
  if (first + 1 == words.size())
    return invalid(written.name + ": found nothing behind it; a value would be right");
  written.value = words[first + 1];
  written.words = 2;
  return written;
}

Status apply(SbatchOptions& options, const Written& written, Source source, const std::string& where,
             const std::string& note) {
  const std::string prefix = where.empty() ? "" : where + ": ";
  if (!written.option->take)
    return invalid(prefix + written.name + ": known to Slurm, not built into Busbar yet");
  if (written.option->value == OptionTable::Value::none && written.value) {
    return invalid(prefix + written.name + ": found " + text::quote(*written.value) +
                   "; no value would be right");
  }
  const std::string value = written.value.value_or("");
  const OptionTable::Given given{options, value, prefix + written.name,
                                 (note.empty() ? "" : note + ": ") + written.name, source};
  const Status done = written.option->take(given);
  return done ? done : at(given.where, done.error());
}

std::string without_value(const std::string& word) { return word.substr(0, word.find('=')); }

/// Keeps an option that nobody knows with the words behind it that may be its value, and tells of it.
std::size_t keep(SbatchOptions& options, const std::vector<std::string>& words, std::size_t first,
                 Source source, const std::string& note) {
  std::size_t last = first + 1;
  while (last < words.size() && !words[last].starts_with('-')) ++last;
  const std::vector<std::string> kept(words.begin() + static_cast<std::ptrdiff_t>(first),
                                      words.begin() + static_cast<std::ptrdiff_t>(last));
  const std::string name = displayed(without_value(words[first]));
  const std::string meant =
      name.starts_with("--") ? OptionTable::nearest(std::string_view(name).substr(2), source) : "";
  const std::string hint = meant.empty() ? "" : " (did you mean --" + meant + "?)";
  OptionTable::keep(options, text::join(kept, " "));
  OptionTable::warn(options, (note.empty() ? "" : note + ": ") + name + ": not known to Busbar" + hint +
                                 "; kept, without effect");
  return last;
}

}  // namespace

Status SbatchOptions::take(const std::vector<std::string>& words, Source source, const std::string& where,
                           const std::string& note) {
  for (std::size_t next = 0; next < words.size();) {
    const auto written = read(words, next, source);
    if (!written) return at(where, written.error());
    if (written->option) {
      if (const Status done = apply(*this, *written, source, where, note); !done) return done;
      next += written->words;
    } else if (source ==
               Source::busbar_directive) {  // nobody but Busbar was meant: a slip, not somebody else's option
      const std::string meant = OptionTable::nearest(std::string_view(written->name).substr(2), source);
      return at(where, invalid(displayed(without_value(words[next])) + ": not known to Busbar" +
                               (meant.empty() ? "" : "; did you mean --" + meant + "?")));
    } else {
      next = keep(*this, words, next, source, note);
    }
  }
  return Done{};
}

Status apply_sbatch_options(const std::vector<std::string>& words, JobFile& into, const LocalTime& local) {
  SbatchOptions options(into, local);
  if (const Status taken = options.take(words, SbatchOptions::Source::command_line, "", ""); !taken)
    return taken;
  return options.finish();
}

}  // namespace busbar::wire
