#!/usr/bin/env bash
# lint.sh [BASE]: formatting of everything, links in the documents, every header alone, clang-tidy on what changed since BASE (default:
# the commit before this one).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
base=${1:-HEAD~1}

echo "formatting"
git ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format-19 --dry-run -Werror

echo "links"
python3 - <<'PY'
import os, re, subprocess, sys
bad = []
for path in subprocess.check_output(["git", "ls-files", "*.md"], text=True).split():
    text = re.sub(r"```.*?```", "", open(path, encoding="utf-8").read(), flags=re.S)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" in target:
            continue
        if not os.path.exists(os.path.join(os.path.dirname(path), target)):
            bad.append(f"{path}: {target} is not there")
print("\n".join(bad))
sys.exit(bool(bad))
PY

build=build/lint
cmake --preset debug -B "$build" -DCMAKE_CXX_COMPILER=clang++-19 >/dev/null
changed() { { git diff --name-only "$base" -- "$@"; git ls-files --others --exclude-standard -- "$@"; } | sort -u; }

echo "headers that changed, each alone"
doors=$(find "$build/doors" -mindepth 1 -maxdepth 1 -printf '-I%p ')
# shellcheck disable=SC2086
for header in $(changed 'src/*.hpp'); do
  [ -e "$header" ] || continue
  case $header in *_test.hpp) continue ;; esac
  printf '#include "%s"\n' "${header#src/}" | clang++-19 -std=c++20 -Wall -Wextra -fsyntax-only $doors -x c++ - || exit 1
done

echo "clang-tidy on what changed since $base"
files=$(for file in $(changed 'src/*.cpp'); do [ -e "$file" ] && echo "$file"; done)
[ -z "$files" ] || xargs -P2 -n1 clang-tidy-19 -p "$build" --quiet <<<"$files" 2>&1 | { grep -v -E '^[0-9]+ warnings? generated|^Suppressed|^Use -header' || true; }
test "${PIPESTATUS[0]}" -eq 0
