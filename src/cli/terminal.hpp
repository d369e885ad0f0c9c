// SPDX-License-Identifier: Apache-2.0
// terminal.hpp: the process's own output: whole writes, unbuffered, so that nothing waits and nothing is
// torn.
#pragma once
#include <cstddef>
#include <string_view>

namespace busbar::cli {

/// Writes all of it. False when the other side has gone (EPIPE) or the disk is full.
bool write_all(int fd, std::string_view bytes);

/// To stdout. A command whose output cannot be written has failed: gives 0, or 1 with a sentence on stderr.
int print(std::string_view text);
/// A remark on stderr, as one line.
void note(std::string_view sentence);
/// "error: ..." on stderr.
void complain(std::string_view sentence);

/// How text may look on a descriptor.
struct Screen {
  std::size_t width = 0;  // columns; 0: not a terminal, as wide as it likes
  bool colour = false;
};
/// Colour only on a terminal, and not with NO_COLOR or TERM=dumb.
Screen screen_of(int fd);

}  // namespace busbar::cli
