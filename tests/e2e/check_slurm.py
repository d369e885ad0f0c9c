"""slurm: the same scripts, unchanged, on a real Slurm and on Busbar; where the two differ, the difference is named here."""
import os
import re
import time
import unittest

import lab
import slurm

HERE = os.path.dirname(os.path.abspath(__file__))

# In this order; each takes the next number, so that after.sh can name job 1. The last is late.sh, which takes a minute.
SCRIPTS = ("name-and-files", "after", "fails", "gpus", "gres", "gang", "array", "elsewhere", "bare", "late")
WRAPPED = ("--wrap", "echo $GARDEN; exit 4", "-J", "wrapped", "-o", "wrapped.%x.out", "--mem=50", "-c", "2")

# What Busbar promises to set. Slurm sets some of it only when it was asked for; where it does, the two agree.
PROMISED = """JOB_ID JOB_NAME JOB_NODELIST JOB_NUM_NODES NNODES NODEID PROCID LOCALID NTASKS NTASKS_PER_NODE CPUS_PER_TASK CPUS_ON_NODE
GPUS_ON_NODE JOB_GPUS MEM_PER_NODE ARRAY_JOB_ID ARRAY_TASK_ID ARRAY_TASK_COUNT ARRAY_TASK_MIN ARRAY_TASK_MAX RESTART_COUNT JOB_END_TIME
SUBMIT_DIR SUBMIT_HOST TMPDIR""".split()

# Set in every job, where Slurm's script finds them only when the option was given; and what depends on the moment.
ALWAYS = {"CPUS_PER_TASK", "NTASKS", "NTASKS_PER_NODE", "RESTART_COUNT", "TMPDIR"}
NOT_COMPARED = {"JOB_END_TIME"}


def report_of(path):
    with open(path) as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file)


def files_of(work):
    found = []
    for folder, _, names in os.walk(work):
        found += [os.path.relpath(os.path.join(folder, name), work) for name in names]
    return sorted(found)


def text_of(*path):
    with open(os.path.join(*path)) as file:
        return file.read()


class Slurm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lab.needs_root("a Slurm of one's own starts tasks as root")
        if (os.cpu_count() or 1) < 2:
            raise unittest.SkipTest("the scripts ask for two CPUs, and this machine has one")
        lab.needs(*slurm.PACKAGES)
        cls.folder = lab.scratch("slurm")
        cls.addClassCleanup(lab.remove, cls.folder)
        cls.slurm = slurm.Slurm(cls.folder + "/slurm", cls.folder + "/there")
        cls.busbar = lab.Server(cls.folder + "/state", cls.folder + "/here")
        cls.addClassCleanup(cls.busbar.down)
        cls.addClassCleanup(cls.slurm.down)
        cls.slurm.up()
        cls.busbar.up("--declare-gpus", "4:h200:80GiB")
        cls.there, cls.here, cls.numbers, cls.remarks = {}, {}, {}, {}
        cls.run_all()

    @classmethod
    def run_all(cls):
        variables = {"REPORT": HERE + "/report.sh", "GARDEN": "of the submitter"}
        for work in (cls.slurm.work, cls.busbar.work):
            os.makedirs(work + "/deeper")
        env = {**cls.busbar.env, **variables}
        for name in (*SCRIPTS, "wrapped"):
            words = WRAPPED if name == "wrapped" else (f"{HERE}/sbatch/{name}.sh", "one", "two words")
            if name == "late":  # Busbar has this machine's CPUs alone: the quick ones first
                lab.until(lambda: all(job["ended"] for job in cls.busbar.jobs()), 60)
            number = cls.slurm.submit(*words, variables=variables)
            done = cls.busbar.busbar("submit", *words, env=env)
            assert done.returncode == 0, f"{name}: {done.stderr}"
            cls.numbers[name] = (number, int(done.stdout))
            cls.remarks[name] = done.stderr
        cls.cancelled()
        end = time.monotonic() + 150
        for name, (there, here) in cls.numbers.items():
            ended = lab.until(lambda: cls.slurm.ended(there), end - time.monotonic(), 0.5)
            assert ended, f"Slurm: {name} is not over\n{cls.slurm.logs()}"
            cls.there[name] = sorted((int(j.get("ArrayTaskId", -1)), j["JobState"], *map(int, j["ExitCode"].split(":"))) for j in ended)
            lab.until(lambda: all(j["ended"] for j in cls.jobs_here(here)), end - time.monotonic(), 0.2)
            cls.here[name] = sorted((j["array_index"] if j["array_id"] else -1, j["state"], j["exit_code"], j["signal"])
                                    for j in cls.jobs_here(here))

    @classmethod
    def cancelled(cls):
        """One that runs, and is told to end."""
        words = ("--wrap", "touch started; exec sleep 600", "-J", "cancelled", "-o", "cancelled.out", "--mem=50")
        there, here = cls.slurm.submit(*words), cls.busbar.submit(*words)
        for work in (cls.slurm.work, cls.busbar.work):
            assert lab.until(lambda: os.path.exists(work + "/started"), 60), f"{work}: sleep 600 did not start"
        cls.slurm.ask("scancel", str(there))
        cls.busbar.busbar("stop", "--quiet", str(here))
        cls.numbers["cancelled"] = (there, here)

    @classmethod
    def jobs_here(cls, number):
        return [job for job in cls.busbar.jobs() if number in (job["id"], job["array_id"])]

    def report(self, name):
        """(Slurm's, Busbar's): what a script found."""
        return report_of(f"{self.slurm.work}/{name}"), report_of(f"{self.busbar.work}/{name}")

    def test_states_and_codes(self):
        """every script and every element ends in the same state, with the same code and signal"""
        self.maxDiff = None
        for name in self.numbers:
            if name in ("late", "cancelled"):  # Slurm's record of a job that it ended itself tells no code; Busbar's has the signal
                self.assertEqual([row[1] for row in self.here[name]], [row[1] for row in self.there[name]], name)
            else:
                self.assertEqual(self.here[name], self.there[name], name)
        states = {row[1] for rows in self.there.values() for row in rows}
        self.assertEqual(states, {"COMPLETED", "FAILED", "TIMEOUT", "CANCELLED"})

    def test_files(self):
        """files have the same names, in the same folders, with the same text from the scripts"""
        there, here = files_of(self.slurm.work), files_of(self.busbar.work)
        # On purpose: each rank of gang.sh has run the script, so there is a report of rank 1, too.
        here.remove("report.gang.1")
        self.assertEqual(here, there)
        for name in ("hello-1.{user}.out", "err.0001.{node}", "sweep.{array}.3.out", "sweep.003.err", "fails.out", "deeper/here.out",
                     "late.warned"):
            name = name.format(user=self.slurm.env["USER"], node=self.slurm.node, array=self.numbers["array"][0])
            self.assertIn(name, there)
            self.assertEqual(text_of(self.busbar.work, name), text_of(self.slurm.work, name), name)
        self.assertEqual(text_of(self.busbar.work, "wrapped.wrapped.out"), "of the submitter\n")

    def test_variables(self):
        """each SLURM_ variable that Busbar promises has the value that Slurm gives it"""
        reports = [name for name in files_of(self.slurm.work) if os.path.basename(name).startswith("report.")]
        self.assertGreater(len(reports), 10)
        seen, wrong = set(), []
        for name in reports:
            there, here = self.report(name)
            for variable in PROMISED:
                key = "SLURM_" + variable
                if key in there:
                    seen.add(variable)
                if variable in NOT_COMPARED:
                    continue
                want, have = self.plain(variable, there.get(key), 0), self.plain(variable, here.get(key), 1)
                if want is None and variable in ALWAYS:
                    continue
                if variable == "JOB_GPUS" and want and have:  # which of four alike is free depends on the moment
                    want, have = len(want.split(",")), len(have.split(","))
                if want != have:
                    wrong.append(f"{name}: {key} is {have!r}, Slurm has {want!r}")
        self.assertEqual(wrong, [])
        # What this Slurm shows at all, so that a comparison with nothing does not pass for one.
        self.assertLessEqual({"JOB_ID", "NTASKS", "CPUS_PER_TASK", "GPUS_ON_NODE", "JOB_GPUS", "MEM_PER_NODE", "ARRAY_TASK_MAX",
                              "SUBMIT_DIR"}, seen)

    def plain(self, variable, value, side):
        """A value without what must differ: each has a folder of its own, and a number of its own for a job of the same name."""
        if value is None:
            return None
        if variable in ("JOB_ID", "ARRAY_JOB_ID"):
            named = [name for name, numbers in self.numbers.items() if numbers[side] == int(value) and name != "array"]
            # An element has the array's number or one that was given later; which, the two decide differently.
            return "element" if variable == "JOB_ID" and not named else named or value
        return value.replace((self.slurm, self.busbar)[side].work, "WORK")

    def test_exports(self):
        """--export passes, adds and leaves behind the same variables; arguments and the folder are the same"""
        for name in ("deeper/report.elsewhere", "report.bare", "report.hello"):
            there, here = self.report(name)
            for key in ("FLOWER", "MANY", "GARDEN", "ARGUMENTS"):
                self.assertEqual(here[key], there[key], f"{name}: {key}")
            self.assertEqual(here["PWD"].replace(self.busbar.work, ""), there["PWD"].replace(self.slurm.work, ""), name)

    def test_gpus(self):
        """a script sees as many GPUs as it asked for; in a gang each rank its own"""
        for name in ("report.gpus", "report.gres", "report.hello"):
            there, here = self.report(name)
            self.assertEqual(*(len([g for g in side["CUDA_VISIBLE_DEVICES"].split(",") if g]) for side in (here, there)), name)
        ranks = [report_of(f"{self.busbar.work}/report.gang.{rank}")["CUDA_VISIBLE_DEVICES"] for rank in (0, 1)]
        self.assertEqual(len(set(ranks)), 2)
        self.assertTrue(all(re.fullmatch(r"\d", gpus) for gpus in ranks), ranks)

    def test_told(self):
        """on purpose: a script with -n 2 is run by each rank, and submit says so"""
        self.assertIn("each of the 2 tasks runs this script", self.remarks["gang"])
        self.assertIn("64 MiB for each task", self.remarks["gang"])
        there, here = self.report("report.gang.0")
        self.assertEqual((there["SLURM_PROCID"], here["SLURM_PROCID"]), ("0", "0"))
        self.assertFalse(os.path.exists(self.slurm.work + "/report.gang.1"))
        self.assertEqual(report_of(self.busbar.work + "/report.gang.1")["SLURM_PROCID"], "1")

    def test_check(self):
        """the journal of it all is sound"""
        self.assertEqual(self.busbar.checked(), "")
