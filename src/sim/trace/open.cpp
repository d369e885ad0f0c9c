// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/open.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "base/text.hpp"
#include "sim/trace/philly.hpp"
#include "sim/trace/recorded.hpp"
#include "sim/trace/sacct.hpp"
#include "sim/trace/swf.hpp"

namespace busbar::sim {
namespace {

constexpr std::size_t most_peeked = std::size_t{1} << 16;

std::string first_line(const std::string& text) {
  for (const std::string& line : text::split(text, '\n')) {
    const std::string_view trimmed = text::trim(line);
    if (!trimmed.empty()) return std::string(trimmed);
  }
  return "";
}

bool has_column(const std::string& header, char separator, std::string_view name) {
  return std::ranges::any_of(text::split(header, separator),
                             [name](const std::string& column) { return text::trim(column) == name; });
}

bool looks_like_swf(const std::string& line) {
  return line.starts_with(';') || line.find_first_not_of("0123456789-. \t") == std::string::npos;
}

Result<OpenTrace> opened(Result<std::unique_ptr<Trace>> trace, const char* format) {
  if (!trace) return trace.error();
  return OpenTrace{std::move(*trace), format};
}

Result<OpenTrace> open_swf(const std::string& path, Source source, const std::string& gpus) {
  std::optional<Csv> table;
  if (!gpus.empty()) {
    Result<Csv> opened = Csv::open(gpus);
    if (!opened) return opened.error();
    table = std::move(*opened);
  }
  Result<std::unique_ptr<Swf>> swf = Swf::read(Lines(path, std::move(source)), std::move(table));
  if (!swf) return swf.error();
  return OpenTrace{std::move(*swf), "a log in the Standard Workload Format"};
}

}  // namespace

Result<Peeked> peek(Source source) {
  std::string first;
  bool at_end = false;
  while (!at_end && first.size() < most_peeked &&
         (first_line(first).empty() ||
          first.find('\n', first.find_first_not_of("\r\n \t")) == std::string::npos)) {
    const std::size_t had = first.size();
    first.resize(had + 4096);
    const Result<std::size_t> got = source(first.data() + had, 4096);
    if (!got) return got.error();
    first.resize(had + *got);
    at_end = *got == 0;
  }
  std::string line = first_line(first);
  if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  Source all = [first = std::move(first), at = std::size_t{0}, rest = std::move(source)](
                   char* into, std::size_t most) mutable -> Result<std::size_t> {
    if (at == first.size()) return rest(into, most);
    const std::size_t count = std::min(most, first.size() - at);
    std::memcpy(into, first.data() + at, count);
    at += count;
    return count;
  };
  return Peeked{std::move(line), std::move(all)};
}

bool is_journal(const std::string& path) {
  std::error_code none;
  return std::filesystem::is_directory(path, none) || std::filesystem::path(path).filename() == "journal.db";
}

Result<OpenTrace> open_jobs(const std::string& path, const std::string& gpus) {
  if (is_journal(path)) return opened(open_recorded(path), "a journal");
  Result<Source> source = open_trace(path);
  if (!source) return source.error();
  return recognise(path, std::move(*source), gpus);
}

Result<OpenTrace> recognise(const std::string& path, Source source, const std::string& gpus) {
  Result<Peeked> peeked = peek(std::move(source));
  if (!peeked) return Error{peeked.error().code, path + ": " + peeked.error().message};
  const std::string& header = peeked->first;

  const bool is_swf = !header.empty() && looks_like_swf(header);
  if (!gpus.empty() && !is_swf)
    return Error{Errc::invalid, gpus +
                                    ": a table of GPUs stands beside a log in the Standard Workload Format, "
                                    "which " +
                                    path + " is not"};
  if (is_swf) return open_swf(path, std::move(peeked->source), gpus);
  const char separator = has_column(header, '|', "JobIDRaw") ? '|' : ',';
  if (separator != '|' && !has_column(header, ',', "num_gpus")) {
    return Error{
        Errc::invalid,
        path + ":1: found " + text::quote(header) +
            "; jobs as a Philly table (a header with timestamp, duration, num_gpus and cluster), a log in "
            "the Standard Workload Format, the output of sacct -P with JobIDRaw, or the state folder of a "
            "server would be right"};
  }
  Result<Csv> csv = Csv::read(path, std::move(peeked->source), separator);
  if (!csv) return csv.error();
  if (separator == '|') return opened(Sacct::read(std::move(*csv)), "an export of sacct");
  return opened(Philly::read(std::move(*csv)), "a Philly table");
}

}  // namespace busbar::sim
