"""users: one server of root's, two people with uids, groups and files of their own."""
import ctypes
import os
import subprocess
import unittest

import lab

CLONE_NEWNS = 0x00020000
ADA, BEN, LAB = 20001, 20002, 20100


def mount(*words):
    done = subprocess.run(["mount", *words], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise unittest.SkipTest(f"mount {' '.join(words)}: {done.stderr.strip()}")


class Users(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lab.needs_root("only root can serve two people")
        cls.folder = lab.scratch("users")
        cls.addClassCleanup(lab.remove, cls.folder)
        # A private view of the mounts lends the two their names; this machine keeps its own tables.
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
            raise unittest.SkipTest("no mount namespace of one's own here")
        mount("--make-rprivate", "/")
        for table, lines in (("passwd", [f"ada:x:{ADA}:{ADA}::{cls.folder}/ada:/bin/sh", f"ben:x:{BEN}:{BEN}::{cls.folder}/ben:/bin/sh"]),
                             ("group", [f"ada:x:{ADA}:", f"ben:x:{BEN}:", f"lab:x:{LAB}:ada"])):
            with open(f"/etc/{table}") as real, open(f"{cls.folder}/{table}", "w") as own:
                own.write(real.read() + "\n".join(lines) + "\n")
            os.chmod(f"{cls.folder}/{table}", 0o644)
            mount("--bind", f"{cls.folder}/{table}", f"/etc/{table}")
            cls.addClassCleanup(subprocess.run, ["umount", f"/etc/{table}"])
        for name, uid in (("ada", ADA), ("ben", BEN)):
            os.mkdir(f"{cls.folder}/{name}", 0o700)
            os.chown(f"{cls.folder}/{name}", uid, uid)
        subprocess.run(["cp", f"{lab.BUILD}/busbar", f"{lab.BUILD}/busbar-shim", cls.folder], check=True)
        cls.server = lab.Server(cls.folder + "/state", cls.folder + "/work", cls.folder + "/busbar")
        cls.addClassCleanup(cls.server.down)
        cls.server.up()

    def person(self, name, *words):
        uid = {"ada": ADA, "ben": BEN}[name]
        env = {**self.server.env, "HOME": f"{self.folder}/{name}", "USER": name}
        return self.server.busbar(*words, uid=uid, gid=uid, groups=[LAB] if name == "ada" else [], env=env, cwd=f"{self.folder}/{name}")

    def test_identity(self):
        """a task has its submitter's uid, gid, groups, name and home, and no capability"""
        for name, uid, groups in (("ada", ADA, f"{ADA} {LAB}"), ("ben", BEN, f"{BEN}")):
            done = self.person(name, "run", "--quiet", "--", "sh", "-c",
                               'echo $(id -u) $(id -ru) $(id -g); id -G; id -un; echo $HOME; grep CapEff /proc/self/status; umask >made; stat -c %u:%g made')
            self.assertEqual(done.stdout.splitlines(), [f"{uid} {uid} {uid}", groups, name, f"{self.folder}/{name}",
                                                        "CapEff:\t0000000000000000", f"{uid}:{uid}"], done.stderr)

    def test_private(self):
        """neither the log, the script, the environment nor the files of a job are another's to read; root reads them"""
        with open(f"{self.folder}/ada/tell.sh", "w") as script:
            script.write("#!/bin/sh\necho the secret\n")
        os.chown(f"{self.folder}/ada/tell.sh", ADA, ADA)
        number = self.person("ada", "submit", "--quiet", "--output", "out.%j", "tell.sh").stdout.strip()
        logged = self.person("ada", "submit", "--quiet", "--env", "TOKEN=the secret", "tell.sh").stdout.strip()
        for job in (number, logged):
            self.assertEqual(self.person("ada", "wait", "--quiet", job).returncode, 0)
        self.assertEqual(self.person("ada", "logs", logged).stdout, "the secret\n")
        self.assertEqual(self.server.busbar("logs", logged).stdout, "the secret\n")
        for words in (("logs", logged), ("show", logged), ("show", "--json", logged), ("logs", number), ("ps", "-a"), ("ps", "-a", "--json")):
            got = self.person("ben", *words)
            self.assertNotIn("the secret", got.stdout + got.stderr, words)
        self.assertNotEqual(self.person("ben", "logs", logged).returncode, 0)
        out = f"{self.folder}/ada/out.{number}"
        self.assertEqual((os.stat(out).st_uid, os.stat(out).st_gid), (ADA, ADA))
        read = subprocess.run(["sh", "-c", f"cat {out}; ls -R {self.server.state}; cat {self.server.state}/journal.db"], user=BEN, group=BEN,
                              extra_groups=[], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(read.stdout, b"")

    def test_stop(self):
        """nobody stops another's job; its owner does, and root"""
        for stopper, code in (("ada", 130), (None, 130)):
            number = self.person("ada", "submit", "--quiet", "--cpus", "0.1", "--", "sleep", "600").stdout.strip()
            self.assertTrue(lab.until(lambda: self.server.job(int(number))["state"] == "RUNNING"))
            denied = self.person("ben", "stop", number)
            self.assertEqual(denied.returncode, 1, denied.stdout + denied.stderr)
            self.assertIn("ada", denied.stderr)
            pid = self.server.job(int(number))["tasks"][0]["pid"]
            with self.assertRaises(subprocess.CalledProcessError):
                subprocess.run(["kill", "-9", str(pid)], user=BEN, group=BEN, extra_groups=[], check=True, stderr=subprocess.DEVNULL)
            self.assertEqual(self.server.job(int(number))["state"], "RUNNING")
            stopped = self.person(stopper, "stop", number) if stopper else self.server.busbar("stop", number)
            self.assertEqual(stopped.returncode, 0, stopped.stderr)
            self.assertEqual(self.person("ada", "wait", "--quiet", number).returncode, code)

    def test_server(self):
        """a user neither ends the server nor the others' jobs"""
        self.assertNotEqual(self.person("ben", "down", "--stop-jobs").returncode, 0)
        self.assertEqual(self.server.busbar("version").returncode, 0)
        self.assertEqual(self.server.checked(), "")
