// SPDX-License-Identifier: Apache-2.0
// text.hpp: quantities as people write and read them. One parser for the command line, YAML and #SBATCH.
// Every parse function says in its error what was found and what would be right; none mentions where it
// stood, which only the caller knows.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"

namespace busbar::text {

/// A whole number in [low, high]: "12". No sign but '-', no blanks, no trailing text.
Result<std::int64_t> parse_whole(std::string_view text, std::int64_t low, std::int64_t high);

/// A size in bytes: "16GiB", "16Gi", "80GB", "512M" (binary, as Slurm and everyone means it), "1024" (bytes),
/// "1.5T". K, M, G, T, P; "GB" counts in thousands, "G", "Gi" and "GiB" in 1024s. `bare` is the unit of a
/// number without one. A part of a byte is dropped.
Result<Bytes> parse_bytes(std::string_view text, Bytes bare = Bytes{1});

/// A duration: "90s", "30m", "2h30m", "1d12h", and Slurm's "MM", "MM:SS", "HH:MM:SS", "D-HH", "D-HH:MM",
/// "D-HH:MM:SS". A bare number is minutes, as in Slurm. "UNLIMITED" and "INFINITE" give zero, which means no
/// limit.
Result<Duration> parse_duration(std::string_view text);

/// CPUs: "4", "0.5", "500m". At least one thousandth.
Result<Cpus> parse_cpus(std::string_view text);

/// Devices: "2", "0.5". Below one a share of one device, from one up whole ones only.
Result<Share> parse_share(std::string_view text);

/// A signal: "USR1", "SIGUSR1", "10".
Result<int> parse_signal(std::string_view text);
/// "SIGTERM" for 15; "signal 99" where it has no name.
std::string signal_name(int signal);

/// Array indices: "0-9", "1,4,7", "0-20:5". Sorted, unique. At most `most` of them, repeats counted.
Result<std::vector<int>> parse_indices(std::string_view text, std::size_t most);

/// Short forms for people: "16 GiB", "1.5 GiB", "300 B". At most two decimals, cut and not rounded, so that
/// what is just short of a limit never looks as if it reached it.
std::string show(Bytes bytes);
/// "2", "0.5"
std::string show(Cpus cpus);
std::string show(Share share);
/// "450 ms", "12 s", "4 min 10 s", "2 h 30 min", "3 d 4 h": two units at most, the rest cut; no ms from one
/// second up.
std::string show(Duration duration);
/// RFC 3339 in UTC with milliseconds: "2026-11-21T09:05:00.000Z". What lies beyond the year 9999 shows as its
/// end.
std::string rfc3339(Instant at);

/// ASCII letters only.
std::string lower(std::string_view text);
/// Without blanks, tabs and line ends at both ends.
std::string_view trim(std::string_view text);
/// Always one part more than there are separators: "a,,b" gives a, "", b; "" gives one empty part.
std::vector<std::string> split(std::string_view text, char at);
std::string join(const std::vector<std::string>& parts, std::string_view between);

/// Text of unknown origin for an error message: in double quotes, cut to some 60 characters, with control
/// characters and bytes that are not UTF-8 written \xNN, so that it can be put on any terminal and into JSON.
std::string quote(std::string_view text);
bool is_utf8(std::string_view text);

/// The one of `known` that is nearest to `word` by edit distance, when near enough to be meant (at most 2
/// edits, fewer than half the word; neighbours exchanged are one edit; case is not looked at); else empty.
/// For "did you mean".
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace busbar::text
