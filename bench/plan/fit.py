#!/usr/bin/env python3
"""Learns the constants of the planner: fit.py BUILD MEASURED.csv [--write]

It knows no formula. The program itself predicts every row (BUILD/busbar-bench-predictions); this turns the knobs until predictions
come near to what was measured, and writes catalog/constants.csv with where each value comes from.

Every learned constant has a prior (bench/plan/priors.csv), a guess from physics or from a data sheet, and a spread within which it is
believed (a factor, one standard deviation of its logarithm): few rows move it little. The prior of a single program's constant is
the constant that all programs share, which is learned with it; so what one row is not there to teach, the others do. Each source
of measurements weighs by the fourth root of its rows, so a large table does not outvote the others.

Errors are judged on rows that the constants did not see: five random folds (other rows of the same programs were seen), and one source left
out at a time (no row of it was seen). Intervals: the middle 80 % of measured / predicted on such rows, see interval(). Whether they hold
is judged on rows that neither the constants nor the interval saw: for every fold the intervals are made anew from the other four
alone. Needs python3-numpy and python3-scipy.
"""
import csv
import itertools
import os
import random
import subprocess
import sys
import tempfile

import numpy
from scipy.optimize import least_squares

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONSTANTS = os.path.join(ROOT, "catalog", "constants.csv")
PRIORS = os.path.join(ROOT, "bench", "plan", "priors.csv")
# Learned together, and the error that a formula of that kind is granted before a row counts as an outlier.
SOFT = {"train_time": 0.05, "train_mem": 0.03, "infer_mem": 0.01, "decode_b1": 0.05, "prefill": 0.08, "serving_peak": 0.08}
WITH = {"gpu_hours": "train_time", "kv_capacity": "infer_mem"}
FOLDS = 5
STRANGERS = 10  # rows of other programs count as so many rows of one's own in its interval


class Program:
    """The planner as a function from constants to predictions of the rows of a table."""

    def __init__(self, build, rows):
        with tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False) as table:
            writer = csv.DictWriter(table, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        self.running = subprocess.Popen([os.path.join(build, "busbar-bench-predictions"), table.name], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.kinds, self.programs = zip(*(self.running.stdout.readline().split() for _ in rows))

    def __call__(self, values):
        self.running.stdin.write(" ".join(f"{name} {value:.9g}" for name, value in values.items()) + "\n")
        self.running.stdin.flush()
        return numpy.array(self.running.stdout.readline().split(), dtype=float)


class Knobs:
    """The constants that rows of one kind move: from their logarithms, as distances from what is believed, to values and back."""

    def __init__(self, priors, kind):
        self.rows = [row for row in priors if row["kind"] == kind]
        self.spread = numpy.log([float(row["spread"]) for row in self.rows])
        self.most = numpy.log([float(row["most"] or "inf") for row in self.rows])

    def values(self, start, steps):
        """Those of others as in `start`; a constant that is believed to be as another follows it."""
        values = dict(start)
        for row, step, most in zip(self.rows, steps, self.most):
            believed = values[row["value"]] if row["value"] in values else float(row["value"])
            values[row["name"]] = float(min(believed * numpy.exp(step), numpy.exp(most)))
        return values


def fitted(program, goal, groups, seen, start, knobs, soft):
    """The constants of `knobs` that fit the rows of `seen` best."""
    sizes = {group: sum(1 for k in seen if groups[k] == group) for group in {groups[k] for k in seen}}
    weight = numpy.zeros(len(goal))
    for k in seen:
        weight[k] = sizes[groups[k]] ** -0.25 / soft

    def misses(steps):
        said = program(knobs.values(start, steps))
        error = numpy.nan_to_num((numpy.log(numpy.maximum(said, 1e-9)) - goal) * weight, nan=0.0)
        return numpy.concatenate([numpy.sign(error) * numpy.sqrt(2 * (numpy.sqrt(1 + error * error) - 1)), steps / knobs.spread])

    def slopes(steps):
        here, step, each = misses(steps), 0.01, numpy.eye(len(steps))
        return numpy.stack([(here - misses(steps - step * each[k])) / step for k in range(len(steps))], axis=1)

    found = least_squares(misses, numpy.zeros(len(knobs.rows)), slopes, max_nfev=12, ftol=1e-4)
    return knobs.values(start, found.x)


class Study:
    """All rows that teach one kind of constants, their ratios measured / predicted with rows left out."""

    def __init__(self, build, rows, priors, start, kind, seed):
        self.program = Program(build, rows)
        self.kinds, self.programs = self.program.kinds, self.program.programs
        self.groups = [row["group"] for row in rows]
        self.measured = numpy.array([float(row["measured_value"]) for row in rows])
        self.start, self.knobs, self.soft = dict(start), Knobs(priors, kind), SOFT[kind]
        order = list(range(len(rows)))
        random.Random(seed).shuffle(order)
        self.fold = numpy.empty(len(rows), dtype=int)
        for fold in range(FOLDS):
            self.fold[order[fold::FOLDS]] = fold

    def learn(self, seen):
        return fitted(self.program, numpy.log(self.measured), self.groups, [k for k, wanted in enumerate(seen) if wanted], self.start, self.knobs, self.soft)

    def ratios(self, values):
        return self.measured / self.program(values)

    def folds(self):
        """Each row's ratio with its fold left out."""
        out = numpy.full(len(self.measured), numpy.nan)
        for fold in range(FOLDS):
            out[self.fold == fold] = self.ratios(self.learn(self.fold != fold))[self.fold == fold]
        return out

    def pairs(self):
        """[a][k]: the ratio of row k with its own fold and fold a left out."""
        out = numpy.full((FOLDS, len(self.measured)), numpy.nan)
        for a, b in itertools.combinations(range(FOLDS), 2):
            ratio = self.ratios(self.learn((self.fold != a) & (self.fold != b)))
            out[a][self.fold == b], out[b][self.fold == a] = ratio[self.fold == b], ratio[self.fold == a]
        return out

    def sources(self):
        """Each row's ratio with its source left out; nan where there is but one."""
        out = numpy.full(len(self.measured), numpy.nan)
        groups = numpy.array(self.groups)
        for group in sorted(set(self.groups)) if len(set(self.groups)) > 1 else []:
            out[groups == group] = self.ratios(self.learn(groups != group))[groups == group]
        return out


def quantile(values, weights, at):
    """Of weighted values, linear between the middles of their weights."""
    order = numpy.argsort(values)
    middles = numpy.cumsum(weights[order]) - weights[order] / 2
    return float(numpy.interp(at * weights.sum(), middles, values[order]))


def interval(ratios, own, groups):
    """Low and high factor for one program (own: which ratios are its rows'): the middle 80 % of its rows' ratios, among which the rows
    of all others count as ten, each source of theirs alike. A program of many rows has its own spread, one of two that of the kind.
    A little wider for few, as what is new falls outside of n others twice in n + 1 times: by the rows; by twice the sources, where the program is not
    known. Never narrower than 1 % either way."""
    good = ratios > 0  # a row without a prediction has none; nor has room for keys and values that is said to be less than nothing
    ratios, own, groups = ratios[good], own[good], numpy.array(groups)[good]
    weights = own.astype(float)
    strangers = sorted(set(groups[~own]))
    for group in strangers:
        chosen = ~own & (groups == group)
        weights[chosen] = STRANGERS / len(strangers) / chosen.sum()
    share = min(0.8 * (1 + 1 / (len(ratios) if own.any() else 2 * len(strangers))), 0.98)
    low, high = (quantile(ratios, weights, 0.5 + side * share / 2) for side in (-1, 1))
    return min(low, 0.99), max(high, 1.01)


def intervals(study, kind, ratios):
    """Of each program that has rows of this kind."""
    of_kind = numpy.array([each == kind for each in study.kinds])
    found = {}
    for program in sorted({each for each, wanted in zip(study.programs, of_kind) if wanted and each != "-"}):
        own = numpy.array([each == program for each in study.programs])
        found[program] = interval(numpy.where(of_kind, ratios, numpy.nan), own, study.groups)
    return found


def unknown(study, kind, alone, without=None):
    """For a program that is not known, from ratios whose source was left out, each source alike."""
    ratios = numpy.array([value if each == kind and group != without else numpy.nan for value, each, group in zip(alone, study.kinds, study.groups)])
    return interval(ratios, numpy.zeros(len(ratios), dtype=bool), study.groups)


def why(study, kind, program, alone):
    """What an interval rests on."""
    rows = sum(1 for each, of in zip(study.kinds, study.programs) if each == kind and program in ("", of))
    if program:
        return f"measured / predicted of {rows} rows of this program that were not seen, others as ten"
    return f"measured / predicted of {rows} rows, " + ("not seen, of one source" if numpy.isnan(alone).all() else "their source left out")


def held(ratios, bounds):
    return [each[0] <= ratio <= each[1] for ratio, each in zip(ratios, bounds) if each and ratio == ratio]


def report(title, study, kind, ratio):
    errors = {}
    for value, each, group in zip(ratio, study.kinds, study.groups):
        if each == kind and value == value:
            errors.setdefault(group, []).append(abs(1 / value - 1))
    if not errors:
        return
    medians = {group: float(numpy.median(each)) for group, each in errors.items()}
    everyone = numpy.concatenate(list(errors.values()))
    shown = " ".join(f"{group} {100 * median:.1f}" for group, median in medians.items())
    print(f"{title:15} {kind:12} {len(everyone):3} rows  median {100 * numpy.mean(list(medians.values())):5.1f} %  p90 {100 * numpy.quantile(everyone, 0.9):5.1f} %   {shown}")


def report_cover(study, kind, seen, alone):
    """How often intervals hold on rows that neither the constants nor the interval saw."""
    pairs = study.pairs()
    bounds = [None] * len(seen)
    for fold in range(FOLDS):
        made = intervals(study, kind, numpy.where(study.fold == fold, numpy.nan, pairs[fold]))
        for k in numpy.flatnonzero(study.fold == fold):
            bounds[k] = made.get(study.programs[k])
    of = [k for k, each in enumerate(study.kinds) if each == kind]
    by_group = {}
    for k in of:
        by_group.setdefault(study.groups[k], []).append(k)
    left = {group: unknown(study, kind, alone, group) for group in by_group} if len(by_group) > 1 else {}
    for title, ratio, bound in (("intervals hold", seen, lambda k: bounds[k]), ("unknown program", alone, lambda k: left.get(study.groups[k]))):
        everyone = held(ratio[of], [bound(k) for k in of])
        if everyone:
            shown = " ".join(f"{group} {100 * numpy.mean(held(ratio[rows], [bound(k) for k in rows])):.0f}" for group, rows in by_group.items())
            print(f"{title:15} {kind:12} {len(everyone):3} rows  {100 * numpy.mean(everyone):5.1f} %   {shown}")


def write(values, priors, sources, count):
    with open(CONSTANTS, "w", encoding="utf-8") as file:
        file.write("# What no formula gives. Made by bench/plan/fit.py from published measurements and bench/plan/priors.csv; do not edit.\n")
        file.write("# prior: what was believed before; source: what moved it, or where a constant that is not learned comes from.\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "value", "prior", "source"])
        row_of = {row["name"]: row for row in priors}
        for name in sorted(values):
            row = row_of.get(name)
            learned = row and row["kind"] in count
            source = sources.get(name) or (f"learned from {count[row['kind']]} rows of {row['kind']}; {row['why']}" if learned else row["why"])
            writer.writerow([name, f"{values[name]:.4g}", row["value"] if row and row["kind"] else "", source])


def main():
    build, table = sys.argv[1], sys.argv[2]
    with open(table, encoding="utf-8") as file:
        everything = list(csv.DictReader(file))
    with open(PRIORS, encoding="utf-8") as file:
        priors = list(csv.DictReader(line for line in file if not line.startswith("#")))
    start = {}
    for row in priors:
        start[row["name"]] = start[row["value"]] if row["value"] in start else float(row["value"])
    kinds = list(SOFT) + list(WITH)
    start.update({f"{side}.{kind}": factor for kind in kinds for side, factor in (("low", 0.8), ("high", 1.25))})
    numbers = [row for row in everything if row["unit"] != "verdict" and row["measured_value"] not in ("", "OOM")]
    all_kinds = Program(build, numbers).kinds
    values, sources, count = dict(start), {}, {}
    for learned in SOFT:
        rows = [row for row, kind in zip(numbers, all_kinds) if WITH.get(kind, kind) == learned]
        if not rows:
            continue
        count[learned] = len(rows)
        study = Study(build, rows, priors, values, learned, seed=11)  # a formula may use what those before it taught
        best = study.learn(numpy.ones(len(rows), dtype=bool))
        values.update({row["name"]: best[row["name"]] for row in study.knobs.rows})
        seen, alone, inside = study.folds(), study.sources(), study.ratios(best)
        for kind in sorted(set(study.kinds)):
            for title, ratio in (("in sample", inside), ("five folds", seen), ("source left out", alone)):
                report(title, study, kind, ratio)
            report_cover(study, kind, seen, alone)
            found = {"": unknown(study, kind, seen if numpy.isnan(alone).all() else alone), **intervals(study, kind, seen)}
            for program, (low, high) in found.items():
                for side, factor in (("low", low), ("high", high)):
                    name = f"{side}.{kind}" + (f".{program}" if program else "")
                    values[name] = factor
                    sources[name] = why(study, kind, program, alone)
    if "--write" in sys.argv:
        write(values, priors, sources, count)


if __name__ == "__main__":
    main()
