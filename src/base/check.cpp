// SPDX-License-Identifier: Apache-2.0
#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace busbar {

void broken(const char* file, int line, const char* expression, const char* sentence) {
  std::fprintf(stderr, "busbar: broken invariant: %s\n  %s\n  at %s:%d\n", sentence, expression, file, line);
  std::abort();
}

}  // namespace busbar
