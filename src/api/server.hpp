// SPDX-License-Identifier: Apache-2.0
// server.hpp: REST over a UNIX socket. The peer's UNIX identity is the login. docs/api.md lists the routes.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/chance.hpp"
#include "control/controller.hpp"
#include "net/http.hpp"

namespace busbar::api {

struct Options {
  std::string socket;      // path
  bool everybody = false;  // serve other uids than our own: true for root
  std::string version;
  model::Settings settings;  // as the server runs with: `up` compares
  std::string state_folder;
  std::function<std::string(std::uint32_t uid)> user_of;  // login name of a uid, "" unknown
  std::function<void(bool stop_jobs)> on_down;            // asked once, after the answer went out
};

class Api {
 public:
  virtual ~Api() = default;
};
Result<std::unique_ptr<Api>> serve(control::Controller& controller, engine::Engine& engine, Clock& clock,
                                   Options options);

}  // namespace busbar::api
