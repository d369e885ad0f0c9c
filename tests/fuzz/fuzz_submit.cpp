// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "promise.hpp"
#include "wire/forms.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace busbar;
  const std::string_view body(reinterpret_cast<const char*>(bytes), size);
  const auto form = wire::decode_submit(body);
  if (form) {
    const auto again = wire::decode_submit(wire::encode(*form));
    BUSBAR_CHECK(again && again->spec == form->spec && again->key == form->key,
                 "a form that was read reads back");
    fuzz::check_refusal(wire::validate(form->spec));
  } else {
    BUSBAR_CHECK(!form.error().message.empty(), "a refusal is a sentence");
  }
  const Error error = wire::decode_error(400, body);
  BUSBAR_CHECK(wire::decode_error(400, wire::error_json(error)).code == error.code,
               "an error crosses the socket");
  return 0;
}
