"""upgrade: the server is killed and a newer copy of the program, from another folder, takes over what runs."""
import os
import shutil
import signal
import unittest

import lab


class Upgrade(unittest.TestCase):
    def setUp(self):
        self.folder = lab.scratch("upgrade")
        self.addCleanup(lab.remove, self.folder)

    def copy(self, name):
        """The two programs in a folder of this name."""
        os.mkdir(f"{self.folder}/{name}")
        for program in ("busbar", "busbar-shim"):
            shutil.copy(f"{lab.BUILD}/{program}", f"{self.folder}/{name}/")
        return f"{self.folder}/{name}/busbar"

    def test_adopted(self):
        """a running task keeps its process, writes on, and ends with its own code; new work runs; the old folder may go"""
        server = lab.Server(self.folder + "/state", self.folder + "/work", self.copy("old"))
        self.addCleanup(server.down)
        server.up()
        number = server.submit("--cpus", "0.5", "--", "sh", "-c", "echo before; until [ -e go ]; do sleep 0.1; done; echo after; exit 7")
        self.assertTrue(lab.until(lambda: "before" in server.busbar("logs", str(number)).stdout))
        before = server.job(number)
        pid, old = before["tasks"][0]["pid"], server.pid()
        os.kill(old, signal.SIGKILL)

        server.binary = self.copy("new")
        shutil.rmtree(self.folder + "/old")
        server.up()
        self.assertNotEqual(server.pid(), old)
        self.assertEqual(os.readlink(f"/proc/{server.pid()}/exe"), server.binary)
        self.assertEqual(server.job(number)["tasks"][0]["pid"], pid)
        beside = server.busbar("run", "--quiet", "--cpus", "0.5", "--", "sh", "-c", "echo beside; exit 3")
        self.assertEqual((beside.returncode, beside.stdout), (3, "beside\n"))
        open(server.work + "/go", "w").close()
        self.assertEqual(server.busbar("wait", "--quiet", str(number)).returncode, 7)
        self.assertEqual(server.busbar("logs", str(number)).stdout, "before\nafter\n")
        job = server.job(number)
        self.assertEqual((job["state"], job["exit_code"], job["tasks"][0]["attempt"]), ("FAILED", 7, 1))
        self.assertEqual(server.checked(), "")

    def test_in_place(self):
        """the program is replaced under a living server, as a package manager does: work goes on, and the next up is the new one"""
        server = lab.Server(self.folder + "/state", self.folder + "/work", self.copy("program"))
        self.addCleanup(server.down)
        server.up()
        number = server.submit("--cpus", "0.5", "--", "sh", "-c", "until [ -e go ]; do sleep 0.1; done; exit 5")
        self.assertTrue(lab.until(lambda: server.job(number)["state"] == "RUNNING"))
        for program in ("busbar", "busbar-shim"):
            shutil.copy(f"{lab.BUILD}/{program}", f"{self.folder}/program/{program}.new")
            os.replace(f"{self.folder}/program/{program}.new", f"{self.folder}/program/{program}")
        self.assertEqual(server.busbar("run", "--quiet", "--cpus", "0.5", "--", "true").returncode, 0)
        self.assertEqual(server.busbar("down", "--quiet").returncode, 0)
        server.up()
        open(server.work + "/go", "w").close()
        self.assertEqual(server.busbar("wait", "--quiet", str(number)).returncode, 5)
        self.assertEqual(server.checked(), "")
