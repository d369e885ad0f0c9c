// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <csignal>
#include <limits>

namespace busbar::text {
namespace {

using namespace std::chrono_literals;
constexpr std::int64_t refused = -1;  // no quantity below is negative

template <class Value>
std::int64_t count_of(const Result<Value>& result) {
  if (!result) return refused;
  if constexpr (std::is_integral_v<Value>) {
    return *result;
  } else if constexpr (requires { result->count(); }) {
    return result->count();
  } else {
    return result->count;
  }
}

struct Row {
  std::string_view text;
  std::int64_t count;
};

TEST(ParseWhole, Rows) {
  constexpr std::int64_t low = std::numeric_limits<std::int64_t>::min(),
                         high = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(*parse_whole("12", 1, 100), 12);
  EXPECT_EQ(*parse_whole("-3", -5, 5), -3);
  EXPECT_EQ(*parse_whole("9223372036854775807", low, high), high);
  EXPECT_EQ(*parse_whole("-9223372036854775808", low, high), low);
  for (const char* text :
       {"", "-", "+3", " 3", "3 ", "3x", "0x3", "1e3", "9223372036854775808", "99999999999999999999999"}) {
    EXPECT_FALSE(parse_whole(text, low, high)) << text;
  }
  EXPECT_EQ(parse_whole("many", 1, 8).error().message,
            "found \"many\"; a whole number from 1 to 8 would be right");
  EXPECT_EQ(parse_whole("0", 1, high).error().message,
            "found \"0\"; a whole number from 1 up would be right");
}

TEST(ParseBytes, Rows) {
  constexpr Row rows[] = {{"0", 0},
                          {"1024", 1024},
                          {"300B", 300},
                          {"1K", 1024},
                          {"1k", 1024},
                          {"1KiB", 1024},
                          {"1Ki", 1024},
                          {"1KB", 1000},
                          {"1kb", 1000},
                          {"512M", 512LL << 20},
                          {"16GiB", 16LL << 30},
                          {"16Gi", 16LL << 30},
                          {"16G", 16LL << 30},
                          {"80GB", 80'000'000'000},
                          {"2T", 2LL << 40},
                          {"3P", 3LL << 50},
                          {"1.5GiB", 3LL << 29},
                          {"0.5K", 512},
                          {"1.5 GiB", 3LL << 29},
                          {"0.0001K", 0},
                          {"8191P", 8191LL << 50},
                          {"7E", 7LL << 60},
                          {"8E", refused},
                          {"5.57 EiB", 6421772780660137656},
                          {"", refused},
                          {"G", refused},
                          {"-1G", refused},
                          {"1.G", refused},
                          {".5G", refused},
                          {"1X", refused},
                          {"1GG", refused},
                          {"1GiBB", refused},
                          {"1G2", refused},
                          {"8192P", refused},
                          {"1e3", refused},
                          {"1,5G", refused},
                          {"99999999999999999999", refused},
                          {"0x10", refused},
                          {" 1G", refused},
                          {"1G ", refused},
                          {"many", refused}};
  for (const Row& row : rows) EXPECT_EQ(count_of(parse_bytes(row.text)), row.count) << row.text;
  EXPECT_EQ(count_of(parse_bytes("100", MiB)), 100LL << 20);
  EXPECT_EQ(count_of(parse_bytes("100B", MiB)), 100);
  EXPECT_EQ(parse_bytes("lots").error().message,
            "found \"lots\"; a size such as 512M, 16GiB or 80GB would be right");
}

TEST(ParseDuration, Rows) {
  constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
  constexpr Row rows[] = {{"90s", 90 * second},
                          {"30m", 30 * minute},
                          {"30min", 30 * minute},
                          {"2h30m", 150 * minute},
                          {"1d12h", 36 * hour},
                          {"1w", 7 * day},
                          {"450ms", 450},
                          {"1.5h", 90 * minute},
                          {"2 h 30 min", 150 * minute},
                          {"5", 5 * minute},
                          {"0", 0},
                          {"90:30", 90 * minute + 30 * second},
                          {"1:30", 90 * second},
                          {"2:00:00", 2 * hour},
                          {"00:90:00", 90 * minute},
                          {"1-0", day},
                          {"1-12", 36 * hour},
                          {"1-12:30", 36 * hour + 30 * minute},
                          {"7-00:00:00", 7 * day},
                          {"1-02:03:04", 26 * hour + 3 * minute + 4 * second},
                          {"UNLIMITED", 0},
                          {"infinite", 0},
                          {"", refused},
                          {"-5", refused},
                          {"5x", refused},
                          {"1h30", refused},
                          {"30m2h", refused},
                          {"1h1h", refused},
                          {"1m1min", refused},
                          {"2H", refused},
                          {"1:2:3:4", refused},
                          {"1-", refused},
                          {"-1:00", refused},
                          {"1:", refused},
                          {"1.5", refused},
                          {"1-2-3", refused},
                          {"0.0001s", refused},
                          {"h", refused},
                          {"soon", refused},
                          {"101w9999999999d", refused},
                          {"999999999999999999", refused},
                          {"36500-0", 36500 * day},
                          {"36501-0", refused}};
  for (const Row& row : rows) EXPECT_EQ(count_of(parse_duration(row.text)), row.count) << row.text;
  EXPECT_EQ(parse_duration("soon").error().message,
            "found \"soon\"; a duration such as 30m, 2h30m, 90s, a number of minutes, HH:MM:SS or D-HH:MM:SS "
            "(at most 100 years) would be right");
}

TEST(ParseCpus, Rows) {
  constexpr Row rows[] = {{"4", 4000},
                          {"0.5", 500},
                          {"500m", 500},
                          {"0.001", 1},
                          {"1m", 1},
                          {"1.25", 1250},
                          {"1000000", 1'000'000'000},
                          {"0.1250", 125},
                          {"0", refused},
                          {"0m", refused},
                          {"0.0005", refused},
                          {"0.5m", refused},
                          {"-1", refused},
                          {"", refused},
                          {"m", refused},
                          {"4 ", refused},
                          {"four", refused},
                          {"1000001", refused}};
  for (const Row& row : rows) EXPECT_EQ(count_of(parse_cpus(row.text)), row.count) << row.text;
}

TEST(ParseShare, Rows) {
  constexpr Row rows[] = {{"0", 0},        {"1", 1000},   {"8", 8000},       {"0.5", 500},
                          {"0.125", 125},  {"2.0", 2000}, {"1.5", refused},  {"0.0001", refused},
                          {"-1", refused}, {"", refused}, {"H100", refused}, {"1000001", refused}};
  for (const Row& row : rows) EXPECT_EQ(count_of(parse_share(row.text)), row.count) << row.text;
  EXPECT_EQ(parse_share("1.5").error().message,
            "found \"1.5\"; 1 or 2 (shares exist below one GPU only) would be right");
}

TEST(ParseSignal, Rows) {
  constexpr Row rows[] = {{"USR1", SIGUSR1}, {"SIGUSR1", SIGUSR1}, {"sigterm", SIGTERM}, {"10", 10},
                          {"1", 1},          {"64", 64},           {"0", refused},       {"65", refused},
                          {"", refused},     {"SIG", refused},     {"USR3", refused},    {"-9", refused}};
  for (const Row& row : rows) EXPECT_EQ(count_of(parse_signal(row.text)), row.count) << row.text;
  EXPECT_EQ(signal_name(SIGTERM), "SIGTERM");
  EXPECT_EQ(signal_name(99), "signal 99");
  for (int signal = 1; signal <= 31; ++signal) {
    const std::string name = signal_name(signal);
    if (name.starts_with("SIG")) {
      EXPECT_EQ(*parse_signal(name), signal);
    }
  }
}

TEST(ParseIndices, Rows) {
  using Indices = std::vector<int>;
  EXPECT_EQ(*parse_indices("0-3", 10), (Indices{0, 1, 2, 3}));
  EXPECT_EQ(*parse_indices("7,1,4,1", 10), (Indices{1, 4, 7}));
  EXPECT_EQ(*parse_indices("0-20:5", 10), (Indices{0, 5, 10, 15, 20}));
  EXPECT_EQ(*parse_indices("0-9:4,100", 10), (Indices{0, 4, 8, 100}));
  EXPECT_EQ(*parse_indices("2147483646", 10), (Indices{2147483646}));
  for (const char* text :
       {"", ",", "1,", "a", "3-1", "1-", "-1", "0-9:0", "0-9:", "1-2-3", "0-9%2", "2147483647", " 1"}) {
    EXPECT_FALSE(parse_indices(text, 10)) << text;
  }
  EXPECT_TRUE(parse_indices("0-9", 10));
  EXPECT_EQ(parse_indices("0-2000000000", 10).error().message,
            "found \"0-2000000000\"; at most 10 indices, repeats counted, would be right");
}

TEST(Show, Sizes) {
  EXPECT_EQ(show(Bytes{0}), "0 B");
  EXPECT_EQ(show(Bytes{300}), "300 B");
  EXPECT_EQ(show(GiB * 16), "16 GiB");
  EXPECT_EQ(show(MiB * 1536), "1.5 GiB");
  EXPECT_EQ(show(GiB * 16 - Bytes{1}), "15.99 GiB");  // cut, never rounded up to what it is not
  EXPECT_EQ(show(GiB + MiB * 10), "1 GiB");
  EXPECT_EQ(show(KiB * -3), "-3 KiB");
  EXPECT_EQ(show(Bytes{std::numeric_limits<std::int64_t>::max()}), "7.99 EiB");
  EXPECT_EQ(show(Bytes{std::numeric_limits<std::int64_t>::min()}), "-8 EiB");
  EXPECT_EQ(show(Cpus{2000}), "2");
  EXPECT_EQ(show(Cpus{500}), "0.5");
  EXPECT_EQ(show(Cpus{1025}), "1.025");
  EXPECT_EQ(show(Share{125}), "0.125");
  EXPECT_EQ(show(Share{-500}), "-0.5");
}

TEST(Show, DurationsInTwoUnitsAtMost) {
  EXPECT_EQ(show(Duration(0)), "0 s");
  EXPECT_EQ(show(Duration(450)), "450 ms");
  EXPECT_EQ(show(Duration(12'345)), "12 s");
  EXPECT_EQ(show(Duration(4min + 10s)), "4 min 10 s");
  EXPECT_EQ(show(Duration(2h + 30min + 59s)), "2 h 30 min");
  EXPECT_EQ(show(Duration(76h)), "3 d 4 h");
  EXPECT_EQ(show(Duration(24h + 5min)), "1 d");
  EXPECT_EQ(show(Duration(-90s)), "-1 min 30 s");
}

TEST(Rfc3339, Rows) {
  const auto at = [](std::int64_t ms) { return rfc3339(Instant(Duration(ms))); };
  EXPECT_EQ(at(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(at(1'795'251'900'007), "2026-11-21T09:05:00.007Z");
  EXPECT_EQ(at(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(at(951'782'400'000), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(at(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(at(std::numeric_limits<std::int64_t>::min()), "0000-01-01T00:00:00.000Z");
}

TEST(Words, LowerTrimSplitJoin) {
  EXPECT_EQ(lower("AbC-Ü1"), "abc-Ü1");
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
  EXPECT_EQ(split("a,", ','), (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(join({"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_EQ(join({}, ", "), "");
}

TEST(Quote, IsSafeOnATerminalAndInJson) {
  EXPECT_EQ(quote("many"), "\"many\"");
  EXPECT_EQ(quote("a\n\t\x1b[2J"), "\"a\\n\\t\\x1B[2J\"");
  EXPECT_EQ(quote("größer"), "\"größer\"");
  EXPECT_EQ(quote("gr\xF6\xDF"), "\"gr\\xF6\\xDF\"");
  EXPECT_EQ(quote("\xC2\x9B"), "\"\\xC2\\x9B\"");
  EXPECT_EQ(quote(std::string(61, 'x')), "\"" + std::string(60, 'x') + "...\"");
  EXPECT_EQ(quote(std::string(60, 'x')), "\"" + std::string(60, 'x') + "\"");
}

TEST(Utf8, Rows) {
  for (const char* good : {"", "a", "é", "€", "😀"}) EXPECT_TRUE(is_utf8(good)) << good;
  // a lone continuation, cut short, overlong, a surrogate, beyond U+10FFFF
  for (const char* bad :
       {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(Nearest, Rows) {
  const std::vector<std::string> known = {"name", "memory", "gpu_memory", "gpus", "time"};
  EXPECT_EQ(nearest("nmae", known), "name");
  EXPECT_EQ(nearest("Memroy", known), "memory");
  EXPECT_EQ(nearest("gpu", known), "gpus");
  EXPECT_EQ(nearest("timelimit", known), "");  // too far
  EXPECT_EQ(nearest("tme", known), "time");
  EXPECT_EQ(nearest("ta", known), "");  // two edits of two letters are a guess
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'x'), known), "");
}

// What is shown can be typed back.

RC_GTEST_PROP(RoundTrip, CpusAndShares, ()) {
  const auto milli = *rc::gen::inRange<std::int64_t>(1, 1'000'000);
  RC_ASSERT(count_of(parse_cpus(show(Cpus{milli}))) == milli);
  RC_ASSERT(count_of(parse_cpus(std::to_string(milli) + "m")) == milli);
  const std::int64_t share = milli > 1000 ? milli / 1000 * 1000 : milli;
  RC_ASSERT(count_of(parse_share(show(Share{share}))) == share);
}

RC_GTEST_PROP(RoundTrip, ShownSizesReadBackWithinOneHundredthAndNeverAbove, ()) {
  const auto bytes = *rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max() >> 3);
  const std::int64_t back = count_of(parse_bytes(show(Bytes{bytes})));
  RC_ASSERT(back <= bytes);
  RC_ASSERT(bytes - back <= bytes / 100 + 1);
}

RC_GTEST_PROP(RoundTrip, ShownDurationsReadBackWithinTheirSecondUnit, ()) {
  const auto ms = *rc::gen::inRange<std::int64_t>(0, 3'000'000'000'000);
  const std::int64_t back = count_of(parse_duration(show(Duration(ms))));
  RC_ASSERT(back <= ms);
  RC_ASSERT(ms - back < 3'600'000);
}

RC_GTEST_PROP(RoundTrip, SlurmsLongFormIsExact, ()) {
  const auto seconds = *rc::gen::inRange<std::int64_t>(0, 86'400 * 999);
  const std::string text = std::to_string(seconds / 86400) + "-" + std::to_string(seconds / 3600 % 24) + ":" +
                           std::to_string(seconds / 60 % 60) + ":" + std::to_string(seconds % 60);
  RC_ASSERT(count_of(parse_duration(text)) == seconds * 1000);
}

RC_GTEST_PROP(RoundTrip, Indices, (std::vector<std::uint16_t> wanted)) {
  RC_PRE(!wanted.empty());
  std::vector<std::string> parts;
  for (const auto index : wanted) parts.push_back(std::to_string(index));
  const auto parsed = parse_indices(join(parts, ","), wanted.size());
  RC_ASSERT(static_cast<bool>(parsed));
  std::vector<int> sorted(wanted.begin(), wanted.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  RC_ASSERT(*parsed == sorted);
}

RC_GTEST_PROP(AnyText, IsReadOrRefusedWithASentenceThatIsUtf8, (const std::string& text)) {
  std::vector<std::string> messages;
  const auto look = [&](const auto& result) {
    if (!result) messages.push_back(result.error().message);
  };
  look(parse_whole(text, -10, 10));
  look(parse_bytes(text));
  look(parse_duration(text));
  look(parse_cpus(text));
  look(parse_share(text));
  look(parse_signal(text));
  look(parse_indices(text, 100));
  for (const std::string& message : messages) {
    RC_ASSERT(is_utf8(message));
    RC_ASSERT(message.find("would be right") != std::string::npos);
  }
  RC_ASSERT(join(split(text, ','), ",") == text);
}

}  // namespace
}  // namespace busbar::text
