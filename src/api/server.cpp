// SPDX-License-Identifier: Apache-2.0
#include "api/server.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "api/login.hpp"
#include "api/office.hpp"
#include "api/route.hpp"

namespace busbar::api {
namespace {

void dispatch(Route::To to, const Calling& call) {
  switch (to) {
    case Route::To::version:
      return tell_version(call);
    case Route::To::submit:
      return submit(call);
    case Route::To::jobs:
      return list_jobs(call);
    case Route::To::job:
      return show_job(call);
    case Route::To::why:
      return tell_why(call);
    case Route::To::when:
      return tell_when(call);
    case Route::To::try_job:
      return try_job(call);
    case Route::To::events:
      return follow(call);
    case Route::To::output:
      return read_output(call);
    case Route::To::stop:
      return stop_job(call);
    case Route::To::hold:
      return hold_job(call, false);
    case Route::To::release:
      return hold_job(call, true);
    case Route::To::nodes:
      return list_nodes(call);
    case Route::To::drain:
      return drain_node(call);
    case Route::To::reservations:
      return list_reservations(call);
    case Route::To::reserve:
      return reserve(call);
    case Route::To::usage:
      return list_usage(call);
    case Route::To::balances:
      return list_balances(call);
    case Route::To::down:
      return go_down(call);
  }
}

class Desk final : public Api {
 public:
  explicit Desk(std::shared_ptr<Office> office)
      : office_(std::move(office)), logins_(office_->clock, office_->options.user_of, geteuid()) {}

  /// First nobody asks any more, then what was asked is dropped.
  ~Desk() override {
    server_.reset();
    office_->past.stop();
    office_->outputs.stop();
    office_->plans.stop();
  }

  Status open() {
    net::ServerOptions options;
    options.path = office_->options.socket;
    // Who may not do anything is still to hear what an administrator would do about it.
    options.mode = 0666;
    // What is left of the descriptors is for the journal and the launcher, and of the places for the others.
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
      options.most_connections =
          std::clamp<std::size_t>(files.rlim_cur - files.rlim_cur / 4, 16, options.most_connections);
    options.most_of_one_user = options.most_connections / 2;
    auto server = net::serve(options, [this](net::Request request, std::shared_ptr<net::Reply> reply) {
      answer(std::move(request), std::move(reply));
    });
    if (!server) return server.error();
    server_ = std::move(*server);
    return Done{};
  }

 private:
  void answer(net::Request request, std::shared_ptr<net::Reply> reply) {
    const auto found = route_of(request.method, request.path);
    if (const auto* refusal = std::get_if<Refusal>(&found))
      return reply->send({refusal->status, wire::error_json(refusal->error)});
    const Route& route = std::get<Route>(found);
    auto call = std::make_shared<Call>();
    call->office = office_;
    call->who = logins_.principal_of(request.peer);
    call->job = route.job;
    call->request = std::move(request);
    call->reply = std::move(reply);
    if (!office_->options.everybody && !call->who.admin && route.to != Route::To::version) {
      return call->refuse({Errc::denied,
                           "this server accepts work from its own user alone; to share this machine, an "
                           "administrator would run: sudo busbar up"});
    }
    dispatch(route.to, call);
  }

  std::shared_ptr<Office> office_;
  Logins logins_;  // touched on the server's thread alone
  std::unique_ptr<net::Server> server_;
};

}  // namespace

Result<std::unique_ptr<Api>> serve(control::Controller& controller, engine::Engine& engine, Clock& clock,
                                   Options options) {
  auto desk = std::make_unique<Desk>(std::make_shared<Office>(controller, engine, clock, std::move(options)));
  if (const Status opened = desk->open(); !opened) return opened.error();
  return std::unique_ptr<Api>(std::move(desk));
}

}  // namespace busbar::api
