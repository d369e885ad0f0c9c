// SPDX-License-Identifier: Apache-2.0
#include "cli/render/table.hpp"

#include <algorithm>

namespace busbar::cli::render {
namespace {

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0u) != 0x80u; }

const char* code_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::good:
      return "\033[32m";
    case Tone::bad:
      return "\033[31m";
    case Tone::faint:
      return "\033[2m";
    case Tone::title:
      return "\033[1m";
  }
  return "";
}

using Rows = std::vector<std::vector<Cell>>;

/// Texts made harmless and cut to their column's width.
Rows prepared(const std::vector<Column>& columns, const Rows& rows, const Screen& screen) {
  Rows ready = rows;
  for (auto& row : ready) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i].text = harmless(row[i].text);
      if (screen.width != 0 && columns[i].most != 0) row[i].text = cut(row[i].text, columns[i].most);
    }
  }
  std::vector<Cell> titles;
  for (const Column& column : columns) titles.push_back({column.title, Tone::title});
  ready.insert(ready.begin(), std::move(titles));
  return ready;
}

std::vector<std::size_t> widths_of(const Rows& rows, std::size_t columns) {
  std::vector<std::size_t> widths(columns, 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i].text));
  }
  return widths;
}

}  // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string cut(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string(text);
  const std::size_t keep = width > 3 ? width - 3 : 0;
  std::size_t end = 0, characters = 0;
  for (; end < text.size(); ++end) {
    if (begins_character(text[end]) && characters++ == keep) break;
  }
  return std::string(text.substr(0, end)) + std::string(std::min<std::size_t>(3, width), '.');
}

std::string harmless(std::string_view text) {
  std::string plain(text);
  for (char& letter : plain) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
  }
  return plain;
}

std::string paint(const Screen& screen, Tone tone, std::string_view text) {
  if (!screen.colour || tone == Tone::plain || text.empty()) return std::string(text);
  return code_of(tone) + std::string(text) + "\033[0m";
}

std::string table(const std::vector<Column>& columns, const Rows& rows, const Screen& screen) {
  const Rows ready = prepared(columns, rows, screen);
  const std::vector<std::size_t> widths = widths_of(ready, columns.size());
  std::string text;
  for (const auto& row : ready) {
    std::size_t used = 0, blanks = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::size_t pad = widths[i] - width_of(row[i].text);
      if (columns[i].right) blanks += pad;
      std::string_view cell = row[i].text;
      std::string shorter;
      if (screen.width != 0 && used + blanks + width_of(cell) > screen.width) {
        shorter = used + blanks < screen.width ? cut(cell, screen.width - used - blanks) : "";
        cell = shorter;
      }
      if (!cell.empty()) {  // blanks are written only before something: none at the end of a line
        text.append(blanks, ' ');
        text += paint(screen, row[i].tone, cell);
        used += blanks + width_of(cell);
        blanks = 0;
      }
      if (!columns[i].right) blanks += pad;
      blanks += 2;
    }
    text += '\n';
  }
  return text;
}

}  // namespace busbar::cli::render
