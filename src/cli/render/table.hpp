// SPDX-License-Identifier: Apache-2.0
// table.hpp: rows and columns as aligned text. Pure: values in, text out.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.hpp"

namespace busbar::cli::render {

enum class Tone { plain, good, bad, faint, title };
/// `text` in its tone, where the screen has colours.
std::string paint(const Screen& screen, Tone tone, std::string_view text);

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
};
struct Column {
  std::string title;
  bool right = false;    // numbers stand right
  std::size_t most = 0;  // widest it may be on a terminal; 0: as wide as its text
};

/// Columns two blanks apart, no blanks at the end of a line; on a terminal a line that is too long ends in
/// "...". Control characters of a text are shown as '?': names come from other people.
std::string table(const std::vector<Column>& columns, const std::vector<std::vector<Cell>>& rows,
                  const Screen& screen);

/// Characters, not bytes; wide ones count as one.
std::size_t width_of(std::string_view text);
/// The first `width` characters, "..." in place of the last three when something is lost.
std::string cut(std::string_view text, std::size_t width);
/// Without control characters.
std::string harmless(std::string_view text);

}  // namespace busbar::cli::render
