// SPDX-License-Identifier: Apache-2.0
#include "cli/prices.hpp"

#include <cerrno>
#include <chrono>
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
      return Error{Errc::invalid,
                   path + ": is larger than 64 MiB; a table of prices or hours would be right"};
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

Result<std::vector<estimate::Offer>> offers_of(const Prices& prices) {
  std::vector<estimate::Offer> offers = estimate::shipped_offers();
  for (const std::string& path : prices.catalogs) {
    const Result<std::string> text = read_table(path);
    if (!text) return text.error();
    Result<std::vector<estimate::Offer>> mine = estimate::parse_offers(path, *text);
    if (!mine) return mine.error();
    offers = estimate::extended(offers, std::move(*mine));
  }
  return offers;
}

estimate::Date date_of(const Prices& prices) {
  if (prices.as_of) return *prices.as_of;
  return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
}

}  // namespace busbar::cli
