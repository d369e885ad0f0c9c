// SPDX-License-Identifier: Apache-2.0
// page.hpp: what the pages of training and serving have in common. Everything is HTML that is escaped.
#pragma once
#include <string>
#include <vector>

#include "plan/need.hpp"

namespace busbar::plan {

/// What one device holds, against what it has.
struct MemoryBar {
  std::string name;
  std::vector<Part> parts;    // bytes
  estimate::Bytes low, high;  // of their sum
  estimate::Bytes device;
};
std::string memory_bars(const std::vector<MemoryBar>& bars);
/// A bar for each part that is more than nothing, with its name and number.
std::string part_rows(const std::vector<Part>& parts);

std::string dollars(double usd);
std::string lead_paragraph(const std::string& text);
std::string table_head(const std::vector<std::string>& columns);
std::string table_row(const std::string& name, const std::vector<std::string>& cells);
std::string table_end();
std::string bullet_list(const std::string& title, const std::vector<std::string>& items);

}  // namespace busbar::plan
