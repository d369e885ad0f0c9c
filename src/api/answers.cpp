// SPDX-License-Identifier: Apache-2.0
#include "api/answers.hpp"

#include <unistd.h>

#include "base/text.hpp"
#include "model/policy.hpp"
#include "wire/fields.hpp"
#include "wire/quotas.hpp"

namespace busbar::api {
namespace {

using engine::Output;

const char* word_of(Output::Stream stream) {
  switch (stream) {
    case Output::Stream::out:
      return "out";
    case Output::Stream::err:
      return "err";
    case Output::Stream::note:
      return "note";
  }
  return "note";
}

std::string base64(std::string_view bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? digits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::string whole(std::int64_t number) { return std::to_string(number); }

}  // namespace

void append_word(std::string& json, std::string_view word) {
  constexpr char digits[] = "0123456789abcdef";
  json += '"';
  std::size_t from = 0;  // what needs no change is copied in one go
  for (std::size_t i = 0; i < word.size(); ++i) {
    const auto c = static_cast<unsigned char>(word[i]);
    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) continue;
    json.append(word.substr(from, i - from));
    from = i + 1;
    switch (c) {
      case '"':
        json += "\\\"";
        break;
      case '\\':
        json += "\\\\";
        break;
      case '\n':
        json += "\\n";
        break;
      case '\t':
        json += "\\t";
        break;
      default:
        json.append("\\u00").append({digits[c >> 4], digits[c & 15]});
    }
  }
  json.append(word.substr(from)).append("\"");
}

void append_bytes(std::string& json, std::string_view bytes) {
  if (text::is_utf8(bytes)) {
    json += "\"text\":";
    append_word(json, bytes);
  } else {
    json.append("\"base64\":\"").append(base64(bytes)).append("\"");
  }
}

wire::Names names_of(const model::Cluster& cluster) {
  wire::Names names;
  for (const auto& [id, node] : cluster.nodes) {
    names.nodes.emplace_hint(names.nodes.end(), id, node.facts.name);
    for (const model::Device& device : node.facts.devices)
      names.device_index.emplace(device.id, device.index);
  }
  return names;
}

bool cover(const wire::Names& names, const model::Job& job) {
  for (const model::Task& task : job.tasks) {
    if (task.attempts.empty()) continue;
    const model::Attempt& attempt = task.attempts.back();
    if (!names.nodes.contains(attempt.node)) return false;
    for (const model::Holding& holding : attempt.holdings) {
      if (!names.device_index.contains(holding.device)) return false;
    }
  }
  return true;
}

std::string job_object(const model::Job& job, const wire::Names& names) {
  const std::string list = wire::jobs_json({job}, names);  // {"version":1,"jobs":[{..}]}
  const auto begin = list.find('[') + 1;
  return list.substr(begin, list.rfind(']') - begin);
}

std::string version_json(const Options& options, const Standing& standing) {
  const model::Settings& settings = options.settings;
  std::string json = "{\"version\":1,\"busbar\":";
  append_word(json, options.version);
  json += ",\"pid\":" + whole(getpid()) + ",\"uid\":" + whole(geteuid()) + ",\"state\":";
  append_word(json, options.state_folder);
  json += ",\"settings\":{\"declared_gpus\":";
  append_word(json, settings.declared_gpus);
  json += ",\"isolation\":";
  append_word(json, settings.isolation);
  json += ",\"policy\":";
  const model::Policy* policy = model::policy_of(settings.rules);
  append_word(json, policy ? policy->name : "");
  json += ",\"placement\":";
  append_word(json, wire::words(wire::Of<model::Rules::Fit>{})[std::size_t(settings.rules.fit)]);
  json += ",\"half_life\":" + whole(settings.half_life.count()) +
          ",\"log_limit\":" + whole(settings.log_limit.count) +
          ",\"process_limit\":" + whole(settings.process_limit) +
          ",\"preempt_after\":" + whole(settings.preemption.on ? settings.preemption.min_run.count() : -1) +
          ",\"moves\":" + whole(settings.preemption.moves) + ",\"lend_cpus\":" + whole(settings.lend_cpus) +
          ",\"spare\":" + whole(settings.spare) +
          ",\"priority_limit\":" + (settings.priority_limit ? whole(*settings.priority_limit) : "\"none\"") +
          ",\"shares\":";
  append_word(json, wire::show(settings.shares));
  json += ",\"labels\":";
  append_word(json, text::join(settings.labels, ","));
  json += "},\"everybody\":";
  json += options.everybody ? "true" : "false";
  json += ",\"degraded\":";
  append_word(json, standing.degraded);
  return json + ",\"jobs\":" + whole(standing.jobs) + ",\"records\":" + whole(standing.records) +
         ",\"batches\":" + whole(standing.batches) + "}";
}

std::string accepted_json(const control::Accepted& accepted) {
  return "{\"version\":1,\"id\":" + whole(accepted.first.value) + ",\"count\":" + whole(accepted.count) +
         ",\"existed\":" + (accepted.existed ? "true}" : "false}");
}

std::string why_json(const model::Job& job, std::string_view reason, std::string_view words) {
  std::string json = "{\"version\":1,\"id\":" + whole(job.id.value) + ",\"state\":";
  append_word(json, model::name_of(job.state));
  json.append(",\"reason\":").append(reason).append(",\"words\":");
  append_word(json, words);
  return json + "}";
}

std::string balances_json(const std::map<model::Account, ledger::Balance>& balances) {
  std::string json = "{\"version\":1,\"balances\":[";
  for (const auto& [account, balance] : balances) {
    if (json.back() != '[') json += ',';
    json += "{\"tenant\":";
    append_word(json, account.tenant);
    json += ",\"project\":";
    append_word(json, account.project);
    json += ",\"user\":";
    append_word(json, account.user);
    json += ",\"device_milli_ms\":" + whole(balance.device_milli_ms) +
            ",\"cpu_milli_ms\":" + whole(balance.cpu_milli_ms) +
            ",\"cost_micro\":" + whole(ledger::rounded(balance.cost).count) + "}";
  }
  return json + "]}";
}

std::string page_json(const engine::OutputPage& page, const model::AttemptId& attempt) {
  std::string json =
      "{\"version\":1,\"task\":" + whole(attempt.task) + ",\"attempt\":" + whole(attempt.n) + ",\"pieces\":[";
  for (const Output& piece : page.pieces) {
    if (json.back() != '[') json += ',';
    json.append("{\"stream\":\"")
        .append(word_of(piece.stream))
        .append("\",\"at\":\"")
        .append(text::rfc3339(piece.at));
    json += "\",";
    append_bytes(json, piece.bytes);
    json += '}';
  }
  return json + "],\"next\":" + whole(page.next) + ",\"at_end\":" + (page.at_end ? "true}" : "false}");
}

std::string page_lines(const engine::OutputPage& page, const model::AttemptId& attempt) {
  std::string lines;
  for (std::size_t k = 0; k < page.pieces.size(); ++k) {
    const Output& piece = page.pieces[k];
    lines.append("{\"stream\":\"")
        .append(word_of(piece.stream))
        .append("\",\"task\":")
        .append(whole(attempt.task));
    lines.append(",\"attempt\":").append(whole(attempt.n)).append(",");
    append_bytes(lines, piece.bytes);
    if (k + 1 == page.pieces.size()) lines.append(",\"next\":").append(whole(page.next));
    lines += "}\n";
  }
  return lines;
}

}  // namespace busbar::api
