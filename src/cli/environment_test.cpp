// SPDX-License-Identifier: Apache-2.0
#include "cli/environment.hpp"

#include <gtest/gtest.h>

namespace busbar::cli {
namespace {

TEST(Environment, WhatIsBoundToATerminalOrALoginStays) {
  for (const char* name : {"PATH", "HOME", "LANG", "TERM", "CUDA_HOME", "VIRTUAL_ENV", "XDG_CACHE_HOME",
                           "SSHD", "DISPLAYED", "PWDX"}) {
    EXPECT_TRUE(travels(name)) << name;
  }
  for (const char* name :
       {"BUSBAR_STATE", "BUSBAR_JOB_ID", "SLURM_JOB_ID", "SSH_AUTH_SOCK", "SSH_TTY", "DISPLAY",
        "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_SESSION_ID", "TMUX",
        "TMUX_PANE", "STY", "PWD", "_", "COLUMNS", "SUDO_USER", "NOTIFY_SOCKET"}) {
    EXPECT_FALSE(travels(name)) << name;
  }
}

TEST(Environment, FlagsAddReplaceAndTakeAlong) {
  const Variables from = {{"PATH", "/bin"}, {"SSH_AUTH_SOCK", "/s"}, {"A", "1"}};
  const auto env = environment_of_job(from, {"A=2", "B=", "SSH_AUTH_SOCK", "C=x=y"});
  ASSERT_TRUE(env) << env.error().message;
  EXPECT_EQ(*env,
            (Variables{{"PATH", "/bin"}, {"A", "2"}, {"B", ""}, {"SSH_AUTH_SOCK", "/s"}, {"C", "x=y"}}));
}

TEST(Environment, ANameThatIsNotSetHereIsAMistake) {
  const auto env = environment_of_job({{"PATH", "/bin"}}, {"TOKEN"});
  ASSERT_FALSE(env);
  EXPECT_EQ(env.error(),
            (Error{Errc::invalid, "--env TOKEN: TOKEN is not set here; write --env TOKEN=value"}));
}

}  // namespace
}  // namespace busbar::cli
