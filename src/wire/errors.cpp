// SPDX-License-Identifier: Apache-2.0
#include "wire/errors.hpp"

#include "base/text.hpp"
#include "wire/forms.hpp"
#include "wire/json.hpp"
#include "wire/json_out.hpp"

namespace busbar::wire {

/// {"version":1,"error":{"code":"invalid","message":".."}}, field by field.
struct ErrorBody {
  std::string code, message;
  bool operator==(const ErrorBody&) const = default;
};
struct ErrorForm {
  int version = 0;
  ErrorBody error;
  bool operator==(const ErrorForm&) const = default;
};
template <class Visit>
constexpr void fields(Of<ErrorBody>, Visit&& visit) {
  visit("code", &ErrorBody::code);
  visit("message", &ErrorBody::message);
}
template <class Visit>
constexpr void fields(Of<ErrorForm>, Visit&& visit) {
  visit("version", &ErrorForm::version);
  visit("error", &ErrorForm::error);
}

namespace {

const ErrorRow& row_of(Errc code) {
  for (const ErrorRow& row : error_table) {
    if (row.code == code) return row;
  }
  return error_table.back();
}

Errc code_of_status(int status) {
  for (const ErrorRow& row : error_table) {
    if (row.http_status == status) return row.code;
  }
  return status >= 400 && status < 500 ? Errc::invalid : Errc::internal;
}

}  // namespace

std::string error_json(const Error& error) {
  JsonOut out;
  out.open('{');
  out.whole("version", 1);
  out.key("error"), out.open('{');
  out.word("code", row_of(error.code).word);
  out.word("message", error.message);
  out.close('}');
  out.close('}');
  return std::move(out.text);
}

Error decode_error(int http_status, std::string_view body) {
  // The message is enough; a newer server's further fields are nothing to us.
  const auto form = json::decode<ErrorForm>(body, json::Unknown::ignored);
  if (form && !form->error.message.empty()) {
    for (const ErrorRow& row : error_table) {
      if (row.word == form->error.code) return {row.code, form->error.message};
    }
    return {code_of_status(http_status), form->error.message};
  }
  const std::string_view said = text::trim(body);
  return {code_of_status(http_status), "the server answered with status " + std::to_string(http_status) +
                                           (said.empty() ? "" : " and " + text::quote(said))};
}

int http_status_of(Errc code) { return row_of(code).http_status; }
int exit_code_of(Errc code) { return row_of(code).exit_code; }

}  // namespace busbar::wire
