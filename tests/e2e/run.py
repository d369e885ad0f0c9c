#!/usr/bin/env python3
"""End-to-end checks of a build against real tools: run.py BUILD [NAME...]

Each check is a module here, check_NAME.py. What it needs comes from Debian; where that is out of reach, or root is needed and is not
there, it is skipped aloud with one line that says why. Closes with 'N passed, N failed, N skipped'.
"""
import glob
import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

import lab  # noqa: E402


class Told(unittest.TextTestResult):
    """A line for each check as it ends."""
    passed = 0

    def startTest(self, test):
        self.began = time.monotonic()
        unittest.TestResult.startTest(self, test)

    def line(self, word, test):
        took = time.monotonic() - getattr(self, "began", time.monotonic())
        print(f"  {word:<7} {test.shortDescription() or test} ({took:.1f} s)", flush=True)

    def addSuccess(self, test):
        self.line("ok", test)
        self.passed += 1

    def addFailure(self, test, err):
        self.line("FAILED", test)
        unittest.TestResult.addFailure(self, test, err)

    def addError(self, test, err):
        self.line("FAILED", test)
        unittest.TestResult.addError(self, test, err)

    def addSkip(self, test, reason):
        print(f"  skipped aloud: {reason}", flush=True)
        unittest.TestResult.addSkip(self, test, reason)


def main():
    lab.BUILD = os.path.abspath(sys.argv[1])
    known = [os.path.basename(path)[len("check_"):-len(".py")] for path in sorted(glob.glob(os.path.join(HERE, "check_*.py")))]
    chosen = sys.argv[2:] or known
    unknown = [name for name in chosen if name not in known]
    if unknown:
        sys.exit(f"error: no check named {' '.join(unknown)}; there are {' '.join(known)}")
    passed = failed = skipped = 0
    for name in chosen:
        start = time.monotonic()
        print(f"{name}:", flush=True)
        suite = unittest.defaultTestLoader.loadTestsFromName("check_" + name)
        with open(os.devnull, "w") as nowhere:  # Told prints what is worth it
            result = unittest.TextTestRunner(stream=nowhere, resultclass=Told).run(suite)
        passed, skipped = passed + result.passed, skipped + len(result.skipped)
        failed += len(result.failures) + len(result.errors)
        for test, trace in result.failures + result.errors:
            print(f"--- {test}\n{trace}", flush=True)
        print(f"  {time.monotonic() - start:.1f} s", flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
