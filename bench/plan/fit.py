#!/usr/bin/env python3
"""Learns the constants of the planner: fit.py BUSBAR MEASURED.csv [--write]

It knows no formula. The program itself predicts every row (`busbar plan predict --constants`); this turns the knobs until
predictions come near to what was measured, and writes catalog/constants.csv with where each value comes from.
Every learned constant has a prior, a guess from physics or from a data sheet, and a spread within which it is believed (a factor,
one standard deviation of its logarithm): few rows move it little; and a share of a peak stays below it whatever a row says. Each source of measurements weighs by the fourth root of its rows, so a large table does not outvote the others.
Errors are judged out of fold: five random folds (other rows of the same programs were seen) and one source left out at a time (no
row of it was seen). Intervals: 10th to 90th percentile of measured / predicted in the five folds for each program that has rows enough, and of
sources left out for a program that is not known. Needs python3-numpy and python3-scipy.
"""
import csv
import os
import random
import subprocess
import sys
import tempfile

import numpy
from scipy.optimize import least_squares

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUSBAR, TABLE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
CONSTANTS = os.path.join(ROOT, "catalog", "constants.csv")
PRIORS = os.path.join(ROOT, "bench", "plan", "priors.csv")
SOFT = {"train_time": 0.05, "train_mem": 0.03, "infer_mem": 0.01, "decode_b1": 0.05, "prefill": 0.08, "serving_peak": 0.08}


def kind_of(row):
    """The kind of `busbar plan score`, but that room for keys and values is learned with the memory of serving."""
    if row["kind"] == "infer_tput":
        unit = row["unit"]
        return "prefill" if unit.startswith("prompt") else "serving_peak" if unit.endswith("total") else "decode_b1"
    return {"gpu_hours": "train_time"}.get(row["kind"], row["kind"])


def scored_kind(row):
    return row["kind"] if row["kind"] == "gpu_hours" else "kv_capacity" if "KV cache" in row["unit"] else kind_of(row)


class Program:
    """The planner as a function from constants to predictions of some rows."""

    def __init__(self, rows):
        self.table = tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False)
        writer = csv.DictWriter(self.table, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self.table.close()
        self.knobs = tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False).name

    def __call__(self, values):
        with open(self.knobs, "w", encoding="utf-8") as file:
            file.write("name,value\n" + "".join(f"{name},{value:.9g}\n" for name, value in values.items()))
        lines = subprocess.run([BUSBAR, "plan", "predict", self.table.name, "--json", "--constants", self.knobs],
                               stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
        found = [line.split('"value":', 1)[1].split(",", 1)[0] for line in lines]
        return numpy.array([float("nan") if value == "null" else float(value) for value in found])


def fitted(rows, values, priors):
    """The constants of `priors` that fit these rows best; the others stay as they are."""
    names = list(priors)
    program = Program(rows)
    goal = numpy.log([float(row["measured_value"]) for row in rows])
    sizes = {group: sum(row["group"] == group for row in rows) for group in {row["group"] for row in rows}}
    weight = numpy.array([sizes[row["group"]] ** -0.25 for row in rows]) / SOFT[kind_of(rows[0])]
    middle = numpy.log([priors[name][0] for name in names])
    spread = numpy.log([priors[name][1] for name in names])
    most = numpy.log([priors[name][2] for name in names])

    def misses(logs):
        said = program({**values, **dict(zip(names, numpy.exp(logs)))})
        error = numpy.nan_to_num((numpy.log(numpy.maximum(said, 1e-9)) - goal) * weight, nan=0.0)
        return numpy.concatenate([numpy.sign(error) * numpy.sqrt(2 * (numpy.sqrt(1 + error * error) - 1)), (logs - middle) / spread])

    def slopes(logs):
        """By steps of 1 %: a step in proportion to the logarithm would leave what is believed to be 1 where it is."""
        here, step = misses(logs), 0.01
        return numpy.stack([(here - misses(logs - step * (numpy.arange(len(logs)) == k))) / step for k in range(len(logs))], axis=1)

    found = least_squares(misses, numpy.minimum(middle, most - 1e-6), slopes, bounds=(-numpy.inf, most), max_nfev=12)
    return {**values, **dict(zip(names, numpy.exp(found.x)))}


def ratios(rows, values):
    """Measured / predicted, row by row."""
    said = Program(rows)(values)
    return numpy.array([float(row["measured_value"]) for row in rows]) / said


def report(title, rows, ratio):
    errors = {}
    for row, value in zip(rows, ratio):
        if value == value:
            errors.setdefault(scored_kind(row), {}).setdefault(row["group"], []).append(abs(1 / value - 1))
    for kind, groups in errors.items():
        medians = {group: float(numpy.median(each)) for group, each in groups.items()}
        everyone = numpy.concatenate(list(groups.values()))
        shown = " ".join(f"{group} {100 * median:.1f}" for group, median in medians.items())
        print(f"{title:14} {kind:13} {len(everyone):4} rows  median {100 * numpy.mean(list(medians.values())):5.1f} %  p90 {100 * numpy.quantile(everyone, 0.9):5.1f} %   {shown}")


def interval(values):
    """10th and 90th percentile, a little wider for few values."""
    share = min(0.8 * (1 + 1 / len(values)), 0.98)
    return numpy.quantile(values, 0.5 - share / 2), numpy.quantile(values, 0.5 + share / 2)


def main():
    with open(TABLE, encoding="utf-8") as file:
        everything = list(csv.DictReader(file))
    with open(PRIORS, encoding="utf-8") as file:
        priors = list(csv.DictReader(line for line in file if not line.startswith("#")))
    values = {row["name"]: float(row["value"]) for row in priors}
    learned = {row["name"]: row for row in priors if row["kind"]}
    for kind in ("low", "high"):
        for of in ("train_mem", "train_time", "infer_mem", "kv_capacity", "decode_b1", "serving_peak", "prefill", "gpu_hours"):
            values[f"{kind}.{of}"] = {"low": 0.8, "high": 1.25}[kind]
    stacks = {}
    rows_of, seen, left_out = {}, {}, {}
    numbers = [row for row in everything if row["unit"] != "verdict" and row["measured_value"] not in ("", "OOM")]
    random.seed(11)
    for kind in SOFT:
        rows = [row for row in numbers if kind_of(row) == kind]
        if not rows:
            continue
        knobs = {name: (float(row["value"]), float(row["spread"]), float(row["most"] or "inf")) for name, row in learned.items() if row["kind"] == kind}
        start = dict(values)
        values = fitted(rows, start, knobs)
        report("in sample", rows, ratios(rows, values))
        order = list(range(len(rows)))
        random.shuffle(order)
        out = numpy.full(len(rows), numpy.nan)
        for fold in range(5):
            test = set(order[fold::5])
            train = fitted([row for k, row in enumerate(rows) if k not in test], start, knobs)
            out[sorted(test)] = ratios([rows[k] for k in sorted(test)], train)
        report("five folds", rows, out)
        seen[kind], rows_of[kind] = out, rows
        groups = sorted({row["group"] for row in rows})
        alone = numpy.full(len(rows), numpy.nan)
        for group in groups if len(groups) > 1 else []:
            test = [k for k, row in enumerate(rows) if row["group"] == group]
            train = fitted([row for row in rows if row["group"] != group], start, knobs)
            alone[test] = ratios([rows[k] for k in test], train)
        if len(groups) > 1:
            report("source left out", rows, alone)
        left_out[kind] = alone if len(groups) > 1 else out
    sources = {}
    for kind, rows in rows_of.items():
        for of in sorted({scored_kind(row) for row in rows}):
            chosen = [k for k, row in enumerate(rows) if scored_kind(row) == of]
            each = left_out[kind][chosen]
            values[f"low.{of}"], values[f"high.{of}"] = interval(each[~numpy.isnan(each)])
            sources[f"low.{of}"] = sources[f"high.{of}"] = f"measured / predicted of {len(chosen)} rows, their source left out"
            by_group = {}
            for k in chosen:
                by_group.setdefault(rows[k]["group"], []).append(seen[kind][k])
            pooled = numpy.concatenate(list(by_group.values()))
            for group, ratio in by_group.items():
                wide = interval(numpy.array(ratio)) if len(ratio) >= 8 else interval(pooled)
                stacks[f"{of}.{group}"] = wide
    inside = {}
    names = {"mosaic": "foundry", "torchtitan-h100": "torchtitan torchtitan-eager", "korthikanti": "megatron-unfused", "bloom": "megatron-unfused",
             "torchtune-flags": "torchtune torchtune-eager", "torchtune-models": "torchtune", "litgpt-ft": "litgpt", "litgpt-infer": "litgpt",
             "vllm-mem": "vllm", "llamacpp": "llamacpp", "trtllm": "trtllm", "megatron-bridge-25.11": "megatron", "nemo-24.12": "megatron", "tinyllama": "tinyllama", "meta-gpu-hours": "meta"}
    for key, (low, high) in stacks.items():
        of, group = key.split(".", 1)
        for stack in names.get(group, "").split():
            a, b = inside.get((of, stack), (low, high))
            inside[(of, stack)] = (min(a, low), max(b, high))
    for (of, stack), (low, high) in inside.items():
        values[f"low.{of}.{stack}"], values[f"high.{of}.{stack}"] = low, high
        sources[f"low.{of}.{stack}"] = sources[f"high.{of}.{stack}"] = "measured / predicted in five folds, sources of this program"
    if "--write" in sys.argv:
        count = {kind: len(rows) for kind, rows in rows_of.items()}
        with open(CONSTANTS, "w", encoding="utf-8") as file:
            file.write("# What no formula gives. Made by bench/plan/fit.py from published measurements and bench/plan/priors.csv; do not edit.\n")
            file.write("# prior: what was believed before; source: what moved it, or where a constant that is not learned comes from.\n")
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["name", "value", "prior", "source"])
            for name in sorted(values):
                row = learned.get(name) or next((each for each in priors if each["name"] == name), None)
                source = sources.get(name) or (f"learned from {count[row['kind']]} rows of {row['kind']}; {row['why']}" if row["kind"] in count else row["why"])
                writer.writerow([name, f"{values[name]:.4g}", row["value"] if row else "", source])


if __name__ == "__main__":
    main()
