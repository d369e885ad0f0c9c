#!/usr/bin/env bash
# demo.sh BUILD: a small real day of two people, Ada and Ben, on one machine with two declared GPUs. Everything happens in a scratch
# folder; nothing of it stays. Exits non-zero if anything is not as told.
# shellcheck disable=SC2016  # a job's shell expands what stands in single quotes
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)

# As root the two are real users with uids of their own: a private mount namespace lends them names, this machine keeps its passwd.
if [ "$(id -u)" -eq 0 ] && [ -z "${BUSBAR_DEMO_INSIDE:-}" ] && unshare --mount true 2>/dev/null; then
  exec env BUSBAR_DEMO_INSIDE=1 unshare --mount --propagation private "$0" "$build"
fi

scratch=$(mktemp -d /tmp/busbar-demo.XXXXXX)
chmod 755 "$scratch"
export BUSBAR_STATE=$scratch/state PATH=$build:$PATH NO_COLOR=1
clean_up() {
  busbar down --stop-jobs --quiet >/dev/null 2>&1 || true
  [ -z "${two_users:-}" ] || umount /etc/passwd 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT

if [ -n "${BUSBAR_DEMO_INSIDE:-}" ]; then
  two_users=yes
  { cat /etc/passwd; echo 'ada:x:20001:20001:Ada:/tmp:/bin/sh'; echo 'ben:x:20002:20002:Ben:/tmp:/bin/sh'; } >"$scratch/passwd"
  chmod 644 "$scratch/passwd"
  mount --bind "$scratch/passwd" /etc/passwd
fi
for person in ada ben; do
  mkdir "$scratch/$person"
  [ -z "${two_users:-}" ] || chown "$person" "$scratch/$person"
done

# as PERSON COMMAND...: in their folder, under their uid where there are two; else each has a project.
as() {
  local person=$1; shift
  if [ -n "${two_users:-}" ]; then
    (cd "$scratch/$person" && exec setpriv --reuid="$person" --regid="$(id -g "$person")" --clear-groups env HOME="$scratch/$person" USER="$person" "$@")
  else
    (cd "$scratch/$person" && exec env BUSBAR_PROJECT="$person" "$@")
  fi
}
title() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
show() { printf '$ %s\n' "$*"; "$@"; }
wrong() { printf '\nNOT AS TOLD: %s\n' "$*" >&2; tail -n 20 "$BUSBAR_STATE/server.log" >&2 || true; exit 1; }
# expect CODE WHAT COMMAND...: runs it and holds it to its exit code.
expect() {
  local want=$1 what=$2 got=0; shift 2
  "$@" || got=$?
  [ "$got" -eq "$want" ] || wrong "$what: exit code $got, not $want"
}
state_of() { busbar ps -a --json | python3 -c 'import json,sys; print(next(j["state"] for j in json.load(sys.stdin)["jobs"] if j["id"]==int(sys.argv[1])))' "$1"; }

fortunes=/usr/share/games/fortunes
[ -d "$fortunes" ] || wrong "no texts at $fortunes (Debian package fortunes)"

title "One server, two declared GPUs"
show busbar up --declare-gpus 2:H100:80GiB
show busbar nodes

title "Ada and Ben send six computations over the texts of $fortunes"
declare -A job
send() {  # send PERSON NAME FLAGS... -- COMMAND...
  local person=$1 name=$2; shift 2
  job[$name]=$(as "$person" busbar submit --name "$name" --quiet "$@")
  printf '%s sends %-12s as job %s\n' "$person" "$name" "${job[$name]}"
}
send ada words       --cpus 0.5 -- sh -c "find $fortunes -type f ! -name '*.dat' ! -name '*.u8' -exec cat {} + | tr -cs 'A-Za-z' '\n' | tr A-Z a-z | sort | uniq -c | sort -rn | head -n 5"
send ada squeeze     --cpus 0.5 -- sh -c "find $fortunes -type f ! -name '*.dat' ! -name '*.u8' -exec cat {} + >texts && xz -6 -k -f texts && xz -dc texts.xz | cmp - texts && ls -l texts texts.xz | awk '{print \$5, \$9}'"
send ada letters     -g 1 --cpus 0.5 -- python3 "$here/letters.py" "$fortunes"
send ben longest     --cpus 0.5 -- sh -c "sort -u $fortunes/computers | awk '{ if (length > n) { n = length; l = \$0 } } END { print n, l }'"
send ben twins       -g 1 --cpus 0.5 -- python3 "$here/twins.py" "$fortunes"
send ben checksum    -g 0.5 --cpus 0.5 -- sh -c "find $fortunes -type f | sort | xargs sha256sum | sha256sum"
for name in words squeeze letters longest twins checksum; do expect 0 "$name" busbar wait --quiet "${job[$name]}"; done
show busbar logs "${job[letters]}"

title "An array of four, and a job that waits for all of it"
send ada slice --array 0-3 --cpus 0.5 -- sh -c "ls $fortunes/*.dat | awk -v k=\$SLURM_ARRAY_TASK_ID 'NR % 4 == k' | sed 's/.dat\$//' | xargs cat | wc -w >slice.\$SLURM_ARRAY_TASK_ID"
send ada total --after "${job[slice]}" -- sh -c 'cat slice.* | awk "{ n += \$1 } END { print n, \"words in four slices\" }"'
expect 0 "the total after its array" busbar wait --quiet "${job[total]}"
show busbar logs "${job[total]}"

title "A gang of two meets over MASTER_ADDR"
expect 0 "the gang" as ben busbar run --quiet --name gang --tasks 2 -g 1 --cpus 0.5 -- python3 "$here/meet.py"

title "One job eats memory until it is stopped; its neighbour goes on"
send ben neighbour --cpus 0.5 --mem 64MiB -- sh -c 'sleep 3; echo still here'
expect 137 "the memory eater" as ada busbar run --quiet --name eater --cpus 0.5 --mem 64MiB -- python3 -c 'x = []
while True: x.append(bytearray(1 << 20))'
expect 0 "its neighbour" busbar wait --quiet "${job[neighbour]}"

title "One sends a child into the background and leaves"
marker=86399.$$
expect 0 "the daemoniser" as ada busbar run --quiet --name daemon --cpus 0.5 -- sh -c "setsid nohup sleep $marker >/dev/null 2>&1 & exit 0"
! pgrep -f "sleep $marker" >/dev/null || wrong "a daemonised child outlived its job"
echo "nothing of it is left"

title "One outlives its limit"
expect 124 "the late one" as ben busbar run --quiet --name late --cpus 0.5 --time 1s -- sleep 60

title "kill -9 of the server, in the middle of a job"
send ada steady --cpus 0.5 -- sh -c 'for k in 1 2 3 4 5 6; do echo "step $k"; sleep 0.5; done; exit 7'
for _ in $(seq 50); do [ "$(state_of "${job[steady]}")" = RUNNING ] && break; sleep 0.1; done
before=$(busbar ps --json -a | python3 -c 'import json,sys; print(next(j["tasks"][0]["pid"] for j in json.load(sys.stdin)["jobs"] if j["id"]==int(sys.argv[1])))' "${job[steady]}")
kill -9 "$(busbar version --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["server"]["pid"])')"
kill -0 "$before" || wrong "the running task did not survive its server"
show busbar up
expect 7 "the job that lost its server" busbar wait --quiet "${job[steady]}"
[ "$(busbar logs "${job[steady]}" | wc -l)" -eq 6 ] || wrong "output was lost with the server"
echo "job ${job[steady]} kept its pid $before, wrote all six lines and ended with its own code 7"

title "Why is it waiting?"
send ada both   -g 2 --cpus 0.5 --time 10m -- sleep 600
send ben wants2 -g 2 --cpus 0.5 --time 5m -- true
sleep 0.3
show busbar why "${job[wants2]}"
expect 2 "nine GPUs on a machine of two" as ben busbar run --quiet -g 9 -- true
busbar stop --quiet "${job[both]}"
expect 0 "the one that waited" busbar wait --quiet "${job[wants2]}"

title "The day"
show busbar ps -a
show busbar check
again=$(busbar check --json | python3 -c 'import json,sys; print(next(f["checked"] for f in json.load(sys.stdin)["findings"] if f["invariant"].startswith("I12")))')
[ "$again" -gt 0 ] || wrong "no decision of the day was made again"
echo "the day's journal replayed: $again decisions made again, zero differences"
title "Everything was as told."
