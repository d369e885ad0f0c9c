// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#if defined(__SANITIZE_THREAD__)  // which does not know fences; Asio's locks order the same things
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
#endif
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <map>
#include <set>
#include <thread>

#include "net/exchange.hpp"
#include "net/http.hpp"
#include "net/local_socket.hpp"
#include "net/reader.hpp"
#include "net/target.hpp"

namespace busbar::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Steady = std::chrono::steady_clock;
using Descriptors = asio::posix::stream_descriptor;

/// Of a client that sends ahead while it waits for an answer, so much is kept; the rest stays in the kernel.
constexpr std::size_t most_ahead = 64 << 10;
/// Of a request that was refused, so much is read and thrown away, so that its sender comes to read the
/// refusal.
constexpr std::size_t most_drained = 64 << 20;
constexpr auto pause_without_descriptors = std::chrono::milliseconds(100);

class House;

/// One client. Lives on the server's thread only; what comes from others reaches it by its exchange and the
/// mailbox.
class Connection final : public Writer, public std::enable_shared_from_this<Connection> {
 public:
  Connection(House& house, Descriptors socket);
  void wait_for_bytes();
  void answer_is_ready() override;
  void close();
  bool is_silent_since(Steady::time_point moment) const;
  std::uint32_t uid() const { return peer_.uid; }

 private:
  void read();
  void take(std::string_view bytes);
  std::size_t parse(std::string_view bytes);
  void serve();
  void refuse(int status, std::string_view message);
  void end_of_input();
  void push();
  void answered();
  bool keeps_enough() const { return exchange_ && input_.size() > most_ahead; }

  House& house_;
  Descriptors socket_;
  const Peer peer_;
  RequestReader reader_;
  std::string input_;   // came, but is not yet understood
  std::string output_;  // goes, but is not yet taken
  std::size_t sent_ = 0;
  std::shared_ptr<Exchange> exchange_;  // of the request being answered
  Steady::time_point active_ = Steady::now();
  std::size_t drained_ = 0;
  bool waits_to_read_ = false, waits_to_write_ = false;
  bool output_counts_ = false;  // towards what the exchange has waiting
  bool answer_ended_ = false;   // all of it is in output_
  bool last_answer_ = false;    // the connection ends behind it
  bool input_ended_ = false, draining_ = false, closed_ = false;
};

class House final : public Server {
 public:
  House(ServerOptions options, Handler handler, Listener listener);
  ~House() override;
  void after(Duration delay, std::function<void()> work) override;

  void forget(const std::shared_ptr<Connection>& connection);

  const ServerOptions options_;
  const Handler handler_;
  asio::io_context io_{1};
  std::shared_ptr<Mailbox> mailbox_;
  char buffer_[64 << 10];  // one for all: what arrives is taken apart before the next connection has its turn

 private:
  void accept_when_possible();
  void accept();
  void look_for_silent_ones();
  void deliver();

  asio::executor_work_guard<asio::io_context::executor_type> open_{io_.get_executor()};
  Listener listener_;
  Descriptors door_;
  asio::steady_timer pause_{io_}, patrol_{io_};
  std::set<std::shared_ptr<Connection>> connections_;
  std::map<std::uint32_t, std::size_t> of_user_;  // how many of them are whose
  bool accepting_ = false, patrolling_ = false, closing_ = false;
  std::thread thread_;
};

Connection::Connection(House& house, Descriptors socket)
    : house_(house),
      socket_(std::move(socket)),
      peer_(peer_of(socket_.native_handle())),
      reader_(house.options_.most_body) {}

void Connection::wait_for_bytes() {
  if (waits_to_read_ || closed_ || input_ended_ || keeps_enough()) return;
  waits_to_read_ = true;
  socket_.async_wait(Descriptors::wait_read, [self = shared_from_this()](error_code failed) {
    self->waits_to_read_ = false;
    if (!failed) self->read();
  });
}

void Connection::read() {
  constexpr int turns = 16;  // then the others
  for (int turn = 0; turn < turns && !closed_ && !keeps_enough(); ++turn) {
    const ssize_t count = recv(socket_.native_handle(), house_.buffer_, sizeof house_.buffer_, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    if (count < 0) return close();
    if (count == 0) return end_of_input();
    active_ = Steady::now();
    take({house_.buffer_, static_cast<std::size_t>(count)});
    if (static_cast<std::size_t>(count) < sizeof house_.buffer_) break;
  }
  wait_for_bytes();
}

void Connection::take(std::string_view bytes) {
  if (draining_) {
    drained_ += bytes.size();
    if (drained_ > most_drained) close();
  } else if (exchange_) {
    input_ += bytes;
  } else if (input_.empty()) {
    const std::size_t used = parse(bytes);
    if (!draining_) input_.assign(bytes.substr(used));
  } else {
    input_ += bytes;
    const std::size_t used = parse(input_);
    input_.erase(0, used);
  }
}

std::size_t Connection::parse(std::string_view bytes) {
  const std::size_t used = reader_.take(bytes);
  switch (reader_.refused()) {
    case 0:
      break;
    case 413:
      refuse(413, "the body of the request is larger than " + std::to_string(house_.options_.most_body) +
                      " bytes");
      return bytes.size();
    case 431:
      refuse(431, "the header of the request is larger than " + std::to_string(most_header) + " bytes");
      return bytes.size();
    default:
      refuse(400, "this is not HTTP/1.1");
      return bytes.size();
  }
  if (reader_.done()) {
    serve();
  } else if (reader_.wants_go_ahead()) {
    output_ += "HTTP/1.1 100 Continue\r\n\r\n";
    push();
  }
  return used;
}

void Connection::serve() {
  RawRequest raw = reader_.next();
  Manner manner{raw.method == "HEAD", raw.chunks, raw.keep_alive};
  exchange_ = std::make_shared<Exchange>(house_.mailbox_, weak_from_this(), manner);
  answer_ended_ = false;
  auto target = parse_target(raw.target);
  if (!target)
    return exchange_->send(
        refusal(400, "the target is no path, or a percent sign in it is not followed by two digits"));
  house_.handler_(
      {std::move(raw.method), std::move(target->path), std::move(target->query), std::move(raw.body), peer_},
      reply_of(exchange_));
}

void Connection::refuse(int status, std::string_view message) {
  draining_ = last_answer_ = answer_ended_ = true;
  output_ += bytes_of(refusal(status, message), {.keep_alive = false});
  push();
}

void Connection::end_of_input() {
  input_ended_ = true;
  pollfd state{socket_.native_handle(), 0, 0};
  const bool gone = poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)) != 0;
  if (gone || (!exchange_ && output_.empty())) return close();
  // It has only ended its sending and may still read its answer; wait for it to leave altogether.
  socket_.async_wait(Descriptors::wait_error, [self = shared_from_this()](error_code failed) {
    if (!failed) self->close();
  });
}

void Connection::answer_is_ready() {
  if (exchange_ && !closed_ && output_.empty()) push();
}

/// Sends until there is nothing more to send, or the other side takes no more.
void Connection::push() {
  for (;;) {
    if (sent_ == output_.size()) {
      output_.clear();
      sent_ = 0;
      output_counts_ = false;
      if (answer_ended_ || !exchange_) break;
      Exchange::Taken taken = exchange_->take();
      output_ = std::move(taken.bytes);
      output_counts_ = true;
      answer_ended_ = taken.ended;
      last_answer_ = last_answer_ || !taken.keep_alive;
      if (output_.empty()) break;
    }
    const ssize_t count = send(socket_.native_handle(), output_.data() + sent_, output_.size() - sent_,
                               MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      if (std::exchange(waits_to_write_, true)) return;
      return socket_.async_wait(Descriptors::wait_write, [self = shared_from_this()](error_code failed) {
        self->waits_to_write_ = false;
        if (!failed) self->push();
      });
    }
    if (count < 0) return close();
    active_ = Steady::now();
    sent_ += static_cast<std::size_t>(count);
    if (output_counts_ && exchange_) exchange_->passed_on(static_cast<std::size_t>(count));
  }
  if (answer_ended_) answered();
}

void Connection::answered() {
  answer_ended_ = false;
  exchange_.reset();
  if (draining_) {
    shutdown(socket_.native_handle(), SHUT_WR);
    return wait_for_bytes();
  }
  if (last_answer_ || (input_ended_ && input_.empty())) return close();
  if (!input_.empty()) {  // sent ahead
    const std::size_t used = parse(input_);
    input_.erase(0, used);
    if (input_ended_ && !exchange_ && !closed_ && output_.empty()) return close();
  }
  wait_for_bytes();
}

bool Connection::is_silent_since(Steady::time_point moment) const {
  const bool we_are_working = exchange_ && output_.empty();
  return !we_are_working && active_ < moment;
}

void Connection::close() {
  if (std::exchange(closed_, true)) return;
  if (exchange_) exchange_->hang_up();
  exchange_.reset();
  error_code ignored;
  socket_.close(ignored);
  house_.forget(shared_from_this());
}

House::House(ServerOptions options, Handler handler, Listener listener)
    : options_(std::move(options)),
      handler_(std::move(handler)),
      listener_(std::move(listener)),
      door_(io_, listener_.socket.release()) {
  mailbox_ = std::make_shared<Mailbox>([this] { asio::post(io_, [this] { deliver(); }); });
  accept_when_possible();
  sigset_t all, before;  // signals belong to the program's main thread
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "http");
    io_.run();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

House::~House() {
  asio::post(io_, [this] {
    closing_ = true;
    error_code ignored;
    door_.close(ignored);
    pause_.cancel();
    patrol_.cancel();
    while (!connections_.empty()) (*connections_.begin())->close();
    io_.stop();
  });
  thread_.join();
  mailbox_->close();
  listener_.remove_file();
  io_.restart();
  io_.poll();  // the waits that were broken off let go of their connections
}

void House::after(Duration delay, std::function<void()> work) {
  asio::post(io_, [this, delay, work = std::move(work)]() mutable {
    auto timer = std::make_shared<asio::steady_timer>(io_, delay);
    timer->async_wait([this, timer, work = std::move(work)](error_code failed) {
      if (!failed && !closing_) work();
    });
  });
}

void House::forget(const std::shared_ptr<Connection>& connection) {
  if (connections_.erase(connection) != 0) {
    const auto user = of_user_.find(connection->uid());
    if (--user->second == 0) of_user_.erase(user);
  }
  accept_when_possible();
}

void House::accept_when_possible() {
  if (accepting_ || closing_ || connections_.size() >= options_.most_connections) return;
  accepting_ = true;
  door_.async_wait(Descriptors::wait_read, [this](error_code failed) {
    accepting_ = false;
    if (!failed) accept();
  });
}

void House::accept() {
  while (connections_.size() < options_.most_connections) {
    const int fd = accept4(door_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (fd < 0 && errno == EAGAIN) break;
    if (fd < 0) {  // no descriptors or no memory: the socket stays readable, so waiting for it would spin
      accepting_ = true;
      pause_.expires_after(pause_without_descriptors);
      return pause_.async_wait([this](error_code failed) {
        accepting_ = false;
        if (!failed) accept();
      });
    }
    Descriptors socket(io_);
    error_code failed;
    socket.assign(fd, failed);
    if (failed) {
      ::close(fd);
      continue;
    }
    const auto user = of_user_.try_emplace(peer_of(fd).uid, 0).first;
    if (user->second >= options_.most_of_one_user) continue;  // the others are to find a free place
    ++user->second;
    const auto connection = std::make_shared<Connection>(*this, std::move(socket));
    connections_.insert(connection);
    connection->wait_for_bytes();
  }
  if (!connections_.empty() && !patrolling_) look_for_silent_ones();
  accept_when_possible();
}

/// Goes round as long as there is somebody, so that an idle server sleeps.
void House::look_for_silent_ones() {
  patrolling_ = !connections_.empty();
  if (!patrolling_) return;
  patrol_.expires_after(
      std::clamp<Duration>(options_.idle / 4, std::chrono::milliseconds(10), std::chrono::seconds(30)));
  patrol_.async_wait([this](error_code failed) {
    if (failed || closing_) return;
    const auto moment = Steady::now() - options_.idle;
    std::vector<std::shared_ptr<Connection>> silent;
    for (const auto& connection : connections_) {
      if (connection->is_silent_since(moment)) silent.push_back(connection);
    }
    for (const auto& connection : silent) connection->close();
    look_for_silent_ones();
  });
}

void House::deliver() {
  for (const auto& exchange : mailbox_->take()) {
    if (const auto writer = exchange->writer()) writer->answer_is_ready();
  }
}

}  // namespace

Result<std::unique_ptr<Server>> serve(ServerOptions options, Handler handler) {
  auto listener = listen_at(options.path, options.mode);
  if (!listener) return listener.error();
  try {
    return std::unique_ptr<Server>(
        std::make_unique<House>(std::move(options), std::move(handler), std::move(*listener)));
  } catch (const std::exception& failed) {  // Asio at the limit of descriptors or threads
    return Error{Errc::exhausted, std::string("cannot start to serve: ") + failed.what()};
  }
}

}  // namespace busbar::net
