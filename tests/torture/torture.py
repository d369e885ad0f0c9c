#!/usr/bin/env python3
"""Breaks a real server in every way a lab would, and counts what was lost: torture.py BUILD [--rounds N] [--seed N] [--quick] [FAULT...]

Prints its seed and what the seed chose before it begins, a line for each fault, and closes with 'N passed, N failed'.
"""
import argparse
import collections
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time


class Connection(http.client.HTTPConnection):
    """HTTP over the server's UNIX socket."""

    def __init__(self, path):
        super().__init__("busbar", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self.path)


class Lab:
    """A server on a scratch state, and how to ask it things."""

    def __init__(self, build, scratch, name, flags=()):
        self.bin = os.path.abspath(os.path.join(build, "busbar"))
        self.state = os.path.join(scratch, name)
        self.work = os.path.join(scratch, name + ".work")
        os.makedirs(self.work, exist_ok=True)
        self.flags, self.load = list(flags), None
        self.env = dict(os.environ, BUSBAR_STATE=self.state, NO_COLOR="1")

    def busbar(self, *words, timeout=120, env=None, **more):
        return subprocess.run([self.bin, *words], env=env or self.env, cwd=self.work, timeout=timeout, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, errors="replace", **more)

    def up(self, *flags, env=None):
        done = self.busbar("up", *self.flags, *flags, env=env)
        assert done.returncode == 0, f"up: {done.stderr}"

    def down(self):
        self.busbar("down", "--stop-jobs")

    def ask(self, method, path, body=None, connection=None):
        link = connection or Connection(os.path.join(self.state, "busbar.sock"))
        link.request(method, path, body=json.dumps(body) if body is not None else None)
        answer = link.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    def server_pid(self):
        return self.ask("GET", "/v1/version")[1]["pid"]

    def jobs(self):
        return {job["id"]: job for job in json.loads(self.busbar("ps", "-a", "--json").stdout)["jobs"]}

    def submit(self, *words):
        done = self.busbar("submit", "--quiet", *words)
        assert done.returncode == 0, done.stderr
        return int(done.stdout)

    def wait_state(self, job, states, patience=20):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            state = self.jobs()[job]["state"]
            if state in states:
                return state
            time.sleep(0.05)
        raise AssertionError(f"job {job} is {state}, not {states}, after {patience} s")

    def wait_pid(self, job, patience=20):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            tasks = self.jobs()[job]["tasks"]
            if tasks and tasks[0]["pid"]:
                return tasks[0]["pid"]
            time.sleep(0.02)
        raise AssertionError(f"job {job} did not start in {patience} s")

    def check(self):
        done = self.busbar("check")
        assert done.returncode == 0, f"check: {done.stdout}{done.stderr}"


class Load:
    """Clients that submit real jobs, each with a key, until told to stop; what was acknowledged is remembered."""

    def __init__(self, lab, rng, clients):
        self.lab, self.acknowledged, self.lock, self.stop = lab, {}, threading.Lock(), threading.Event()
        self.marks = os.path.join(lab.work, "marks")
        os.makedirs(self.marks)
        self.wrong = []
        lab.load = self
        self.threads = [threading.Thread(target=self.client, args=(random.Random(rng.random()), k), daemon=True) for k in range(clients)]
        for thread in self.threads:
            thread.start()

    def client(self, rng, number):
        for turn in range(1_000_000):
            if self.stop.is_set():
                return
            key, code, nap = f"c{number}t{turn}", rng.choice([0, 0, 0, 3, 41]), rng.choice([0, 0, 0.05, 0.3, 2])
            spec = {"name": key, "workdir": self.marks, "each": {"cpus": 20},
                    "command": ["/bin/sh", "-c", f"echo x >>{key}; sleep {nap}; exit {code}"]}
            while True:  # the same key, until somebody says yes
                try:
                    status, answer = self.lab.ask("POST", "/v1/jobs", {"version": 1, "key": key, "spec": spec})
                    if status in (200, 201):
                        break
                    with self.lock:
                        self.wrong.append(f"{key}: {status} {answer}")
                    return
                except (OSError, http.client.HTTPException):
                    if self.stop.is_set():
                        return  # never acknowledged: whether it runs is open, and it must not run twice either way
                    time.sleep(0.02)
            with self.lock:
                self.acknowledged[key] = (answer["id"], code)
            time.sleep(rng.choice([0.005, 0.02, 0.05]))

    def finish(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def verdict(self):
        """Waits for the end of everything, then holds what happened against what was acknowledged."""
        end = time.monotonic() + 180
        while time.monotonic() < end:
            jobs = self.lab.jobs()
            alive = [j for j in jobs.values() if j["state"] in ("PENDING", "RUNNING")]
            if not alive:
                break
            time.sleep(0.3)
        assert not alive, f"{len(alive)} jobs never ended: {alive[:3]}"
        assert not self.wrong, self.wrong[:3]
        lost = [key for key, (job, _) in self.acknowledged.items() if job not in jobs or jobs[job]["name"] != key]
        ids = collections.Counter(job for job, _ in self.acknowledged.values())
        reused = [job for job, n in ids.items() if n > 1]
        names = collections.Counter(job["name"] for job in jobs.values())
        twins = [name for name, n in names.items() if n > 1]
        ran = {name: open(os.path.join(self.marks, name)).read().count("x") for name in os.listdir(self.marks)}
        double = [name for name, n in ran.items() if n > 1]
        codes = [key for key, (job, code) in self.acknowledged.items() if jobs[job]["exit_code"] != code]
        never = [key for key in self.acknowledged if ran.get(key, 0) == 0]
        assert not (lost or reused or twins or double or codes or never), \
            f"lost {lost[:5]} ids reused {reused[:5]} submitted twice {twins[:5]} ran twice {double[:5]} wrong code " \
            f"{[(k, self.acknowledged[k], jobs[self.acknowledged[k][0]]['exit_code'], jobs[self.acknowledged[k][0]]['state']) for k in codes[:5]]} never ran {never[:5]}"
        return len(self.acknowledged)


def running_pids(lab):
    return {(job["id"], task["index"], task["attempt"]): task["pid"] for job in lab.jobs().values()
            for task in job["tasks"] if task["state"] == "RUNNING" and task["pid"]}


def alive(pid):
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False


def kill_server(lab, rng, rounds):
    """kill -9 of the server under load"""
    lab.up()
    load = Load(lab, rng, 6)
    witness = lab.submit("--cpus", "0.1", "--priority", "1", "--", "sleep", "100000")
    witness_pid = lab.wait_pid(witness)
    for _ in range(rounds):
        time.sleep(rng.uniform(0, 0.25))
        pid = lab.server_pid()
        os.kill(pid, signal.SIGKILL)
        while alive(pid):
            time.sleep(0.002)
        lab.up()
    assert alive(witness_pid) and lab.jobs()[witness]["tasks"][0]["pid"] == witness_pid, "the pid of a running task changed"
    load.finish()
    lab.busbar("stop", str(witness))
    count = load.verdict()
    lab.check()
    return f"{rounds} kills, {count} acknowledged jobs: 0 lost, 0 run twice, 0 ids reused, pids unchanged"


def launcher_pid(lab):
    found = subprocess.run(["pgrep", "-f", f"busbar-shim launcher {lab.state}"], text=True, stdout=subprocess.PIPE).stdout.split()
    return int(found[0]) if found else None


def kill_launcher(lab, rng, rounds):
    """kill -9 of the launcher under load"""
    lab.up()
    load = Load(lab, rng, 6)
    for _ in range(rounds):
        time.sleep(rng.uniform(0, 0.25))
        end = time.monotonic() + 20
        while not (pid := launcher_pid(lab)):
            assert time.monotonic() < end, "no launcher came back"
            time.sleep(0.01)
        before = running_pids(lab)
        os.kill(pid, signal.SIGKILL)
        after = running_pids(lab)
        changed = [key for key in before if key in after and before[key] != after[key]]
        assert not changed, f"pids changed: {changed}"
    load.finish()
    count = load.verdict()
    lab.check()
    return f"{rounds} kills, {count} acknowledged jobs: 0 lost, 0 run twice, pids unchanged"


def two_servers(lab, rng, rounds):
    """a second server on one folder"""
    lab.up()
    second = lab.busbar("server", "--state", lab.state, timeout=20)
    assert second.returncode != 0 and str(lab.server_pid()) in second.stderr, second.stderr
    assert lab.busbar("run", "--", "true").returncode == 0
    return f"refused: {second.stderr.strip()}"


def memory_bomb(lab, rng, rounds):
    """a job that eats all memory"""
    lab.up()
    neighbour = lab.submit("--cpus", "0.1", "--", "sh", "-c", "sleep 2; echo fine")
    done = lab.busbar("run", "--quiet", "--mem", "100MiB", "--cpus", "0.5", "--", "python3", "-c", "x=[]\nwhile True: x.append(bytearray(1<<20))")
    assert done.returncode == 137, done
    assert lab.busbar("wait", str(neighbour)).returncode == 0
    return "OUT_OF_MEMORY, 137; its neighbour went on"


def fork_bomb(lab, rng, rounds):
    """a job that forks without end"""
    lab.up()
    job = lab.submit("--time", "3s", "--cpus", "0.5", "--", "sh", "-c", "f() { f | f & }; f; sleep 60")
    state = lab.wait_state(job, ["TIMEOUT", "FAILED", "OUT_OF_MEMORY"], 60)
    assert lab.busbar("run", "--", "true", timeout=60).returncode == 0
    return f"contained: {state}, and the server went on"


def log_flood(lab, rng, rounds):
    """a job that writes without end"""
    lab.up("--log-limit", "4MiB") if not lab.flags else lab.up()
    done = lab.busbar("run", "--time", "4s", "--cpus", "0.5", "--quiet", "--", "sh", "-c", "yes 'a line of a flood'")
    assert done.returncode == 124, done.returncode
    size = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(lab.state) for name in names if "journal" not in name)
    assert size < 8 << 20, f"{size} bytes were kept of a limit of 4 MiB"
    return f"{size >> 10} KiB kept of a limit of 4 MiB"


def disk_full(lab, rng, rounds):
    """a full disk"""
    if os.getuid() != 0:
        return "skipped aloud: needs root for a small tmpfs"
    os.makedirs(lab.state, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", lab.state], check=True)
    try:
        lab.up()
        running = lab.submit("--cpus", "0.1", "--", "sh", "-c", "sleep 4; exit 9")
        lab.wait_state(running, ["RUNNING"])
        with open(os.path.join(lab.state, "ballast"), "wb") as ballast:
            try:
                while True:
                    ballast.write(b"x" * 65536)
            except OSError:
                pass
        refused = lab.busbar("run", "--", "true")
        assert refused.returncode not in (0, 2) and "free" in refused.stderr, refused
        assert running in lab.jobs(), "reading stopped"
        time.sleep(4.5)
        assert alive(lab.server_pid())
        os.unlink(os.path.join(lab.state, "ballast"))
        assert lab.busbar("wait", str(running), timeout=60).returncode == 9, lab.jobs()[running]
        time.sleep(1.2)
        assert lab.busbar("run", "--", "true").returncode == 0, "new work after room was made"
        lab.check()
    finally:
        lab.down()
        subprocess.run(["umount", "-l", lab.state])
    return f"refused: {refused.stderr.strip()[:150]}; the running job kept its code"


def clock_back(lab, rng, rounds):
    """the clock set an hour back"""
    library = next((p for p in ("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",) if os.path.exists(p)), None)
    if not library:
        return "skipped aloud: faketime is not installed"
    offset = os.path.join(lab.work, "offset")
    with open(offset, "w") as file:
        file.write("+0")
    env = dict(lab.env, LD_PRELOAD=library, FAKETIME_TIMESTAMP_FILE=offset, FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1")
    lab.up(env=env)
    first = lab.submit("--cpus", "0.1", "--time", "3s", "--", "sleep", "60")
    lab.wait_state(first, ["RUNNING"])
    with open(offset, "w") as file:
        file.write("-3600")
    assert lab.busbar("run", "--", "true").returncode == 0
    second = lab.submit("--cpus", "0.1", "--", "true")
    assert lab.busbar("wait", str(first)).returncode == 124, "a time limit does not move with the clock"
    assert lab.busbar("wait", str(second)).returncode == 0
    jobs = lab.jobs()
    assert jobs[second]["submitted"] >= jobs[first]["submitted"], "time ran back"
    lab.down()
    lab.up(env=env)
    assert lab.busbar("run", "--", "true").returncode == 0, "after a restart with the clock still behind"
    lab.check()
    return "limits held, the timeline went on, also over a restart"


def ignores_term(lab, rng, rounds):
    """a job that ignores SIGTERM"""
    lab.up()
    spec = {"name": "stubborn", "workdir": lab.work, "grace": 1000, "command": ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done"]}
    job = lab.ask("POST", "/v1/jobs", {"version": 1, "key": "stubborn", "spec": spec})[1]["id"]
    lab.wait_state(job, ["RUNNING"])
    assert lab.busbar("stop", str(job)).returncode == 0
    assert lab.busbar("wait", str(job)).returncode == 130
    return "killed after its grace"


def half_file(lab, rng, rounds):
    """half-written job files"""
    lab.up()
    whole = "name: demo\nresources:\n  gpus: 1\n  cpus: [2\nrun: |\n  echo hi\n"
    before = len(lab.jobs())
    for text in (whole, "name: x\nresour", "#!/bin/sh\n#SBATCH --mem=4\x00G\n", "run: [", "{", "", "run: ''", "\x00\x01\x02"):
        path = os.path.join(lab.work, "half")
        with open(path, "w") as file:
            file.write(text)
        done = lab.busbar("submit", path)
        assert done.returncode == 2 and done.stderr, (text, done)
    assert len(lab.jobs()) == before, "something was queued"
    return "each refused with its place; nothing queued"


def garbage(lab, rng, rounds):
    """10 MB of garbage on every input"""
    lab.up()
    noise = rng.randbytes(10_000_000)
    path = os.path.join(lab.work, "noise")
    with open(path, "wb") as file:
        file.write(noise)
    assert lab.busbar("submit", path).returncode == 2
    for sock, kind in (("busbar.sock", socket.SOCK_STREAM), ("engine.sock", socket.SOCK_SEQPACKET)):
        link = socket.socket(socket.AF_UNIX, kind)
        link.settimeout(5)
        try:
            link.connect(os.path.join(lab.state, sock))
            for k in range(0, len(noise), 60000):
                link.send(noise[k:k + 60000])
        except OSError:
            pass
        link.close()
    for route in ("/v1/jobs", "/v1/jobs/1/stop", "/v1/down", "/v1/nonsense"):
        link = Connection(os.path.join(lab.state, "busbar.sock"))
        try:
            link.request("POST", route, body=noise)
            assert link.getresponse().status >= 400
        except (OSError, http.client.HTTPException):
            pass
    assert lab.busbar("run", "--", "true").returncode == 0, "the server did not go on"
    rss = int(next(line.split()[1] for line in open(f"/proc/{lab.server_pid()}/status") if line.startswith("VmRSS")))
    return f"refused everywhere; the server went on at {rss >> 10} MiB"


FAULTS = [kill_server, kill_launcher, two_servers, memory_bomb, fork_bomb, log_flood, disk_full, clock_back, ignores_term, half_file, garbage]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("faults", nargs="*")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--quick", action="store_true", help="kills only")
    chosen = parser.parse_intermixed_args()
    print(f"seed {chosen.seed}: again with ./dev torture --seed {chosen.seed} --rounds {chosen.rounds}")
    scratch = tempfile.mkdtemp(prefix="busbar-torture.")
    os.chmod(scratch, 0o755)
    passed = failed = 0
    for fault in FAULTS:
        if chosen.faults and fault.__name__ not in chosen.faults:
            continue
        if chosen.quick and not fault.__name__.startswith("kill"):
            continue
        rounds = chosen.rounds if fault is kill_server else max(1, chosen.rounds // 4)
        lab = Lab(chosen.build, scratch, fault.__name__, ["--log-limit", "4MiB"] if fault is log_flood else [])
        start = time.monotonic()
        try:
            said = fault(lab, random.Random(f"{chosen.seed} {fault.__name__}"), rounds)
            passed += 1
            print(f"ok    {fault.__doc__}: {said} ({time.monotonic() - start:.0f} s)", flush=True)
        except Exception as problem:
            failed += 1
            print(f"FAIL  {fault.__doc__}: {type(problem).__name__}: {problem}", flush=True)
            keep = f"/tmp/busbar-torture-failed-{fault.__name__}"
            subprocess.run(["sh", "-c", f"rm -rf {keep}; mkdir {keep}; cp {lab.state}/journal.db* {lab.state}/server.log {keep}/"], stderr=subprocess.DEVNULL)
            print(f"      its journal is kept in {keep}")
        finally:
            if lab.load:
                lab.load.stop.set()
            lab.down()
    shutil.rmtree(scratch, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
