// SPDX-License-Identifier: Apache-2.0
// reader.hpp: bytes into requests and responses. Beast's parser decides what is HTTP; its headers stay in
// reader.cpp.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace busbar::net {

/// Requests and responses with longer headers are refused.
constexpr std::uint32_t most_header = 16 << 10;

struct RawRequest {
  std::string method, target, body;
  bool keep_alive = true;
  bool chunks = true;    // HTTP/1.1: a response may come in pieces
  bool expects = false;  // waits for "100 Continue" before it sends its body
};

/// One request after the other from the bytes of a connection.
class RequestReader {
 public:
  explicit RequestReader(std::size_t most_body);
  ~RequestReader();
  /// Returns how many bytes it has taken; those it has not are to be shown again with more behind them.
  std::size_t take(std::string_view bytes);
  bool begun() const;
  bool done() const;
  /// The status with which to refuse what came: 400, 413 or 431; 0 while all is well.
  int refused() const { return refused_; }
  /// True once for each request whose sender waits to be told that its body is welcome.
  bool wants_go_ahead();
  /// The request that is done; the next one begins.
  RawRequest next();

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::size_t most_body_, header_taken_ = 0;
  int refused_ = 0;
};

/// One response from the bytes of a connection.
class ResponseReader {
 public:
  /// `take` sees each piece of the body; when it returns false, reading stops (hung_up()).
  ResponseReader(bool has_body, std::function<bool(std::string_view)> take);
  ~ResponseReader();
  std::size_t take(std::string_view bytes);
  /// The other side has closed. False when that cuts the response short.
  bool take_end();
  bool done() const;
  bool broken() const { return broken_; }
  bool hung_up() const;
  bool keep_alive() const;
  int status() const;  // 0 until its line has come
  std::string type() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  bool broken_ = false;
};

}  // namespace busbar::net
