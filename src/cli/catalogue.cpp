// SPDX-License-Identifier: Apache-2.0
#include "cli/catalogue.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "cli/files.hpp"

namespace busbar::cli {
namespace {

/// A folder that is not there holds no tables; one that may not be read is an error.
Result<std::vector<std::string>> tables_in(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code failure;
  for (std::filesystem::directory_iterator at(folder, failure), end; !failure && at != end;
       at.increment(failure)) {
    if (at->path().extension() == ".csv") paths.push_back(at->path().string());
  }
  if (failure && failure != std::errc::no_such_file_or_directory)
    return Error{Errc::unavailable, folder + ": cannot be read: " + failure.message()};
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

Result<OwnCatalogue> catalogue_of(const std::vector<std::string>& paths) {
  const std::string folder = config_folder(surroundings(""));
  return catalogue_of(folder.empty() ? "" : folder + "/catalog", paths);
}

Result<OwnCatalogue> catalogue_of(const std::string& folder, const std::vector<std::string>& paths) {
  OwnCatalogue own{estimate::shipped_catalogue(), {}};
  std::vector<std::string> all;
  if (!folder.empty()) {
    auto found = tables_in(folder);
    if (!found) return found.error();
    all = std::move(*found);
  }
  all.insert(all.end(), paths.begin(), paths.end());
  for (const std::string& path : all) {
    const Result<std::string> text = read_table(path);
    if (!text) return text.error();
    const auto said = own.catalogue.extend(path, *text);
    if (!said) return said.error();
    own.remarks.insert(own.remarks.end(), said->begin(), said->end());
  }
  return own;
}

estimate::Date date_of(const std::optional<estimate::Date>& asked) {
  if (asked) return *asked;
  return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
}

}  // namespace busbar::cli
