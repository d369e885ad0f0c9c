// SPDX-License-Identifier: Apache-2.0
// exchange.hpp: one request's answer on its way from any thread to the one that writes to sockets.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace busbar::net {

class Exchange;

/// Where exchanges that have something to say wait for the server's thread: many of them cost one wake-up. It
/// outlives the server in the hands of replies that nobody needs any more.
class Mailbox {
 public:
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}
  void put(std::shared_ptr<Exchange> exchange);
  std::vector<std::shared_ptr<Exchange>> take();
  /// From here on nobody is woken.
  void close();

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<Exchange>> waiting_;
  std::function<void()> wake_;
  bool closed_ = false;
};

/// The connection, as an exchange knows it.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual void answer_is_ready() = 0;  // on the server's thread
};

struct Manner {
  bool head = false;   // no body is to be sent
  bool chunks = true;  // pieces go as chunks; without, the end of the connection ends them
  bool keep_alive = true;
};

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<Writer> writer, Manner manner)
      : mailbox_(std::move(mailbox)), writer_(std::move(writer)), manner_(manner) {}

  // Any thread: what Reply promises.
  void send(Response response);
  void begin(int status, std::string_view type);
  bool write(std::string_view piece);
  void end();
  void abandon();  // the last who could have answered is gone
  std::size_t waiting() const { return waiting_; }
  bool open() const { return open_; }

  // The server's thread.
  struct Taken {
    std::string bytes;
    bool ended = false;
    bool keep_alive = true;
  };
  Taken take();
  void passed_on(std::size_t bytes) { waiting_ -= bytes; }
  void hang_up() { open_ = false; }
  std::shared_ptr<Writer> writer() const { return writer_.lock(); }

 private:
  void tell();

  const std::shared_ptr<Mailbox> mailbox_;
  const std::weak_ptr<Writer> writer_;
  Manner manner_;
  std::atomic<bool> open_ = true;
  std::atomic<std::size_t> waiting_ = 0;
  std::mutex mutex_;  // guards what follows, and manner_.keep_alive
  std::string text_;
  enum class State { silent, in_pieces, ended } state_ = State::silent;
  bool torn_ = false;  // a piece was refused: what was sent must not look complete
};

/// The Reply that a handler gets; its end without an answer is noticed.
std::shared_ptr<Reply> reply_of(std::shared_ptr<Exchange> exchange);

/// A whole response as bytes.
std::string bytes_of(const Response& response, Manner manner);

/// The body of an answer that this room gives by itself, in the form of the REST interface.
Response refusal(int status, std::string_view message);

}  // namespace busbar::net
