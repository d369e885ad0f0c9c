// SPDX-License-Identifier: Apache-2.0
// replay.hpp: what requests meet with so many copies of a served model: each is sent to the copy with the
// fewest, waits there for room in the cache, has its prompt read, and gets its tokens step by step together
// with the others (continuous batching, as vLLM and TensorRT-LLM do it).
#pragma once
#include <optional>

#include "estimate/serve.hpp"
#include "plan/load.hpp"

namespace busbar::plan {

/// Of all requests, what half and what 95 of 100 of them see at most.
struct Seen {
  estimate::Seconds usual, late;
};
struct Replayed {
  Seen first_token;  // from arrival to the first token
  Seen token;        // between a request's tokens, on its mean; of those with two tokens or more
};

/// Exact for the model of `pace`: time goes from event to event (a prompt read, an answer ended, an arrival),
/// steps between them are summed in closed form. A request that no cache could hold counts as never answered
/// (its waits are infinite). Cost: O(requests x (copies / 16 + log batch)), some 5 ms for 14,000 requests and
/// 20 copies.
Replayed replay(const Load& load, const estimate::Pace& pace, int copies);

/// What 95 of 100 requests get.
struct Promise {
  estimate::Seconds first_token{2};           // at most
  estimate::TokensPerSecond token_speed{10};  // at least; people read 5 to 10 tokens a second
};

/// The fewest copies, `least` or more, that keep the promise; nothing where no number of them does: a prompt
/// or a step alone takes longer, or the cache holds no request. Cost: some four replays where `least` is
/// near.
std::optional<int> copies_for(const Load& load, const estimate::Pace& pace, const Promise& promise,
                              int least = 1);

}  // namespace busbar::plan
