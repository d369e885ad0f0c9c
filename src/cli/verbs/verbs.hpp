// SPDX-License-Identifier: Apache-2.0
// verbs.hpp: one function a command; each prints what it has to say and gives the exit code.
#pragma once
#include "cli/follow.hpp"
#include "cli/invocation.hpp"

namespace busbar::cli {

int up(const Invocation& invocation);
int down(const Invocation& invocation);
int run(const Invocation& invocation);
int submit(const Invocation& invocation);
int ps(const Invocation& invocation);
int show(const Invocation& invocation);
int why(const Invocation& invocation);
int when(const Invocation& invocation);
int try_job(const Invocation& invocation);
int logs(const Invocation& invocation);
int stop(const Invocation& invocation);
int hold(const Invocation& invocation);
int release(const Invocation& invocation);
int wait(const Invocation& invocation);
int nodes(const Invocation& invocation);
int usage(const Invocation& invocation);
int drain(const Invocation& invocation);
int reserve(const Invocation& invocation);
int reservations(const Invocation& invocation);
int sim_place(const Invocation& invocation);
int sim_queue(const Invocation& invocation);
int sim_share(const Invocation& invocation);
int plan_offers(const Invocation& invocation);
int plan_tco(const Invocation& invocation);
int plan_cluster(const Invocation& invocation);
int plan_train(const Invocation& invocation);
int plan_serve(const Invocation& invocation);
int plan_predict(const Invocation& invocation);
int plan_score(const Invocation& invocation);

}  // namespace busbar::cli
