"""Goal: reports go on arriving while the directory is down, for services know what it said; a service started meanwhile
judges nobody by half a directory, and says so; when the directory is back, what it is told reaches all by itself."""

import unittest

import fault
from fault import examples, harness, stubs


class DirectoryDownTest(fault.FaultTest):

    def test_reports_arrive(self):
        self.suite = self.new_suite(together=False)
        with self.load() as workload:
            workload.wait_for_more(20)
            self.suite.kill("directory")
            workload.wait_for_more(60)
            # The summary goes on as well.
            receipt = workload.acknowledged[-1][1]
            self.assertTrue(self.suite.summary(at_least=[receipt]).rows)
            done = self.suite.cli(harness.OPERATOR, "cluster", "list")
            self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
            self.suite.kill("training")
            self.suite.start("training")
            refusal = self.assert_told_at_once(lambda: self.submission(1), "STARTING")
            self.assertIn("danh bạ", refusal.vietnamese.lower())
            self.suite.start("directory")
            workload.wait_for_more(60)
        self.assert_recovered()
        self.assert_what_it_is_told_counts()

    def assert_what_it_is_told_counts(self):
        self.suite.record_period(harness.CHAIR, closed=stubs.event.PeriodClosed())
        with self.refused(fault.grpc.StatusCode.FAILED_PRECONDITION) as refusal:
            self.suite.submit(examples.read(examples.SECOND, "bac-kan", "training"))
        self.assertEqual(refusal.reason, "PERIOD_CLOSED")


if __name__ == "__main__":
    unittest.main(verbosity=2)
