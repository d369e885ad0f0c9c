// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace busbar::cli {

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // whoever shares this descriptor made it non-blocking
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

int print(std::string_view text) {
  if (write_all(STDOUT_FILENO, text)) return 0;
  complain(std::string("stdout: ") + std::strerror(errno));
  return 1;
}

void note(std::string_view sentence) { write_all(STDERR_FILENO, std::string(sentence) + "\n"); }

void complain(std::string_view sentence) { note("error: " + std::string(sentence)); }

Screen screen_of(int fd) {
  Screen screen;
  if (::isatty(fd) == 0) return screen;
  winsize size{};
  screen.width = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  screen.colour =
      (no_colour == nullptr || *no_colour == 0) && term != nullptr && std::strcmp(term, "dumb") != 0;
  return screen;
}

}  // namespace busbar::cli
