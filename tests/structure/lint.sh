#!/usr/bin/env bash
# lint.sh [BASE|--all] [--at-most N]: formatting of everything, links in the documents, every header alone, clang-tidy on what changed since
# BASE (default: the commit before this one) or on all; of more than N files only the N that changed last, which is said.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
base='' most=100000
while [ $# -gt 0 ]; do
  case $1 in
    --at-most) most=$2; shift ;;
    *) base=$1 ;;
  esac
  shift
done
nothing=$(git hash-object -t tree /dev/null)  # what a first commit, or a clone that starts at one, changed against
[ "$base" = --all ] && base=$nothing
[ -n "$base" ] || base=$(git rev-parse --quiet --verify HEAD~1) || base=$nothing
git rev-parse --quiet --verify "$base^{tree}" >/dev/null || { echo "error: $base is no commit; ./dev lint [BASE|--all]" >&2; exit 2; }

echo "formatting"
git ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format-19 --dry-run -Werror || { echo "error: ./dev fmt formats all" >&2; exit 1; }

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
print("\n".join(bad), end="\n" if bad else "")
sys.exit(bool(bad))
PY

build=build/lint
mkdir -p build/log
cmake --preset debug -B "$build" -DCMAKE_CXX_COMPILER=clang++-19 >build/log/configure-lint.log 2>&1 || { tail -n 30 build/log/configure-lint.log >&2; exit 1; }

mapfile -t headers < <(git ls-files 'src/*.hpp')
echo "headers, each alone: ${#headers[@]}"
alone=(clang++-19 -std=c++20 -Wall -Wextra -fsyntax-only -x c++ '-DBUSBAR_SOURCE_DIR=""' '-DBUSBAR_BINARY_DIR=""')
for door in "$build"/doors/*; do alone+=("-I$door"); done
# shellcheck disable=SC2016
printf '%s\n' "${headers[@]#src/}" |
  xargs -P "$(nproc)" -I{} sh -c 'header=$1; shift; printf "#include \"%s\"\n" "$header" | "$@" - || { echo "error: src/$header does not compile alone" >&2; exit 1; }' sh {} "${alone[@]}"

# What changed: not committed yet, then by commit, the last first.
changed() {
  git diff --name-only HEAD -- 'src/*.cpp'
  git ls-files --others --exclude-standard -- 'src/*.cpp'
  if [ "$base" = "$nothing" ]; then git log --format= --name-only -m --first-parent -- 'src/*.cpp'; git ls-files -- 'src/*.cpp'
  else git log --format= --name-only -m --first-parent "$base..HEAD" -- 'src/*.cpp'; fi
}
files=()
while read -r file; do [ ! -e "$file" ] || files+=("$file"); done < <(changed | awk '!seen[$0]++')
if [ ${#files[@]} -gt "$most" ]; then
  echo "clang-tidy on the last $most of ${#files[@]} files that changed; ./dev lint --all looks at every one"
  files=("${files[@]:0:most}")
else
  echo "clang-tidy on what changed: ${#files[@]} files"
fi
[ ${#files[@]} -eq 0 ] || printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n1 clang-tidy-19 -p "$build" --quiet 2>&1 |
  { grep -v -E '^[0-9]+ warnings?.* generated|^Suppressed|^Use -header' || true; }
