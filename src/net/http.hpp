// SPDX-License-Identifier: Apache-2.0
// http.hpp: HTTP over UNIX sockets, as plain values. Beast and Asio stay inside this room.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/units.hpp"

namespace busbar::net {

/// The process at the other end of a UNIX socket, as the kernel tells it (SO_PEERCRED).
struct Peer {
  std::uint32_t uid = 0, gid = 0;
  int pid = 0;
};

struct Request {
  std::string method;                        // "GET"
  std::string path;                          // "/v1/jobs/7", percent-decoded
  std::map<std::string, std::string> query;  // decoded
  std::string body;
  Peer peer;
};

struct Response {
  int status = 200;
  std::string body;
  std::string type = "application/json";
};

/// The answer to one request. Copies share it; any thread may call; the first of send() or begin() decides
/// its form. Dropped without an answer it becomes a 500.
class Reply {
 public:
  virtual ~Reply() = default;
  virtual void send(Response response) = 0;
  /// A response in pieces (chunked), each on its way at once.
  virtual void begin(int status, std::string type) = 0;
  /// False when the other side has gone or is so slow that more than a few MiB wait for it; stop then.
  virtual bool write(std::string piece) = 0;
  virtual void end() = 0;
  /// Bytes written that the other side has not yet taken: for pacing.
  virtual std::size_t waiting() const = 0;
  /// False once the other side has gone away.
  virtual bool open() const = 0;
};
using Handler = std::function<void(Request, std::shared_ptr<Reply>)>;

struct ServerOptions {
  std::string path;  // of the UNIX socket; replaced when it is a left-over that nobody answers
  unsigned mode = 0600;
  std::size_t most_body = 16 << 20;         // larger requests get 413
  std::size_t most_connections = 4096;      // more wait in the kernel's queue
  std::size_t most_of_one_user = SIZE_MAX;  // of these; one more is closed at once
  Duration idle = std::chrono::minutes(5);  // a silent connection is closed
};

/// One thread of its own runs all connections; the handler is called on it and must not block.
class Server {
 public:
  virtual ~Server() = default;  // closes every connection and joins the thread
  /// Calls `work` on the server's thread after `delay`.
  virtual void after(Duration delay, std::function<void()> work) = 0;
};
Result<std::unique_ptr<Server>> serve(ServerOptions options, Handler handler);

/// A connection to a server, kept alive between requests. Blocking; one thread at a time.
class Client {
 public:
  virtual ~Client() = default;
  /// Errors: Errc::unavailable when nobody answers or the connection breaks, Errc::denied when the socket may
  /// not be opened. Opens the connection anew when it was closed between requests; a request is never sent
  /// twice.
  virtual Result<Response> ask(std::string_view method, std::string_view target, std::string_view body = {},
                               Duration patience = std::chrono::seconds(60)) = 0;
  /// As ask(), but hands over each piece as it arrives; `take` returns false to hang up. Response.body holds
  /// the body only when the status is not 2xx. No patience once the response has begun. EINTR calls
  /// `interrupted`, which returns false to hang up.
  virtual Result<Response> stream(std::string_view method, std::string_view target, std::string_view body,
                                  const std::function<bool(std::string_view)>& take,
                                  const std::function<bool()>& interrupted = {}) = 0;
};
std::unique_ptr<Client> client(std::string socket_path);

std::string percent_encode(std::string_view text);

}  // namespace busbar::net
