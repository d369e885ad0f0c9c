// SPDX-License-Identifier: Apache-2.0
// sbatch_options.hpp: sbatch's options and Busbar's own, laid onto a JobSpec. Options that speak of a node or
// of the whole job are collected first, because what one task gets of them depends on -n and -N, wherever
// those stand.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "wire/job_file.hpp"

namespace busbar::wire {

class SbatchOptions {
 public:
  /// Where words come from decides which names exist: Busbar's own flags are no options of #SBATCH or sbatch,
  /// and what belongs on the command line alone is refused in a file.
  enum class Source { sbatch_directive, busbar_directive, command_line };

  /// Both must outlive it; `local` is what moments mean.
  SbatchOptions(JobFile& into, const LocalTime& local) : into_(into), local_(local) {}

  /// The words of one directive or command line. `where` opens each error ("train.sh:4"), `note` each warning
  /// ("line 4").
  Status take(const std::vector<std::string>& words, Source source, const std::string& where,
              const std::string& note);

  /// Shares out what was asked per node or in total. Call once, after all words.
  Status finish();

 private:
  friend struct OptionTable;
  template <class Value>
  struct Wish {
    std::optional<Value> value;
    std::string where;  // "train.sh:4: --mem"
    std::string note;
  };

  Status finish_gpus();
  void finish_bytes(const Wish<Bytes>& of_node, Bytes& each);
  /// How many tasks one node has to hold at most: all of them when the number of nodes is open.
  std::int64_t tasks_on_a_node() const;

  JobFile& into_;
  const LocalTime& local_;
  Wish<int> tasks_, nodes_, tasks_of_node_;
  Wish<Bytes> memory_of_node_, disk_of_node_;
  Wish<GpuRequest> gpus_in_all_, gpus_of_node_, gpus_of_task_;
};

}  // namespace busbar::wire
