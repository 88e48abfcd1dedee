"""Goal: the one process stays small and starts at once: at most 40 MB resident when idle with the example data, and
serving in under a second with 10.000 report revisions in the store."""

import concurrent.futures
import time
import unittest

import examples
import harness

RESIDENT_KIB = 40 * 1024
REVISIONS = 10_000
SERVING_SECONDS = 1.0


class FootprintTest(harness.SuiteTest):

    def setUp(self):
        self.suite = self.new_suite()

    def resident(self, what):
        resident = self.suite.processes["suite"].resident_kib()
        print(f"resident {what}: {resident / 1024:.1f} MB", flush=True)
        return resident

    def restart(self):
        """Stops and starts; returns seconds until the serving line and until the first summary."""
        self.suite.stop()
        served = self.suite.start()["suite"]
        self.suite.wait_for_summary()
        answered = time.monotonic() - self.suite.processes["suite"].started
        print(f"serving after {served:.3f} s, first summary after {answered:.3f} s", flush=True)
        return served, answered

    def test_idle_memory(self):
        # Goal: with the example data, both just after it was taken in and after a start.
        self.suite.summary(at_least=self.suite.accept_examples())
        after_work = self.resident("after taking in the example data")
        self.restart()
        after_start = self.resident("after a start with the example data")
        self.assertLessEqual(after_start, RESIDENT_KIB)
        self.assertLessEqual(after_work, RESIDENT_KIB)

    def test_start_with_ten_thousand_revisions(self):
        # Goal: made through the real API: each of 48 reports is amended again and again, as fast as answers come.
        chains = examples.read_all()
        each = -(-REVISIONS // len(chains))
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(len(chains)) as pool:
            last = list(pool.map(lambda example: self.amend(example, each), chains))
        took = time.monotonic() - start
        count = sum(receipt.revision for receipt in last)
        print(f"{count} revisions in {took:.1f} s, {count / took:.0f} a second", flush=True)
        self.assertGreaterEqual(count, REVISIONS)
        self.suite.summary(at_least=[self.suite.review(receipt) for receipt in last])
        self.resident("after taking them in")
        for _ in range(3):
            served, answered = self.restart()
            self.assertLess(served, SERVING_SECONDS)
            self.assertLess(answered, SERVING_SECONDS)
        self.resident("after a start with them")
        summary = self.suite.summary()
        self.assertEqual(harness.row(summary, "mem_closing").total.value, 38742)

    def amend(self, example, times):
        for revision in range(times):
            receipt = self.suite.submit(example.free(1 + revision % 200), base=revision, timeout=60).receipt
        return receipt


if __name__ == "__main__":
    unittest.main(verbosity=2)
