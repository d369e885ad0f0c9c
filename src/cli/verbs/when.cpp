// SPDX-License-Identifier: Apache-2.0
#include "cli/asking.hpp"
#include "cli/render/forecast.hpp"
#include "cli/verbs/verbs.hpp"

namespace busbar::cli {

int when(const Invocation& invocation) {
  return ask_about_jobs(invocation, "when",
                        [](const Detail&, const json::value& answer) { return render::when(answer); });
}

}  // namespace busbar::cli
