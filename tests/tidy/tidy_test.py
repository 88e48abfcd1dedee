#!/usr/bin/python3
"""Shows that each rule of tidy.py finds what it is for, at the right line, and lets the right thing pass."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import tidy

LAYOUT = "BasedOnStyle: Google\nColumnLimit: 120\n"
INCLUDE = '#include "services/{}"\n'.format


class RulesTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def found(self, rule):
        return [(path, line) for path, line, _ in rule(tidy.Tree(str(self.root)))]

    def test_a_long_file_is_found_but_not_a_long_test_or_data(self):
        for path in ("services/a/a.cc", "services/a/a_test.cc", "tests/data/a.json", "tests/migrations/1/a.sql",
                     "tests/contract/a.golden"):
            self.write(path, "\n" * 401)
        self.write("services/a/b.cc", "\n" * 400)
        self.assertEqual(self.found(tidy.file_length), [("services/a/a.cc", 401)])

    def test_an_include_against_the_arrows_is_found(self):
        self.write("services/shared/storage/a.cc", "\n" + INCLUDE("shared/journal/journal.h"))
        self.write("services/shared/contract/a.h", INCLUDE("membership/membership.h"))
        self.write("services/shared/runtime/a.cc", INCLUDE("shared/contract/catalogue.h"))
        self.write("services/shared/intake/a.cc", INCLUDE("shared/journal/journal.h"))
        self.assertEqual(
            sorted(self.found(tidy.layers)),
            [("services/shared/contract/a.h", 1), ("services/shared/runtime/a.cc", 1),
             ("services/shared/storage/a.cc", 2)])

    def test_a_service_that_includes_another_is_found_but_the_suite_may(self):
        self.write("services/cli/a.cc", INCLUDE("directory/directory.h") + INCLUDE("shared/contract/sheet.h"))
        self.write("services/suite/main.cc", INCLUDE("directory/directory.h") + INCLUDE("aggregator/component.h"))
        self.write("services/suite/a.cc", INCLUDE("directory/register.h"))
        self.assertEqual(sorted(self.found(tidy.layers)), [("services/cli/a.cc", 1), ("services/suite/a.cc", 1)])

    def test_a_driver_outside_its_engine_is_found(self):
        self.write("services/shared/storage/sqlite.cc", "#include <sqlite3.h>\n")
        self.write("services/shared/journal/a.cc", "#include <sqlite3.h>\n")
        self.assertEqual(self.found(tidy.drivers), [("services/shared/journal/a.cc", 1)])

    def test_a_dead_link_is_found(self):
        self.write("proto/README.md", "[up](../README.md#glossary)\n[out](https://example.org/x) [gone](gone.md)\n")
        self.write("README.md", "[into](proto/README.md)\n")
        self.assertEqual(self.found(tidy.links), [("proto/README.md", 2)])

    def test_a_stranger_at_the_top_is_found(self):
        self.write("README.md", "")
        self.write(".clang-format", "")
        self.write("notes.txt", "")
        self.assertEqual(self.found(tidy.root_entries), [("notes.txt", 1)])

    def test_ignored_folders_are_not_read(self):
        self.write(".gitignore", "/build/\nnode_modules/\n")
        self.write("build/notes.txt", "")
        self.write("tests/contract/node_modules/a.md", "[gone](gone.md)\n")
        self.assertEqual(self.found(tidy.root_entries) + self.found(tidy.links), [])

    def test_a_path_of_a_machine_is_found(self):
        self.write("deploy/a", "ls /ro" "ot/x\n")
        self.write("deploy/b", 'cd "$up/work/x" # and ../work/y, https://x.org/work/\n')
        self.assertEqual(self.found(tidy.machine_paths), [("deploy/a", 1)])

    def test_unfinished_work_is_found(self):
        self.write("services/a/a.cc", "int a;  // TO" "DO: b\n")
        self.write("services/a/b.cc", "int mastodon;\n")
        self.assertEqual(self.found(tidy.unfinished), [("services/a/a.cc", 1)])

    def test_a_broken_shell_script_is_found(self):
        self.write("deploy/good", "#!/usr/bin/env bash\nif true; then :; fi\n")
        self.write("deploy/bad", "#!/bin/bash\necho (\n")
        self.assertEqual(self.found(tidy.shell_scripts), [("deploy/bad", 2)])

    def test_another_layout_is_found(self):
        self.write(".clang-format", LAYOUT)
        self.write("services/a/good.cc", "int a = 1;\n")
        self.write("services/a/bad.cc", "int a = 1;\nint  b=2;\n")
        self.assertEqual(self.found(tidy.layout), [("services/a/bad.cc", 2)])

    def test_a_long_function_and_a_foreign_name_are_found_by_clang_tidy(self):
        function = "int {}() {{\n{}  return 1;\n}}\n"
        self.write("a.cc", function.format("Short", "\n" * 50) + function.format("Long", "\n" * 70) + "struct wrong {};\n")
        config = pathlib.Path(__file__).parents[2] / ".clang-tidy"
        run = subprocess.run(["clang-tidy", "--quiet", f"--config-file={config}", self.root / "a.cc", "--"],
                             capture_output=True, text=True)
        self.assertNotEqual(run.returncode, 0)
        self.assertEqual(re.findall(r"a\.cc:(\d+):.*\[([a-z-]+),", run.stdout),
                         [("54", "readability-function-size"), ("127", "readability-identifier-naming")])

    def test_files_that_are_not_text_are_passed_over(self):
        self.write("deploy/icon.png", b"\xff\xfe\x00")
        self.assertEqual([each for rule in tidy.RULES for each in self.found(rule)], [])

    def test_every_rule_has_a_test_that_makes_it_fail(self):
        with open(os.path.abspath(__file__), encoding="utf-8") as file:
            text = file.read()
        for rule in tidy.RULES:
            self.assertIn(f"self.found(tidy.{rule.__name__})", text)


if __name__ == "__main__":
    unittest.main()
