#!/usr/bin/env python3
"""What a user waits for, beside what the machine could do at best: launch.py BUILD. One run; medians and spread."""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(sys.argv[1])
GAUGE, BUSBAR = os.path.join(BUILD, "busbar-gauge"), os.path.join(BUILD, "busbar")


def gauge(*words):
    return json.loads(subprocess.run([GAUGE, *map(str, words)], check=True, stdout=subprocess.PIPE, env=ENV).stdout)


class Server:
    def __init__(self, *flags):
        self.folder = tempfile.mkdtemp(prefix="busbar-bench.", dir=SCRATCH)
        self.state = os.path.join(self.folder, "state")
        ENV["BUSBAR_STATE"] = self.state
        self.busbar("up", "--quiet", *flags)

    def busbar(self, *words):
        return subprocess.run([BUSBAR, *words], env=ENV, check=True, stdout=subprocess.PIPE, text=True).stdout

    def pid(self):
        return json.loads(self.busbar("version", "--json"))["server"]["pid"]

    def journal(self, query):
        with sqlite3.connect(f"file:{self.state}/journal.db?mode=ro", uri=True) as db:
            return db.execute(query).fetchall()

    def close(self):
        subprocess.run([BUSBAR, "down", "--quiet", "--stop-jobs"], env=ENV)
        shutil.rmtree(self.folder, ignore_errors=True)


def row(name, figure, target, verdict):
    print(f"| {name} | {figure} | {target} | {'met' if verdict else 'MISSED'} |", flush=True)


def submits():
    server = Server()
    try:
        seen = gauge("load", server.state + "/busbar.sock", 32, 5)
        rows, size = server.journal("select count(*), avg(length(body)) from journal where kind = 'Submitted'")[0]
        batches = json.loads(server.busbar("version", "--json"))["server"]["batches"]
        batch = max(1, round(rows / batches))
        bare = gauge("sqlite", SCRATCH, batch, int(size), 3)["rows_per_s"]
        row("durable submits, 32 clients", f"{seen['per_s']}/s (p50 {seen['p50_ms']} ms, p99 {seen['p99_ms']} ms; batches of {batch}, {int(size)} bytes); "
            f"bare SQLite {bare}/s; ratio {seen['per_s'] / bare:.2f}", ">= 0.5 of bare SQLite", seen["per_s"] >= bare / 2)
    finally:
        server.close()


def latency(sync):
    server = Server()
    try:
        gauge("spawn", 20, BUSBAR, "run", "--quiet", "--", "true")
        seen = gauge("spawn", 200, BUSBAR, "run", "--quiet", "--", "true")["run_ms"]
        bare = gauge("spawn", 200, "true")["run_ms"]
        limit = 5 + 2 * sync["p50"]
        row("`busbar run -- true`", f"p50 {seen['p50']:.2f} ms (p25 {seen['p25']:.2f}, p75 {seen['p75']:.2f}, p99 {seen['p99']:.2f}); bare `true` {bare['p50']:.2f} ms",
            f"p50 <= {limit:.2f} ms", seen["p50"] <= limit)
    finally:
        server.close()


def drain(isolation, count=2000):
    server = Server("--isolation", isolation)
    try:
        hold = server.busbar("submit", "--quiet", "--cpus", str(os.cpu_count()), "--", "sleep", "2").strip()
        array = server.busbar("submit", "--quiet", "--cpus", "0.1", "--array", f"0-{count - 1}", "--after", f"afterany:{hold}", "--", "true").strip()
        subprocess.run([BUSBAR, "wait", "--quiet", array], env=ENV, check=True)
        jobs = [j for j in json.loads(server.busbar("ps", "-a", "--json"))["jobs"] if j["array_id"] == int(array)]
        assert len(jobs) == count and all(j["state"] == "COMPLETED" for j in jobs)
        span = stamp(max(j["ended"] for j in jobs)) - stamp(min(j["started"] for j in jobs))
        return count / span
    finally:
        server.close()


def stamp(text):
    import datetime
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def xargs(count=2000):
    start = time.monotonic()
    subprocess.run(["sh", "-c", f"seq {count} | xargs -P2 -n1 true"], check=True)
    return count / (time.monotonic() - start)


def drains():
    rates = {"full": [], "plain": [], "xargs": []}
    for _ in range(3):
        rates["xargs"].append(xargs())
        rates["full"].append(drain("full"))
        rates["plain"].append(drain("plain"))
    middle = {name: sorted(found)[1] for name, found in rates.items()}
    spread = {name: f"{min(found):.0f} to {max(found):.0f}" for name, found in rates.items()}
    row("drain 2,000 `true`, isolated", f"{middle['full']:.0f}/s ({spread['full']})", ">= 300/s", middle["full"] >= 300)
    row("drain 2,000 `true`, plain", f"{middle['plain']:.0f}/s ({spread['plain']}); xargs -P2 {middle['xargs']:.0f}/s ({spread['xargs']})",
        ">= xargs -P2", middle["plain"] >= middle["xargs"])


def idle():
    server = Server()
    try:
        pid = server.pid()
        ticks = lambda: sum(map(int, open(f"/proc/{pid}/stat").read().rsplit(")")[1].split()[11:13]))
        time.sleep(1)
        before = ticks()
        time.sleep(10)
        spent = (ticks() - before) * 1000 / os.sysconf("SC_CLK_TCK")
        rss = int(next(line.split()[1] for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS")))
        row("idle server", f"{rss / 1024:.1f} MiB resident, {spent:.0f} ms of CPU in 10 s", "<= 30 MB, no measurable CPU", rss <= 30_000_000 / 1024 and spent <= 10)
        job = server.busbar("submit", "--quiet", "--", "sleep", "30").strip()
        time.sleep(0.5)
        shims = subprocess.run(["pgrep", "-f", f"busbar-shim task.*{server.state}"], stdout=subprocess.PIPE, text=True).stdout.split()
        sizes = [int(next(line.split()[1] for line in open(f"/proc/{p}/status") if line.startswith("VmRSS"))) for p in shims]
        if sizes:
            row("a task's shim", f"{max(sizes)} KiB resident", "< 2 MB", max(sizes) < 2000)
    finally:
        server.close()


def recovery():
    for kind in ("each its own submit", "one array"):
        server = Server()
        try:
            if kind == "one array":
                server.busbar("submit", "--quiet", "--hold-for-nodes", "-g", "8", "--array", "0-99999", "--", "true")
            else:
                while server.journal("select count(*) from journal where kind = 'Submitted'")[0][0] < 100_000:
                    gauge("load", server.state + "/busbar.sock", 32, 2)
            os.kill(server.pid(), 9)
            start = time.monotonic()
            server.busbar("up", "--quiet")
            took = time.monotonic() - start
            count = json.loads(server.busbar("version", "--json"))["server"]["jobs"]
            row(f"recover {count} queued jobs, {kind}", f"{took:.2f} s from `up` to its first answer", "<= 1 s", took <= 1)
        finally:
            server.close()


ENV = dict(os.environ, NO_COLOR="1")
SCRATCH = tempfile.mkdtemp(prefix="busbar-bench.", dir="/var/tmp")
os.chmod(SCRATCH, 0o755)
try:
    sync = gauge("sync", SCRATCH, 500)["sync_ms"]
    print("| what | measured | target | |\n| --- | --- | --- | --- |")
    print(f"| the disk: fdatasync of 4 KiB | p50 {sync['p50']:.3f} ms, p99 {sync['p99']:.3f} ms ({1000 / sync['p50']:.0f}/s) | | |", flush=True)
    parts = {"submits": submits, "latency": lambda: latency(sync), "drains": drains, "idle": idle, "recovery": recovery}
    for name in sys.argv[2:] or parts:
        parts[name]()
finally:
    shutil.rmtree(SCRATCH, ignore_errors=True)
