#!/usr/bin/env python3
"""Runs every test program of a build and says how many tests passed: tests/run.py BUILD [ROOM...]

Each program's output goes to BUILD/test-log/NAME.log; what fails is shown. Ends with 'N passed, N failed'.
"""
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def programs(build, wanted):
    """(name, command) of each test program: those of the rooms, then those that need several rooms."""
    found = []
    for room in sorted(os.listdir(os.path.join(build, "src"))):
        program = os.path.join(build, "src", room, room + "_test")
        if os.path.exists(program):
            found.append((room, [program, "--gtest_brief=0"]))
    for suite in ("structure", "golden", "journeys"):
        script = os.path.join(ROOT, "tests", suite, "run.py")
        if os.path.exists(script):
            found.append((suite, [sys.executable, script, build]))
    return [(name, command) for name, command in found if not wanted or name in wanted]


def counts(output, code):
    """(passed, failed, skipped) as googletest or Python's unittest closes."""
    passed = sum(int(n) for n in re.findall(r"^\[  PASSED  \] (\d+) test", output, re.M))
    failed = sum(int(n) for n in re.findall(r"^\[  FAILED  \] (\d+) test", output, re.M))
    skipped = sum(int(n) for n in re.findall(r"^\[  SKIPPED \] (\d+) test", output, re.M))
    ran = re.search(r"^Ran (\d+) test", output, re.M)
    if ran:
        bad = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", output))
        skipped += sum(int(n) for n in re.findall(r"skipped=(\d+)", output))
        failed += bad
        passed += int(ran.group(1)) - bad - skipped
    if code != 0 and failed == 0:  # it crashed before it could say so
        failed = 1
    return passed, failed, skipped


def main():
    build, wanted = os.path.abspath(sys.argv[1]), [room for room in sys.argv[2:] if room != "--"]
    logs = os.path.join(build, "test-log")
    os.makedirs(logs, exist_ok=True)
    total = [0, 0, 0]
    chosen = programs(build, wanted)
    if not chosen:
        sys.exit(f"error: no tests named {' '.join(wanted)}")
    for name, command in chosen:
        start = time.monotonic()
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, stdin=subprocess.DEVNULL)
        output = ran.stdout.decode(errors="replace")
        with open(os.path.join(logs, name + ".log"), "w") as log:
            log.write(output)
        result = counts(output, ran.returncode)
        total = [a + b for a, b in zip(total, result)]
        skipped = f", {result[2]} skipped" if result[2] else ""
        print(f"{name:<10} {result[0]:>5} passed, {result[1]} failed{skipped}  ({time.monotonic() - start:.1f} s)", flush=True)
        for line in re.findall(r"^.*(?:skipped aloud|SKIPPED aloud).*$", output, re.M):
            print(f"           {line.strip()}")
        if result[1]:
            print("\n".join(output.splitlines()[-80:]))
    print(f"{total[0]} passed, {total[1]} failed" + (f", {total[2]} skipped" if total[2] else ""))
    sys.exit(1 if total[1] else 0)


if __name__ == "__main__":
    main()
