// SPDX-License-Identifier: Apache-2.0
// remote.hpp: the server as a command sees it: questions in, JSON or a helpful sentence out.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/answer.hpp"
#include "cli/invocation.hpp"
#include "cli/place.hpp"
#include "net/http.hpp"

namespace busbar::cli {

/// How long a command that must not give up goes on asking a server that went away.
struct Patience {
  Duration whole = std::chrono::seconds(60);
  Duration pause = std::chrono::milliseconds(200);  // between two tries
};

class Remote {
 public:
  explicit Remote(Place place);

  const Place& place() const { return place_; }
  net::Client& client() { return *client_; }

  /// The body of a good answer. Errors: the server's own, or that there is none, with what to type.
  Result<std::string> ask(std::string_view method, const std::string& target, std::string_view body = {});
  Result<json::value> ask_json(std::string_view method, const std::string& target,
                               std::string_view body = {});

  /// The job's id. "12_4" asks the server which one that is.
  Result<JobId> find(const JobName& name);

  /// "no server answers at ...; start one: busbar up", when `error` says that none does; else `error` as it
  /// is.
  Error explained(const Error& error) const;

 private:
  Place place_;
  std::unique_ptr<net::Client> client_;
};

/// The server that the flags and the environment mean.
Result<Remote> remote_of(const Invocation& invocation);

}  // namespace busbar::cli
