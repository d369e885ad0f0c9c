#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the fuzz targets: tests/fuzz/run.sh [text|moment|script|yaml|submit|csv|trace|duty|flags|offers|runs|catalog|work|requests|all] [SECONDS each]. Needs clang and its runtime
# (clang-19, libclang-rt-19-dev). What they learn is kept in build/fuzz/corpus; what breaks lies in build/fuzz/found.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build
target=${1:-all} seconds=${2:-60}
[ "$target" = all ] && targets=(text moment script yaml submit csv trace duty flags offers runs catalog work requests) || targets=("$target")

CXX=${CXX:-clang++-19} cmake -S . -B build/fuzz -G Ninja -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DBUSBAR_FUZZ=ON \
  -DBUSBAR_TESTS=OFF -DBUSBAR_ONLY="base;model;net;wire;draw;ledger;estimate;sched;store;engine;control;sim;plan" >build/fuzz.log 2>&1 || { cat build/fuzz.log; exit 1; }
ninja -C build/fuzz >>build/fuzz.log 2>&1 || { tail -n 40 build/fuzz.log; exit 1; }

failed=0
for each in "${targets[@]}"; do
  mkdir -p "build/fuzz/corpus/$each" build/fuzz/found
  log=build/fuzz/$each.log
  # Seeds first, then what earlier runs learned; a slow input counts as broken, too.
  if "build/fuzz/tests/fuzz/fuzz_$each" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
    -artifact_prefix="build/fuzz/found/$each-" "build/fuzz/corpus/$each" "tests/fuzz/seeds/$each" >"$log" 2>&1; then
    echo "fuzz $each: $(grep -E '^Done' "$log"), nothing broke"
  else
    echo "fuzz $each: BROKE; see $log and build/fuzz/found"
    failed=1
  fi
done
exit $failed
