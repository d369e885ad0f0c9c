// SPDX-License-Identifier: Apache-2.0
#include "net/reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace busbar::net {
namespace http = boost::beast::http;
using boost::beast::error_code;
using Text = boost::beast::string_view;

namespace {

/// What both directions share: the body is handed on as it comes, fields are looked at and not kept.
template <bool is_request>
struct Fields : http::basic_parser<is_request> {
  void on_request_impl(http::verb, Text, Text, int, error_code&) override {}
  void on_response_impl(int, Text, int, error_code&) override {}
  void on_field_impl(http::field, Text, Text, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, Text, error_code&) override {}
  void on_finish_impl(error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text piece, error_code& failed) override {
    return this->on_body_impl(piece, failed);
  }
};

}  // namespace

struct RequestReader::Parser : Fields<true> {
  RawRequest request;

  void on_request_impl(http::verb, Text method, Text target, int version, error_code&) override {
    request.method = method;
    request.target = target;
    request.chunks = version >= 11;
  }
  void on_field_impl(http::field name, Text, Text value, error_code&) override {
    if (name == http::field::expect) request.expects = boost::beast::iequals(value, "100-continue");
  }
  std::size_t on_body_impl(Text piece, error_code&) override {
    request.body.append(piece.data(), piece.size());
    return piece.size();
  }
};

RequestReader::RequestReader(std::size_t most_body) : most_body_(most_body) { next(); }
RequestReader::~RequestReader() = default;

std::size_t RequestReader::take(std::string_view bytes) {
  if (refused_ != 0 || bytes.empty()) return 0;
  error_code failed;
  const std::size_t taken = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), failed);
  if (!parser_->is_header_done()) header_taken_ += taken;  // Beast bounds a line at a time, not their sum
  if (failed == http::error::body_limit) {
    refused_ = 413;
  } else if (failed == http::error::header_limit || header_taken_ > most_header) {
    refused_ = 431;
  } else if (failed && failed != http::error::need_more) {
    refused_ = 400;
  } else if (bytes.size() - taken > most_header && !done()) {
    refused_ = 400;  // a chunk's header without end
  }
  return taken;
}

bool RequestReader::begun() const { return parser_->got_some(); }
bool RequestReader::done() const { return parser_->is_done(); }
bool RequestReader::wants_go_ahead() {
  return parser_->is_header_done() && !parser_->is_done() && std::exchange(parser_->request.expects, false);
}

RawRequest RequestReader::next() {
  RawRequest request;
  if (parser_) {
    request = std::move(parser_->request);
    request.keep_alive = parser_->keep_alive();
  }
  parser_ = std::make_unique<Parser>();
  parser_->header_limit(most_header);
  parser_->body_limit(most_body_);
  parser_->eager(true);
  header_taken_ = 0;
  return request;
}

struct ResponseReader::Parser : Fields<false> {
  std::function<bool(std::string_view)> take;
  int status = 0;
  std::string type;
  bool hung_up = false;

  void on_response_impl(int code, Text, int, error_code&) override { status = code; }
  void on_field_impl(http::field name, Text, Text value, error_code&) override {
    if (name == http::field::content_type) type = value;
  }
  std::size_t on_body_impl(Text piece, error_code& failed) override {
    if (take(std::string_view(piece.data(), piece.size()))) return piece.size();
    hung_up = true;
    failed = http::error::end_of_stream;
    return 0;
  }
};

ResponseReader::ResponseReader(bool has_body, std::function<bool(std::string_view)> take)
    : parser_(std::make_unique<Parser>()) {
  parser_->take = std::move(take);
  parser_->header_limit(most_header);
  parser_->body_limit(boost::none);
  parser_->eager(true);
  if (!has_body) parser_->skip(true);
}
ResponseReader::~ResponseReader() = default;

std::size_t ResponseReader::take(std::string_view bytes) {
  error_code failed;
  const std::size_t taken = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), failed);
  if (failed && failed != http::error::need_more) broken_ = true;
  return taken;
}

bool ResponseReader::take_end() {
  if (!parser_->got_some()) return false;
  error_code failed;
  parser_->put_eof(failed);
  return !failed;
}

bool ResponseReader::done() const { return parser_->is_done(); }
bool ResponseReader::hung_up() const { return parser_->hung_up; }
bool ResponseReader::keep_alive() const { return parser_->keep_alive(); }
int ResponseReader::status() const { return parser_->status; }
std::string ResponseReader::type() const { return parser_->type; }

}  // namespace busbar::net
