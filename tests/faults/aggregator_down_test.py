"""Goal: a thousand submissions while the aggregator is down are taken as ever; who asks for the summary is told at once that
nobody answers; and when it is started the summary is that of all journals, and waits for what it is asked for."""

import time
import unittest

import grpc

import fault
from fault import examples, harness, stubs

SUBMISSIONS = 1000


class AggregatorDownTest(fault.FaultTest):

    def test_a_thousand_submissions(self):
        self.suite = self.new_suite(together=False)
        self.suite.accept_examples((examples.FIRST,))
        self.suite.kill("aggregator")
        with self.load() as workload:
            asked = stubs.aggregator.GetSummaryRequest(key=examples.summary_key())
            with self.refused(grpc.StatusCode.UNAVAILABLE):
                stubs.stub("aggregator", self.suite.channel(harness.CHAIR, "aggregator")).GetSummary(
                    asked, timeout=fault.AT_ONCE_SECONDS)
            done = self.suite.cli(harness.CHAIR, "summary", "--cluster", examples.CLUSTER, "--period", examples.SECOND)
            self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
            harness.eventually(f"{SUBMISSIONS} receipts", lambda: len(workload.acknowledged) >= SUBMISSIONS, 60)
            start = time.monotonic()
            self.suite.start("aggregator")
            receipts = {receipt.kind: receipt for _, receipt in list(workload.acknowledged)}
            self.suite.wait_for_summary(at_least=receipts.values())
            print(f"a summary {time.monotonic() - start:.1f} s after the start", flush=True)
        self.assert_recovered()


if __name__ == "__main__":
    unittest.main(verbosity=2)
