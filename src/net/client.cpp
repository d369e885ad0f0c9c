// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>

#include "net/http.hpp"
#include "net/local_socket.hpp"
#include "net/reader.hpp"

namespace busbar::net {
namespace {

using Steady = std::chrono::steady_clock;

/// Keeps signals back but for the moments in which we wait, so that none slips in between looking and
/// waiting, and a stream that never pauses is interrupted, too. Those a fault of our own raises, and SIGPIPE,
/// stay as they are.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t held;
    sigfillset(&held);
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGPIPE})
      sigdelset(&held, signal);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  const sigset_t* before() const { return &before_; }

 private:
  sigset_t before_;
};

class LocalClient final : public Client {
 public:
  explicit LocalClient(std::string path) : path_(std::move(path)) {}

  Result<Response> ask(std::string_view method, std::string_view target, std::string_view body,
                       Duration patience) override {
    until_ = Steady::now() + patience;
    endless_ = false;
    Response response;
    ResponseReader reader(method != "HEAD", [&](std::string_view piece) {
      response.body += piece;
      return true;
    });
    return exchange(method, target, body, reader, std::move(response));
  }

  Result<Response> stream(std::string_view method, std::string_view target, std::string_view body,
                          const std::function<bool(std::string_view)>& take,
                          const std::function<bool()>& interrupted) override {
    until_ = Steady::now() + std::chrono::seconds(60);
    endless_ = true;
    interrupted_ = interrupted;
    std::optional<HeldSignals> held;
    if (interrupted) held.emplace();
    mask_ = held ? held->before() : nullptr;
    Response response;
    ResponseReader* reading = nullptr;
    ResponseReader reader(method != "HEAD", [&](std::string_view piece) {
      if (reading->status() / 100 == 2) return take(piece);
      response.body += piece;
      return true;
    });
    reading = &reader;
    auto answer = exchange(method, target, body, reader, std::move(response));
    mask_ = nullptr;
    return answer;
  }

 private:
  /// One request and its response. `response` is what the reader fills as it reads.
  Result<Response> exchange(std::string_view method, std::string_view target, std::string_view body,
                            ResponseReader& reader, Response&& response) {
    if (const auto sent = send_request(method, target, body); !sent) return sent.error();
    const auto received = receive(reader);
    if (!received || !reader.keep_alive() || reader.hung_up()) drop();
    if (!received) return received.error();
    response.status = reader.status();
    response.type = reader.type();
    return std::move(response);
  }

  Status send_request(std::string_view method, std::string_view target, std::string_view body) {
    std::string text;
    text.reserve(128 + body.size());
    text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
    if (!body.empty() || method == "POST" || method == "PUT")
      text.append("Content-Type: application/json\r\nContent-Length: ")
          .append(std::to_string(body.size()))
          .append("\r\n");
    text.append("\r\n").append(body);

    bool reused = socket_ && still_open();
    if (!reused) {
      if (const auto connected = connect(); !connected) return connected.error();
    }
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t count = send(socket_.get(), text.data() + done, text.size() - done, MSG_NOSIGNAL);
      if (count >= 0) {
        done += static_cast<std::size_t>(count);
      } else if (errno == EAGAIN) {
        if (const auto ready = wait_for(POLLOUT, true); !ready) return ready.error();
      } else if ((errno == EPIPE || errno == ECONNRESET) && done == 0 && std::exchange(reused, false)) {
        // Closed since we looked, and not a byte was taken: that was no sending yet.
        if (const auto connected = connect(); !connected) return connected.error();
      } else if (errno == EPIPE || errno == ECONNRESET) {
        return Done{};  // it takes no more, but may have said why
      } else if (errno != EINTR) {
        return lost(std::strerror(errno));  // NOLINT(concurrency-mt-unsafe): glibc's is safe
      }
    }
    return Done{};
  }

  Status receive(ResponseReader& reader) {
    std::string rest;
    char buffer[64 << 10];
    while (!reader.done()) {
      if (const auto ready = wait_for(POLLIN, !endless_ || reader.status() == 0); !ready)
        return ready.error();
      const ssize_t count = recv(socket_.get(), buffer, sizeof buffer, 0);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (count < 0) return lost(std::strerror(errno));  // NOLINT(concurrency-mt-unsafe): glibc's is safe
      if (count == 0) {
        if (reader.take_end()) return Done{};
        return lost(reader.status() == 0 ? "the server closed it before it answered"
                                         : "it ended in the middle of an answer");
      }
      rest.append(buffer, static_cast<std::size_t>(count));
      rest.erase(0, reader.take(rest));
      if (reader.hung_up()) return Done{};
      if (reader.broken() || rest.size() > most_header + sizeof buffer)
        return lost("what came is not HTTP/1.1");
    }
    return Done{};
  }

  /// Waits for the socket; asks `interrupted_` at each signal, also when the socket was ready first.
  Status wait_for(short events, bool bounded) {
    if (mask_ != nullptr) {
      const timespec now{};
      if (ppoll(nullptr, 0, &now, mask_) < 0 && errno == EINTR && !interrupted_()) return was_interrupted();
    }
    for (;;) {
      timespec left{};
      if (bounded) {
        const auto span = std::chrono::duration_cast<std::chrono::nanoseconds>(until_ - Steady::now());
        if (span.count() <= 0) return lost("no answer came in time");
        left = {span.count() / 1'000'000'000, span.count() % 1'000'000'000};
      }
      pollfd state{socket_.get(), events, 0};
      const int ready = ppoll(&state, 1, bounded ? &left : nullptr, mask_);
      if (ready > 0) return Done{};
      if (ready < 0 && errno == EINTR && mask_ != nullptr && !interrupted_()) return was_interrupted();
    }
  }

  bool still_open() const {
    char byte;
    return recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
  }

  Status connect() {
    auto connected = connect_to(path_, std::chrono::duration_cast<Duration>(until_ - Steady::now()));
    if (!connected) return connected.error();
    socket_ = std::move(*connected);
    return Done{};
  }

  Error lost(const std::string& why) {
    drop();
    return {Errc::unavailable, "the connection to " + path_ + " broke: " + why};
  }
  Error was_interrupted() {
    drop();
    return {Errc::unavailable, "interrupted"};
  }
  void drop() { socket_.reset(); }

  const std::string path_;
  Descriptor socket_;
  Steady::time_point until_;
  bool endless_ = false;  // a stream, once it has begun, may be silent as long as it likes
  std::function<bool()> interrupted_;
  const sigset_t* mask_ = nullptr;  // set while signals are held back
};

}  // namespace

std::unique_ptr<Client> client(std::string socket_path) {
  return std::make_unique<LocalClient>(std::move(socket_path));
}

}  // namespace busbar::net
