"""shares: what a project is guaranteed is lent while it has no work, and comes back when it has."""
import json
import os
import signal
import time
import unittest

import lab


class Shares(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = lab.scratch("shares")
        cls.addClassCleanup(lab.remove, cls.folder)
        cls.server = lab.Server(cls.folder + "/state", cls.folder + "/work")
        cls.addClassCleanup(cls.server.down)
        cls.flags = ["--declare-gpus", "4:H100:80GiB", "--preempt-after", "1s"]
        cls.server.up(*cls.flags, "--share", "vision=2", "--share", "speech=1:2")

    def tearDown(self):
        for job in self.server.jobs():
            if job["state"] in ("PENDING", "RUNNING"):
                self.server.busbar("stop", str(job["id"]))
        lab.until(lambda: all(job["state"] not in ("PENDING", "RUNNING") for job in self.server.jobs()))

    def submit(self, project, *flags, gpus=1, command=("sleep", "600")):
        return self.server.submit("--project", project, "--cpus", "0.1", "-g", str(gpus), *flags, "--", *command)

    def state(self, job):
        return self.server.job(job)["state"]

    def runs(self, job):
        return lab.until(lambda: self.server.job(job)["tasks"] and self.server.job(job)["tasks"][0]["pid"])

    def usage(self):
        told = json.loads(self.server.busbar("usage", "--json").stdout)
        return {row["project"]: (row["guaranteed_milli"], row["held_milli"], row["borrowed_milli"]) for row in told["projects"]}

    def test_lent_and_given_back(self):
        """idle guarantees are lent to a job that may be stopped, and come back; kill -9 and check agree"""
        lent = [self.submit("guests", "--preemptible", "--signal", "USR1@20") for _ in range(4)]
        for job in lent:
            self.assertTrue(self.runs(job))
        self.assertEqual(self.usage()["guests"], (0, 4000, 4000))
        time.sleep(1.5)
        own = self.submit("vision", gpus=2, command=("sleep", "1"))
        self.assertEqual(self.server.busbar("wait", "--quiet", str(own)).returncode, 0)
        stopped = [json.loads(self.server.busbar("show", "--json", str(job)).stdout)["preemptions"] for job in lent]
        told = [each[0] for each in stopped if each]
        self.assertEqual([(each["why"], each["by"]) for each in told], [("share", own)] * 2)
        for job in lent:
            self.assertTrue(lab.until(lambda: self.state(job) == "RUNNING"))
        os.kill(self.server.pid(), signal.SIGKILL)
        self.server.up()
        self.assertEqual(self.usage()["guests"], (0, 4000, 4000))
        self.assertEqual(self.server.checked(), "")

    def test_not_for_good(self):
        """a job that may not be stopped gets what is guaranteed to nobody, and waits for more; why says so"""
        first, second = self.submit("guests"), self.submit("guests")
        self.assertTrue(self.runs(first))
        time.sleep(0.5)
        self.assertEqual(self.state(second), "PENDING")
        self.assertIn('project "guests" holds 1 and is guaranteed 0', self.server.busbar("why", str(second)).stdout)

    def test_limit(self):
        """a limit is never passed; why names it, and what is over it alone is refused"""
        jobs = [self.submit("speech", "--preemptible") for _ in range(3)]
        self.assertTrue(self.runs(jobs[1]))
        time.sleep(0.5)
        self.assertEqual(self.state(jobs[2]), "PENDING")
        self.assertIn('project "speech" holds 2 of the 2 that it may hold at most', self.server.busbar("why", str(jobs[2])).stdout)
        refused = self.server.busbar("submit", "--project", "speech", "-g", "3", "--preemptible", "--", "true")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("may hold at most", refused.stderr)

    def test_changed(self):
        """`down` and `up` with other shares change them; what runs counts as it stands"""
        jobs = [self.submit("guests", "--preemptible") for _ in range(2)]
        self.assertTrue(self.runs(jobs[1]))
        self.server.busbar("down")
        self.server.up("--share", "guests=2:3")
        self.assertEqual(self.usage(), {"guests": (2000, 2000, 0)})
        self.server.busbar("down")
        self.server.up("--share", "vision=2", "--share", "speech=1:2")
