"""Goal: a database that is slow, or frozen, makes answers late, and holds up nothing that does without it; nothing is lost
or doubled by those who ask again."""

import unittest
import uuid

import grpc

import fault
from fault import examples, harness

PATIENCE_SECONDS = 10


class DatabaseSlowTest(fault.FaultTest):

    def setUp(self):
        self.database = self.new_database()
        self.gate = self.new_database_gate(self.database)
        self.suite = self.new_suite(prepare=self.with_database(self.gate.conninfo))

    def test_the_database_freezes(self):
        # Goal: with a server that takes all and answers nothing, as one whose disk hangs, a caller is told within seconds,
        # the summary is answered meanwhile, all goes on when the server does, and the process can be stopped without it.
        with self.load() as workload:
            workload.wait_for_more(20)
        self.gate.silence()
        request_id = str(uuid.uuid4())
        call = lambda: self.submission(1, request_id=request_id, timeout=PATIENCE_SECONDS).receipt
        with self.meanwhile(call) as refusals:
            self.assertTrue(self.suite.summary().rows)
        self.assertEqual([refusal.reason for refusal in refusals], ["STORE_UNAVAILABLE"])
        self.gate.heal()
        self.own = [(call, harness.when_ready(call))]
        self.assert_recovered()
        self.gate.silence()
        self.suite.stop()

    def test_a_table_is_locked(self):
        # Goal: whoever maintains a table holds up what needs it, and nothing else; callers end their calls at their own
        # deadline, ask again, and find what became of them.
        import psycopg2
        receipts, request_id = [], str(uuid.uuid4())
        with psycopg2.connect(self.database, options="-c search_path=training") as session:
            session.cursor().execute("LOCK TABLE journal IN ACCESS EXCLUSIVE MODE")
            example = examples.read(examples.FIRST, "bac-kan", "training")
            with self.refused(grpc.StatusCode.DEADLINE_EXCEEDED):
                self.suite.submit(example, request_id=request_id, timeout=1)
            other = examples.read(examples.FIRST, "bac-kan", "inspection")
            receipts.append(self.suite.submit(other, timeout=fault.AT_ONCE_SECONDS).receipt)
            self.assertTrue(self.suite.summary().rows)
            session.rollback()
        receipts.append(self.suite.submit(example, request_id=request_id).receipt)
        self.assertEqual(receipts[1].position, 1)
        self.assertEqual(len(self.suite.journal("training")), 1)
        self.assert_verifies(receipts)


if __name__ == "__main__":
    unittest.main(verbosity=2)
