// SPDX-License-Identifier: Apache-2.0
// measured_words.hpp: the words of a table of measured runs. Each gives nothing for a word it does not know.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "plan/measured.hpp"

namespace busbar::plan {

struct Counted {
  Unit unit;
  double scale;
};
std::optional<Kind> kind_of(std::string_view kind, std::string_view unit);
std::optional<Counted> unit_of(std::string_view unit);
std::optional<estimate::Method> method_of(std::string_view word);
/// bf16 is pure 16 bit where this program trains so, mixed where it keeps fp32 weights.
std::optional<estimate::Precision> precision_of(std::string_view word, std::string_view stack);
std::optional<estimate::Recompute> recompute_of(std::string_view word, std::string_view stack);
constexpr std::string_view quant_words = "fp8, int8, fp4, mxfp4, bnb.nf4, bnb.nf4-dq, Q4_K_M or F16";
std::optional<estimate::Quant> quant_of(std::string_view word);

/// Which program ran, by where the figure was published.
std::string stack_of(std::string_view source, std::string_view notes);
/// Whether it fuses what PyTorch would run operation by operation.
bool is_compiled(std::string_view stack);

}  // namespace busbar::plan
