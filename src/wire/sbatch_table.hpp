// SPDX-License-Identifier: Apache-2.0
// sbatch_table.hpp: every option that a directive may have, and how it is taken.
#pragma once
#include <string>
#include <string_view>

#include "wire/sbatch_options.hpp"

namespace busbar::wire {

/// The table of options. It alone sees what SbatchOptions collects.
struct OptionTable {
  using Source = SbatchOptions::Source;
  struct Given {
    SbatchOptions& options;
    std::string_view value;
    std::string where, note;  // "train.sh:4: --mem", "line 4: --mem"
    Source source;
    model::JobSpec& spec() const { return options.into_.spec; }
    const LocalTime& local() const { return options.local_; }
  };
  using Take = Status (*)(const Given&);
  enum class Value { needed, optional, none };
  enum class Home { slurm, busbar, command_line };  // busbar: not in #SBATCH; command_line: in no file
  struct Option {
    char letter;  // 0: none
    std::string_view name;
    Take take;  // null: known to Slurm, not built yet
    Value value = Value::needed;
    Home home = Home::slurm;
  };

  static const Option* find(std::string_view name, Source source);
  static const Option* find(char letter, Source source);
  /// The long name that was probably meant; "" when none is near.
  static std::string nearest(std::string_view name, Source source);

  /// Tells of something that is no mistake.
  static void warn(SbatchOptions& options, std::string warning) {
    options.into_.warnings.push_back(std::move(warning));
  }
  static void keep(SbatchOptions& options, std::string words) {
    options.into_.spec.kept.push_back(std::move(words));
  }

 private:
  struct Takes;
};

}  // namespace busbar::wire
