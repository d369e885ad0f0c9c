#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How full could any policy make the cluster of `busbar sim place`, if it drops nothing before a stated share has arrived?

    bench/place_bound.py --pods LIST.csv.gz [--gpus 6212] [--seeds 42..51] [--load 1.3] [--nothing-dropped 0.95]

A bound from above: tasks go into GPUs by a flow through the sizes of holes, as a linear programme over all of them at once. Every task that
came before the stated share must be in, any of the others may be; CPUs, memory, models and nodes are not looked at. Needs scipy.
The arrivals are those of `busbar sim place` (src/sim/place.cpp: arrivals), draw for draw."""
import argparse
import collections
import csv
import gzip
import statistics
import sys

try:
    import numpy
    import scipy.optimize
    import scipy.sparse
except ImportError:
    sys.exit("error: this needs scipy: python3 -m venv V && V/bin/pip install scipy, then V/bin/python " + sys.argv[0])

WORD = (1 << 64) - 1


class Rng:
    """SplitMix64, as in base/chance.hpp."""

    def __init__(self, seed):
        self.state = seed & WORD

    def below(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) & WORD
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
        return (z ^ (z >> 31)) % bound


def arrivals(asks, seed, target):
    rng, order = Rng(seed), list(range(len(asks)))
    for k in range(len(order), 1, -1):
        other = rng.below(k)
        order[k - 1], order[other] = order[other], order[k - 1]
    asked = sum(asks)
    if asked > target:
        out = set()
        while asked > target:
            k = rng.below(len(order))
            if k not in out:
                out.add(k)
                asked -= asks[order[k]]
        return [pod for k, pod in enumerate(order) if k not in out]
    while True:
        pod = rng.below(len(asks))
        if asked + asks[pod] > target:
            return order
        asked += asks[pod]
        order.append(pod)


def bound(least, most, gpus):
    """Percent of `gpus` in use at the most, with least[s] to most[s] tasks of s thousandths. None: `least` cannot be packed."""
    sizes = sorted(most)
    holes, todo = {1000}, [1000]
    while todo:
        hole = todo.pop()
        for left in (hole - size for size in sizes if size <= hole):
            if left not in holes:
                holes.add(left)
                todo.append(left)
    holes = sorted(holes)
    row = {hole: k for k, hole in enumerate(holes)}
    moves = [(hole, size) for hole in holes for size in sizes if size <= hole]
    flow = scipy.sparse.lil_matrix((len(holes), len(moves) + len(holes)))  # in - out - what ends there = what was there
    use = scipy.sparse.lil_matrix((len(sizes), len(moves) + len(holes)))
    for k, (hole, size) in enumerate(moves):
        flow[row[hole], k] -= 1
        flow[row[hole - size], k] += 1
        use[sizes.index(size), k] = 1
    for k in range(len(holes)):
        flow[k, len(moves) + k] = -1
    there = numpy.zeros(len(holes))
    there[row[1000]] = -gpus
    limits = scipy.sparse.vstack([use, -use])
    solved = scipy.optimize.linprog(
        [0.0] * len(moves) + [float(hole) for hole in holes], A_ub=limits.tocsr(),
        b_ub=[most[s] for s in sizes] + [-least[s] for s in sizes], A_eq=flow.tocsr(), b_eq=there, method="highs")
    return 100 - solved.fun / gpus / 10 if solved.status == 0 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pods", required=True)
    parser.add_argument("--gpus", type=int, default=6212)
    parser.add_argument("--seeds", default="42..51")
    parser.add_argument("--load", type=float, default=1.3)
    parser.add_argument("--nothing-dropped", type=float, default=0.95)
    args = parser.parse_args()
    first, last = args.seeds.split("..")
    with (gzip.open if args.pods.endswith(".gz") else open)(args.pods, "rt") as file:
        pods = [(int(pod["num_gpu"]), int(pod["gpu_milli"] or 0)) for pod in csv.DictReader(file)]
    asks = [number * milli for number, milli in pods]
    found = []
    for seed in range(int(first), int(last) + 1):
        least, most, asked = collections.Counter(), collections.Counter(), 0
        for pod in arrivals(asks, seed, int(args.gpus * 1000 * args.load)):
            number, milli = pods[pod]
            if number == 0:
                continue
            asked += asks[pod]
            most[milli] += number
            if asked <= args.gpus * 1000 * args.nothing_dropped:
                least[milli] += number
        found.append(bound(least, most, args.gpus))
    if None in found:
        sys.exit("error: so much cannot be packed at all; try a smaller --nothing-dropped")
    print(f"{args.pods.rsplit('/', 1)[-1]}: at most {statistics.mean(found):.2f} % (mean of {len(found)} seeds)")


if __name__ == "__main__":
    main()
