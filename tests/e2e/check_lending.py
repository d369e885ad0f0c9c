"""lending: CPUs that a job holds and leaves idle are lent, and are its own again in the moment in which it wants them."""
import glob
import json
import os
import signal
import time
import unittest

import lab

CPUS = os.cpu_count()
SPIN = "while :; do :; done"
# Learning takes 200 s; on a machine that is busy beside us nothing is idle for as long as it is.
PATIENCE = 420
SERVER = None  # set by the check


def group(job, file):
    """The control file of the job's group in one of the hierarchies that has it: those of our own server."""
    state = os.stat(SERVER.state)
    for root in ("/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup"):
        for path in glob.glob(f"{root}/busbar-{state.st_dev}-{state.st_ino}/{job}.0.*/{file}"):
            with open(path) as text:
                return text.read()
    return ""


def used_us(job):
    """CPU time that the job has used, in microseconds."""
    old, new = group(job, "cpuacct.usage"), group(job, "cpu.stat")
    return int(old) // 1000 if old else int(dict(line.split() for line in new.splitlines())["usage_usec"])


def signal_all(job, number):
    for pid in group(job, "cgroup.procs").split():
        os.kill(int(pid), number)


def beside(one, other, turns=6):
    """What `one` uses beside `other`, in parts of what it uses while that one stands still: a second each in turn, so that what
    else the machine does weighs on both alike."""
    used = {signal.SIGCONT: 0, signal.SIGSTOP: 0}
    for _ in range(turns):
        for number in used:
            signal_all(other, number)
            before = used_us(one)
            time.sleep(1)
            used[number] += used_us(one) - before
    signal_all(other, signal.SIGCONT)
    return used[signal.SIGCONT] / max(used[signal.SIGSTOP], 1)


class Lending(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lab.needs_root("CPUs are lent by control groups")
        cls.folder = lab.scratch("lending")
        cls.addClassCleanup(lab.remove, cls.folder)
        global SERVER
        SERVER = cls.server = lab.Server(cls.folder + "/state", cls.folder + "/work")
        cls.addClassCleanup(cls.server.down)
        up = cls.server.busbar("up", "--lend-cpus", "10%", "--preempt-after", "5s")
        if "CPUs are lent by control groups" in up.stderr:
            raise unittest.SkipTest(up.stderr.strip())
        assert up.returncode == 0, up.stderr

    def lending(self):
        return json.loads(self.server.busbar("nodes", "--json").stdout)["nodes"][0]["lending"]

    def runs(self, job):
        return lab.until(lambda: self.server.job(job)["tasks"] and self.server.job(job)["tasks"][0]["pid"])

    def test_lent(self):
        """idle CPUs are learned, lent, the holder's again in seconds, and called back; kill -9 and check agree"""
        go = self.folder + "/work/go"
        spinners = "; ".join([f"({SPIN}) &"] * (CPUS - 1)).replace("&;", "&")
        owner = self.server.submit("-c", str(CPUS), "--", "sh", "-c",
                                   f"while ! test -e {go}; do sleep 0.5; done; {spinners} {SPIN}")
        self.assertTrue(self.runs(owner))
        if not lab.until(lambda: self.lending()["idle"] >= 0.3, patience=PATIENCE, pause=2):
            self.skipTest(f"other work keeps this machine busy: {self.lending()}")
        idle = self.lending()["idle"]

        firm = self.server.submit("-c", "0.3", "--", "sleep", "600")
        time.sleep(1)
        self.assertEqual(self.server.job(firm)["state"], "PENDING", "it may not be stopped")
        self.assertIn("--preemptible", self.server.busbar("why", str(firm)).stdout)
        self.server.busbar("stop", str(firm))
        borrower = self.server.submit("-c", str(idle), "--preemptible", "--", "sh", "-c", f"{spinners} {SPIN}")
        self.assertTrue(self.runs(borrower))
        self.assertEqual(self.lending()["lent"], idle)
        self.assertIn("that others hold and leave idle", self.server.job(borrower)["reason"])
        before = used_us(borrower)
        time.sleep(4)
        self.assertGreater(used_us(borrower), before, "it runs on what nobody wants")

        open(go, "w").close()
        self.assertTrue(lab.until(lambda: used_us(owner) > 2_000_000))
        kept = beside(owner, borrower)
        print(f"          all {CPUS} CPUs held, {idle} lent: beside the borrower the holder uses {kept:.1%} of what it uses without", flush=True)
        self.assertGreaterEqual(kept, 0.9)
        # Once it is known to want its own, the borrower waits for CPUs again.
        self.assertTrue(lab.until(lambda: self.server.job(borrower)["state"] == "PENDING", patience=PATIENCE, pause=2),
                        self.lending())
        os.kill(self.server.pid(), signal.SIGKILL)
        self.server.up()
        self.assertEqual(self.server.job(borrower)["state"], "PENDING")
        self.server.busbar("stop", str(owner))
        self.assertTrue(lab.until(lambda: self.server.job(borrower)["state"] == "RUNNING"))
        self.assertEqual(self.lending()["lent"], 0, "it holds what has become free")
        self.server.busbar("stop", str(borrower))
        self.assertEqual(self.server.checked(), "")
