// SPDX-License-Identifier: Apache-2.0
// base64.hpp: output that is no UTF-8 crosses the API in this form (RFC 4648, section 4).
#pragma once
#include <string>
#include <string_view>

namespace busbar::cli {

/// The bytes up to the first character that is not of the alphabet.
std::string decode_base64(std::string_view text);

}  // namespace busbar::cli
