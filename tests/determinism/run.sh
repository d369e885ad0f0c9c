#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The same worlds give the same decisions, byte for byte, under g++ -O0, g++ -O3 and clang++ -O3. Only the rooms that
# decide are built. What each said is kept in build/determinism.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=build/determinism
mkdir -p "$out"

# transcript NAME COMPILER FLAGS
transcript() {
  local name=$1 compiler=$2 flags=$3 start=$SECONDS
  CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 cmake -S . -B "$out/$name" -G Ninja -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="$flags -w" -DBUSBAR_TESTS=OFF -DBUSBAR_TRANSCRIPT=ON \
    -DBUSBAR_ONLY=base >"$out/$name.log" 2>&1 &&
    CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 ninja -C "$out/$name" busbar-transcript >>"$out/$name.log" 2>&1 ||
    { tail -n 40 "$out/$name.log"; echo "error: $name cannot be built"; exit 1; }
  "$out/$name/busbar-transcript" >"$out/$name.txt"
  echo "$name: $(tail -n 1 "$out/$name.txt"), sha256 $(sha256sum <"$out/$name.txt" | cut -c1-16), $((SECONDS - start)) s"
}

transcript g++-O0 g++ -O0
transcript g++-O3 g++ -O3
transcript clang++-O3 "${CLANG:-clang++-19}" -O3
for other in g++-O3 clang++-O3; do
  if ! cmp "$out/g++-O0.txt" "$out/$other.txt"; then
    diff "$out/g++-O0.txt" "$out/$other.txt" | head -n 20
    echo "error: $other decides otherwise than g++-O0 (I12)"
    exit 1
  fi
done
echo "three builds, the same decisions to the byte; the journal of every world replayed, zero differences"
