#!/usr/bin/env bash
# score.sh BUILD [MEASURED.csv]: how near predictions come to published measurements, and plans in a second on one core.
set -euo pipefail
build=$1 here=$(cd "$(dirname "$0")/../.." && pwd)
table=${2:-${BUSBAR_SHARED:-$here/../shared}/data/planner/measured.csv}
if [ -e "$table" ]; then "$build/busbar" plan score "$table"; else echo "SKIPPED: $table is not there"; fi
"$build/busbar-bench-plan"
