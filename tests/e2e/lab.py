"""What the checks share: scratch folders, a server of their own, Debian packages."""
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

BUILD = ""  # set by run.py


def is_root():
    return os.geteuid() == 0


def needs_root(why):
    if not is_root():
        raise unittest.SkipTest(f"not root: {why}")


def installed(package):
    found = subprocess.run(["dpkg-query", "-W", "-f=${Status}", package], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return "ok installed" in found.stdout


def needs(*packages, patience=180):
    """Installs from Debian what is missing, or skips the check with the reason."""
    try:
        missing = [package for package in packages if not installed(package)]
    except FileNotFoundError:
        raise unittest.SkipTest("no dpkg: this is no Debian")
    if not missing:
        return
    if not is_root():
        raise unittest.SkipTest(f"not root: an administrator would run apt-get install --no-install-recommends {' '.join(missing)}")
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    words = ["apt-get", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=2"]

    def apt(*more, limit):
        return subprocess.run(["timeout", str(limit), *words, *more], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")

    what = ["install", "-y", "--no-install-recommends", *missing]
    # The long part is fetched under the clock; what has been fetched is unpacked without one.
    fetched = apt(*what, "--download-only", limit=patience)
    if fetched.returncode not in (0, 124):
        apt("update", limit=60)
        fetched = apt(*what, "--download-only", limit=patience)
    if fetched.returncode:
        late = f"not within {patience} s" if fetched.returncode == 124 else (fetched.stdout.strip().splitlines() or ["no output"])[-1]
        raise unittest.SkipTest(f"{' '.join(missing)} out of reach: {late}")
    done = apt(*what, limit=600)
    if done.returncode:
        raise unittest.SkipTest(f"{' '.join(missing)} cannot be installed: {done.stdout.strip().splitlines()[-1]}")


def scratch(name):
    folder = tempfile.mkdtemp(prefix=f"busbar-e2e-{name}.", dir="/tmp")
    os.chmod(folder, 0o755)
    return folder


def until(what, patience=30, pause=0.1):
    """The first true answer of what(), or its last one when patience is at an end."""
    end = time.monotonic() + patience
    while True:
        answer = what()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(pause)


class Server:
    """A server of its own on a scratch state, and how to ask it things. `binary`: another copy of the program."""

    def __init__(self, state, work, binary=None, **variables):
        self.state, self.work = state, work
        self.binary = binary or os.path.join(BUILD, "busbar")
        self.env = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8",
                    "USER": "root" if is_root() else os.environ.get("USER", "nobody"), "NO_COLOR": "1", "BUSBAR_STATE": state, **variables}
        os.makedirs(work, exist_ok=True)

    def busbar(self, *words, timeout=120, env=None, cwd=None, uid=None, gid=None, groups=None):
        return subprocess.run([self.binary, *words], env=env or self.env, cwd=cwd or self.work, timeout=timeout, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", user=uid, group=gid,
                              extra_groups=groups)

    def up(self, *flags):
        done = self.busbar("up", *flags)
        assert done.returncode == 0, f"up: {done.stderr}"

    def down(self):
        self.busbar("down", "--stop-jobs", "--quiet")

    def pid(self):
        return json.loads(self.busbar("version", "--json").stdout)["server"]["pid"]

    def submit(self, *words, **more):
        done = self.busbar("submit", "--quiet", *words, **more)
        assert done.returncode == 0, f"submit {words}: {done.stderr}"
        return int(done.stdout)

    def jobs(self):
        return json.loads(self.busbar("ps", "-a", "--json").stdout)["jobs"]

    def job(self, number):
        return next(job for job in self.jobs() if job["id"] == number)

    def checked(self):
        """What `busbar check` says against the journal; empty when all is well."""
        done = self.busbar("check")
        return "" if done.returncode == 0 else done.stdout + done.stderr


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
