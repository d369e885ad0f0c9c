// SPDX-License-Identifier: Apache-2.0
#include "plan/measured.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "estimate/names.hpp"
#include "plan/measured_words.hpp"

namespace busbar::plan {
namespace {

using estimate::Device;
using estimate::Model;
using estimate::Sheet;

/// One row, field by field; remembers the first field that is wrong.
class Fields {
 public:
  Fields(const Sheet& sheet, std::size_t row) : sheet_(sheet), row_(row) {}

  std::string_view text(std::string_view column) const { return sheet_.at(row_, column); }
  bool has(std::string_view column) const { return !text(column).empty(); }
  bool notes(std::string_view words) const { return text("notes").find(words) != std::string_view::npos; }

  double number(const char* column, double otherwise, double low = 1, double high = 1e12) {
    const auto value = sheet_.number(row_, column, low, high);
    if (!value && !wrong_) wrong_ = value.error();
    return value ? value->value_or(otherwise) : otherwise;
  }
  int whole(const char* column, int otherwise, int low = 1, int high = 1'000'000) {
    return int(number(column, otherwise, low, high));
  }
  Error wrong(std::string_view column, std::string_view right) const {
    return sheet_.wrong(row_, column,
                        "found " + text::quote(text(column)) + "; " + std::string(right) + " would be right");
  }
  const std::optional<Error>& first_wrong() const { return wrong_; }

 private:
  const Sheet& sheet_;
  std::size_t row_;
  std::optional<Error> wrong_;
};

/// "GPT3-5B" -> 5e9.
std::optional<double> size_in_name(std::string_view name) {
  if (name.empty() || (name.back() != 'B' && name.back() != 'b')) return std::nullopt;
  std::size_t at = name.size() - 1;
  while (at > 0 && (std::isdigit(static_cast<unsigned char>(name[at - 1])) != 0 || name[at - 1] == '.')) --at;
  const auto billions = estimate::parse_number(name.substr(at, name.size() - 1 - at));
  if (!billions || *billions <= 0 || *billions > 1e5) return std::nullopt;
  return *billions * 1e9;
}

/// A GPT of about so many parameters, 128 times as wide as it is deep, as models of that time are.
Model usual_model(std::string name, double size) {
  Model model{.name = std::move(name), .vocab = 51200, .tied = true, .bias = true, .norm_bias = true};
  model.layers = std::max(1L, std::lround(std::cbrt(size * 128 / 12) / 128));
  model.heads = model.kv_heads = model.layers;
  model.head_dim = 128;
  model.hidden = 128 * model.layers;
  model.ffn = 4 * model.hidden;
  return model;
}

/// By its columns where the row has them, else by its name.
Result<Model> model_of(Fields& row, const estimate::Catalogue& catalogue, std::vector<std::string>& assumed) {
  const std::string name(row.text("model"));
  if (const Model* known = catalogue.find_model(name)) {
    const bool same = (!row.has("layers") || row.number("layers", 0, 0) == double(known->layers)) &&
                      (!row.has("hidden") || row.number("hidden", 0, 0) == double(known->hidden));
    Model model = *known;
    if (model.positions > 0) model.positions = std::int64_t(row.number("seq", double(model.positions)));
    if (same) return model;
  }
  if (row.has("layers") && row.has("hidden") && row.has("heads")) {
    Model model{.name = estimate::printable(name)};
    model.layers = row.whole("layers", 1);
    model.hidden = row.whole("hidden", 1);
    model.heads = row.whole("heads", 1);
    model.kv_heads = row.whole("kv_heads", int(model.heads));
    model.head_dim = row.notes("head_dim 128")  ? 128
                     : row.notes("head_dim 64") ? 64
                                                : model.hidden / model.heads;
    model.ffn = row.whole("ffn", int(std::min<std::int64_t>(4 * model.hidden, 1'000'000)), 1, 100'000'000);
    model.vocab = row.whole("vocab", 51200, 1, 100'000'000);
    model.gated = model.ffn != 4 * model.hidden;
    model.tied = row.notes("tied embeddings");
    if (!row.has("ffn")) assumed.push_back("ffn is 4 x hidden");
    if (!row.has("vocab")) assumed.push_back("a vocabulary of 51200");
    if (Status fine = estimate::check(model); !fine) return fine.error();
    return model;
  }
  if (const auto size = size_in_name(name)) {
    assumed.push_back("the name says how large the model is; its shape is a usual GPT's");
    return usual_model(estimate::printable(name), *size);
  }
  return Error{Errc::not_found, "the model " + text::quote(name) +
                                    " is not built in and the row has no layers, hidden and heads"};
}

Status read_cut(Fields& row, Measured& into) {
  constexpr std::int64_t most = 10'000'000;  // devices
  estimate::Parallelism& cut = into.training.cut;
  cut.tp = row.whole("tp", 1), cut.pp = row.whole("pp", 1), cut.cp = row.whole("cp", 1, 1, 10'000);
  cut.ep = row.whole("ep", 1), cut.vp = row.whole("vp", 1);
  const std::int64_t stages = std::int64_t{cut.tp} * cut.pp;
  const std::int64_t inner = std::min(stages, most) * cut.cp, rows = row.whole("dp", 1);
  if (inner * rows > most) return row.wrong("tp", "no more than ten million devices in all");
  const std::int64_t devices = into.devices.value_or(row.has("dp") ? int(rows * inner) : 1024);
  if (!into.devices && !row.has("dp")) into.assumed.push_back("1024 devices");
  cut.dp = int(std::max<std::int64_t>(1, devices / inner));
  const bool cuts_nothing_else = cut.tp == 1 && cut.pp == 1 && cut.dp > 1;
  cut.zero = row.whole("zero", cuts_nothing_else ? 3 : 0, 0, 3);
  if (!row.has("zero") && cuts_nothing_else) into.assumed.push_back("weights are sharded (ZeRO-3)");
  return Done{};
}

/// torchtune's table adds one flag a line; each line has those above it, too.
bool adds(const Fields& row, std::string_view flag) {
  static constexpr std::string_view order[] = {"packed",
                                               "compile",
                                               "chunked cross entropy",
                                               "activation checkpointing",
                                               "optimizer in backward",
                                               "activation offloading",
                                               "8-bit AdamW"};
  if (row.notes(std::string("+") + std::string(flag))) return true;
  if (!row.notes("cumulative") || row.notes("unpacked")) return row.notes(flag) && !row.notes("cumulative");
  const bool adapter = row.text("method") != "full";
  if (adapter) return flag != "optimizer in backward" && flag != "8-bit AdamW";
  std::size_t reached = 0, wanted = 0;
  for (std::size_t k = 0; k < std::size(order); ++k) {
    if (row.notes("+" + std::string(order[k]))) reached = k;
    if (order[k] == flag) wanted = k;
  }
  return wanted <= reached;
}

Status read_training(Fields& row, const estimate::Constants& constants, Measured& into) {
  estimate::Training& t = into.training;
  t.stack = stack_of(row.text("source"), row.text("notes"));
  const auto method = method_of(row.text("method"));
  const auto precision = precision_of(row.text("precision"), t.stack);
  const auto recompute = recompute_of(row.text("recompute"), t.stack);
  const auto quant = quant_of(row.text("quant"));
  if (!method) return row.wrong("method", "full, lora, qlora, adapter or adapter_v2");
  if (!precision) return row.wrong("precision", "bf16, bf16-true, bf16-amp, fp16-mixed, fp8 or fp32");
  if (!recompute) return row.wrong("recompute", "none, selective-op, selective-attn, full or full-offload");
  if (!quant) return row.wrong("quant", quant_words);
  t.method = *method, t.precision = *precision, t.recompute = *recompute, t.base = *quant;
  if (t.method == estimate::Method::qlora && t.base == estimate::Quant::none)
    t.base = estimate::Quant::nf4_double;
  if (Status cut = read_cut(row, into); !cut) return cut;
  if (!row.has("seq")) into.assumed.push_back("sequences as long as this model's makers train on");
  t.sequence = row.number("seq", into.model.vocab > 100'000 ? 8192 : 2048);
  t.rank = row.whole("lora_rank", 8);
  t.micro_batch = row.number("micro_batch", 1);
  t.global_batch = row.number("global_batch", t.micro_batch * t.cut.dp * (into.devices ? 1 : 4));
  t.eight_bit_optimizer = row.text("optimizer") == "adamw8bit";
  t.compiled = is_compiled(t.stack) && (t.stack != "torchtune" || !row.notes("unpacked"));
  t.chunked_loss = t.stack == "torchtune" && (adds(row, "chunked cross entropy") || !row.notes("cumulative"));
  t.fused_backward = adds(row, "optimizer in backward");
  t.host_optimizer = row.notes("CPU offload");
  t.sequence_parallel = !row.notes("no sequence parallelism") && !row.notes("TP only");
  if (t.cut.pp > 1 && !row.has("micro_batch")) {  // torchtitan: as many micro-batches as stages
    t.micro_batch = std::max(1.0, t.global_batch / t.cut.dp / t.cut.pp);
    into.assumed.push_back("as many micro-batches as pipeline stages");
  }
  if (row.notes("interleaved") && t.cut.vp == 1) t.cut.vp = 2;
  if (row.notes("unpacked")) {
    t.sequence = std::max(1.0, t.sequence * constants.of("padding.unpacked"));
    into.assumed.push_back("examples that are not packed are a part as long as the longest");
  } else if (row.notes("far shorter than the longest")) {
    const double longest = 1 + constants.of("padding.alpaca_growth") * std::log2(t.micro_batch);
    t.filled = std::min(1.0, constants.of("padding.alpaca") * longest);
    into.assumed.push_back("a mean example of Alpaca's length");
  }
  return estimate::check(into.model, t);
}

Status read_serving(Fields& row, Measured& into) {
  estimate::Serving& s = into.serving;
  s.stack = stack_of(row.text("source"), row.text("notes"));
  const auto quant = quant_of(row.text("quant"));
  if (!quant) return row.wrong("quant", quant_words);
  s.quant = *quant;
  s.tp = row.whole("tp", 1);
  s.stages = std::max(1, into.devices.value_or(1) / s.tp);
  s.kv_bytes = s.stack == "trtllm" ? 1 : 2;  // its published runs keep an 8-bit cache
  s.input = row.number("isl", row.number("seq", 1, 0), 0);
  s.output = row.number("osl", row.has("isl") ? 1 : into.kind == Kind::decode_b1 ? 256 : 0, 0);
  const std::string_view notes = row.text("notes");
  if (const auto at = notes.find("gpu_memory_utilization "); at != std::string_view::npos) {
    const auto share =
        estimate::parse_number(notes.substr(at + 23, notes.find_first_of(",; ", at + 23) - at - 23));
    if (share && *share > 0 && *share <= 1) s.share = *share;
  }
  return Done{};
}

}  // namespace

const std::string& program_of(const Measured& row) {
  const bool trains =
      row.kind == Kind::train_mem || row.kind == Kind::train_time || row.kind == Kind::gpu_hours;
  return trains ? row.training.stack : row.serving.stack;
}

Result<Measured> measured(const Sheet& sheet, std::size_t number, const estimate::Constants& constants,
                          const estimate::Catalogue& catalogue) {
  Fields row(sheet, number);
  Measured into;
  into.id = row.text("id");
  into.group = row.text("group");
  const auto kind = kind_of(row.text("kind"), row.text("unit"));
  if (!kind) return row.wrong("kind", "train_mem, train_time, infer_mem, infer_tput or gpu_hours");
  into.kind = *kind;
  const auto unit = unit_of(row.text("unit"));
  if (!unit)
    return Error{Errc::not_found,
                 row.wrong("unit", "a unit such as GiB/GPU peak, tokens/s/GPU or s/iteration").message};
  into.unit = unit->unit, into.scale = unit->scale;
  if (row.has("n_gpus")) into.devices = row.whole("n_gpus", 1);
  if (row.has("gpu")) {
    if (const Device* device = catalogue.devices.find(row.text("gpu"))) into.device = *device;
  }
  into.out_of_memory = row.text("measured_value") == "OOM";
  into.value = estimate::parse_number(row.text("measured_value"));
  auto model = model_of(row, catalogue, into.assumed);
  if (!model) return model.error();
  into.model = *model;
  into.tokens = row.number("tokens_B", 0, 1e-6) * 1e9;
  const bool trains =
      into.kind == Kind::train_mem || into.kind == Kind::train_time || into.kind == Kind::gpu_hours;
  const Status read = trains ? read_training(row, constants, into) : read_serving(row, into);
  if (row.first_wrong()) return *row.first_wrong();
  if (!read) return read.error();
  if (!into.device && row.has("gpu"))
    return Error{Errc::not_found, catalogue.device(row.text("gpu")).error().message};
  return into;
}

}  // namespace busbar::plan
