// SPDX-License-Identifier: Apache-2.0
#include "cli/remote.hpp"

#include <unistd.h>

#include <algorithm>

#include "wire/forms.hpp"

namespace busbar::cli {

Remote::Remote(Place place) : place_(std::move(place)), client_(net::client(place_.socket())) {}

Error Remote::explained(const Error& error) const {
  const std::string state = place_.chosen ? " --state " + place_.folder : "";
  if (error.code == Errc::unavailable && !answers(place_.socket())) {
    return {error.code, "no server answers at " + place_.socket() + "; start one: busbar up" + state};
  }
  if (error.code == Errc::denied && ::access(place_.socket().c_str(), R_OK | W_OK) != 0) {
    return {error.code, "the server at " + place_.socket() +
                            " accepts work of its own user alone; for all users of this machine, an "
                            "administrator types: sudo busbar up"};
  }
  return error;
}

Result<std::string> Remote::ask(std::string_view method, const std::string& target, std::string_view body) {
  auto response = client_->ask(method, target, body);
  if (!response) return explained(response.error());
  if (response->status / 100 != 2) return wire::decode_error(response->status, response->body);
  return std::move(response->body);
}

Result<json::value> Remote::ask_json(std::string_view method, const std::string& target,
                                     std::string_view body) {
  auto text = ask(method, target, body);
  if (!text) return text.error();
  return parse_json(*text);
}

Result<JobId> Remote::find(const JobName& name) {
  if (!name.index) return name.id;
  auto answer = ask_json("GET", "/v1/jobs/" + std::to_string(name.id.value));
  if (!answer) return answer.error();
  const JobAnswer job = read_job(at(*answer, "job"));
  const std::string shown = std::to_string(name.id.value) + "_" + std::to_string(*name.index);
  if (job.array != name.id.value) {
    return Error{Errc::not_found,
                 "there is no job " + shown + ": job " + std::to_string(name.id.value) + " is not an array"};
  }
  // Ids of elements follow one another in the order of their indices.
  const json::array& indices = list_at(at(at(*answer, "spec"), "array"), "indices");
  for (std::size_t place = 0; place < indices.size(); ++place) {
    if (indices[place].is_int64() && indices[place].get_int64() == *name.index) {
      return JobId{job.array + static_cast<std::int64_t>(place)};
    }
  }
  return Error{Errc::not_found, "there is no job " + shown + ": array " + std::to_string(name.id.value) +
                                    " has no index " + std::to_string(*name.index)};
}

Result<Remote> remote_of(const Invocation& invocation) {
  auto place = client_place(invocation.state);
  if (!place) return place.error();
  return Remote(std::move(*place));
}

}  // namespace busbar::cli
