// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/csv.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>

namespace busbar::sim {
namespace {

/// Everything that a table gives: fields joined by '/', rows by ' | ', errors as they are.
std::string told(const std::string& text, char separator = ',') {
  Result<Csv> csv = Csv::read("jobs.csv", source_of(text), separator);
  if (!csv) return csv.error().message;
  std::string all;
  for (;;) {
    const Result<bool> row = csv->next();
    if (row && !*row) return all;
    if (!all.empty()) all += " | ";
    if (!row) {
      all += row.error().message;
      continue;
    }
    all += std::to_string(csv->line()) + ": " + std::string((*csv)[0]) + "/" + std::string((*csv)[1]);
  }
}

TEST(Csv, Rows) {
  struct Row {
    const char* says;
    const char* text;
    const char* told;
  };
  constexpr Row rows[] = {
      // clang-format off
      {"rows carry their line",                 "a,b\n1,2\n3,4\n",        "2: 1/2 | 3: 3/4"},
      {"the last line may have no end",         "a,b\n1,2\n3,4",          "2: 1/2 | 3: 3/4"},
      {"line ends of Windows",                  "a,b\r\n1,2\r\n",         "2: 1/2"},
      {"a byte order mark",                     "\xEF\xBB\xBF" "a,b\n1,2\n", "2: 1/2"},
      {"empty lines are passed over",           "a,b\n\n1,2\n\n\n3,4\n",  "3: 1/2 | 6: 3/4"},
      {"fields may be empty",                   "a,b\n,\n",               "2: /"},
      {"a field in quotes holds anything",      "a,b\n\"x,\"\"y\",2\n",   "2: x,\"y/2"},
      {"also the last one",                     "a,b\n1,\"\"\n",          "2: 1/"},
      {"a header alone is an empty table",      "a,b\n",                  ""},
      {"a row too short, and the next is read", "a,b\n1\n3,4\n",
       "jobs.csv:2: found 1 fields; 2, as in the header, would be right | 3: 3/4"},
      {"a row too long",                        "a,b\n1,2,3\n",
       "jobs.csv:2: found 3 fields; 2, as in the header, would be right"},
      {"a quote that stays open",               "a,b\n\"1,2\n3,4\n",
       "jobs.csv:2: a quote is opened and not closed in this line | 3: 3/4"},
      {"text behind a closing quote",           "a,b\n\"1\"x,2\n",
       "jobs.csv:2: found \"x,2\" behind a closing quote; the next field would be right"},
      {"bytes that are no text",                "a,b\n\xff,2\n3,4\n",
       "jobs.csv:2: the line is not UTF-8 text | 3: 3/4"},
      {"nothing at all",                        "",
       "jobs.csv:0: found nothing; a line with the names of the columns would be right"},
      {"two columns of one name",               "a,a\n",                  "jobs.csv:1: there are two columns \"a\""},
      {"a column without a name",               "a,,b\n",                 "jobs.csv:1: a column has no name"},
      // clang-format on
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.says);
    EXPECT_EQ(told(row.text), row.told);
  }
  EXPECT_EQ(told("a|b\n1,5|2\n", '|'), "2: 1,5/2");
}

TEST(Csv, ALineTooLongIsToldAndTheNextOneRead) {
  const std::string text = "a,b\n" + std::string(3 << 20, 'x') + "\n3,4\n";
  EXPECT_EQ(told(text), "jobs.csv:2: the line is longer than 1048576 bytes | 3: 3/4");
  EXPECT_EQ(told("a,b\n" + std::string(3 << 20, 'x')), "jobs.csv:2: the line is longer than 1048576 bytes");
}

TEST(Csv, LinesOfEveryLengthAroundAPieceOfTheFile) {
  for (std::size_t size = (std::size_t{1} << 16) - 12; size < (std::size_t{1} << 16) + 4; ++size) {
    const std::string wide(size, 'x');
    EXPECT_EQ(told("a,b\n" + wide + ",2\n3,4\n"), "2: " + wide + "/2 | 3: 3/4");
  }
}

TEST(Csv, ColumnsAreFoundByNameAndNumbersAreNumbers) {
  Result<Csv> csv =
      Csv::read("nodes.csv", source_of("sn,cpu_milli\nn0,64000\nn1,-5\nn2,1000000000000\nn3,6e4\n"));
  ASSERT_TRUE(csv);
  EXPECT_EQ(*csv->column("cpu_milli"), 1u);
  EXPECT_FALSE(csv->optional_column("gpu"));
  EXPECT_EQ(csv->column("gpu").error().message,
            "nodes.csv:1: there is no column \"gpu\"; the header names \"sn\", \"cpu_milli\"");
  ASSERT_TRUE(*csv->next());
  EXPECT_EQ(*csv->whole(1, 0, 1'000'000), 64'000);
  for (const char* refusal :
       {"nodes.csv:3: cpu_milli: found \"-5\"; a whole number from 0 to 1000000 would be right",
        "nodes.csv:4: cpu_milli: found \"1000000000000\"; a whole number from 0 to 1000000 would be right",
        "nodes.csv:5: cpu_milli: found \"6e4\"; a whole number from 0 to 1000000 would be right"}) {
    ASSERT_TRUE(*csv->next());
    EXPECT_EQ(csv->whole(1, 0, 1'000'000).error().message, refusal);
  }
}

/// A file that is there for as long as the test runs.
class Scratch {
 public:
  Scratch() { close(mkstemp(path.data())); }
  ~Scratch() { std::remove(path.c_str()); }
  std::string path = "/tmp/busbar-csv.XXXXXX";
};

TEST(Csv, GzipIsUnpackedAndACutOneIsNoticed) {
  std::string text = "a,b\n";
  for (int k = 0; k < 50'000; ++k) text += std::to_string(k) + "," + std::to_string(k * 7919 % 10'007) + "\n";
  const Scratch scratch;
  const gzFile packed = gzopen(scratch.path.c_str(), "wb");
  gzwrite(packed, text.data(), static_cast<unsigned>(text.size()));
  gzclose(packed);

  const auto rows = [&](std::string& error) {
    int count = 0;
    Result<Csv> csv = Csv::open(scratch.path);
    EXPECT_TRUE(csv);
    for (;;) {
      const Result<bool> row = csv->next();
      if (!row)
        error = row.error().message;
      else if (!*row)
        return count;
      else
        ++count;
    }
  };
  std::string error;
  EXPECT_EQ(rows(error), 50'000);
  EXPECT_EQ(error, "");

  ASSERT_EQ(truncate(scratch.path.c_str(), 100'000), 0);
  const int some = rows(error);
  EXPECT_GT(some, 10'000);
  EXPECT_EQ(error, scratch.path + ":" + std::to_string(some + 2) + ": the gzip file is cut off here");

  EXPECT_EQ(Csv::open("/nowhere/jobs.csv").error().message,
            "/nowhere/jobs.csv: cannot be read: No such file or directory");
}

TEST(Csv, ANameWithAControlCharacterIsRefusedAndNotPrinted) {
  const Result<Csv> csv = Csv::read("t.csv", source_of(std::string("sn,c\0x\nn1,2\n", 12)));
  ASSERT_FALSE(csv);
  EXPECT_EQ(csv.error().message.find('\0'), std::string::npos);
}

}  // namespace
}  // namespace busbar::sim
