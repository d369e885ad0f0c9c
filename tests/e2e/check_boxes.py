"""boxes: the programs in places that are not like home: no environment, no HOME, links, long and blank paths, no root."""
import json
import os
import shutil
import subprocess
import unittest

import lab

NOBODY = 65534


class Boxes(unittest.TestCase):
    def setUp(self):
        self.folder = lab.scratch("boxes")
        self.addCleanup(lab.remove, self.folder)
        os.makedirs(self.folder + "/program")
        os.makedirs(self.folder + "/home")
        for program in ("busbar", "busbar-shim"):
            shutil.copy(f"{lab.BUILD}/{program}", self.folder + "/program/")
        self.binary, self.home = self.folder + "/program/busbar", self.folder + "/home"

    def busbar(self, *words, uid=None, cwd="/", **variables):
        """As `env -i` would run it: a PATH, an empty HOME, and what is named."""
        env = {"PATH": "/usr/bin:/bin", "HOME": self.home, **variables}
        env = {name: value for name, value in env.items() if value is not None}
        as_them = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
        return subprocess.run([self.binary, *words], env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=60, **as_them)

    def a_day(self, *flags, **more):
        """up, run, submit, wait, logs, check, down; each as it should be. Answers the state folder."""
        def ok(*words, code=0):
            done = self.busbar(*words, *flags, **more) if words[0] in ("up", "down", "check") else self.busbar(words[0], *flags, *words[1:], **more)
            self.assertEqual(done.returncode, code, f"busbar {' '.join(words)}: {done.stdout}{done.stderr}")
            return done.stdout
        self.addCleanup(self.busbar, "down", "--stop-jobs", *flags, **more)
        state = json.loads(ok("up", "--json"))["state"]
        self.assertEqual(ok("run", "--quiet", "--", "sh", "-c", "echo found by PATH; exit 3", code=3), "found by PATH\n")
        number = ok("submit", "--quiet", "--", "sh", "-c", 'cd "$BUSBAR_SCRATCH" && echo here >file && cat file && test -S "$BUSBAR_SOCKET"').strip()
        ok("wait", "--quiet", number)
        self.assertEqual(ok("logs", number), "here\n")
        ok("check")
        ok("down", "--quiet")
        self.assertFalse(self.busbar("version", "--json", *flags, **more).stdout.count('"pid"'))
        return state

    def test_bare(self):
        """env -i with an empty HOME, from another folder"""
        state = self.folder + "/state"
        self.assertEqual(self.a_day(BUSBAR_STATE=state, cwd="/usr"), state)
        self.assertEqual(os.listdir(self.home), [])

    def test_no_home(self):
        """no HOME at all"""
        self.a_day(BUSBAR_STATE=self.folder + "/state", HOME=None)

    def test_link(self):
        """through a symbolic link in another folder, found by PATH"""
        os.mkdir(self.folder + "/bin")
        os.symlink("../program/busbar", self.folder + "/bin/busbar")
        self.binary = "busbar"
        before = os.environ["PATH"]
        os.environ["PATH"] = self.folder + "/bin:" + before  # where the program is looked for
        self.addCleanup(os.environ.__setitem__, "PATH", before)
        self.a_day(BUSBAR_STATE=self.folder + "/state", PATH=self.folder + "/bin:/usr/bin:/bin")

    def test_long_state(self):
        """a state folder whose socket's path is longer than the kernel takes"""
        state = self.folder + "/" + "/".join(["a-folder-of-forty-characters-length-xxxx"] * 5)
        self.assertGreater(len(state), 200)
        self.assertEqual(self.a_day("--state", state), state)

    def test_blanks(self):
        """a state folder, a working folder and the program's own with blanks, quotes and umlauts in their names"""
        odd = self.folder + "/two  words 'quoted' \"twice\" $HOME größer"
        os.rename(self.folder + "/program", odd)
        os.mkdir(odd + "/work here")
        self.binary = odd + "/busbar"
        self.assertEqual(self.a_day("--state", odd + "/a state", cwd=odd + "/work here"), odd + "/a state")

    def test_relative_state(self):
        """a state folder named relative to here"""
        self.assertEqual(self.a_day(BUSBAR_STATE="./state", cwd=self.folder).replace("/./", "/"), self.folder + "/state")

    def test_not_root(self):
        """not root and nothing named: the state is in the HOME, for its owner alone"""
        uid = None
        if lab.is_root():
            uid = NOBODY
            os.chown(self.home, uid, uid)
        if os.path.exists("/var/lib/busbar/busbar.sock"):
            self.skipTest("root serves this machine already (/var/lib/busbar)")
        state = self.a_day(uid=uid)
        self.assertEqual(state, self.home + "/.local/state/busbar")
        self.assertEqual(os.stat(state).st_uid, uid or os.geteuid())
        xdg = self.home + "/xdg"
        self.assertEqual(self.a_day(uid=uid, XDG_STATE_HOME=xdg), xdg + "/busbar")
