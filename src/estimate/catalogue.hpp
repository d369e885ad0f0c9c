// SPDX-License-Identifier: Apache-2.0
// catalogue.hpp: what a plan goes by: models, devices, kinds of machine and switch, offers; those that come
// with the program, and what a user's tables add to them. A value: read once where files may be read, handed
// down.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "estimate/device.hpp"
#include "estimate/model.hpp"
#include "estimate/names.hpp"
#include "estimate/node.hpp"
#include "estimate/offers.hpp"

namespace busbar::estimate {

/// Things of one kind by name and alias, case and punctuation aside.
template <class What>
class Shelf {
 public:
  const std::vector<What>& all() const { return all_; }
  /// nullptr where nothing is called so. Cost: O(names).
  const What* find(std::string_view name) const {
    const std::size_t at = place_of(folded(name));
    return at < all_.size() ? &all_[at] : nullptr;
  }

  /// True: it took the place, and the names, of what had its name (or had it as an alias). Its aliases mean
  /// it alone from now on. What stood there keeps its order, what is new comes last.
  bool put(Named<What> added) {
    const std::size_t at = place_of(added.names.front());
    const bool replaces = at < all_.size();
    if (!replaces) all_.emplace_back(), names_.emplace_back();
    for (std::vector<std::string>& names : names_)
      std::erase_if(names,
                    [&](const std::string& name) { return std::ranges::count(added.names, name) > 0; });
    all_[at] = std::move(added.what);
    names_[at].insert(names_[at].begin(), added.names.begin(), added.names.end());
    return replaces;
  }

 private:
  std::size_t place_of(const std::string& spelling) const {
    for (std::size_t k = 0; k < names_.size(); ++k) {
      for (const std::string& each : names_[k])
        if (each == spelling) return k;
    }
    return all_.size();
  }

  std::vector<What> all_;
  std::vector<std::vector<std::string>> names_;  // of each, folded
};

struct Catalogue {
  Shelf<Model> models;
  Shelf<Device> devices;
  Shelf<NodeKind> nodes;
  Shelf<SwitchKind> switches;
  std::vector<Offer> offers;

  /// A path's last part counts: "meta-llama/Llama-3.1-8B". nullptr where there is none of this name.
  const Model* find_model(std::string_view name) const;
  /// Errors (Errc::not_found) say which is nearest, else which there are.
  Result<Model> model(std::string_view name) const;
  Result<Device> device(std::string_view name) const;
  Result<NodeKind> node(std::string_view name) const;

  /// Adds a table, whose kind the one column says that no other has: `layers` (models), `memory_mib`
  /// (devices), `gpus` (machines), `ports` (switches), `instance` (offers). A row takes the place of what is
  /// there under its name; an offer's, of the same offer and day. Gives what is to be said of it: how many
  /// rows, what they replace, what their blanks stand for. Errors (Errc::invalid): a table of no kind or of
  /// two, two rows of one name, and those of the table's own reading; nothing is added then. `name` is what
  /// errors call it: a path.
  Result<std::vector<std::string>> extend(std::string name, std::string_view text);
};

/// What comes with the program: the folder catalog/.
const Catalogue& shipped_catalogue();

}  // namespace busbar::estimate
