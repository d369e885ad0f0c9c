// SPDX-License-Identifier: Apache-2.0
#include "net/exchange.hpp"

#include <boost/beast/http/status.hpp>
#include <charconv>

namespace busbar::net {
namespace {

/// More than this unread by the other side, and writing stops.
constexpr std::size_t most_waiting = 4 << 20;

void append_head(std::string& text, int status, std::string_view type, Manner manner) {
  namespace http = boost::beast::http;
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  text.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason.data(), reason.size());
  text.append("\r\nContent-Type: ").append(type).append("\r\n");
  if (!manner.keep_alive) {
    text += "Connection: close\r\n";
  } else if (!manner.chunks) {
    text += "Connection: keep-alive\r\n";  // an HTTP/1.0 client that asked for it
  }
}

class AnyReply final : public Reply {
 public:
  explicit AnyReply(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  ~AnyReply() override { exchange_->abandon(); }
  void send(Response response) override { exchange_->send(std::move(response)); }
  void begin(int status, std::string type) override { exchange_->begin(status, type); }
  bool write(std::string piece) override { return exchange_->write(piece); }
  void end() override { exchange_->end(); }
  std::size_t waiting() const override { return exchange_->waiting(); }
  bool open() const override { return exchange_->open(); }

 private:
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace

void Mailbox::put(std::shared_ptr<Exchange> exchange) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  waiting_.push_back(std::move(exchange));
  if (waiting_.size() == 1) wake_();
}

std::vector<std::shared_ptr<Exchange>> Mailbox::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

void Mailbox::close() {
  std::vector<std::shared_ptr<Exchange>> dropped;  // released outside the lock
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(waiting_);
}

void Exchange::send(Response response) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::silent) return;
    state_ = State::ended;
    text_ = bytes_of(response, manner_);
    waiting_ += text_.size();
  }
  tell();
}

void Exchange::begin(int status, std::string_view type) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::silent) return;
    state_ = State::in_pieces;
    if (!manner_.chunks) manner_.keep_alive = false;
    append_head(text_, status, type, manner_);
    text_ += manner_.chunks ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n";
    waiting_ += text_.size();
  }
  tell();
}

bool Exchange::write(std::string_view piece) {
  if (!open_) return false;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::in_pieces || torn_) return false;
    if (waiting_ > most_waiting) {
      torn_ = true;
      return false;
    }
    if (piece.empty() || manner_.head) return true;
    const std::size_t before = text_.size();
    first = before == 0;
    if (manner_.chunks) {
      char size[16];
      text_.append(size, std::to_chars(size, size + sizeof size, piece.size(), 16).ptr).append("\r\n");
      text_.append(piece).append("\r\n");
    } else {
      text_.append(piece);
    }
    waiting_ += text_.size() - before;
  }
  if (first) tell();  // else somebody has told already, and what stands together goes together
  return true;
}

void Exchange::end() {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::in_pieces) return;
    state_ = State::ended;
    if (torn_) {
      manner_.keep_alive = false;
    } else if (manner_.chunks && !manner_.head) {
      text_ += "0\r\n\r\n";
      waiting_ += 5;
    }
  }
  tell();
}

void Exchange::abandon() {
  send(refusal(500, "the server gave no answer to this request"));
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::in_pieces) torn_ = true;
  }
  end();
}

Exchange::Taken Exchange::take() {
  const std::lock_guard lock(mutex_);
  return {std::exchange(text_, {}), state_ == State::ended, manner_.keep_alive};
}

void Exchange::tell() { mailbox_->put(shared_from_this()); }

std::shared_ptr<Reply> reply_of(std::shared_ptr<Exchange> exchange) {
  return std::make_shared<AnyReply>(std::move(exchange));
}

std::string bytes_of(const Response& response, Manner manner) {
  std::string text;
  text.reserve(128 + response.body.size());
  append_head(text, response.status, response.type, manner);
  text.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n\r\n");
  if (!manner.head) text += response.body;
  return text;
}

Response refusal(int status, std::string_view message) {
  const char* code = status >= 500 ? "internal" : "invalid";
  std::string body = R"({"version":1,"error":{"code":")";
  body.append(code).append(R"(","message":")").append(message).append("\"}}\n");
  return {status, std::move(body)};
}

}  // namespace busbar::net
