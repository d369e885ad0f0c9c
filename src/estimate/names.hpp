// SPDX-License-Identifier: Apache-2.0
// names.hpp: names of models and devices as people spell them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace busbar::estimate {

/// Letters and digits alone, small: "Llama-3.1 8B" and "llama3.1-8b" are "llama318b".
std::string folded(std::string_view name);
/// Of a name and of aliases that ';' separates.
std::vector<std::string> folded_names(std::string_view name, std::string_view aliases);

/// A row of a table, and what it is called: its name and its aliases, folded.
template <class What>
struct Named {
  What what;
  std::vector<std::string> names;
};

/// What of a name of unknown origin a message may show: printable ASCII, 60 characters at most.
std::string printable(std::string_view name);

}  // namespace busbar::estimate
