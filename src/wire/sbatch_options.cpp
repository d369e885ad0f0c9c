// SPDX-License-Identifier: Apache-2.0
#include "wire/sbatch_options.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "base/text.hpp"
#include "wire/place.hpp"

namespace busbar::wire {
namespace {

using Source = SbatchOptions::Source;
constexpr std::int64_t most_tasks = 100'000;
constexpr std::int64_t largest_int = std::numeric_limits<int>::max();

Error wrong(std::string_view found, std::string_view right) {
  return invalid("found " + text::quote(found) + "; " + std::string(right) + " would be right");
}

void set_variable(model::JobSpec& spec, const std::string& name, std::string value) {
  const auto same = [&](const auto& each) { return each.first == name; };
  const auto known = std::find_if(spec.env.begin(), spec.env.end(), same);
  if (known != spec.env.end())
    known->second = std::move(value);
  else
    spec.env.emplace_back(name, std::move(value));
}

/// "ALL,A=1,B='x,y'" at the commas that stand outside of quotes; the quotes go.
Result<std::vector<std::string>> split_exports(std::string_view text) {
  std::vector<std::string> parts(1);
  char quote = 0;
  for (const char c : text) {
    if (quote != 0 && c == quote)
      quote = 0;
    else if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    else if (quote == 0 && c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  if (quote != 0) return wrong(text, std::string("a closing ") + quote);
  return parts;
}

/// gpu[:type][:count], Slurm's order; a lone "gpu" is one.
Result<GpuRequest> parse_gres(std::string_view text) {
  const auto refused = [&] {
    return wrong(text, "gpu:2 or gpu:H100:2 (other generic resources are not built into Busbar yet)");
  };
  std::string_view rest = text;
  if (rest.starts_with("gres/") || rest.starts_with("gres:")) rest.remove_prefix(5);
  if (!rest.starts_with("gpu")) return refused();
  rest.remove_prefix(3);
  if (rest.empty()) return GpuRequest{whole_device, ""};
  if (rest.front() != ':') return refused();
  auto request = parse_gpus(rest.substr(1));
  if (!request || request->gpus.count % whole_device.count != 0) return refused();
  return request;
}

/// -G and its kin count whole devices.
Result<GpuRequest> parse_whole_gpus(std::string_view text) {
  auto request = parse_gpus(text);
  if (!request) return request;
  if (request->gpus.count % whole_device.count != 0) return wrong(text, "a whole number of GPUs");
  return request;
}

}  // namespace

/// How each option is taken. An option without a function is Slurm's and not built yet.
struct OptionTable {
  struct Given {
    SbatchOptions& options;
    std::string_view value;
    std::string where, note;  // "train.sh:4: --mem", "line 4: --mem"
    Source source;
    model::JobSpec& spec() const { return options.into_.spec; }
  };
  using Take = Status (*)(const Given&);
  enum class Value { needed, optional, none };
  enum class Home { slurm, busbar, command_line };  // busbar: not in #SBATCH; command_line: in no file
  struct Option {
    char letter;  // 0: none
    std::string_view name;
    Take take;
    Value value = Value::needed;
    Home home = Home::slurm;
  };

  template <auto Member>
  static Status text_into(const Given& given) {
    if (given.value.empty()) return wrong("", "some text");
    given.spec().*Member = std::string(given.value);
    return Done{};
  }
  template <auto Member, std::int64_t low, std::int64_t high>
  static Status whole_into(const Given& given) {
    return assign(text::parse_whole(given.value, low, high), given.spec().*Member);
  }
  template <class Value, class Parsed>
  static Status wish(const Given& given, SbatchOptions::Wish<Value>& wish, Result<Parsed> parsed) {
    if (!parsed) return parsed.error();
    wish = {static_cast<Value>(*parsed), given.where, given.note};
    return Done{};
  }

  static Status time(const Given& given) {
    return assign(text::parse_duration(given.value), given.spec().time_limit);
  }
  static Status cpus(const Given& given) {
    return assign(text::parse_cpus(given.value), given.spec().each.cpus);
  }
  static Status array(const Given& given) { return assign(parse_array(given.value), given.spec().array); }
  static Status after(const Given& given) {
    return assign(parse_dependencies(given.value), given.spec().after);
  }
  static Status signal(const Given& given) {
    return assign(parse_warning(given.value), given.spec().warning);
  }
  static Status hold(const Given& given) { return given.spec().hold_for_nodes = true, Done{}; }
  static Status tasks(const Given& given) {
    return wish(given, given.options.tasks_, text::parse_whole(given.value, 1, most_tasks));
  }
  static Status nodes(const Given& given) {
    return wish(given, given.options.nodes_, text::parse_whole(given.value, 1, most_tasks));
  }
  static Status gpus_in_all(const Given& given) {
    return wish(given, given.options.gpus_in_all_, parse_whole_gpus(given.value));
  }
  static Status gpus_of_node(const Given& given) {
    return wish(given, given.options.gpus_of_node_, parse_whole_gpus(given.value));
  }
  static Status gpus_of_task(const Given& given) {
    return wish(given, given.options.gpus_of_task_, parse_gpus(given.value));
  }
  static Status gres(const Given& given) {
    if (given.value == "none") return Done{};
    return wish(given, given.options.gpus_of_node_, parse_gres(given.value));
  }
  static Status memory(const Given& given) {
    auto memory = text::parse_bytes(given.value, MiB);
    if (memory && memory->count == 0)
      return invalid("all memory of a node (0) is known to Slurm, not built into Busbar yet");
    return wish(given, given.options.memory_of_node_, std::move(memory));
  }
  static Status gpu_memory(const Given& given) {
    // A bare number is refused: nobody means 80 MiB, and half the world would mean 80 GiB.
    const bool bare =
        !given.value.empty() && given.value.find_first_not_of("0123456789.") == std::string_view::npos;
    if (bare) return wrong(given.value, "a size with its unit such as 80GB");
    return assign(text::parse_bytes(given.value), given.spec().each.gpu_memory);
  }
  static Status workdir(const Given& given) {
    if (given.value.empty()) return wrong("", "a folder");
    std::string& workdir = given.spec().workdir;
    workdir =
        given.value.front() == '/' ? std::string(given.value) : workdir + "/" + std::string(given.value);
    return Done{};
  }
  static Status env(const Given& given) {
    const std::size_t equals = given.value.find('=');
    if (equals == 0 || equals == std::string_view::npos) return wrong(given.value, "NAME=value");
    set_variable(given.spec(), std::string(given.value.substr(0, equals)),
                 std::string(given.value.substr(equals + 1)));
    return Done{};
  }
  static Status exported(const Given& given) {
    auto parts = split_exports(given.value);
    if (!parts) return parts.error();
    model::JobSpec& spec = given.spec();
    const auto submitter = spec.env;
    if (parts->front() != "ALL") spec.env.clear();
    if (parts->front() == "NONE" || parts->front() == "NIL" || parts->front() == "ALL")
      parts->erase(parts->begin());
    for (const std::string& part : *parts) {
      const std::size_t equals = part.find('=');
      const std::string name = part.substr(0, equals);
      if (name.empty()) return wrong(given.value, "ALL, NONE or NAME[=value],...");
      const auto same = [&](const auto& each) { return each.first == name; };
      const auto known = std::find_if(submitter.begin(), submitter.end(), same);
      if (equals != std::string::npos)
        set_variable(spec, name, part.substr(equals + 1));
      else if (known != submitter.end())
        set_variable(spec, name, known->second);
      else
        given.options.into_.warnings.push_back(given.note + ": " + name + " is not set in your environment");
    }
    return Done{};
  }
  static Status wrap(const Given& given) {
    if (given.source != Source::command_line)
      return invalid("belongs on the command line: here the script is what runs");
    if (given.value.empty()) return wrong("", "a command");
    given.spec().script = "#!/bin/sh\n" + std::string(given.value) + "\n";
    given.spec().command = {"wrap"};
    return Done{};
  }
  static Status not_in_a_file(const Given&) { return invalid("belongs on the command line, not in a file"); }

  static constexpr auto all() {
    using Spec = model::JobSpec;
    constexpr auto needed = Value::needed, none = Value::none, optional = Value::optional;
    constexpr auto busbar = Home::busbar;
    return std::to_array<Option>({
        // clang-format off
        {'J', "job-name", text_into<&Spec::name>}, {'o', "output", text_into<&Spec::output>},
        {'e', "error", text_into<&Spec::error>},   {'t', "time", time},
        {'n', "ntasks", tasks},                    {'c', "cpus-per-task", cpus},
        {'N', "nodes", nodes},                     {0, "mem", memory},
        {'G', "gpus", gpus_in_all},                {0, "gpus-per-task", gpus_of_task},
        {0, "gpus-per-node", gpus_of_node},        {0, "gres", gres},
        {'a', "array", array},                     {'d', "dependency", after},
        {0, "signal", signal},                     {'D', "chdir", workdir},
        {0, "export", exported},                   {0, "wrap", wrap},

        {'p', "partition", nullptr},       {'A', "account", nullptr},      {'q', "qos", nullptr},
        {0, "ntasks-per-node", nullptr},   {0, "mem-per-cpu", nullptr},    {0, "mem-per-gpu", nullptr},
        {'C', "constraint", nullptr},      {0, "requeue", nullptr, none},  {0, "no-requeue", nullptr, none},
        {0, "open-mode", nullptr},         {'w', "nodelist", nullptr},     {0, "exclusive", nullptr, optional},
        {'x', "exclude", nullptr},         {0, "begin", nullptr},          {0, "deadline", nullptr},
        {0, "reservation", nullptr},       {'H', "hold", nullptr, none},   {0, "mail-type", nullptr},
        {0, "mail-user", nullptr},         {0, "parsable", nullptr, none}, {0, "test-only", nullptr, none},
        {0, "comment", nullptr},

        {'g', "", gpus_of_task, needed, busbar},
        {0, "name", text_into<&Spec::name>, needed, busbar},
        {0, "tasks", tasks, needed, busbar},
        {0, "cpus", cpus, needed, busbar},
        {0, "gpu-memory", gpu_memory, needed, busbar},
        {0, "project", text_into<&Spec::project>, needed, busbar},
        {0, "priority", whole_into<&Spec::priority, -largest_int, largest_int>, needed, busbar},
        {0, "retries", whole_into<&Spec::retries, 0, largest_int>, needed, busbar},
        {0, "env", env, needed, busbar},
        {0, "after", after, needed, busbar},
        {0, "hold-for-nodes", hold, none, busbar},
        {0, "key", not_in_a_file, needed, Home::command_line},
        {0, "detach", not_in_a_file, none, Home::command_line},
        // clang-format on
    });
  }

  static bool known_to(const Option& option, Source source) {
    return option.home == Home::slurm || source == Source::busbar_directive;
  }
  static const Option* find(std::string_view name, Source source) {
    static constexpr auto options = all();
    for (const Option& option : options) {
      if (!option.name.empty() && option.name == name && known_to(option, source)) return &option;
    }
    return nullptr;
  }
  static const Option* find(char letter, Source source) {
    static constexpr auto options = all();
    for (const Option& option : options) {
      if (option.letter == letter && letter != 0 && known_to(option, source)) return &option;
    }
    return nullptr;
  }
  static std::string nearest(std::string_view name, Source source) {
    std::vector<std::string> names;
    for (const Option& option : all()) {
      if (!option.name.empty() && known_to(option, source)) names.emplace_back(option.name);
    }
    return text::nearest(name, names);
  }

  /// One option as it stands in its words: how it was written, and its value.
  struct Written {
    const Option* option = nullptr;
    std::string name;  // "--mem", "-n"
    std::optional<std::string> value;
    std::size_t words = 1;
  };

  static Result<Written> read(const std::vector<std::string>& words, std::size_t first, Source source) {
    const std::string& word = words[first];
    Written written;
    if (word.size() < 2 || word.front() != '-' || word == "--") {
      return wrong(word, "an option such as --time=2:00:00 (quote a value that has blanks)");
    }
    const bool is_long = word[1] == '-';
    const std::size_t equals = is_long ? word.find('=') : std::string::npos;
    written.name = is_long ? word.substr(0, equals) : word.substr(0, 2);
    written.option = is_long ? find(std::string_view(written.name).substr(2), source) : find(word[1], source);
    if (is_long && equals != std::string::npos) written.value = word.substr(equals + 1);
    if (!is_long && word.size() > 2) written.value = word.substr(2);
    if (!written.option || written.value || written.option->value != Value::needed) return written;
    if (first + 1 == words.size())
      return invalid(written.name + ": found nothing behind it; a value would be right");
    written.value = words[first + 1];
    written.words = 2;
    return written;
  }

  static Status apply(SbatchOptions& options, const Written& written, Source source, const std::string& where,
                      const std::string& note) {
    const std::string prefix = where.empty() ? "" : where + ": ";
    if (!written.option->take)
      return invalid(prefix + written.name + ": known to Slurm, not built into Busbar yet");
    if (written.option->value == Value::none && written.value) {
      return invalid(prefix + written.name + ": found " + text::quote(*written.value) +
                     "; no value would be right");
    }
    const std::string value = written.value.value_or("");
    const Given given{options, value, prefix + written.name, (note.empty() ? "" : note + ": ") + written.name,
                      source};
    const Status done = written.option->take(given);
    return done ? done : at(given.where, done.error());
  }

  /// An unknown option as it can be told: as it stands when it is plain, else quoted.
  static std::string displayed(const std::string& word) {
    const std::string name = word.substr(0, word.find('='));
    const std::string quoted = text::quote(name);
    return quoted.size() == name.size() + 2 && quoted.find(name) == 1 ? name : quoted;
  }

  /// Keeps an option that nobody knows with the words behind it that may be its value, and tells of it.
  static std::size_t keep(SbatchOptions& options, const std::vector<std::string>& words, std::size_t first,
                          Source source, const std::string& note) {
    std::size_t last = first + 1;
    while (last < words.size() && !words[last].starts_with('-')) ++last;
    const std::vector<std::string> kept(words.begin() + static_cast<std::ptrdiff_t>(first),
                                        words.begin() + static_cast<std::ptrdiff_t>(last));
    const std::string name = displayed(words[first]);
    const std::string meant = name.starts_with("--") ? nearest(std::string_view(name).substr(2), source) : "";
    const std::string hint = meant.empty() ? "" : " (did you mean --" + meant + "?)";
    options.into_.spec.kept.push_back(text::join(kept, " "));
    options.into_.warnings.push_back((note.empty() ? "" : note + ": ") + name + ": not known to Busbar" +
                                     hint + "; kept, without effect");
    return last;
  }
};

Status SbatchOptions::take(const std::vector<std::string>& words, Source source, const std::string& where,
                           const std::string& note) {
  for (std::size_t next = 0; next < words.size();) {
    const auto written = OptionTable::read(words, next, source);
    if (!written) return at(where, written.error());
    if (written->option) {
      if (const Status done = OptionTable::apply(*this, *written, source, where, note); !done) return done;
      next += written->words;
    } else if (source ==
               Source::busbar_directive) {  // nobody but Busbar was meant: a slip, not somebody else's option
      const std::string meant = OptionTable::nearest(std::string_view(written->name).substr(2), source);
      return at(where, invalid(OptionTable::displayed(words[next]) + ": not known to Busbar" +
                               (meant.empty() ? "" : "; did you mean --" + meant + "?")));
    } else {
      next = OptionTable::keep(*this, words, next, source, note);
    }
  }
  return Done{};
}

Status apply_sbatch_options(const std::vector<std::string>& words, JobFile& into) {
  SbatchOptions options(into);
  if (const Status taken = options.take(words, SbatchOptions::Source::command_line, "", ""); !taken)
    return taken;
  return options.finish();
}

}  // namespace busbar::wire
