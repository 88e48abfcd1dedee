"""Goal: what any released schema holds is there after the start of today's programs, on either engine: every report with
all its revisions, receipts, the draft, the summary and the person's password; and more is written after it. And during a
roll-out programs go on, and start, beside a newer schema that takes them, and are refused by one that does not."""

import concurrent.futures
import contextlib
import json
import os
import sqlite3
import subprocess
import threading
import unittest

from google.protobuf import json_format

import everything
import examples
import harness
import people
import receipts
import stubs

FIXTURES = sorted(path for path in (stubs.ROOT / "tests" / "migrations").iterdir() if path.is_dir())
ENGINE = "postgres" if "GIAOBAN_POSTGRES" in os.environ else "sqlite"


def engine_of(fixture) -> str:
    return "postgres" if (fixture / "postgres.sql").exists() else "sqlite"


def example(bloc, kind="training"):
    return examples.read(examples.SECOND, bloc, kind)


class FixtureTest(harness.SuiteTest):

    def install(self, fixture) -> harness.Suite:
        """Today's suite on what a fixture holds."""
        suite = harness.Suite()
        self._suites.append(suite)
        suite.data().mkdir(parents=True)
        for file in fixture.glob("*.key.pub"):
            (suite.data() / file.name).write_bytes(file.read_bytes())
        for file in fixture.glob("*.sql"):
            if file.stem == "postgres":
                subprocess.run(["psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null",
                                f"--file={file}", suite.database], check=True)
                continue
            with contextlib.closing(sqlite3.connect(suite.data() / f"{file.stem}.db")) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(file.read_text())
        suite.start()
        return suite

    def test_there_is_a_fixture(self):
        # Goal: no engine is left out unnoticed.
        self.assertIn(ENGINE, [engine_of(fixture) for fixture in FIXTURES])

    def test_everything_is_read_and_more_is_written(self):
        # Goal: for every fixture of this engine.
        for fixture in FIXTURES:
            if engine_of(fixture) == ENGINE:
                with self.subTest(fixture=fixture.name):
                    self.try_on(fixture)

    def try_on(self, fixture):
        said = json.loads((fixture / "answers.json").read_text())
        kept = [json_format.ParseDict(receipt, stubs.report.Receipt()) for receipt in said["receipts"]]
        suite = self.install(fixture)
        self.assert_all_there(suite, said, kept)
        self.assert_person(suite, said["account"])
        more = self.write_more(suite)
        self.assertEqual(everything.lost(said["journals"]["membership"],
                                         everything.read(suite, more)["journals"]["membership"]), [])
        suite.stop()
        path = suite.folder / "receipts.json"
        path.write_text("".join(json.dumps(everything.plain(receipt)) + "\n" for receipt in (*kept, *more)))
        done = suite.verify("--receipts", path)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def assert_all_there(self, suite, said, kept):
        now = {"draft": everything.draft(suite, example("bac-kan")), **everything.read(suite, kept)}
        for part in now:
            self.assertEqual(everything.lost(said[part], now[part]), [], part)
        keys = {kind: receipts.PublicKeys(suite.data() / f"{kind}.key.pub") for kind in stubs.KINDS}
        journals = suite.journals()
        for kind in stubs.KINDS:
            receipts.check_chain(journals[kind])
        for receipt in kept:
            keys[receipt.kind].check(receipt)
            receipts.check_recorded(receipt, journals[receipt.kind])

    def assert_person(self, suite, account):
        if account:
            people.Portal(suite).log_in(account["user"], account["password"])

    def write_more(self, suite) -> list:
        """Goes on with the reports that are there: the chair decides, an office amends, another one reports first."""
        waiting = suite.history(example("tuyen-quang"))[-1]
        receipt = stubs.report.Receipt(kind="training", key=waiting.key, revision=waiting.revision,
                                       entry_hash=waiting.hash)
        written = [suite.review(receipt), suite.submit(example("ha-giang").free(9), base=1, reason="bổ sung").receipt]
        written += [suite.review(suite.submit(example("bac-giang", kind)).receipt) for kind in ("training", "inspection")]
        return written


class RollOutTest(harness.SuiteTest):

    def migrate_further(self, suite, oldest: int):
        """What the start of a newer release's process does to the store of training."""
        (known,), = suite.execute("training", "SELECT version FROM schema_version WHERE name = 'journal'")
        for statement in (f"CREATE TABLE later{known} (id BIGINT PRIMARY KEY)",
                          f"ALTER TABLE journal ADD COLUMN later{known} BIGINT NOT NULL DEFAULT 0",
                          "INSERT INTO schema_migration (name, version, oldest, statements) "
                          f"VALUES ('journal', {known + 1}, {oldest}, 'as above')",
                          f"UPDATE schema_version SET version = {known + 1} WHERE name = 'journal'"):
            suite.execute("training", statement)
        return known

    def write_until(self, suite, bloc, migrated) -> list:
        """Submits revision after revision, the last one after the migration; returns the receipts."""
        written, done = [], False
        while not done:
            done = migrated.is_set()
            base = len(written)
            written.append(suite.submit(example(bloc).free(base), base=base, reason="bổ sung" * bool(base)).receipt)
        return written

    def test_side_by_side(self):
        # Goal: a process goes on while and after a newer one migrates, losing nothing, and can be started again; one
        # that the newer schema does not take is told so, in both languages.
        suite = self.new_suite(together=False)
        migrated = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(len(examples.BLOCS)) as pool:
            writers = [pool.submit(self.write_until, suite, bloc, migrated) for bloc in examples.BLOCS]
            known = self.migrate_further(suite, oldest=1)
            migrated.set()
        written = [receipt for writer in writers for receipt in writer.result()]
        suite.stop("training")
        suite.start("training")
        last = max(written, key=lambda receipt: receipt.position)
        written.append(harness.when_ready(lambda: suite.review(last)))
        self.assertEqual(sorted(receipt.position for receipt in written), list(range(1, len(written) + 1)))
        receipts.check_chain(suite.journal("training"))
        self.migrate_further(suite, oldest=known + 2)
        suite.stop("training")
        with self.assertRaises(AssertionError):
            suite.start("training")
        suite.processes.pop("training")
        said = (suite.folder / "training.log").read_text()
        self.assertIn(f"which takes programs that know version {known + 2}", said)
        self.assertIn(f"chỉ dùng được với chương trình biết từ phiên bản {known + 2}", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
