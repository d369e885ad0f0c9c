#!/usr/bin/env python3
"""Counts instructions of a fixed amount of work against the committed counts: instructions.py BUILD [--write].

A count does not depend on what else the machine does. Each part of bench/steps.cpp runs under callgrind for two
amounts of work; the difference leaves start and end of the program out. --write puts the counts found in place of
the committed ones: commit them on purpose, and say why. Another compiler or library counts differently: where they
are not those of the committed counts the ratios are shown, and nothing is refused."""
import json
import os
import re
import subprocess
import sys

TOLERANCE = 0.03
# What the C library chooses by the processor (how it copies and compares) shall be the same everywhere.
ENVIRONMENT = {"PATH": os.environ["PATH"], "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-ERMS"}
FEW, MANY = 100, 300
build, write = os.path.abspath(sys.argv[1]), "--write" in sys.argv[2:]
program = os.path.join(build, "busbar-steps")
committed = os.path.join(os.path.dirname(os.path.abspath(__file__)), "instructions.json")


def count(part, amount):
    run = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, part, str(amount)],
                         stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    if run.returncode != 0:
        sys.exit(f"{part}: {run.stderr}")
    return int(re.search(r"Collected : (\d+)", run.stderr).group(1))


def version(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n")[0]


tools = {"compiler": version("c++", "--version"), "libc": version("ldd", "--version")}
parts = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n")[:-1]
found = {part: round((count(part, MANY) - count(part, FEW)) / (MANY - FEW)) for part in parts}
if write:
    with open(committed, "w") as out:
        json.dump({"tools": tools, "instructions": found}, out, indent=1)
        out.write("\n")
with open(committed) as source:
    known = json.load(source)
binding = known["tools"] == tools
failed = 0
print("| part, once | instructions | committed | ratio | |\n| --- | --- | --- | --- | --- |")
for part in sorted(set(found) | set(known["instructions"])):
    new, old = found.get(part), known["instructions"].get(part)
    well = new and old and abs(new / old - 1) <= TOLERANCE
    failed += not well
    ratio = f"{new / old:.3f}" if new and old else "-"
    print(f"| {part} | {new} | {old} | {ratio} | {'ok' if well else 'CHANGED'} |")
if not binding:
    print(f"other tools than those of the committed counts, so nothing is refused: {tools} here, {known['tools']} there")
    failed = 0
elif failed:
    print("more or less work than committed; when it is meant, commit what `./dev bench instructions --write` finds")
print(f"{len(found) - failed} passed, {failed} failed")
sys.exit(failed != 0)
