"""Goal: what the primary alone has is told to nobody, not even to who asks again after the primary has crashed and been
started, when everybody can see it; with a standby there again it is one entry, and its receipt."""

import unittest
import uuid

import grpc

import fault
from fault import harness

PATIENCE_SECONDS = 2
UNANSWERED = (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE)


class StandbyGoneTest(fault.FaultTest):

    def setUp(self):
        self.server = self.new_server()
        self.suite = self.new_suite(prepare=self.with_database(self.server.conninfo))

    def wait_for_standby(self, name: str) -> None:
        """Has every commit wait for a standby of this name; for none when it is empty."""
        self.sql(self.server.conninfo, f"ALTER SYSTEM SET synchronous_standby_names TO '{name}'", "SELECT pg_reload_conf()")

    def test_nothing_is_told_that_no_standby_has(self):
        request_id = str(uuid.uuid4())
        submit = lambda seconds: self.suite.submit(fault.examples.read(fault.examples.FIRST, "bac-kan", "training"),
                                                   request_id=request_id, timeout=seconds).receipt
        self.wait_for_standby("nobody")
        self.assert_unanswered(submit)
        self.server.kill()
        self.server.start()
        harness.eventually("the entry can be seen", lambda: self.suite.journal("training"))
        self.assert_unanswered(submit)
        self.wait_for_standby("")
        receipt = harness.when_ready(lambda: submit(harness.CALL_SECONDS))
        self.assertEqual([receipt.position], [entry.position for entry in self.suite.journal("training")])
        self.assert_verifies([receipt])

    def assert_unanswered(self, submit) -> None:
        with self.assertRaises(grpc.RpcError) as refusal:
            submit(PATIENCE_SECONDS)
        self.assertIn(refusal.exception.code(), UNANSWERED)


if __name__ == "__main__":
    unittest.main(verbosity=2)
