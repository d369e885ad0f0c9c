// SPDX-License-Identifier: Apache-2.0
// model_file.hpp: a model's shape out of a Hugging Face config.json.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "estimate/model.hpp"

namespace busbar::plan {

/// Families (model_type): llama, mistral, mixtral, qwen2, qwen3, qwen3_moe, deepseek_v3, gpt_oss, gpt2, mpt,
/// gpt_neox, opt, bloom, phi, falcon. What is not asked for is not read. Errors (Errc::invalid) name the file
/// and the field: JSON that is none, a family that is not known, a field that is missing, fields that
/// contradict each other.
Result<estimate::Model> read_model(const std::string& name, std::string_view json);

}  // namespace busbar::plan
