#!/usr/bin/env bash
# run.sh BUILD [launch [PART...]|store|sched|sim [JOBS]|queue [--differences]|plan [TABLE]|instructions [--write]]: every measurement, or one.
set -euo pipefail
build=$1; shift
here=$(cd "$(dirname "$0")" && pwd)
echo "$(nproc) CPUs, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs), kernel $(uname -r), load $(cut -d' ' -f1-3 /proc/loadavg), $(date -u +%F)"
case ${1:-all} in
  launch) shift; "$here/launch.py" "$build" "$@" ;;
  store) "$build/busbar-bench-store" ;;
  sched) "$build/busbar-bench-sched"; "$build/busbar-bench-place"; "$here/place.py" "$build" ;;
  sim) for nodes in 8 64 1213; do "$build/busbar-bench-sim" "${2:-200000}" $nodes; done ;;
  queue) shift; "$here/queue.py" "$build" "$@" ;;
  plan) shift; "$here/plan/score.sh" "$build" "$@" ;;
  instructions) shift; "$here/instructions.py" "$build" "$@" ;;
  all)
    "$here/launch.py" "$build"; "$build/busbar-bench-store"
    "$build/busbar-bench-sched"; "$build/busbar-bench-place"; "$here/place.py" "$build"
    "$build/busbar-bench-sim" 200000; "$here/queue.py" "$build"; "$here/instructions.py" "$build" ;;
  *) echo "error: no measurement is called $1; there are launch, store, sched, sim, queue, plan and instructions" >&2; exit 2 ;;
esac
