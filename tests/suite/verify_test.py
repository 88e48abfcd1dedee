"""Goal: `giaoban verify` says of a healthy store how much it checked, and with one byte of one journal row changed it
names that row."""

import json
import random
import unittest

import grpc

import examples
import harness
import stubs

DAMAGED = 5  # exit code
# Whom the directory refuses a call, for the audit log to have entries.
DENIED = ("office/ha-giang", "office/cao-bang", "office/bac-kan")


class VerifyTest(harness.SuiteTest):

    def setUp(self):
        self.suite = self.new_suite()
        self.receipts = [self.suite.submit(example).receipt for example in examples.read_all((examples.SECOND,))]
        for identity in DENIED:
            with self.refused(grpc.StatusCode.PERMISSION_DENIED):
                self.suite.client(identity, "directory").RecordPeriodEvent(
                    stubs.directory.RecordPeriodEventRequest())
        harness.eventually("the denials are recorded", lambda: len(DENIED) == self.entries("audit"))

    def verify(self, *more):
        return self.suite.verify(*more)

    def entries(self, kind):
        done = self.verify("--format", "json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return next(store["entries"] for store in json.loads(done.stdout)["stores"] if store["service"] == kind)

    def change(self, kind, statement, *values):
        self.assertEqual(len(self.suite.execute(kind, f"{statement} RETURNING 1", *values)), 1)

    def flip(self, kind, cluster, position, column, chance):
        """Changes one bit of one column of a journal row; returns how to undo it."""
        (before,), = self.suite.execute(kind, f"SELECT {column} FROM journal WHERE cluster = %s AND position = %s",
                                        cluster, position)
        after = bytearray(before)
        after[chance.randrange(len(after))] ^= 1 << chance.randrange(8)
        update = f"UPDATE journal SET {column} = %s WHERE cluster = %s AND position = %s"
        self.change(kind, update, bytes(after), cluster, position)
        return lambda: self.change(kind, update, before, cluster, position)

    def receipt_file(self):
        from google.protobuf import json_format
        path = self.suite.folder / "receipts.json"
        path.write_text("".join(json.dumps(json_format.MessageToDict(receipt)) + "\n" for receipt in self.receipts))
        return path

    def test_a_healthy_store(self):
        # Goal: the counts are those of what was stored, with the service running and stopped, and every receipt
        # handed out fits the store.
        for running in (True, False):
            if not running:
                self.suite.stop()
            done = self.verify("--format", "json", "--receipts", self.receipt_file())
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            answer = json.loads(done.stdout)
            counts = {store["service"]: (store["entries"], store["proofs"]) for store in answer["stores"]}
            events = len(examples.events()) + 1  # and the key that signs statements
            self.assertEqual(counts, {"directory": (events, events), "audit": (len(DENIED), len(DENIED)),
                                      **{kind: (8, 8) for kind in stubs.KINDS}})
            self.assertEqual(answer["receipts"]["checked"], len(self.receipts))
        self.assertIn("24", self.verify("--receipts", self.receipt_file()).stdout)

    def test_one_changed_bit_is_found_and_named(self):
        # Goal: a bit of any column of any row is found, and the row is the one named.
        chance = random.Random(harness.seed())
        self.suite.stop()
        for column in ("body", "hash", "proof"):
            for kind, cluster, entries in (*((kind, examples.CLUSTER, 8) for kind in stubs.KINDS),
                                           ("audit", "audit", len(DENIED))):
                position = chance.randrange(1, entries + 1)
                with self.subTest(column=column, kind=kind, position=position):
                    undo = self.flip(kind, cluster, position, column, chance)
                    done = self.verify()
                    self.assertEqual(done.returncode, DAMAGED, done.stdout + done.stderr)
                    self.assertIn(f"{kind} {cluster} {position}:", done.stdout + done.stderr)
                    undo()
        self.assertEqual(self.verify().returncode, 0)

    def test_a_lost_row_is_found(self):
        # Goal: a row taken out of the middle, and one cut off at the end, are named.
        self.suite.stop()
        for position in (8, 3):
            self.change("training", "DELETE FROM journal WHERE cluster = %s AND position = %s", examples.CLUSTER, position)
            done = self.verify()
            self.assertEqual(done.returncode, DAMAGED, done.stdout + done.stderr)
            self.assertIn(f"training {examples.CLUSTER} {position}:", done.stdout + done.stderr)

    def test_a_changed_receipt_is_found(self):
        # Goal: a receipt that says another revision than was signed for does not fit.
        self.suite.stop()
        self.receipts[7].revision += 1
        done = self.verify("--receipts", self.receipt_file())
        self.assertEqual(done.returncode, DAMAGED, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
