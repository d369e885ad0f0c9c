// SPDX-License-Identifier: Apache-2.0
#include "estimate/constants.hpp"

#include "base/check.hpp"
#include "base/text.hpp"
#include "estimate/sheet.hpp"
#include "estimate/shipped.hpp"

namespace busbar::estimate {

Result<Constants> Constants::parse(std::string name, std::string_view text) {
  const auto sheet = Sheet::parse(std::move(name), text);
  if (!sheet) return sheet.error();
  for (const char* column : {"name", "value"}) {
    if (auto there = sheet->needed(column); !there) return there.error();
  }
  Constants constants;
  for (std::size_t row = 0; row < sheet->rows(); ++row) {
    const std::string key(sheet->at(row, "name"));
    const auto value = sheet->number(row, "value", -1e18, 1e18);
    if (!value) return value.error();
    if (key.empty()) return sheet->wrong(row, "name", "is empty; a name such as gemm.hopper would be right");
    if (!*value) return sheet->wrong(row, "value", "is empty; a number would be right");
    if (!constants.values_.emplace(key, **value).second)
      return sheet->wrong(row, "name", text::quote(key) + " is there twice");
    constants.sources_.emplace(key, sheet->at(row, "source"));
  }
  return constants;
}

bool Constants::knows(std::string_view what, std::string_view which) const {
  return values_.contains(std::string(what) + "." + std::string(which));
}

double Constants::of(std::string_view what, std::string_view which) const {
  if (!which.empty()) {
    const auto exact = values_.find(std::string(what) + "." + std::string(which));
    if (exact != values_.end()) return exact->second;
  }
  const auto plain = values_.find(what);
  BUSBAR_CHECK(plain != values_.end(), "a constant that a formula asks for is in the table");
  return plain->second;
}

std::string_view Constants::source(std::string_view what, std::string_view which) const {
  const auto exact = sources_.find(std::string(what) + "." + std::string(which));
  const auto found = exact != sources_.end() ? exact : sources_.find(what);
  return found != sources_.end() ? std::string_view(found->second) : "";
}

const Constants& built_in_constants() {
  static const Constants read = [] {
    auto parsed = Constants::parse("catalog/constants.csv", shipped("constants"));
    BUSBAR_CHECK(bool(parsed), "catalog/constants.csv is a table of numbers");
    return *parsed;
  }();
  return read;
}

}  // namespace busbar::estimate
