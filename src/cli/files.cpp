// SPDX-License-Identifier: Apache-2.0
#include "cli/files.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace busbar::cli {

Result<std::string> read_table(const std::string& path) {
  constexpr std::size_t most = 64 << 20;  // a device or a wrong path must not fill the memory
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Errc::unavailable, path + ": cannot be read: " + std::strerror(errno)};
  std::string text;
  for (char buffer[65536]; file.read(buffer, sizeof buffer), file.gcount() > 0;) {
    text.append(buffer, std::size_t(file.gcount()));
    if (text.size() > most)
      return Error{Errc::invalid, path + ": is larger than 64 MiB; a table of a plan would be right"};
  }
  if (file.bad()) return Error{Errc::unavailable, path + ": cannot be read: " + std::strerror(errno)};
  return text;
}

Status write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return Done{};
  return Error{Errc::unavailable, path + ": cannot be written: " + std::strerror(errno)};
}

}  // namespace busbar::cli
