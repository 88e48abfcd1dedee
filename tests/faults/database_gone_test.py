"""Goal: while the database is away nothing hangs and nothing is promised; once it is back all goes on by itself, with
nothing lost and nothing doubled."""

import time
import unittest

import fault
from fault import examples, harness

OUTAGES = 2


class DatabaseGoneTest(fault.FaultTest):

    def setUp(self):
        self.server = self.new_server()
        self.suite = self.new_suite(prepare=self.with_database(self.server.conninfo))

    def test_the_database_crashes_under_load(self):
        # Goal: PostgreSQL is killed with all its processes and started again, while offices repeat what was not answered.
        with self.load() as workload:
            for _ in range(OUTAGES):
                workload.wait_for_more(20)
                self.server.kill()
                self.assert_users_are_told()
                self.server.start()
                workload.wait_for_more(20)
        self.assert_recovered()

    def assert_users_are_told(self):
        chair = self.suite.client(harness.CHAIR, "training")
        listed = fault.stubs.kinds["training"].messages.ListRequest(cluster=examples.CLUSTER, period=examples.SECOND)
        self.assert_told_at_once(lambda: self.submission(1), "STORE_UNAVAILABLE")
        self.assert_told_at_once(lambda: chair.List(listed, timeout=fault.AT_ONCE_SECONDS), "STORE_UNAVAILABLE")
        self.assert_command_line_tells("Kho dữ liệu", "the store")
        # The summary is in memory.
        self.assertTrue(self.suite.summary().rows)

    def test_a_service_ends_and_waits_without_it(self):
        # Goal: without a database a service can be stopped at once; it is not started, and says why.
        receipt = self.submission(1).receipt
        self.server.kill()
        # A decision waits for the database, within its deadline; then for nothing but the end of the process.
        with self.meanwhile(lambda: self.suite.review(receipt, timeout=2 * harness.CALL_SECONDS)) as refusals:
            harness.eventually("a commit fails", lambda: any(count for labels, count in self.suite.series(
                "suite", "giaoban_commit_failures_total")))
            start = time.monotonic()
            self.suite.stop()
            self.assertLess(time.monotonic() - start, harness.CALL_SECONDS)
        self.assertEqual([refusal.reason for refusal in refusals], ["STORE_UNAVAILABLE"])
        with self.assertRaisesRegex(AssertionError, "ended with 1: (?s:.*)kho dữ liệu(?s:.*)Connection refused"):
            self.suite.start()
        self.suite.processes.clear()
        self.server.start()
        self.suite.start()
        harness.when_ready(lambda: self.submission(2))
        self.assert_verifies([receipt])


if __name__ == "__main__":
    unittest.main(verbosity=2)
