"""torch: a gang of two trains with real torch.distributed over gloo, is killed in the middle, and goes on from its checkpoint."""
import os
import signal
import subprocess
import unittest

import lab

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"  # Debian's, to which its packages belong


class Torch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lab.needs("python3-torch", patience=180)
        found = subprocess.run([PYTHON, "-c", "import torch.distributed as d; assert d.is_gloo_available()"], stderr=subprocess.PIPE, text=True)
        if found.returncode:
            raise unittest.SkipTest(f"python3-torch cannot be used here: {found.stderr.strip().splitlines()[-1]}")
        cls.folder = lab.scratch("torch")
        cls.addClassCleanup(lab.remove, cls.folder)
        # Nothing but what Busbar sets: of the caller's environment only the path travels.
        cls.server = lab.Server(cls.folder + "/state", cls.folder + "/work")
        cls.addClassCleanup(cls.server.down)
        cls.server.up("--declare-gpus", "2:h200:80GiB")

    def test_gang(self):
        """DDP of two ranks: all-reduce is right, one rank is killed, --retries 1 resumes both from the checkpoint, the loss falls"""
        server = self.server
        number = server.submit("--name", "ddp", "--tasks", "2", "-g", "1", "--cpus", "0.5", "--retries", "1", "--", PYTHON,
                               HERE + "/gang/train.py")
        stands = lab.until(lambda: all(os.path.exists(f"{server.work}/pid.{rank}") for rank in (0, 1)) or server.job(number)["ended"], 90)
        self.assertTrue(stands, "the gang did not come half way")
        self.assertFalse(server.job(number)["ended"], self.output(number))
        os.kill(server.job(number)["tasks"][1]["pid"], signal.SIGKILL)
        done = server.busbar("wait", "--quiet", str(number), timeout=120)
        self.assertEqual(done.returncode, 0, self.output(number))

        job = server.job(number)
        self.assertEqual([task["attempt"] for task in job["tasks"]], [2, 2], "the whole gang was started afresh")
        output = self.output(number)
        self.assertIn("rank 0 of 2 restarts 1 first 30", output)
        self.assertIn(" right", output)
        with open(server.work + "/losses") as file:
            losses = [(int(restarts), int(step), float(loss)) for restarts, step, loss in map(str.split, file)]
        self.assertEqual([step for restarts, step, _ in losses if restarts == 0], list(range(33)))
        self.assertEqual([step for restarts, step, _ in losses if restarts == 1], list(range(30, 60)))
        self.assertGreater(losses[0][2], 2.0)
        self.assertLess(losses[33][2], losses[0][2] / 2, "the second run began where the first had come to")
        self.assertLess(losses[-1][2], 0.5 * losses[33][2] if losses[33][2] > 0.2 else 0.2)
        self.assertEqual(server.checked(), "")

    def output(self, number):
        return "".join(self.server.busbar("logs", str(number), "--task", str(task)).stdout +
                       self.server.busbar("logs", str(number), "--task", str(task)).stderr for task in (0, 1))
