// SPDX-License-Identifier: Apache-2.0
#include "cli/need_flags.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <chrono>

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

Status read_places(const Tokens& tokens, Needed& into) {
  if (tokens.has("--gpus")) {
    for (const std::string& each : tokens.flags.at("--gpus")) {
      auto place = parse_place(each);
      if (!place) return place.error();
      into.places.push_back(*place);
    }
  }
  double price = 0;
  if (Status read = read_count(tokens, "--price", price, 0.0001, 10'000); !read) return read;
  if (price > 0 && into.places.empty())
    return Error{Errc::invalid, "--price: says what an hour of one of --gpus costs, and --gpus is not given"};
  if (price > 0) {
    for (AskedPlace& place : into.places) place.price = estimate::UsdPerHour{price};
  }
  return Done{};
}

Status read_needed(const Tokens& tokens, Needed& into, const char* verb) {
  if (tokens.operands.size() != 1)
    return Error{Errc::invalid, std::string("busbar plan ") + verb + " takes one model: busbar plan " + verb +
                                    " Llama-3.1-8B, or the path of a config.json"};
  into.model = tokens.operands[0];
  into.report = tokens.value("--report").value_or("");
  if (Status read = read_places(tokens, into); !read) return read;
  const auto date = read_date(tokens);
  if (!date) return date.error();
  into.as_of = *date;
  if (Status read = read_rented(tokens, into.rent.offers, into.first); !read) return read;
  return read_count(tokens, "--tariff", into.tariff.value, 0, 10);
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

Status read_program(const Tokens& tokens, std::string& into, const std::vector<std::string>& known) {
  const auto given = tokens.value("--program");
  if (!given) return Done{};
  if (std::ranges::find(known, *given) == known.end())
    return wrong("--program", *given, "one of " + text::join(known, ", "));
  into = *given;
  return Done{};
}

Status read_within(const Tokens& tokens, plan::RentQuestion& into) {
  const auto given = tokens.value("--within");
  if (!given) return Done{};
  const Result<Duration> time = text::parse_duration(*given);
  if (!time) return Error{Errc::invalid, "--within: " + time.error().message};
  if (*time <= Duration{0}) return wrong("--within", *given, "a time such as 24h");
  into.within = estimate::Seconds{std::chrono::duration<double>(*time).count()};
  return Done{};
}

Status read_setup(const Tokens& tokens, PlanTrain& into) {
  const auto given = tokens.value("--setup");
  if (!given) {
    into.assumed.push_back("10 min until a rented machine trains (--setup)");
    return Done{};
  }
  const Result<Duration> time = text::parse_duration(*given);
  if (!time) return Error{Errc::invalid, "--setup: " + time.error().message};
  into.rent.setup = estimate::Seconds{std::chrono::duration<double>(*time).count()};
  return Done{};
}

/// "0.20:0.60"
Status read_api(const Tokens& tokens, std::optional<plan::TokenPrices>& into) {
  const auto given = tokens.value("--api-price");
  if (!given) return Done{};
  const std::size_t colon = given->find(':');
  const auto input = estimate::parse_number(given->substr(0, colon));
  const auto output =
      colon == std::string::npos ? std::nullopt : estimate::parse_number(given->substr(colon + 1));
  if (!input || !output || *input < 0 || *output < 0 || *input > 1e6 || *output > 1e6 ||
      *input + *output <= 0)
    return wrong("--api-price", *given,
                 "US dollars for a million tokens read and written, such as 0.20:0.60,");
  into = plan::TokenPrices{{*input}, {*output}};
  return Done{};
}

/// Above, ten minutes of requests take too long to be played; copies grow in proportion by then.
constexpr double most_requests = 500;

/// One of --rate, --users, --trace, or none.
Status read_load(const Tokens& tokens, PlanServe& into) {
  double users = 0, every = 30;
  into.trace = tokens.value("--trace").value_or("");
  Status read = first_error({read_count(tokens, "--rate", into.rate, 1e-6, most_requests),
                             read_count(tokens, "--users", users, 1, 1e9),
                             read_count(tokens, "--every", every, 0.01, 1e7)});
  if (!read) return read;
  if (int(into.rate > 0) + int(users > 0) + int(!into.trace.empty()) > 1)
    return Error{Errc::invalid,
                 "--rate, --users and --trace each say what comes in; one of them would be right"};
  const bool loaded = into.rate > 0 || users > 0 || !into.trace.empty();
  if (tokens.has("--api-price") && !loaded)
    return Error{Errc::invalid,
                 "--api-price: compares what a load costs; --rate, --users or --trace says which"};
  if (!into.trace.empty() && (tokens.has("--input") || tokens.has("--output")))
    return Error{Errc::invalid, "--input, --output: --trace says how many tokens each request has"};
  if (tokens.has("--every") && users == 0)
    return Error{Errc::invalid, "--every: says how often each of --users asks, and --users is not given"};
  if (users / every > most_requests)
    return Error{Errc::invalid, fmt::format("--users: found {:g} with a request every {:g} s; up to {:g} "
                                            "requests a second are played: ask for a share of them",
                                            users, every, most_requests)};
  if (users > 0) {
    into.rate = users / every;
    if (!tokens.has("--every")) into.assumed.push_back("a request of each user every 30 s (--every)");
  }
  return Done{};
}

}  // namespace

Result<std::vector<plan::Place>> places_of(const Needed& needed, const estimate::Catalogue& catalogue) {
  std::vector<plan::Place> places;
  for (const AskedPlace& asked : needed.places) {
    const auto device = catalogue.device(asked.device);
    if (!device) return Error{Errc::invalid, "--gpus: " + device.error().message};
    places.push_back({*device, asked.devices, asked.price});
    // So few that are named together stand in one machine, also where a usual one holds fewer.
    constexpr int one_machine = 8;
    if (asked.devices <= one_machine) places.back().device.in_node = std::max(device->in_node, asked.devices);
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
  if (number)
    return Error{Errc::invalid,
                 fmt::format("found {}; from {:g} to {:g} would be right", text::quote(text), low, high)};
  return Error{Errc::invalid,
               "found " + text::quote(text) + "; a positive number such as 8, 10M or 1.5B would be right"};
}

Result<PlanTrain> read_plan_train(const Tokens& tokens) {
  PlanTrain into;
  estimate::Training& t = into.question.training;
  estimate::Parallelism& cut = t.cut;
  estimate::Method method = estimate::Method::full;
  if (Status read = read_word(tokens, "--method", method, "full, lora or qlora", plan::method_of); !read)
    return read.error();
  t = plan::usual_training(method);
  std::string optimizer = tokens.value("--optimizer").value_or("adamw");
  if (optimizer != "adamw" && optimizer != "adamw8bit")
    return wrong("--optimizer", optimizer, "adamw or adamw8bit");
  t.eight_bit_optimizer = optimizer == "adamw8bit";
  Status read = first_error(
      {read_needed(tokens, into, "train"), read_tokens(tokens, into), read_within(tokens, into.rent),
       read_program(tokens, t.stack, {"torchtune", "litgpt", "torchtitan", "megatron", "foundry"}),
       read_setup(tokens, into), read_count(tokens, "--most-gpus", into.rent.most_devices, 1, 100'000),
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
  if (tokens.has("--rank") && t.method == estimate::Method::full)
    return Error{Errc::invalid,
                 "--rank: is of adapters, and all weights learn; --method lora would be right"};
  if (!tokens.has("--method")) into.assumed.push_back("all weights learn (--method lora or qlora: adapters)");
  if (!tokens.has("--sequence")) into.assumed.push_back("sequences of 2048 tokens (--sequence)");
  if (!tokens.has("--batch"))
    into.assumed.push_back(std::to_string(int(t.global_batch)) + " sequences a step (--batch)");
  if (tokens.has("--micro-batch") && t.micro_batch > t.global_batch)
    return Error{Errc::invalid,
                 fmt::format("--micro-batch: found {:g}, more than the {:g} sequences of a step (--batch)",
                             t.micro_batch, t.global_batch)};
  const auto fixed = [&](const char* flag) { return tokens.has(flag); };
  into.question.fixed = {fixed("--tp"),   fixed("--pp"),          fixed("--ep"),
                         fixed("--zero"), fixed("--micro-batch"), fixed("--recompute")};
  return into;
}

Result<PlanServe> read_plan_serve(const Tokens& tokens) {
  PlanServe into;
  estimate::Serving& s = into.question.serving;
  double kv_bits = 16;
  Status read = first_error(
      {read_needed(tokens, into, "serve"), read_load(tokens, into), read_api(tokens, into.api),
       read_program(tokens, s.stack, {"vllm", "trtllm", "llamacpp", "litgpt"}),
       read_word(tokens, "--quant", s.quant, std::string(plan::quant_words).c_str(), plan::quant_of),
       read_count(tokens, "--input", s.input, 1, 1e7), read_count(tokens, "--output", s.output, 1, 1e7),
       read_count(tokens, "--first-token", into.question.promise.first_token.value, 1e-3, 1e4),
       read_count(tokens, "--token-speed", into.question.promise.token_speed.value, 0.01, 1e4),
       read_count(tokens, "--tp", s.tp, 1, 1e4), read_count(tokens, "--kv-bits", kv_bits, 8, 16)});
  if (!read) return read.error();
  s.kv_bytes = kv_bits / 8;
  into.question.automatic = !tokens.has("--tp");
  if (!tokens.has("--quant")) into.assumed.push_back("weights in 16 bits (--quant fp8, fp4, ...)");
  if (into.trace.empty() && (!tokens.has("--input") || !tokens.has("--output")))
    into.assumed.push_back("requests of 1024 tokens, answers of 256 (--input, --output)");
  if (!tokens.has("--first-token")) into.assumed.push_back("answers begin within 2 s (--first-token)");
  if (!tokens.has("--token-speed"))
    into.assumed.push_back("and go on at 10 tokens/s at least (--token-speed)");
  return into;
}

}  // namespace busbar::cli
