"""preempt: work that agreed to it makes room, saves, and goes on; what was lost is measured."""
import json
import os
import signal
import time
import unittest

import lab

# A training that counts steps of 20 ms. It saves on USR1, or every second, or not at all, and writes down how far it was when it ended.
TRAINER = """
import os, signal, sys, time
save, way = sys.argv[1], sys.argv[2]
step = int(open(save).read()) if os.path.exists(save) else 0
print("from", step, flush=True)
def keep():
    with open(save + ".new", "w") as file:
        file.write(str(step))
    os.replace(save + ".new", save)
def end(number, frame):
    if number == signal.SIGUSR1:
        keep()
    print("to", step, flush=True)
    sys.exit(0)
signal.signal(signal.SIGUSR1, end)
signal.signal(signal.SIGTERM, end)
saved = time.monotonic()
while True:
    time.sleep(0.02)
    step += 1
    if way == "every" and time.monotonic() - saved >= 1:
        keep()
        saved = time.monotonic()
"""
STEP = 0.02


class Preempt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = lab.scratch("preempt")
        cls.addClassCleanup(lab.remove, cls.folder)
        cls.server = lab.Server(cls.folder + "/state", cls.folder + "/work")
        cls.addClassCleanup(cls.server.down)
        cls.server.up("--declare-gpus", "2:H100:80GiB", "--preempt-after", "2s")
        with open(cls.folder + "/work/train.py", "w") as file:
            file.write(TRAINER)

    def tearDown(self):
        for job in self.server.jobs():
            if job["state"] in ("PENDING", "RUNNING"):
                self.server.busbar("stop", str(job["id"]))
        lab.until(lambda: all(job["state"] not in ("PENDING", "RUNNING") for job in self.server.jobs()))

    def train(self, name, way, checkpoint):
        with open(f"{self.folder}/work/{name}.yaml", "w") as file:
            file.write(f"name: {name}\npreemptible: true\nresources: {{gpus: 2, cpus: 0.2}}\n{checkpoint}"
                       f"run: [python3, train.py, {name}.step, {way}]\n")
        job = self.server.submit(f"{name}.yaml")
        self.assertTrue(lab.until(lambda: self.server.job(job)["tasks"] and self.server.job(job)["tasks"][0]["pid"]))
        time.sleep(3.5)  # it works; for two seconds it is left alone
        return job

    def urgent(self, command=("true",)):
        """An urgent job on one GPU: its id, and how long it waited."""
        job = self.server.submit("-g", "1", "--cpus", "0.2", "--priority", "9", "--name", "urgent", "--", *command)
        self.assertEqual(self.server.busbar("wait", "--quiet", str(job)).returncode, 0)
        told = json.loads(self.server.busbar("show", "--json", str(job)).stdout)["job"]
        stamp = lambda text: time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) + float(text[19:-1])
        return job, stamp(told["started"]) - stamp(told["submitted"])

    def lines(self, job, attempt):
        return self.server.busbar("logs", str(job), "--attempt", str(attempt)).stdout.split()

    def account(self, job):
        return json.loads(self.server.busbar("show", "--json", str(job)).stdout)["preemptions"]

    def went_on(self, job):
        """Steps done before the stop, steps from which it went on."""
        self.assertTrue(lab.until(lambda: self.server.job(job)["attempt"] == 2 and self.lines(job, 2)))
        first, second = self.lines(job, 1), self.lines(job, 2)
        self.assertEqual((first[0], first[2], second[0]), ("from", "to", "from"))
        return int(first[3]), int(second[1])

    def test_saves_when_told(self):
        """one that saves on its signal makes room at once and redoes nothing"""
        job = self.train("told", "signal", "checkpoint: {signal: USR1, ahead: 20s}\n")
        urgent, waited = self.urgent()
        done, again = self.went_on(job)
        account = self.account(job)[0]
        self.assertEqual(done, again)
        self.assertGreater(done, 100)
        self.assertEqual((account["why"], account["by"], account["saved"]), ("priority", urgent, True))
        self.assertLess(account["lost_ms"], 5000)
        self.assertLess(waited, 20)
        print(f"    it saved {done * STEP:.1f} s of work, redid {(done - again) * STEP:.2f} s; {account['lost_ms']} ms to stop; "
              f"the urgent one waited {waited:.2f} s", flush=True)
        self.assertEqual(self.server.checked(), "")

    def test_saves_by_itself(self):
        """one that saves every second redoes at most that"""
        job = self.train("itself", "every", "checkpoint: {every: 1s, grace: 20s}\n")
        _, waited = self.urgent()
        done, again = self.went_on(job)
        account = self.account(job)[0]
        self.assertLess(0, again)
        self.assertLessEqual((done - again) * STEP, 2)  # a second, and one for a busy machine
        self.assertFalse(account["saved"])
        self.assertLess(account["lost_ms"], 1000 + 5000)
        print(f"    it redid {(done - again) * STEP:.2f} s of {done * STEP:.1f} s; charged {account['lost_ms']} ms; the urgent one waited {waited:.2f} s", flush=True)

    def test_cannot_end(self):
        """one that does not go is killed after its time ahead and its grace, and is not believed again"""
        job = self.server.submit("--preemptible", "-g", "2", "--cpus", "0.2", "--signal", "USR1@1", "--grace", "1s", "--", "sh", "-c",
                                 "trap '' USR1 TERM; while :; do sleep 0.1; done")
        time.sleep(3.5)
        _, waited = self.urgent()
        account = self.account(job)[0]
        self.assertFalse(account["saved"])
        self.assertGreater(account["lost_ms"], 3000)
        self.assertGreater(waited, 1.8)
        self.assertLess(waited, 10)

    def test_no_consent(self):
        """one that did not agree is never stopped; why says who holds what is wanted"""
        job = self.server.submit("-g", "2", "--cpus", "0.2", "--", "sleep", "600")
        time.sleep(3.5)
        urgent = self.server.submit("-g", "1", "--cpus", "0.2", "--priority", "9", "--", "true")
        time.sleep(1)
        self.assertEqual([self.server.job(each)["state"] for each in (job, urgent)], ["RUNNING", "PENDING"])
        self.assertIn(f"in use by job {job}", self.server.busbar("why", str(urgent)).stdout)

    def test_killed_in_between(self):
        """kill -9 of the server while room is being made: neither the stop nor the room is lost"""
        job = self.server.submit("--preemptible", "-g", "2", "--cpus", "0.2", "--signal", "USR2@3", "--grace", "20s", "--", "sh", "-c",
                                 "trap '' USR2; while :; do sleep 0.1; done")  # goes at the SIGTERM
        time.sleep(3.5)
        urgent = self.server.submit("-g", "1", "--cpus", "0.2", "--priority", "9", "--", "true")
        self.assertTrue(lab.until(lambda: "makes room" in self.server.job(job)["reason"]))
        os.kill(self.server.pid(), signal.SIGKILL)
        self.server.up()
        late = self.server.submit("-g", "1", "--cpus", "0.2", "--priority", "10", "--name", "late", "--", "sleep", "5")
        self.assertEqual(self.server.busbar("wait", "--quiet", str(urgent)).returncode, 0)
        self.assertEqual(self.server.busbar("wait", "--quiet", str(late)).returncode, 0)
        self.assertTrue(lab.until(lambda: self.server.job(job)["attempt"] == 2))
        self.assertEqual(self.server.checked(), "")

    def test_drain(self):
        """drain --now stops what agreed to it, and it goes on when the machine is given back"""
        job = self.train("moved", "signal", "checkpoint: {signal: USR1, ahead: 20s}\n")
        name = os.uname().nodename
        self.assertEqual(self.server.busbar("drain", name, "--now", "--reason", "dust").returncode, 0)
        self.assertTrue(lab.until(lambda: self.server.job(job)["state"] == "PENDING"))
        self.assertIn(f"would fit {name} (dust)", self.server.busbar("why", str(job)).stdout)
        self.assertIn("drained, by", self.server.busbar("nodes").stdout)
        self.assertEqual(self.server.busbar("drain", name, "--end").returncode, 0)
        done, again = self.went_on(job)
        self.assertEqual(done, again)
        self.assertEqual(self.account(job)[0]["why"], "drain")
