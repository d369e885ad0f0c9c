// SPDX-License-Identifier: Apache-2.0
#include "estimate/catalogue.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.hpp"
#include "base/text.hpp"
#include "estimate/shipped.hpp"

namespace busbar::estimate {
namespace {

enum class Table { models, devices, nodes, switches, offers };
struct Mark {
  Table table;
  const char* column;  // that this table has and no other
  const char* one;
  const char* many;
};
constexpr std::array<Mark, 5> marks = {{{Table::models, "layers", "model", "models"},
                                        {Table::devices, "memory_mib", "device", "devices"},
                                        {Table::nodes, "gpus", "kind of machine", "kinds of machine"},
                                        {Table::switches, "ports", "kind of switch", "kinds of switch"},
                                        {Table::offers, "instance", "offer", "offers"}}};

Result<Mark> mark_of(const Sheet& sheet) {
  std::vector<Mark> found;
  std::string right;
  for (const Mark& mark : marks) {
    if (sheet.column(mark.column)) found.push_back(mark);
    right += (right.empty() ? "" : ", ") + std::string(mark.column) + " (" + mark.many + ")";
  }
  if (found.size() == 1) return found.front();
  std::string columns;
  for (std::size_t k = 0; k < std::min<std::size_t>(sheet.names().size(), 40); ++k)
    columns += (k > 0 ? ", " : "") + printable(sheet.names()[k]);
  return Error{Errc::invalid, sheet.name() + ": the columns do not say what table it is: found " + columns +
                                  "; one alone of " + right + " would be right"};
}

std::string counted(std::size_t count, const Mark& mark) {
  return std::to_string(count) + " " + (count == 1 ? mark.one : mark.many);
}

/// "1 device of mine.csv, RTX 3090 in place of what ships"
template <class What>
Result<std::string> put_all(const Sheet& sheet, const Mark& mark, std::vector<Named<What>> rows,
                            Shelf<What>& onto) {
  std::string replaced;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    for (std::size_t earlier = 0; earlier < k; ++earlier) {
      if (rows[earlier].names.front() == rows[k].names.front())
        return sheet.wrong(k, "name",
                           "found " + text::quote(rows[k].what.name) +
                               ", which an earlier row is called, too; another name would be right");
    }
  }
  const std::size_t count = rows.size();
  for (Named<What>& row : rows) {
    const std::string name = printable(row.what.name);
    if (onto.put(std::move(row))) replaced += (replaced.empty() ? "" : ", ") + name;
  }
  return counted(count, mark) + " of " + sheet.name() +
         (replaced.empty() ? "" : "; in place of what was known before: " + replaced);
}

Error none_of(std::string_view what, std::string_view name, const std::vector<std::string>& names,
              std::string_view otherwise) {
  const std::string near = text::nearest(std::string(name), names);
  return {Errc::not_found, std::string(what) + " " + text::quote(name) + " is not in the catalogue" +
                               (near.empty() ? std::string(otherwise) : "; did you mean " + near + "?")};
}

template <class What>
std::vector<std::string> names_of(const Shelf<What>& shelf) {
  std::vector<std::string> names;
  for (const What& each : shelf.all()) names.push_back(each.name);
  return names;
}

}  // namespace

const Model* Catalogue::find_model(std::string_view name) const {
  return models.find(name.substr(name.rfind('/') + 1));
}

Result<Model> Catalogue::model(std::string_view name) const {
  if (const Model* found = find_model(name)) return *found;
  Error none = none_of("model", name, names_of(models), ".");
  none.message += " A path of a Hugging Face config.json would be right, too";
  return none;
}

Result<Device> Catalogue::device(std::string_view name) const {
  if (const Device* found = devices.find(name)) return *found;
  const std::vector<std::string> names = names_of(devices);
  return none_of("device", name, names, "; there are " + text::join(names, ", "));
}

Result<NodeKind> Catalogue::node(std::string_view name) const {
  if (const NodeKind* found = nodes.find(name)) return *found;
  const std::vector<std::string> names = names_of(nodes);
  return none_of("machine", name, names, "; there are " + text::join(names, ", "));
}

Result<std::vector<std::string>> Catalogue::extend(std::string name, std::string_view text) {
  const Result<Sheet> sheet = Sheet::parse(std::move(name), text);
  if (!sheet) return sheet.error();
  const Result<Mark> mark = mark_of(*sheet);
  if (!mark) return mark.error();
  std::vector<std::string> blanks;
  const auto said = [&](const Result<std::string>& taken) -> Result<std::vector<std::string>> {
    if (!taken) return taken.error();
    blanks.insert(blanks.begin(), *taken);
    return blanks;
  };
  if (mark->table == Table::models) {
    auto rows = parse_models(*sheet);
    return rows ? said(put_all(*sheet, *mark, std::move(*rows), models)) : rows.error();
  }
  if (mark->table == Table::devices) {
    auto rows = parse_devices(*sheet, blanks);
    return rows ? said(put_all(*sheet, *mark, std::move(*rows), devices)) : rows.error();
  }
  if (mark->table == Table::nodes) {
    auto rows = parse_nodes(*sheet, blanks);
    return rows ? said(put_all(*sheet, *mark, std::move(*rows), nodes)) : rows.error();
  }
  if (mark->table == Table::switches) {
    auto rows = parse_switches(*sheet, blanks);
    return rows ? said(put_all(*sheet, *mark, std::move(*rows), switches)) : rows.error();
  }
  auto rows = parse_offers(*sheet);
  if (!rows) return rows.error();
  const std::size_t count = rows->size();
  offers = extended(offers, std::move(*rows));
  return said(counted(count, *mark) + " of " + sheet->name());
}

const Catalogue& shipped_catalogue() {
  static const Catalogue whole = [] {
    Catalogue read;
    for (const char* table : {"models", "devices", "nodes", "switches", "offers"}) {
      const auto taken = read.extend("catalog/" + std::string(table) + ".csv", shipped(table));
      BUSBAR_CHECK(bool(taken), "the catalogue that ships is read whole");
    }
    return read;
  }();
  return whole;
}

}  // namespace busbar::estimate
