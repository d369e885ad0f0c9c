// SPDX-License-Identifier: Apache-2.0
#include "api/route.hpp"

#include <gtest/gtest.h>

namespace busbar::api {
namespace {

using To = Route::To;

struct Known {
  const char *method, *path;
  To to;
  std::int64_t job;
};
constexpr Known known[] = {
    {"GET", "/v1/version", To::version, 0},
    {"POST", "/v1/jobs", To::submit, 0},
    {"GET", "/v1/jobs", To::jobs, 0},
    {"GET", "/v1/jobs/7", To::job, 7},
    {"GET", "/v1/jobs/2147483647", To::job, 2147483647},
    {"GET", "/v1/jobs/7/why", To::why, 7},
    {"GET", "/v1/jobs/7/when", To::when, 7},
    {"POST", "/v1/try", To::try_job, 0},
    {"GET", "/v1/jobs/7/events", To::events, 7},
    {"GET", "/v1/jobs/7/output", To::output, 7},
    {"POST", "/v1/jobs/7/stop", To::stop, 7},
    {"GET", "/v1/nodes", To::nodes, 0},
    {"POST", "/v1/drain", To::drain, 0},
    {"GET", "/v1/usage", To::usage, 0},
    {"GET", "/v1/balances", To::balances, 0},
    {"POST", "/v1/down", To::down, 0},
};

struct Unknown {
  const char *method, *path;
  int status;
  const char* names;  // stands in the message
};
constexpr Unknown unknown[] = {
    {"GET", "/", 404, "\"GET /\""},
    {"GET", "/v2/jobs", 404, "\"GET /v2/jobs\""},
    {"GET", "/v1/jobs/", 400, "\"\""},
    {"GET", "/v1/jobs/7/", 404, "/v1/jobs/7/"},
    {"GET", "/v1/jobs/7/what", 404, "/v1/jobs/7/what"},
    {"GET", "/v1/jobs/7/why/not", 404, "/v1/jobs/7/why/not"},
    {"DELETE", "/v1/jobs", 405, "POST or GET"},
    {"GET", "/v1/down", 405, "POST"},
    {"POST", "/v1/jobs/7", 405, "GET"},
    {"GET", "/v1/jobs/seven", 400, "\"seven\""},
    {"GET", "/v1/jobs/0", 400, "\"0\""},
    {"GET", "/v1/jobs/-1/why", 400, "\"-1\""},
    {"GET", "/v1/jobs/2147483648", 400, "\"2147483648\""},
    {"GET", "/v1/jobs/7_1", 400, "\"7_1\""},
};

TEST(Route, Known) {
  for (const Known& row : known) {
    const auto found = route_of(row.method, row.path);
    const Route* route = std::get_if<Route>(&found);
    ASSERT_NE(route, nullptr) << row.path;
    EXPECT_EQ(route->to, row.to) << row.path;
    EXPECT_EQ(route->job.value, row.job) << row.path;
  }
}

TEST(Route, Unknown) {
  for (const Unknown& row : unknown) {
    const auto found = route_of(row.method, row.path);
    const Refusal* refusal = std::get_if<Refusal>(&found);
    ASSERT_NE(refusal, nullptr) << row.path;
    EXPECT_EQ(refusal->status, row.status) << row.path;
    EXPECT_NE(refusal->error.message.find(row.names), std::string::npos) << refusal->error.message;
  }
}

}  // namespace
}  // namespace busbar::api
