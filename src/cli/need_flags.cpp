// SPDX-License-Identifier: Apache-2.0
#include "cli/need_flags.hpp"

#include <cctype>

#include "base/text.hpp"
#include "cli/args.hpp"
#include "estimate/sheet.hpp"
#include "plan/measured_words.hpp"

namespace busbar::cli {
namespace {

Error wrong(const char* flag, const std::string& found, const std::string& right) {
  return {Errc::invalid,
          std::string(flag) + ": found " + text::quote(found) + "; " + right + " would be right"};
}

/// Reads a flag when it was given; `into` stays as it is otherwise.
template <class Number>
Status read_count(const Tokens& tokens, const char* flag, Number& into, double low, double high) {
  const auto given = tokens.value(flag);
  if (!given) return Done{};
  const auto number = parse_count(*given, low, high);
  if (!number) return Error{Errc::invalid, std::string(flag) + ": " + number.error().message};
  into = static_cast<Number>(*number);
  return Done{};
}

template <class Value, class Find>
Status read_word(const Tokens& tokens, const char* flag, Value& into, const char* words, Find find) {
  const auto given = tokens.value(flag);
  if (!given) return Done{};
  const auto value = find(*given);
  if (!value || given->empty()) return wrong(flag, *given, words);
  into = *value;
  return Done{};
}

/// "2:RTX 3090", "RTX 3090"
Result<AskedPlace> parse_place(const std::string& text) {
  const std::size_t colon = text.find(':');
  AskedPlace place{.device = text};
  if (colon != std::string::npos) {
    const auto count = text::parse_whole(text.substr(0, colon), 1, 1'000'000);
    if (!count) return wrong("--gpus", text, "a number and a device such as 2:RTX3090");
    place.devices = int(*count);
    place.device = text.substr(colon + 1);
  }
  return place;
}

Status read_needed(const Tokens& tokens, Needed& into, const char* verb,
                   const std::vector<const char*>& usual) {
  if (tokens.operands.size() != 1)
    return Error{Errc::invalid, std::string("busbar plan ") + verb + " takes one model: busbar plan " + verb +
                                    " Llama-3.1-8B, or the path of a config.json"};
  into.model = tokens.operands[0];
  if (tokens.has("--gpus")) {
    for (const std::string& each : tokens.flags.at("--gpus")) {
      auto place = parse_place(each);
      if (!place) return place.error();
      into.places.push_back(*place);
    }
  } else {
    for (const char* each : usual) into.places.push_back(*parse_place(each));
    into.assumed.push_back("usual devices are compared; --gpus 2:RTX3090 names yours");
  }
  double price = 0;
  if (Status read = read_count(tokens, "--price", price, 0.0001, 10'000); !read) return read;
  if (price > 0) {
    for (AskedPlace& place : into.places) place.price = estimate::UsdPerHour{price};
  }
  return Done{};
}

Status first_error(std::initializer_list<Status> all) {
  for (const Status& each : all) {
    if (!each) return each;
  }
  return Done{};
}

Status read_tokens(const Tokens& tokens, PlanTrain& into) {
  double documents = 0, each = 0, epochs = 1;
  plan::TrainQuestion& asked = into.question;
  Status read = first_error({read_count(tokens, "--tokens", asked.tokens, 1, 1e16),
                             read_count(tokens, "--documents", documents, 1, 1e12),
                             read_count(tokens, "--document-tokens", each, 1, 1e9),
                             read_count(tokens, "--epochs", epochs, 1, 1e6)});
  if (!read) return read;
  if (documents > 0 && asked.tokens > 0)
    return Error{Errc::invalid,
                 "--tokens and --documents both say how much is trained on; one of them would be right"};
  if (documents > 0) {
    if (each == 0) {
      each = 500;
      into.assumed.push_back("500 tokens a document (--document-tokens)");
    }
    asked.tokens = documents * each;
  }
  if (asked.tokens == 0) {
    asked.tokens = 1e9;
    into.assumed.push_back("a billion tokens (--tokens, or --documents and --document-tokens)");
  }
  asked.tokens *= epochs;
  return Done{};
}

}  // namespace

Result<std::vector<plan::Place>> places_of(const Needed& needed, const estimate::Catalogue& catalogue) {
  std::vector<plan::Place> places;
  for (const AskedPlace& asked : needed.places) {
    const auto device = catalogue.device(asked.device);
    if (!device) return Error{Errc::invalid, "--gpus: " + device.error().message};
    places.push_back({*device, asked.devices, asked.price});
  }
  return places;
}

Result<double> parse_count(const std::string& text, double low, double high) {
  std::string digits = text;
  double unit = 1;
  if (!digits.empty()) {
    switch (std::tolower(static_cast<unsigned char>(digits.back()))) {
      case 'k':
        unit = 1e3;
        break;
      case 'm':
        unit = 1e6;
        break;
      case 'b':
      case 'g':
        unit = 1e9;
        break;
      case 't':
        unit = 1e12;
        break;
      default:
        break;
    }
    if (unit > 1) digits.pop_back();
  }
  const auto number = estimate::parse_number(digits);
  if (number && *number * unit >= low && *number * unit <= high) return *number * unit;
  return Error{Errc::invalid,
               "found " + text::quote(text) + "; a positive number such as 8, 10M or 1.5B would be right"};
}

Result<PlanTrain> read_plan_train(const Tokens& tokens) {
  PlanTrain into;
  estimate::Training& t = into.question.training;
  estimate::Parallelism& cut = t.cut;
  t.stack = tokens.value("--program").value_or("");
  t.compiled = true;
  std::string optimizer = tokens.value("--optimizer").value_or("adamw");
  if (optimizer != "adamw" && optimizer != "adamw8bit")
    return wrong("--optimizer", optimizer, "adamw or adamw8bit");
  t.eight_bit_optimizer = optimizer == "adamw8bit";
  t.global_batch = 0;
  Status read = first_error(
      {read_needed(tokens, into, "train",
                   {"1:RTX 4090", "2:RTX 3090", "1:A100 80GB", "8:A100 80GB", "1:H100", "8:H100", "8:B200"}),
       read_tokens(tokens, into),
       read_word(tokens, "--method", t.method, "full, lora or qlora", plan::method_of),
       read_word(tokens, "--precision", t.precision, "bf16 (with fp32 weights), bf16-true, fp8 or fp32",
                 [](const std::string& word) { return plan::precision_of(word, ""); }),
       read_word(tokens, "--recompute", t.recompute, "none, selective, full or full-offload",
                 [](const std::string& word) { return plan::recompute_of(word, ""); }),
       read_count(tokens, "--sequence", t.sequence, 1, 1e8),
       read_count(tokens, "--batch", t.global_batch, 1, 1e9),
       read_count(tokens, "--micro-batch", t.micro_batch, 1, 1e6),
       read_count(tokens, "--rank", t.rank, 1, 1e5), read_count(tokens, "--tp", cut.tp, 1, 1e4),
       read_count(tokens, "--pp", cut.pp, 1, 1e4), read_count(tokens, "--cp", cut.cp, 1, 1e4),
       read_count(tokens, "--ep", cut.ep, 1, 1e4), read_count(tokens, "--zero", cut.zero, 0, 3)});
  if (!read) return read.error();
  t.host_optimizer = tokens.has("--offload");
  if (!tokens.has("--method")) into.assumed.push_back("all weights learn (--method lora or qlora: adapters)");
  if (t.method == estimate::Method::qlora) t.base = estimate::Quant::nf4_double;
  if (!tokens.has("--precision") && t.method != estimate::Method::full)
    t.precision = estimate::Precision::pure16;
  if (!tokens.has("--sequence")) into.assumed.push_back("sequences of 2048 tokens (--sequence)");
  if (t.global_batch == 0) {
    t.global_batch = t.method == estimate::Method::full ? 256 : 16;
    into.assumed.push_back(std::to_string(int(t.global_batch)) + " sequences a step (--batch)");
  }
  into.question.automatic = true;
  for (const char* flag : {"--tp", "--pp", "--cp", "--ep", "--zero", "--micro-batch", "--recompute"})
    into.question.automatic = into.question.automatic && !tokens.has(flag);
  return into;
}

Result<PlanServe> read_plan_serve(const Tokens& tokens) {
  PlanServe into;
  estimate::Serving& s = into.question.serving;
  double first = 0, kv_bits = 16;
  s.stack = tokens.value("--program").value_or("");
  Status read = first_error(
      {read_needed(tokens, into, "serve",
                   {"1:RTX 4090", "2:RTX 3090", "4:L40S", "8:A100 80GB", "8:H100", "8:H200", "8:B200"}),
       read_word(tokens, "--quant", s.quant, std::string(plan::quant_words).c_str(), plan::quant_of),
       read_count(tokens, "--input", s.input, 1, 1e7), read_count(tokens, "--output", s.output, 1, 1e7),
       read_count(tokens, "--rate", into.question.requests, 1e-6, 1e6),
       read_count(tokens, "--first-token", first, 1e-3, 1e4), read_count(tokens, "--tp", s.tp, 1, 1e4),
       read_count(tokens, "--kv-bits", kv_bits, 8, 16)});
  if (!read) return read.error();
  s.kv_bytes = kv_bits / 8;
  if (first > 0) into.question.first_token = estimate::Seconds{first};
  into.question.automatic = !tokens.has("--tp");
  if (!tokens.has("--quant")) into.assumed.push_back("weights in 16 bits (--quant fp8, fp4, ...)");
  if (!tokens.has("--input") || !tokens.has("--output"))
    into.assumed.push_back("requests of 1024 tokens, answers of 256 (--input, --output)");
  return into;
}

}  // namespace busbar::cli
