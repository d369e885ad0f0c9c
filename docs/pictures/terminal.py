#!/usr/bin/env python3
"""Plays commands on a fresh server and draws what a terminal would show: terminal.py BUILD >first-minutes.svg"""
import html
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap

COMMANDS = [
    "busbar up --declare-gpus 2:H100:80GiB",
    "busbar run -g 1 -- sh -c 'echo \"training on GPU $CUDA_VISIBLE_DEVICES\"; exit 3'",
    "busbar submit -g 2 --time 1h --cpus 0.5 --name pretrain -- sleep 600",
    "busbar submit -g 1 --time 10m --cpus 0.5 --name eval -- true",
    "sleep 0.5; busbar ps",
    "busbar why 3",
    "busbar check",
]


def play(build):
    scratch = tempfile.mkdtemp(prefix="busbar-picture.")
    env = {"PATH": os.path.abspath(build) + ":/usr/bin:/bin", "BUSBAR_STATE": scratch + "/state", "NO_COLOR": "1", "COLUMNS": "100", "HOME": scratch}
    try:
        for command in COMMANDS:
            yield "$ " + command.replace("sleep 0.5; ", "")
            done = subprocess.run(["sh", "-c", command], env=env, cwd=scratch, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            for line in done.stdout.replace(scratch + "/state", "/var/lib/busbar").splitlines():
                yield from textwrap.wrap(line, 110, subsequent_indent="  ", drop_whitespace=False) or [""]
    finally:
        subprocess.run(["busbar", "down", "--stop-jobs", "--quiet"], env=env, executable=os.path.join(build, "busbar"))
        shutil.rmtree(scratch, ignore_errors=True)


def draw(lines):
    height = 20 * len(lines) + 32
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="940" height="{height}" viewBox="0 0 940 {height}">')
    print(f'<rect width="940" height="{height}" rx="8" fill="#16191d"/>')
    print('<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13.5">')
    for number, line in enumerate(lines):
        colour = "#7fd1ae" if line.startswith("$ ") else "#d8dee9"
        print(f'<text x="16" y="{30 + 20 * number}" fill="{colour}">{html.escape(line).replace(" ", chr(160))}</text>')
    print("</g></svg>")


draw(list(play(sys.argv[1])))
