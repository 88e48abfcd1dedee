"""Goal: losing the machine of the database's primary, again and again under load, loses nothing that was acknowledged,
and nobody has to do anything for service to go on; no more when its standby is lost, or an operator chooses another
primary. Then the database is brought back as it was at a moment.

    failover_test.py [--kills N]
"""

import datetime
import json
import random
import statistics
import time
import unittest

from google.protobuf import json_format

import examples
import harness
import kills
import nodes
import stubs

REPLICAS = 2
KILLS = harness.number("kills", 1)
# A failover takes about twelve seconds, and several times that on a machine with much else to do.
PATIENCE_SECONDS = 90


class FailoverTest(kills.KillTest):

    def setUp(self):
        self.cluster = nodes.Cluster()
        self.addCleanup(self.cluster.remove)
        self.cluster.wait_until_healthy()
        self.cluster.create_database()
        self.suite = self.new_suite(together=False, replicas=REPLICAS, database=self.cluster.conninfo)

    def test_machines_are_lost_and_the_past_is_brought_back(self):
        self.lose_machines(random.Random(harness.seed()))
        self.bring_back_the_past()

    # --- Failover --------------------------------------------------------------------

    def lose_machines(self, chance):
        before = {kind: len(self.suite.journal(kind)) for kind in stubs.KINDS}
        with kills.Workload(self.suite, chance, PATIENCE_SECONDS) as workload:
            primaries = [self.lose(workload, chance, "leader") for _ in range(KILLS)]
            standby = self.lose(workload, chance, "sync_standby")
            chosen = self.choose_another_primary(workload)
            workload.wait_for_more(20)
        self.assertEqual(workload.errors, [])
        self.assert_nothing_lost(workload.acknowledged, before)
        self.assert_summary_is_what_the_journals_say()
        self.assert_replays(workload.acknowledged)
        print(f"{KILLS} primaries lost, {len(workload.acknowledged)} receipts, 0 of them lost; first success after "
              f"{', '.join(f'{each:.1f}' for each in primaries)} s: median {statistics.median(primaries):.1f} s, "
              f"worst {max(primaries):.1f} s; after the standby was lost {standby:.1f} s, after another primary was "
              f"chosen {chosen:.1f} s", flush=True)

    def lose(self, workload, chance, role):
        """Loses the machine with this role, and brings it back later. Returns the seconds until something was
        acknowledged that was committed after the loss."""
        self.cluster.wait_until_healthy()
        workload.wait_for_more(chance.randrange(20, 60))
        node = self.cluster.node(role)
        start = time.time_ns()
        node.kill()
        seconds = self.wait_for_success(workload, start)
        workload.wait_for_more(chance.randrange(1, 60))
        node.start()
        return seconds

    def choose_another_primary(self, workload):
        self.cluster.wait_until_healthy()
        primary, start = self.cluster.node("leader"), time.time_ns()
        primary.patronictl("switchover", "giaoban", "--force")
        seconds = self.wait_for_success(workload, start)
        harness.eventually("another node is the primary", lambda: self.cluster.node("leader") not in (None, primary))
        return seconds

    def wait_for_success(self, workload, since):
        """Until something is acknowledged that was committed since; returns the seconds."""
        known = len(workload.acknowledged)
        begun = time.time_ns()
        harness.eventually("something is acknowledged", lambda: workload.errors or any(
            receipt.time.ToNanoseconds() > begun for _, receipt in workload.acknowledged[known:]), PATIENCE_SECONDS)
        return (time.time_ns() - since) / 1e9

    # --- A point in time --------------------------------------------------------------

    def bring_back_the_past(self):
        """A backup, reports that are to stay, a moment, reports that are not; then everything as it was then."""
        self.cluster.wait_until_healthy()
        self.cluster.back_up()
        kept = self.submit_all()
        lengths = {kind: len(self.suite.journal(kind)) for kind in stubs.KINDS}
        moment = datetime.datetime.now(datetime.timezone.utc).isoformat(sep=" ")
        self.submit_all()
        self.cluster.archive_everything()
        self.suite.stop()
        self.cluster.restore(self.cluster.node("leader"), moment)
        self.cluster.wait_until_healthy()
        self.assert_verifies(kept)
        self.accept_the_loss()
        self.suite.start()
        self.assertEqual({kind: len(self.suite.journal(kind)) for kind in stubs.KINDS}, lengths)
        self.assert_summary_is_what_the_journals_say()
        self.submit_all()
        print(f"restored to {moment}: the {len(kept)} receipts given since the backup are there, later ones are not",
              flush=True)

    def accept_the_loss(self):
        """Without it services refuse to start on less than they have acknowledged."""
        for name in self.suite.names:
            for file in self.suite.data(name).glob("*.acknowledged"):
                file.unlink()

    def submit_all(self):
        found = []
        for example in examples.read_all((examples.SECOND,)):
            revisions = self.suite.history(example)
            found.append(self.suite.submit(example.free(7), base=len(revisions), reason="thử").receipt)
        return found

    def assert_verifies(self, kept):
        for service in ("directory", *stubs.KINDS):
            keys = self.suite.public_keys(service).parent
        papers = self.suite.folder / "receipts.json"
        papers.write_text("".join(json.dumps(json_format.MessageToDict(receipt)) + "\n" for receipt in kept))
        done = self.suite.cli(harness.OPERATOR, "verify", "--data", keys, "--database", self.suite.database,
                              "--receipts", papers, "--format", "json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(json.loads(done.stdout)["receipts"]["checked"], len(kept))


if __name__ == "__main__":
    unittest.main(verbosity=2)
