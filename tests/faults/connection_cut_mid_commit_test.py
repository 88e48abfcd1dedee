"""Goal: when the connection to the database ends in the middle of a commit nobody knows what became of it; whoever repeats
the request finds out, and its effect is that of one."""

import unittest
import uuid

import grpc

import fault
from fault import examples, harness, stubs


class ConnectionCutMidCommitTest(fault.FaultTest):

    def setUp(self):
        self.database = self.new_database()
        self.gate = self.new_database_gate(self.database)
        self.suite = self.new_suite(prepare=self.with_database(self.gate.conninfo))
        self.cuts = 0

    def once(self, also=lambda: None):
        """Cuts the next commit's connection, and lets those after it be."""

        def cut(connection):
            self.gate.before_commit = self.gate.after_commit = lambda connection: True
            self.cuts += 1
            also()
            return False

        return cut

    def test_the_service_finds_out_by_itself(self):
        # Goal: with the database still there the service tries again, and the caller sees nothing but a receipt, whether
        # the commit was made or not.
        receipts = []
        for revision, side in enumerate(("before_commit", "after_commit"), start=1):
            setattr(self.gate, side, self.once())
            receipts.append(self.submission(revision).receipt)
        self.assertEqual(self.cuts, 2)
        self.assertEqual([receipt.position for receipt in receipts], [1, 2])
        self.assertEqual(len(self.suite.journal("training")), 2)
        self.assert_verifies(receipts)

    def test_the_caller_finds_out(self):
        # Goal: with the database gone besides, the caller gets no answer; the same request gets it when the database is
        # back, and the journal has it once.
        receipts = []
        for revision, side in enumerate(("before_commit", "after_commit"), start=1):
            setattr(self.gate, side, self.once(self.gate.shut))
            request_id = str(uuid.uuid4())
            with self.refused(grpc.StatusCode.DEADLINE_EXCEEDED):
                self.submission(revision, request_id=request_id)
            self.assert_told_at_once(lambda: self.submission(revision, request_id=request_id), "STORE_UNAVAILABLE")
            self.gate.heal()
            receipts.append(harness.when_ready(lambda: self.submission(revision, request_id=request_id)).receipt)
        self.assertEqual(self.cuts, 2)
        self.assertEqual([receipt.position for receipt in receipts], [1, 2])
        self.assertEqual(len(self.suite.journal("training")), 2)
        self.assert_verifies(receipts)

    def test_a_draft(self):
        # Goal: a draft has no request id: the service says that it does not know, and the same saved again is the same.
        office, messages = self.suite.client("office/bac-kan", "training"), stubs.kinds["training"].messages
        example = examples.read(examples.FIRST, "bac-kan", "training")
        draft = stubs.report.Draft(key=example.key)
        save = lambda: office.SaveDraft(messages.SaveDraftRequest(draft=draft, report=example.report))
        self.gate.before_commit = self.once()
        self.assert_told_at_once(save, "STORE_UNAVAILABLE")
        self.gate.after_commit = self.once()
        self.assert_told_at_once(save, "STORE_UNAVAILABLE")
        self.assertEqual(save().version, 1)

    def test_under_load(self):
        # Goal: every tenth commit is cut, before or after it was made.
        commits = []

        def some(part):
            return lambda connection: commits.append(part) or len(commits) % 10 != part

        with self.load() as workload:
            self.gate.before_commit, self.gate.after_commit = some(3), some(6)
            workload.wait_for_more(200)
            self.gate.before_commit = self.gate.after_commit = lambda connection: True
            workload.wait_for_more(20)
        self.assert_recovered()


if __name__ == "__main__":
    unittest.main(verbosity=2)
