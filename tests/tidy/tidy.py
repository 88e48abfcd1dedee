#!/usr/bin/python3
"""The house rules that a program can check. Prints file:line and the rule for each violation.

    tests/tidy/tidy.py [FOLDER]     FOLDER is the repository this file is in, unless another is given

Each rule is a function from a Tree to violations; tidy_test.py shows that each can fail.
"""

import collections
import fnmatch
import os
import re
import subprocess
import sys

Violation = collections.namedtuple("Violation", "path line rule")

LONGEST_FILE = 400
# What is read by tests, not by people.
DATA = ("tests/data/", "tests/migrations/")
ROOT_ENTRIES = {"CMakeLists.txt", "LICENSE", "README.md", "deploy", "proto", "services", "tests"}
# Which folders of services/ the code of a folder may include from. A folder that is not
# listed here is a service.
LAYERS = {
    "shared/storage": {"shared/storage"},
    "shared/journal": {"shared/journal", "shared/storage"},
    "shared/audit": {"shared/audit", "shared/journal", "shared/runtime", "shared/storage"},
    "shared/contract": {"shared/contract"},
    "shared/runtime": {"shared/runtime"},
    "shared/clusters": {"shared/clusters", "shared/contract", "shared/runtime"},
    "shared/intake": {"shared/intake", "shared/clusters", "shared/contract", "shared/journal", "shared/runtime",
                      "shared/storage"},
}
# A database driver is known to the files of its engine only.
DRIVERS = {"sqlite3.h": "services/shared/storage/sqlite", "libpq-fe.h": "services/shared/storage/postgres"}
CXX = (".cc", ".h")
OUR_INCLUDE = re.compile(r'#include "services/([^"]+)/([^/"]+)"')
DRIVER_INCLUDE = re.compile(r'#include ["<](' + "|".join(map(re.escape, DRIVERS)) + ')[">]')
LINK = re.compile(r"\]\(([^)#\s]+)[^)\s]*\)")
MACHINE_PATH = re.compile(r"(?<![\w.}])/(?:work|farm|root)\b")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|NO" + r"LINT)")


class Tree:
    """The text files of a folder, without what .gitignore names at any depth."""

    def __init__(self, root):
        self.root = root
        self.files = {}
        ignored = [".git"] + self._ignored()
        for folder, folders, names in os.walk(root):
            for some in (folders, names):
                some[:] = sorted(name for name in some if not any(fnmatch.fnmatch(name, each) for each in ignored))
            for name in names:
                self._read(os.path.relpath(os.path.join(folder, name), root))

    def _ignored(self):
        try:
            with open(os.path.join(self.root, ".gitignore"), encoding="utf-8") as file:
                return [line.strip().strip("/") for line in file if line.strip()]
        except FileNotFoundError:
            return []

    def _read(self, path):
        try:
            with open(os.path.join(self.root, path), encoding="utf-8") as file:
                self.files[path] = file.read().split("\n")
        except UnicodeDecodeError:
            pass  # an image, a document: nothing to read in it

    def lines(self, suffixes=("",)):
        """Yields (path, line number, line)."""
        for path, lines in self.files.items():
            if path.endswith(suffixes):
                for number, line in enumerate(lines, 1):
                    yield path, number, line


def file_length(tree):
    for path, lines in tree.files.items():
        if path.startswith(DATA) or path.endswith((".golden", "-lock.json")) or "_test." in path:
            continue
        if len(lines) - 1 > LONGEST_FILE:
            yield Violation(path, LONGEST_FILE + 1, f"a file has at most {LONGEST_FILE} lines, this one {len(lines) - 1}")


def layers(tree):
    for path, number, line in tree.lines(CXX):
        found = OUR_INCLUDE.match(line)
        if not found or not path.startswith("services/"):
            continue
        folder = os.path.dirname(path)[len("services/"):]
        other, header = found.groups()
        if folder in LAYERS:
            if other not in LAYERS[folder]:
                yield Violation(path, number, f"{folder} may not include from {other}: arrows go one way")
        elif other != folder and other not in LAYERS and not (folder == "suite" and _is_component(other, header)):
            yield Violation(path, number, f"{folder} may not include from {other}: services meet only in proto/")


def _is_component(service, header):
    """The suite is made of the other services, through the one header each has for that."""
    return header in (service + ".h", "component.h")


def drivers(tree):
    for path, number, line in tree.lines(CXX):
        found = DRIVER_INCLUDE.match(line)
        if found and not path.startswith(DRIVERS[found.group(1)]):
            yield Violation(path, number, f"{found.group(1)} is for {DRIVERS[found.group(1)]}* only")


def links(tree):
    for path, number, line in tree.lines((".md",)):
        for target in LINK.findall(line):
            if "://" in target or target.startswith("mailto:"):
                continue
            if not os.path.exists(os.path.join(tree.root, os.path.dirname(path), target)):
                yield Violation(path, number, f"the link leads nowhere: {target}")


def root_entries(tree):
    for entry in sorted({path.split(os.sep)[0] for path in tree.files}):
        if entry not in ROOT_ENTRIES and not entry.startswith("."):
            yield Violation(entry, 1, "the top level is " + ", ".join(sorted(ROOT_ENTRIES)) + " and dot files")


def machine_paths(tree):
    for path, number, line in tree.lines():
        if MACHINE_PATH.search(line):
            yield Violation(path, number, "no paths of somebody's machine")


def unfinished(tree):
    for path, number, line in tree.lines():
        if UNFINISHED.search(line):
            yield Violation(path, number, "no marks of unfinished work and no silenced checks: finish it or leave it out")


def shell_scripts(tree):
    for path, lines in tree.files.items():
        if not re.match(r"#!.*\b(ba)?sh$", lines[0]):
            continue
        run = subprocess.run(["bash", "-n", os.path.join(tree.root, path)], capture_output=True, text=True)
        if run.returncode != 0:
            found = re.search(r"line (\d+): (.*)", run.stderr)
            yield Violation(path, int(found.group(1)), f"not a shell script: {found.group(2)}")


def layout(tree):
    paths = [os.path.join(tree.root, path) for path in tree.files if path.endswith(CXX)]
    if not paths:
        return
    run = subprocess.run(["clang-format", "--dry-run", *paths], capture_output=True, text=True, check=True)
    first = {}
    for path, line in re.findall(r"^(.*?):(\d+):\d+: ", run.stderr, re.MULTILINE):
        first.setdefault(os.path.relpath(path, tree.root), int(line))
    for path, line in first.items():
        yield Violation(path, line, f"not laid out as .clang-format says; run: clang-format -i {path}")


RULES = [file_length, layers, drivers, links, root_entries, machine_paths, unfinished, shell_scripts, layout]


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    tree = Tree(os.path.normpath(root))
    violations = [violation for rule in RULES for violation in rule(tree)]
    for path, line, rule in violations:
        print(f"{path}:{line}: {rule}")
    print(f"{len(tree.files)} files, {len(RULES)} rules, {len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
