#!/usr/bin/env python3
"""Command line transcripts, each against a fresh server: run.py BUILD [--bless] [NAME...]

A transcript is what a person would see: '$ command', its output (both streams), '[exit N]' where N is not 0. A first line
'# server: FLAGS' starts one with `busbar up FLAGS`. What differs from run to run is written as <time>, <took>, <pid>, <cpus>,
<memory>, <disk>, <host>, <rate>, STATE. Blocks of docs/planning.md
that begin with '$ busbar plan' are held to the same, a line of '...' for what a page leaves out. --bless rewrites the files; bless only what you can explain.
"""
import glob
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(sys.argv[1])
BLESS = "--bless" in sys.argv
NAMES = [word for word in sys.argv[2:] if word != "--bless"]


def masked(text, state):
    text = text.replace(state, "STATE").replace(socket.gethostname(), "<host>")
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?\b", "<time>", text)
    text = re.sub(r"\b\d\d:\d\d:\d\d\b", "<time>", text)
    text = re.sub(r"\b(at|by|until|from) (<time>|\d\d:\d\d) UTC \(in [^)]*\)", r"\1 <time> (in <took>)", text)
    text = re.sub(r"\b(pid|process) \d+", r"\1 <pid>", text)
    text = re.sub(r"\b\d+ CPUs?\b(?= +(\(|and|,|[\d.]+ [GT]iB))", "<cpus> CPUs", text)
    text = re.sub(r'("(?:decisions|events)_per_second":)\d+', r"\1<rate>", text)
    text = re.sub(r"replayed in [^,\n]+, [\d,]+ events", "replayed in <took>, <rate> events", text)
    return "\n".join(line.rstrip() for line in text.splitlines())


class Transcript:
    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        head = re.match(r"# server:(.*)\n", self.text)
        self.flags = head.group(1).split() if head else None

    def play(self):
        """The transcript as it is now."""
        scratch = tempfile.mkdtemp(prefix="busbar-golden.")
        state = os.path.join(scratch, "state")
        work = os.path.join(scratch, "work")
        os.mkdir(work)
        for name in glob.glob(os.path.join(HERE, "files", "*")):
            shutil.copy(name, work)
        env = {"PATH": BUILD + ":" + os.environ["PATH"], "BUSBAR_STATE": state, "NO_COLOR": "1", "HOME": work, "LANG": "C.UTF-8", "COLUMNS": "120"}

        def run(command):
            return subprocess.run(["sh", "-c", command], env=env, cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace", timeout=60)

        try:
            if self.flags is not None:
                up = run("busbar up --quiet " + " ".join(self.flags))
                assert up.returncode == 0, up.stdout
            shown = []
            for line in self.text.splitlines():
                if line.startswith("#") or (not line and (not shown or shown[-1].startswith("#"))):
                    shown.append(line)
                if not line.startswith("$ "):
                    continue
                shown.append(line)
                done = run(line[2:])
                output = masked(done.stdout.replace(work, "WORK"), state)
                if output:
                    shown.append(output)
                if done.returncode:
                    shown.append(f"[exit {done.returncode}]")
            return "\n".join(shown) + "\n"
        finally:
            run("busbar down --stop-jobs --quiet")
            shutil.rmtree(scratch, ignore_errors=True)


class Golden(unittest.TestCase):
    maxDiff = None


def test_of(path):
    def test(self):
        transcript = Transcript(path)
        now = transcript.play()
        if BLESS:
            with open(path, "w", encoding="utf-8") as file:
                file.write(now)
            return
        self.assertEqual(transcript.text, now, f"{os.path.basename(path)}: if the change is meant, ./dev golden --bless")
    return test


PLANNING = os.path.join(os.path.dirname(os.path.dirname(HERE)), "docs", "planning.md")


def shortened(block, output):
    """`output` as `block` shows it: as many lines before '...' and behind it."""
    lines = block.splitlines()[1:]
    if "..." not in lines:
        return output
    at = lines.index("...")
    shown, tail = output.splitlines(), len(lines) - at - 1
    return "\n".join(shown[:at] + ["..."] + (shown[-tail:] if tail else []))


def played(block):
    command = block.splitlines()[0][2:]
    scratch = tempfile.mkdtemp(prefix="busbar-golden.")
    for name in glob.glob(os.path.join(HERE, "files", "*")):
        shutil.copy(name, scratch)
    env = {"PATH": BUILD + ":" + os.environ["PATH"], "NO_COLOR": "1", "HOME": scratch, "LANG": "C.UTF-8", "COLUMNS": "120"}
    done = subprocess.run(["sh", "-c", command], env=env, cwd=scratch, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    shutil.rmtree(scratch, ignore_errors=True)
    return block.splitlines()[0] + "\n" + shortened(block, done.stdout.rstrip("\n")) + "\n"


class Pages(unittest.TestCase):
    maxDiff = None

    def test_planning(self):
        with open(PLANNING, encoding="utf-8") as file:
            page = file.read()
        now = re.sub(r"(?<=```\n)\$ busbar plan .*?(?=```)", lambda block: played(block.group(0)), page, flags=re.S)
        if BLESS:
            with open(PLANNING, "w", encoding="utf-8") as file:
                file.write(now)
            return
        self.assertGreaterEqual(page.count("```\n$ busbar plan "), 5)
        self.assertEqual(page, now, "docs/planning.md: if the change is meant, ./dev golden --bless")


if NAMES and "planning" not in NAMES:
    del Pages

for found in sorted(glob.glob(os.path.join(HERE, "*.txt"))):
    name = os.path.basename(found)[:-4]
    if not NAMES or name in NAMES:
        setattr(Golden, "test_" + name.replace("-", "_"), test_of(found))

if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
