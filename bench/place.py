#!/usr/bin/env python3
"""How full each placement policy makes the openb cluster, beside the published series of FGD: place.py BUILD [--policies a,b] [--seeds 42..51]

Reads ../shared/data/traces/openb (or below BUSBAR_SHARED); its README tells the source. Every run goes through the production controller.
"""
import argparse
import csv
import glob
import gzip
import json
import os
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OPENB = os.path.join(os.environ.get("BUSBAR_SHARED", os.path.join(ROOT, "..", "shared")), "data", "traces", "openb")


def published():
    """Mean allocated percent of FGD at 130 % arrived, by list."""
    found = {}
    with gzip.open(os.path.join(OPENB, "fgd_expected", "analysis_allo_discrete.csv.gz"), "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["sc_policy"].endswith("FGD"):
                found.setdefault(row["workload"], []).append(float(row["130"]))
    return {workload: statistics.mean(series) for workload, series in found.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--policies", default="all")
    parser.add_argument("--seeds", default="42..51")
    args = parser.parse_args()
    lists = sorted(glob.glob(os.path.join(OPENB, "openb_pod_list_*.csv.gz")))
    if not lists:
        print(f"the openb lists are not in {OPENB}: SKIPPED; BUSBAR_SHARED names the folder that holds data/traces")
        return
    command = [os.path.join(args.build, "busbar"), "sim", "place", "--nodes", os.path.join(OPENB, "openb_node_list_gpu_node.csv"),
               "--policy", args.policies, "--seeds", args.seeds, "--load", "1.3", "--json", "-q"]
    for path in lists:
        command += ["--pods", path]
    start = time.time()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    took = time.time() - start
    if done.returncode:
        sys.exit("error: busbar sim place failed")
    series = published()
    by_list = {}
    for experiment in json.loads(done.stdout)["experiments"]:
        name = os.path.basename(experiment["pods"]).removesuffix(".csv.gz")
        by_list.setdefault(name, {})[experiment["policy"]] = experiment["allocated"]["130"]["mean"]
    policies = list(next(iter(by_list.values())))
    print(f"| list | {' | '.join(policies)} | FGD published | ours - own FGD |")
    print("| --- " * (len(policies) + 3) + "|")
    for name, got in by_list.items():
        gain = f"{got['busbar'] - got['fgd']:+.2f}" if "busbar" in got and "fgd" in got else ""
        theirs = f"{series[name]:.2f}" if name in series else ""
        print(f"| {name.removeprefix('openb_pod_list_')} | {' | '.join(f'{got[p]:.2f}' for p in policies)} | {theirs} | {gain} |")
    print(f"\n{len(by_list)} lists x {len(policies)} policies x seeds {args.seeds} in {took:.0f} s (wanted for all: 120 s on 2 cores)")


main()
