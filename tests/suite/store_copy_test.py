"""Goal: `giaoban store copy` moves an installation from files into PostgreSQL and back without anybody's noticing: the
same reports, revisions, receipts, drafts, people and summary, and more can be written at each stop. It refuses what it
must: a source in use, a target with anything in it, a source that does not verify."""

import json
import pathlib
import unittest

import everything
import examples
import harness
import people
import postgres
import stubs

DENIED, DAMAGED = 3, 5  # exit codes
BLOC, PASSWORD = "ha-giang", "chín con trâu trắng"


def example(bloc, kind="training"):
    return examples.read(examples.SECOND, bloc, kind)


class StoreCopyTest(harness.SuiteTest):

    @classmethod
    def setUpClass(cls):
        cls.server = postgres.Server()
        cls.addClassCleanup(cls.server.remove)

    def install(self) -> harness.Suite:
        """An installation in files, with a database that will be its own."""
        suite = harness.Suite()
        self._suites.append(suite)
        self.conninfo = postgres.new_database(suite.folder.name, self.server.conninfo)
        suite.start()
        suite.load_cluster()
        return suite

    def copy(self, suite, *words, code=0) -> list:
        """The rows of its table."""
        done = suite.cli(harness.OPERATOR, "store", "copy", "--data", suite.data(), "--database", self.conninfo,
                         "--format", "json", *words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout) if code == 0 else done.stderr

    def report(self, suite, *blocs) -> list:
        return [suite.review(suite.submit(example(bloc, kind)).receipt) for bloc in blocs for kind in stubs.KINDS]

    def look(self, suite, receipts) -> dict:
        people.Portal(suite).log_in("lan.ha", PASSWORD)
        return {"draft": everything.draft(suite, example("bac-kan")), **everything.read(suite, receipts)}

    def verify(self, suite, receipts) -> dict:
        """The entries of each store, with every receipt checked."""
        path = suite.folder / "receipts.json"
        path.write_text("".join(json.dumps(everything.plain(receipt)) + "\n" for receipt in receipts))
        done = suite.verify("--receipts", path, "--format", "json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return {store["service"]: store["entries"] for store in json.loads(done.stdout)["stores"]}

    def assert_copied(self, rows, suite, entries):
        """The table counts what `verify` finds, and more rows than that."""
        self.assertEqual({row["service"]: row["entries"] for row in rows},
                         {service: count for service, count in entries.items() if service != "audit"})
        for row in rows:
            self.assertGreater(row["rows"], 2 * row["entries"])

    def test_there_and_back(self):
        # Goal: as above; at each stop everything is as it was before the move, and it goes on.
        suite = self.install()
        people.Portal(suite).change_password("lan.ha", people.create(suite, "lan.ha", "office", BLOC), PASSWORD)
        suite.client("office/bac-kan", "training").SaveDraft(stubs.kinds["training"].messages.SaveDraftRequest(
            draft=stubs.report.Draft(key=example("bac-kan").key), report=example("bac-kan").report))
        receipts = self.report(suite, BLOC, "quang-ninh")
        for back, blocs in ((False, ("cao-bang",)), (True, ("lang-son",))):
            before = self.look(suite, receipts)
            suite.stop()
            entries = self.verify(suite, receipts)
            if back:
                self.put_away(suite)
            self.assert_copied(self.copy(suite, *("--back",) * back), suite, entries)
            if back:
                self.assertEqual({file.stat().st_mode & 0o077 for file in suite.data().glob("*.db")}, {0})
            suite.database = "" if back else self.conninfo
            self.assertEqual(self.verify(suite, receipts), entries)
            suite.start()
            self.assertEqual(self.look(suite, receipts), before)
            receipts += self.report(suite, *blocs)
            self.look(suite, receipts)
        suite.stop()
        self.verify(suite, receipts)

    def put_away(self, suite) -> None:
        """The files from before, which are in the way."""
        away = suite.folder / "away"
        away.mkdir()
        for file in suite.data().glob("*.db"):
            if file.stem != "audit":
                file.rename(away / file.name)
                pathlib.Path(f"{file}.lock").unlink()

    def test_refusals(self):
        # Goal: in use, not empty, damaged, unknown: each is refused in both languages, and what is there stays; after a
        # failure the rest is copied by name.
        suite = self.install()
        receipts = self.report(suite, BLOC)
        self.assertIn("stop the services that use it", self.copy(suite, code=DENIED))
        self.assertIn("hãy dừng các dịch vụ", self.copy(suite, code=DENIED))
        suite.stop()
        (body,), = suite.execute("training", "SELECT body FROM journal WHERE position = 1")
        suite.execute("training", "UPDATE journal SET body = %s WHERE position = 1", body + b"x")
        self.assertIn("training: ", self.copy(suite, "training", code=DAMAGED))
        suite.execute("training", "UPDATE journal SET body = %s WHERE position = 1", body)
        self.assertEqual([row["service"] for row in self.copy(suite, "training", "inspection")],
                         ["training", "inspection"])
        self.assertIn("the target is not empty", self.copy(suite, "training", code=DENIED))
        self.assertEqual(len(self.copy(suite, "directory", "membership")), 2)
        self.assertIn("the target is not empty", self.copy(suite, "--back", "training", code=DENIED))
        suite.database = self.conninfo
        suite.start()
        self.put_away(suite)
        self.assertIn("stop the services that use it", self.copy(suite, "--back", "training", code=DENIED))
        self.assertFalse((suite.data() / "training.db").exists())
        self.assertEqual(len(everything.read(suite, receipts)["histories"]), len(stubs.KINDS))


if __name__ == "__main__":
    unittest.main(verbosity=2)
