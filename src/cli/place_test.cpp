// SPDX-License-Identifier: Apache-2.0
#include "cli/place.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "cli/fake_server_test.hpp"

namespace busbar::cli {
namespace {

struct Rule {
  const char* says;
  Surroundings around;
  const char* server;                               // folder, or "error"
  const char *client_alone, *client_beside_shared;  // with no server of ours that answers
};

// clang-format off
const Rule rules[] = {
    {"root's is shared",              {.root = true, .home = "/root"},                     "/var/lib/busbar", "/var/lib/busbar", "/var/lib/busbar"},
    {"a flag beats all",              {.root = true, .flag = "/f", .variable = "/v"},      "/f", "/f", "/f"},
    {"then BUSBAR_STATE",             {.variable = "/v/", .state_home = "/x", .home = "/h"}, "/v", "/v", "/v"},
    {"relative to here",              {.flag = "a/b", .here = "/w"},                       "/w/a/b", "/w/a/b", "/w/a/b"},
    {"then XDG_STATE_HOME",           {.state_home = "/x", .home = "/h"},                  "/x/busbar", "/x/busbar", "/var/lib/busbar"},
    {"which counts only if absolute", {.state_home = "x", .home = "/h"},                   "/h/.local/state/busbar", "/h/.local/state/busbar", "/var/lib/busbar"},
    {"else the home folder",          {.home = "/h"},                                      "/h/.local/state/busbar", "/h/.local/state/busbar", "/var/lib/busbar"},
    {"or nothing",                    {.here = "/w"},                                      "error", "error", "/var/lib/busbar"},
};
// clang-format on

std::string told(const Result<Place>& place) { return place ? place->folder : "error"; }

TEST(Place, Rules) {
  const auto nobody = [](const std::string&) { return false; };
  const auto everything = [](const std::string&) { return true; };
  const auto shared_alone = [](const std::string& socket) { return socket == "/var/lib/busbar/busbar.sock"; };
  for (const Rule& rule : rules) {
    SCOPED_TRACE(rule.says);
    EXPECT_EQ(told(client_place(rule.around, shared_alone, shared_alone)), rule.client_beside_shared)
        << "so asks up, which begins no server beside root's that nobody named a folder for";
    EXPECT_EQ(told(server_place(rule.around)), rule.server);
    EXPECT_EQ(told(client_place(rule.around, nobody, nobody)), rule.client_alone);
    EXPECT_EQ(told(client_place(rule.around, nobody, everything)), rule.client_beside_shared);
    EXPECT_EQ(told(client_place(rule.around, everything, everything)),
              std::string(rule.server) == "error" ? "/var/lib/busbar" : rule.server)
        << "our own server, when it answers";
  }
}

TEST(Place, AUsersOwnTablesLieWhereXdgHasThem) {
  EXPECT_EQ(config_folder({.config_home = "/c/", .home = "/h"}), "/c/busbar");
  EXPECT_EQ(config_folder({.config_home = "c", .home = "/h"}), "/h/.config/busbar") << "only if absolute";
  EXPECT_EQ(config_folder({.here = "/w"}), "");
}

TEST(Place, ASocketAnswersAtAPathOfAnyLength) {
  const testing::Folder folder;
  const std::string deep = folder.path + "/" + std::string(120, 'x');
  ASSERT_EQ(::mkdir(deep.c_str(), 0700), 0);
  const std::string socket = deep + "/busbar.sock";
  EXPECT_FALSE(answers(socket));
  {
    const auto server = net::serve({.path = socket}, [](const net::Request&, testing::Replier) {});
    ASSERT_TRUE(server) << server.error().message;
    EXPECT_TRUE(answers(socket));
  }
  EXPECT_FALSE(answers(socket));
  EXPECT_FALSE(answers("/nowhere/busbar.sock"));
}

}  // namespace
}  // namespace busbar::cli
