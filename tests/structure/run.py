#!/usr/bin/env python3
"""The house as rules: arrows only go down, doors are used, pure rooms are pure, the drawing is true."""
import os
import re
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SRC = os.path.join(ROOT, "src")
PURE = ("base", "model", "wire", "ledger", "sched")

# What a pure room may not name, and why the line is refused.
IMPURE = [
    (r'#include <(thread|mutex|shared_mutex|condition_variable|future|atomic|semaphore|barrier|latch|stop_token)>', "a thread"),
    (r'#include <(fstream|iostream|filesystem|cstdio|stdio\.h|unistd\.h|fcntl\.h|sys/[a-z]+\.h|netdb\.h|pwd\.h)>', "a file or a socket"),
    (r'#include <(random)>|std::random_device|\brand\(\)|getrandom\(', "a random device"),
    (r'(system|steady|high_resolution)_clock|\bclock_gettime\(|\btime\(nullptr\)|\bgettimeofday\(', "a clock"),
    (r'\bgetenv\(', "the environment"),
    (r'#include <(cmath|math\.h)>|\bstd::(exp2?|pow|log2?|sqrt)\(', "floating-point mathematics"),
]
# base/check.cpp says its last words on stderr and ends the process.
PURE_EXCEPTIONS = {"src/base/check.cpp"}
HEAVY = re.compile(r'#include <(boost/(asio|beast)|CLI/)')
HEAVY_PLACES = {"boost/asio": "src/net/", "boost/beast": "src/net/", "CLI/": "src/cli/args.cpp"}


def sources(*endings):
    for folder, _, names in os.walk(SRC):
        for name in sorted(names):
            if name.endswith(endings):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    yield os.path.relpath(path, ROOT), file.read()


def rooms():
    """room -> the rooms it may see, from its CMake line."""
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
                elif key in ("SHOWS", "USES"):
                    seen.append(word)
            found[room] = seen
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
        allowed = rooms()
        everyone = set(os.listdir(SRC))

        def reach(room, seen=()):
            for other in allowed.get(room, ()):
                yield other
                yield from reach(other)

        for path, text in sources(".hpp", ".cpp"):
            room = path.split("/")[1]
            if room == "bin":
                continue
            for number, line in enumerate(text.splitlines(), 1):
                include = re.match(r'#include "((\w+)/[^"]+)"', line)
                if not include or include.group(2) == room:
                    continue
                other = include.group(2)
                self.assertIn(other, everyone, f"{path}:{number}: {other} is not a room")
                self.assertIn(other, set(reach(room)), f"{path}:{number}: {room} may not see {other}")
                self.assertEqual(include.group(1).count("/"), 1, f"{path}:{number}: only the top of {other} is its door")

    def test_pure_rooms_are_pure(self):
        for path, text in sources(".hpp", ".cpp"):
            if path.split("/")[1] not in PURE or path.endswith("_test.cpp") or path in PURE_EXCEPTIONS:
                continue
            for number, line in enumerate(text.splitlines(), 1):
                code = line.split("//")[0]
                for pattern, what in IMPURE:
                    self.assertIsNone(re.search(pattern, code), f"{path}:{number}: a pure room may not use {what}: {line.strip()}")

    def test_no_walk_over_unordered_containers_in_pure_rooms(self):
        for path, text in sources(".hpp", ".cpp"):
            if path.split("/")[1] not in PURE:
                continue
            names = set(re.findall(r"unordered_(?:map|set)<[^;]*>\s+(\w+)\s*[;={]", text))
            for number, line in enumerate(text.splitlines(), 1):
                walked = re.search(r"for \(.*:\s*(\w+)\)", line)
                if walked:
                    self.assertNotIn(walked.group(1), names, f"{path}:{number}: the order of this walk differs between machines")

    def test_heavy_headers_are_sealed(self):
        for path, text in sources(".hpp", ".cpp"):
            for number, line in enumerate(text.splitlines(), 1):
                heavy = HEAVY.match(line)
                if heavy:
                    self.assertTrue(path.startswith(HEAVY_PLACES[heavy.group(1)]), f"{path}:{number}: {line}")
                    if heavy.group(1) != "CLI/" and path.endswith(".hpp"):
                        self.assertNotIn(path, ("src/net/http.hpp",), f"{path}:{number}: the door must not show Beast")

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
            self.assertLessEqual(text.count("\n"), 620, f"{path}: would a reader want a second room?")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
