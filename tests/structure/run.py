#!/usr/bin/env python3
"""The house as rules: arrows only go down, doors are used, pure rooms are pure, the drawing is true."""
import os
import re
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SRC = os.path.join(ROOT, "src")
PURE = ("base", "draw", "model", "wire", "ledger", "estimate", "sched")
# Rooms where real numbers are at home: nothing in them decides what the scheduler does (docs/adr/0037).
REAL_NUMBERS = ("draw", "estimate")

# What a pure room may not name, and why the line is refused.
IMPURE = [
    (r'#include <(thread|mutex|shared_mutex|condition_variable|future|atomic|semaphore|barrier|latch|stop_token)>', "a thread"),
    (r'#include <(fstream|iostream|filesystem|cstdio|stdio\.h|unistd\.h|fcntl\.h|sys/[a-z]+\.h|netdb\.h|pwd\.h)>', "a file or a socket"),
    (r'#include <(random)>|std::random_device|\brand\(\)|getrandom\(', "a random device"),
    (r'(system|steady|high_resolution)_clock|\bclock_gettime\(|\btime\(nullptr\)|\bgettimeofday\(', "a clock"),
    (r'\bgetenv\(', "the environment"),
    (r'#include <(cmath|math\.h)>|\bstd::(exp2?|pow|log2?|sqrt)\(|\b(double|float)\b', "floating-point mathematics"),
]
# base/check.cpp says its last words on stderr and ends the process; wire/json_text.cpp reads 1e3, which is JSON, too.
PURE_EXCEPTIONS = {("src/base/check.cpp", "a file or a socket"), ("src/wire/json_text.cpp", "floating-point mathematics")}
# Headers that cost their reader seconds, and the few translation units that pay. No header of ours shows them on.
HEAVY = re.compile(r'#\s*include [<"](boost/asio|boost/beast|CLI/|yaml-cpp/|sqlite3\.h)')
HEAVY_PLACES = {"boost/asio": "src/net/", "boost/beast": "src/net/", "CLI/": "src/cli/args.cpp", "yaml-cpp/": "src/wire/yaml_tree.cpp",
                "sqlite3.h": "src/store/sqlite/"}
# What bin alone may know: which implementation of a door is real.
IMPLEMENTATIONS = {"engine/local/local.hpp"}
# A private header deep in its room: nobody beyond store/sqlite includes it (doors are the top of a room).
SHOWS_HEAVY = {"src/store/sqlite/database.hpp"}


def sources(*endings):
    for folder, _, names in os.walk(SRC):
        for name in sorted(names):
            if name.endswith(endings):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    yield os.path.relpath(path, ROOT), file.read()


def rooms(*keys):
    """room -> the rooms it may see, from its CMake line; of SHOWS alone or of USES alone if asked."""
    found = {}
    for room in sorted(os.listdir(SRC)):
        with open(os.path.join(SRC, room, "CMakeLists.txt"), encoding="utf-8") as file:
            text = re.sub(r"#.*", "", file.read())
        line = re.search(r"busbar_room\((\w+)([^)]*)\)", text)
        if line:
            words, key, seen = line.group(2).split(), None, []
            for word in words:
                if word in ("SHOWS", "USES", "LINKS", "TESTS"):
                    key = word
                elif key in (keys or ("SHOWS", "USES")):
                    seen.append(word)
            found[room] = seen
    return found


def reach(room, arrows):
    """Every room that is found by following the arrows from this one."""
    found = set()
    for other in arrows.get(room, ()):
        found |= {other} | reach(other, arrows)
    return found


def storeys():
    """room -> storey, from the drawing in docs/architecture.md."""
    with open(os.path.join(ROOT, "docs", "architecture.md"), encoding="utf-8") as file:
        drawing = re.search(r"```storeys\n(.*?)```", file.read(), re.S).group(1)
    found = {}
    for line in drawing.splitlines():
        parts = line.split(None, 1)
        if len(parts) == 2 and parts[0].isdigit():
            for room in parts[1].split("#")[0].replace(",", " ").split():
                found[room] = int(parts[0])
    return found


class Structure(unittest.TestCase):
    def test_arrows_only_go_down(self):
        height = storeys()
        for room, seen in rooms().items():
            for other in seen:
                self.assertLess(height[other], height[room], f"src/{room}/CMakeLists.txt: {room} may not see {other}")

    def test_the_drawing_shows_the_rooms_that_exist(self):
        self.assertEqual(sorted(storeys()), sorted(os.listdir(SRC)))

    def test_includes_follow_the_cmake_lines_and_use_doors(self):
        uses, shows = rooms(), rooms("SHOWS")
        everyone = set(os.listdir(SRC))
        for path, text in sources(".hpp", ".cpp"):
            room = path.split("/")[1]
            for number, line in enumerate(text.splitlines(), 1):
                include = re.match(r'\s*#\s*include "((\w+)/[^"]+)"', line)
                if not include or include.group(2) == room:
                    continue
                other = include.group(2)
                self.assertIn(other, everyone, f"{path}:{number}: {other} is not a room")
                self.assertTrue(include.group(1).count("/") == 1 or room == "bin" and include.group(1) in IMPLEMENTATIONS,
                                f"{path}:{number}: only the top of {other} is its door")
                if room == "bin":
                    continue
                seen = set(uses[room]) | set().union(*(reach(each, shows) for each in uses[room]))
                self.assertIn(other, seen, f"{path}:{number}: {room} may not see {other}")

    def test_a_door_shows_what_its_cmake_line_shows(self):
        """Whoever includes a header of another room must find all that it includes: SHOWS, not USES."""
        shows, text_of = rooms("SHOWS"), {path.split("/", 1)[1]: text for path, text in sources(".hpp", ".cpp")}
        includes = {path: re.findall(r'^\s*#\s*include "(\w+/[^"]+)"', text, re.M) for path, text in text_of.items()}
        doors = {header for path, headers in includes.items() for header in headers if header.split("/")[0] != path.split("/")[0]}
        while inner := {header for door in doors for header in includes[door]} - doors:
            doors |= inner
        for door in sorted(doors):
            room = door.split("/")[0]
            for header in includes[door]:
                self.assertIn(header.split("/")[0], {room} | reach(room, shows), f"src/{door} shows {header}, its CMake line does not")

    def test_pure_rooms_are_pure(self):
        for path, text in sources(".hpp", ".cpp"):
            if path.split("/")[1] not in PURE or path.endswith(("_test.cpp", "_test.hpp")):
                continue
            for number, line in enumerate(text.splitlines(), 1):
                code = re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]
                for pattern, what in IMPURE:
                    real = what == "floating-point mathematics" and path.split("/")[1] in REAL_NUMBERS
                    if (path, what) not in PURE_EXCEPTIONS and not real:
                        self.assertIsNone(re.search(pattern, code), f"{path}:{number}: a pure room may not use {what}: {line.strip()}")

    def test_no_walk_over_unordered_containers_in_pure_rooms(self):
        pure = [(path, text) for path, text in sources(".hpp", ".cpp") if path.split("/")[1] in PURE]
        names = {}  # a member is declared in one file and walked in another of its room
        for path, text in pure:
            names.setdefault(path.split("/")[1], set()).update(re.findall(r"unordered_(?:multi)?(?:map|set)<[^;]*>\s+(\w+)\s*[;={]", text))
        for path, text in pure:
            for number, line in enumerate(text.splitlines(), 1):
                for walked in re.findall(r"for \(.*:\s*(?:[\w.>-]*[.>])?(\w+)\)|\b(\w+)\.c?begin\(\)", line):
                    self.assertNotIn(walked[0] or walked[1], names[path.split("/")[1]],
                                     f"{path}:{number}: the order of this walk differs between machines")

    def test_the_simulator_has_no_loop_of_its_own(self):
        """What starts where is the production Core's word: sim neither names the scheduler nor makes a decision, and links Core."""
        for path, text in sources(".hpp", ".cpp"):
            if path.split("/")[1] != "sim" or path.endswith(("_test.cpp", "_test.hpp")):
                continue
            for number, line in enumerate(text.splitlines(), 1):
                code = line.split("//")[0]
                own = re.search(r'#include "sched/|\bsched::|\bdecide\(|\bScheduler\b|model::(Decided|Launch)\s*[{(]|model::apply\(', code)
                self.assertIsNone(own, f"{path}:{number}: deciding is control::Core's: {line.strip()}")
        library = os.path.join(sys.argv[1], "src", "sim", "libbusbar_sim.a") if len(sys.argv) > 1 else ""
        if not os.path.exists(library):
            self.skipTest("no build given: whether sim links control::Core SKIPPED aloud")
        symbols = subprocess.run(["nm", "-C", library], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertRegex(symbols, r"(?m)^ +U busbar::control::Core::step\(", "the World steps the production Core")
        self.assertNotRegex(symbols, r"(?m)^[0-9a-f]+ \w busbar::(control|sched)::\w+::(step|decide)\(", "no copy of it is built in")

    def test_heavy_headers_are_sealed(self):
        for path, text in sources(".hpp", ".cpp"):
            for number, line in enumerate(text.splitlines(), 1):
                heavy = HEAVY.match(line)
                if heavy:
                    place = HEAVY_PLACES[heavy.group(1)]
                    self.assertTrue(path.startswith(place), f"{path}:{number}: only {place} pays for this header: {line}")
                    self.assertTrue(path.endswith(".cpp") or path in SHOWS_HEAVY, f"{path}:{number}: no header shows it on: {line}")

    def test_every_file_opens_with_its_licence(self):
        for path, text in sources(".hpp", ".cpp"):
            self.assertTrue(text.startswith("// SPDX-License-Identifier: Apache-2.0\n"), path)

    def test_nothing_is_called_util(self):
        for folder, folders, names in os.walk(SRC):
            for name in folders + names:
                self.assertNotIn(name.split(".")[0], ("util", "utils", "common", "helpers", "misc"), os.path.join(folder, name))

    def test_files_stay_readable(self):
        """A ratchet: nothing is longer than the longest today; most files are far shorter."""
        for path, text in sources(".hpp", ".cpp"):
            self.assertLessEqual(text.count("\n"), 550, f"{path}: would a reader want a second room?")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
