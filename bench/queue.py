#!/usr/bin/env python3
"""The Philly jobs under several rules, beside what others made of them: queue.py BUILD [--differences]

Reads ../shared/data/traces/philly (or below BUSBAR_SHARED), whose README says what the published figures are. --differences lists the jobs
that fifo-consolidate starts at another second than the Helios artifact's own simulator.
"""
import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PHILLY = os.path.join(os.environ.get("BUSBAR_SHARED", os.path.join(ROOT, "..", "shared")), "data", "traces", "philly")
BUILD = os.path.abspath(sys.argv[1])
SLICE = ["--since", "2017-10-01", "--until", "2017-12-01", "--drop-vc", "795a4c,51b7ef,925e2b,23dbec"]
# One pool is that of the clusters that have jobs.
IN_USE = ["--drop-vc", "11cb48,2869ce"]
LENT = IN_USE + ["--shares", "clusters", "--preemptible", "10m"]

# what, flags, published mean queue in seconds or mean completion time (README of the data); None: nothing to compare with
ROWS = [
    ("sealed, fifo-consolidate, scale 1", ["--policy", "fifo-consolidate"], 12.898, 12894.221),
    ("sealed, fifo-consolidate, scale 0.5", ["--policy", "fifo-consolidate", "--scale", "0.5"], 3474, 16355),
    ("sealed, fifo-consolidate, scale 0.25", ["--policy", "fifo-consolidate", "--scale", "0.25"], 156292, 169174),
    ("sealed, sjf-oracle, scale 0.5", ["--policy", "sjf-oracle", "--scale", "0.5"], 1311, 14192),
    ("sealed, sjf-oracle, scale 0.25", ["--policy", "sjf-oracle", "--scale", "0.25"], 15169, 28050),
    ("sealed, sjf-oracle-any, scale 0.5", ["--policy", "sjf-oracle-any", "--scale", "0.5"], 1251, None),
    ("sealed, sjf-oracle-any, scale 0.25", ["--policy", "sjf-oracle-any", "--scale", "0.25"], None, 27594),
    ("one pool, fifo-consolidate, scale 0.5", IN_USE + ["--pool", "--policy", "fifo-consolidate", "--scale", "0.5"], 0.0, None),
    ("one pool, fifo-consolidate, scale 0.25", IN_USE + ["--pool", "--policy", "fifo-consolidate", "--scale", "0.25"], None, 17196),
    ("one pool, busbar, scale 0.25", IN_USE + ["--pool", "--policy", "busbar", "--scale", "0.25"], None, None),
    ("shares, nobody may be stopped, scale 0.5", IN_USE + ["--shares", "clusters", "--scale", "0.5"], None, None),
    ("shares, nobody may be stopped, scale 0.25", IN_USE + ["--shares", "clusters", "--scale", "0.25"], None, None),
    ("shares, all may be stopped and save every 10 minutes, scale 0.5", LENT + ["--scale", "0.5"], None, None),
    ("shares, all may be stopped and save every 10 minutes, scale 0.25", LENT + ["--scale", "0.25"], None, None),
    ("sealed, busbar, scale 0.5", ["--policy", "busbar", "--scale", "0.5"], None, None),
    ("sealed, busbar, scale 0.25", ["--policy", "busbar", "--scale", "0.25"], None, None),
]


def replay(flags):
    jobs, cluster = os.path.join(PHILLY, "philly_jobs_dev.csv.gz"), os.path.join(PHILLY, "philly_vc.csv")
    command = [os.path.join(BUILD, "busbar"), "sim", "queue", "--jobs", jobs, "--cluster", cluster, "-q", "--json"] + SLICE + flags
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"error: {' '.join(command)} failed")
    return json.loads(done.stdout)


def alike(row):
    """Jobs that are equal in this are one another's equal."""
    return row["vc"], float(row["submit_time"]), int(row["gpu_num"]), float(row["duration"])


def compare_starts():
    expected, found = defaultdict(Counter), defaultdict(Counter)
    with gzip.open(os.path.join(PHILLY, "oracle_helios_fifo_consolidate_dev.csv.gz"), "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            expected[alike(row)][float(row["start_time"])] += 1
    with tempfile.NamedTemporaryFile("r", suffix=".csv") as starts:
        ours = replay(["--policy", "fifo-consolidate", "--starts", starts.name])
        for row in csv.DictReader(starts):
            found[alike(row)][float(row["start_time"])] += 1
    jobs = sum(sum(each.values()) for each in expected.values())
    differ = {job: (expected[job] - found[job], found[job] - expected[job]) for job in expected if expected[job] != found[job]}
    count = sum(sum(theirs.values()) for theirs, _ in differ.values())
    print(f"fifo-consolidate: {jobs - count} of {jobs} starts equal Helios's ({100 * (jobs - count) / jobs:.3f} %; wanted: 99.85)")
    means = defaultdict(lambda: [0, 0.0, 0.0])
    for (vc, submit, _, duration), starts_of in expected.items():
        for start, many in starts_of.items():
            means[vc][0] += many
            means[vc][1] += many * (start - submit)
            means[vc][2] += many * (start - submit + duration)
    for group in ours["groups"]:
        many, queue, completion = means[group["name"]]
        off = [abs(mine * many - theirs) / theirs if theirs else abs(mine) for mine, theirs in
               ((group["queue"]["mean"], queue), (group["mean_jct"], completion))]
        print(f"  {group['name']}: mean queue {group['queue']['mean']:.3f} s, off by {100 * off[0]:.4f} %; "
              f"mean completion {group['mean_jct']:.3f} s, off by {100 * off[1]:.5f} %")
    if "--differences" in sys.argv:
        print("vc,submit_time,gpu_num,duration: start of Helios, start here")
        for job, (theirs, mine) in sorted(differ.items()):
            print(f"{job[0]},{job[1]:.0f},{job[2]},{job[3]:.0f}: {sorted(theirs.elements())}, {sorted(mine.elements())}")


def compare_clusters(scale):
    """Is any cluster worse off for sharing than sealed, first come first served?"""
    sealed = {group["name"]: group for group in replay(["--policy", "fifo-consolidate", "--scale", scale])["groups"]}
    shared = replay(LENT + ["--scale", scale])
    print(f"\nEach cluster at scale {scale}; {shared['preemptions']} stops, {shared['lost_gpu_hours']:,.0f} of {shared['gpu_hours']:,.0f} GPU hours lost\n\n"
          "| cluster | jobs | mean completion s, sealed FIFO | with shares | mean queue s, sealed FIFO | with shares |\n| --- | --- | --- | --- | --- | --- |")
    for group in shared["groups"]:
        alone = sealed[group["name"]]
        worse = " **worse**" if group["mean_jct"] > alone["mean_jct"] else ""
        print(f"| {group['name']} | {group['jobs']:,} | {alone['mean_jct']:,.0f} | {group['mean_jct']:,.0f}{worse} | "
              f"{alone['queue']['mean']:,.0f} | {group['queue']['mean']:,.0f} |", flush=True)


# Scale, and every so-manieth job that waits is asked when it will start.
ASKED = [("0.5", "30"), ("0.25", "100")]


def ask_when():
    print("\n| `when`, scale | asked | held % | by futures alone % | early | late | busy: held of | median wait s | median width s |\n"
          "| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for scale, every in ASKED:
        got = replay(["--policy", "busbar", "--scale", scale, "--when-every", every])["when"]
        print(f"| {scale} | {got['asked']} | {100 * got['held'] / got['asked']:.1f} | {100 * got['by_futures_alone'] / got['asked']:.1f} | "
              f"{got['early']} | {got['late']} | {got['busy_held']} of {got['busy']} | {got['median_wait']:,.0f} | {got['median_width']:,.0f} |", flush=True)


def main():
    if not os.path.exists(os.path.join(PHILLY, "philly_jobs_dev.csv.gz")):
        print(f"the Philly traces are not in {PHILLY}: SKIPPED; BUSBAR_SHARED names the folder that holds data/traces")
        return
    compare_starts()
    print("\n| rules | mean queue s (published) | mean completion s (published) | p99 s | over a week | events/s |\n| --- | --- | --- | --- | --- | --- |")
    for what, flags, queue, completion in ROWS:
        got = replay(flags)
        beside = lambda value: "" if value is None else f" ({value:,})"
        print(f"| {what} | {got['queue']['mean']:,.1f}{beside(queue)} | {got['mean_jct']:,.1f}{beside(completion)} | {got['queue']['p99']:,.0f} | "
              f"{got['over_a_week']} | {got['events_per_second']:,} |", flush=True)
    compare_clusters("0.5")
    compare_clusters("0.25")
    ask_when()


main()
