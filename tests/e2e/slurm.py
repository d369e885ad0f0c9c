"""A whole Slurm on the loopback: munged, slurmctld and one slurmd, on ports and in a folder of its own."""
import os
import re
import shutil
import socket
import stat
import subprocess
import time
import unittest

import lab

PACKAGES = ("slurmctld", "slurmd", "slurm-client", "munge")

CONFIG = """ClusterName=lab
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={home}/run/munge.sock
CredType=cred/munge
StateSaveLocation={home}/state
SlurmctldPidFile={home}/run/slurmctld.pid
SlurmdPidFile={home}/run/slurmd.%n.pid
SlurmdSpoolDir={home}/spool/%n
SlurmctldLogFile={home}/log/slurmctld.log
SlurmdLogFile={home}/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
MailProg=/bin/true
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=5,sched_min_interval=10000,bf_interval=5
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
GresTypes=gpu
ReturnToService=2
KillWait=5
SlurmdParameters=config_overrides
NodeName={node} NodeHostname=localhost NodeAddr=127.0.0.1 Port={daemon} CPUs=8 Boards=1 SocketsPerBoard=1 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=4000 Gres=gpu:h200:4
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(count):
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [door.getsockname()[1] for door in doors]
    for door in doors:
        door.close()
    return ports


class Slurm:
    def __init__(self, home, work):
        self.home, self.work = home, work
        # The node has this machine's name, as a busbar server's node has.
        self.node = socket.gethostname().split(".")[0]
        self.env = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8",
                    "USER": "root", "SLURM_CONF": f"{home}/slurm.conf"}
        self.daemons = []

    def up(self):
        for folder in ("run", "state", "spool/" + self.node, "log", "gpu", "work"):
            os.makedirs(os.path.join(self.home, folder), exist_ok=True)
        os.makedirs(self.work, exist_ok=True)
        controller, daemon = free_ports(2)
        with open(f"{self.home}/slurm.conf", "w") as file:
            file.write(CONFIG.format(home=self.home, node=self.node, controller=controller, daemon=daemon))
        with open(f"{self.home}/gres.conf", "w") as file:
            file.write(f"NodeName={self.node} Name=gpu Type=h200 File={self.home}/gpu/nvidia[0-3]\n")
        for index in range(4):  # Slurm counts device files alone; each of these is another /dev/null
            try:
                os.mknod(f"{self.home}/gpu/nvidia{index}", stat.S_IFCHR | 0o600, os.makedev(1, 3))
            except PermissionError:
                raise unittest.SkipTest("device files cannot be made here (mknod), and Slurm counts no other GPUs")
        with open(os.open(f"{self.home}/run/munge.key", os.O_CREAT | os.O_WRONLY, 0o400), "wb") as file:
            file.write(os.urandom(1024))
        run = self.home + "/run"
        self.start("munged", "--foreground", f"--key-file={run}/munge.key", f"--socket={run}/munge.sock", f"--pid-file={run}/munged.pid",
                   f"--log-file={self.home}/log/munged.log", f"--seed-file={run}/munged.seed", "--force")
        assert lab.until(lambda: os.path.exists(run + "/munge.sock"), 20), "munged does not answer"
        self.start("slurmctld", "-D", "-c", "-i")
        self.start("slurmd", "-D", "-N", self.node)
        ready = lab.until(lambda: self.ask("sinfo", "-h", "-o", "%t").stdout.strip() == "idle", 60, 0.3)
        assert ready, "the node is not idle:\n" + self.logs()

    def start(self, *words):
        # A group of its own, and no controlling terminal: it is ended by its id.
        self.daemons.append(subprocess.Popen(words, env=self.env, cwd=self.home, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                             stderr=subprocess.DEVNULL, start_new_session=True))

    def logs(self):
        text = ""
        for name in sorted(os.listdir(self.home + "/log")):
            with open(os.path.join(self.home, "log", name), errors="replace") as file:
                text += f"{name}:\n" + "".join(file.readlines()[-15:])
        return text

    def ask(self, *words, env=None):
        return subprocess.run(words, env=env or self.env, cwd=self.work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=60)

    def submit(self, *words, variables=None):
        done = self.ask("sbatch", "--parsable", *words, env={**self.env, **(variables or {})})
        assert done.returncode == 0, f"sbatch {words}: {done.stderr}"
        return int(done.stdout.split(";")[0])

    def jobs(self):
        """Each job as a table of what scontrol tells; elements of arrays stand for themselves."""
        found = []
        for line in self.ask("scontrol", "show", "job", "-o").stdout.splitlines():
            # A command may hold blanks and equal signs; the fields asked for here do not.
            table = dict(re.findall(r"(\w+)=(\S*)", line))
            if "JobId" in table:
                found.append(table)
        return found

    def ended(self, number):
        """The jobs of this number or array once all of them have ended, else nothing."""
        mine = [job for job in self.jobs() if number in (int(job["JobId"]), int(job.get("ArrayJobId", 0)))]
        over = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")
        return mine if mine and all(job["JobState"] in over for job in mine) else []

    def down(self):
        if not self.daemons:
            return
        self.ask("scancel", "--full", "-u", "root")
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        time.sleep(0.1)
        shutil.rmtree(self.home, ignore_errors=True)
