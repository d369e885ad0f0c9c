// SPDX-License-Identifier: Apache-2.0
// orders.cpp: what changes something: submit, stop, down.
#include <boost/json/parse.hpp>

#include "api/answers.hpp"
#include "api/office.hpp"
#include "base/text.hpp"
#include "wire/json_out.hpp"
#include "wire/reserve_form.hpp"

namespace busbar::api {
namespace {

constexpr std::size_t most_reason = 500;

/// A small body of named values; "" counts as one without any. Refuses, and gives nothing, when it is
/// something else.
std::optional<boost::json::object> object_of(const Call& call) {
  if (call.request.body.empty()) return boost::json::object();
  boost::system::error_code failed;
  boost::json::value body = boost::json::parse(call.request.body, failed);
  if (!failed && body.is_object()) return std::move(body.get_object());
  call.refuse(
      {Errc::invalid, "the body is not a JSON object" + (failed ? ": " + failed.message() : std::string())});
  return {};
}

/// A value of one kind, `otherwise` where it is missing; refuses, and gives nothing, when it is of another.
template <class T>
std::optional<T> value_of(const Call& call, const boost::json::object& body, const char* name, T otherwise,
                          const char* right) {
  const boost::json::value* found = body.if_contains(name);
  if (found == nullptr) return otherwise;
  if constexpr (std::is_same_v<T, bool>) {
    if (found->is_bool()) return found->get_bool();
  } else {
    if (found->is_string()) return std::string(found->get_string());
  }
  call.refuse({Errc::invalid, std::string(name) + ": found " +
                                  std::string(boost::json::to_string(found->kind())) + "; " + right +
                                  " would be right"});
  return {};
}

/// Why somebody stops a job or drains a machine: it is kept for ever, and shown. Refuses, and gives nothing,
/// when it is too long.
std::optional<std::string> reason_of(const Call& call, const boost::json::object& body) {
  auto reason = value_of<std::string>(call, body, "reason", "", "a text");
  if (!reason || (reason->size() <= most_reason && text::is_utf8(*reason))) return reason;
  call.refuse({Errc::invalid, "reason: found " + std::to_string(reason->size()) + " bytes; at most " +
                                  std::to_string(most_reason) + " of UTF-8 would be right"});
  return {};
}

/// Once the answer is with the client, or the client has gone.
void go_when_told(const Calling& call, bool stop_jobs) {
  if (call->reply->open() && call->reply->waiting() > 0) {
    return call->office->past.after(std::chrono::milliseconds(1),
                                    [call, stop_jobs] { go_when_told(call, stop_jobs); });
  }
  if (call->office->options.on_down) call->office->options.on_down(stop_jobs);
}

}  // namespace

void submit(const Calling& call) {
  auto form = wire::decode_submit(call->request.body);
  if (!form) return call->refuse(form.error());
  if (const Status valid = wire::validate(form->spec); !valid) return call->refuse(valid.error());
  call->office->controller.submit(call->who, std::move(form->spec), std::move(form->key),
                                  [call](const Result<control::Accepted>& accepted) {
                                    if (!accepted) return call->refuse(accepted.error());
                                    call->answer(accepted_json(*accepted), accepted->existed ? 200 : 201);
                                  });
}

void stop_job(const Calling& call) {
  const auto body = object_of(*call);
  if (!body) return;
  auto reason = reason_of(*call, *body);
  if (!reason) return;
  const auto whole_array = value_of<bool>(*call, *body, "whole_array", true, "true or false");
  if (!whole_array) return;
  call->office->controller.stop(
      call->who, call->job, *whole_array, std::move(*reason), [call](const Result<int>& stopped) {
        if (!stopped) return call->refuse(stopped.error());
        call->answer("{\"version\":1,\"stopped\":" + std::to_string(*stopped) + "}");
      });
}

/// `end`: released.
void hold_job(const Calling& call, bool end) {
  const auto body = object_of(*call);
  if (!body) return;
  const auto whole_array = value_of<bool>(*call, *body, "whole_array", true, "true or false");
  if (!whole_array) return;
  call->office->controller.hold(call->who, call->job, *whole_array, end, [call](const Result<int>& told) {
    if (!told) return call->refuse(told.error());
    call->answer("{\"version\":1,\"told\":" + std::to_string(*told) + "}");
  });
}

void drain_node(const Calling& call) {
  if (!call->may(model::Verb::administer, call->who)) return;
  const auto body = object_of(*call);
  if (!body) return;
  auto node = value_of<std::string>(*call, *body, "node", "", "the name of a machine");
  if (!node) return;
  auto reason = reason_of(*call, *body);
  if (!reason) return;
  const auto end = value_of<bool>(*call, *body, "end", false, "true or false");
  if (!end) return;
  const auto now = value_of<bool>(*call, *body, "now", false, "true or false");
  if (!now) return;
  call->office->controller.drain(
      call->who, std::move(*node), *end, *now, std::move(*reason),
      [call](const Result<control::Accepted>& drained) {
        if (!drained) return call->refuse(drained.error());
        call->answer("{\"version\":1,\"running\":" + std::to_string(drained->count) +
                     ",\"changed\":" + (drained->existed ? "false}" : "true}"));
      });
}

void reserve(const Calling& call) {
  if (!call->may(model::Verb::administer, call->who)) return;
  auto form = wire::decode_reserve(call->request.body);
  if (!form) return call->refuse(form.error());
  call->office->controller.reserve(call->who, std::move(*form),
                                   [call](const Result<control::Accepted>& made) {
                                     if (!made) return call->refuse(made.error());
                                     wire::JsonOut out;
                                     out.open('{');
                                     out.whole("version", 1);
                                     out.key("nodes"), out.open('[');
                                     for (const std::string& node : made->nodes) out.word(node);
                                     out.close(']');
                                     out.whole("running", made->nodes.empty() ? 0 : made->count);
                                     out.close('}');
                                     call->answer(std::move(out.text));
                                   });
}

void go_down(const Calling& call) {
  if (!call->may(model::Verb::administer, call->who)) return;
  const auto body = object_of(*call);
  if (!body) return;
  const auto stop_jobs = value_of<bool>(*call, *body, "stop_jobs", false, "true or false");
  if (!stop_jobs) return;
  call->answer("{\"version\":1,\"going\":true}");
  call->office->past.post([call, stop = *stop_jobs] { go_when_told(call, stop); });
}

}  // namespace busbar::api
