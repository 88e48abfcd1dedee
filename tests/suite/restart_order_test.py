"""Goal: separate processes may be started, stopped and restarted in any order; they find each other by themselves."""

import random
import unittest

import examples
import harness
import stubs

HEALING_SECONDS = 30


class RestartOrderTest(harness.SuiteTest):

    def setUp(self):
        self.suite = self.new_suite(together=False)
        self.suite.accept_examples((examples.SECOND,))
        self.revision = 1

    def assert_heals(self):
        """A new submission reaches the summary, without anyone's help."""
        example = examples.read(examples.SECOND, "bac-kan", "training").free(self.revision)
        receipt = harness.when_ready(
            lambda: self.suite.submit(example, base=self.revision, reason="thử").receipt, HEALING_SECONDS)
        self.revision = receipt.revision
        summary = self.suite.wait_for_summary(HEALING_SECONDS, key=examples.summary_key(basis="SUBMITTED"),
                                              at_least=[receipt])
        cells = {cell.bloc: cell.figure.value for cell in harness.row(summary, examples.FREE["training"]).cells}
        self.assertEqual(cells["bac-kan"], self.revision - 1)
        self.assertEqual(harness.row(summary, "mem_closing").total.value, 38742)

    def test_started_in_any_order(self):
        # Goal: the aggregator first and the directory last, the other way round, and random orders.
        chance = random.Random(harness.seed())
        orders = [stubs.SERVICES[::-1], stubs.SERVICES, *(chance.sample(stubs.SERVICES, 5) for _ in range(3))]
        for order in orders:
            with self.subTest(order=order):
                self.suite.stop(*chance.sample(stubs.SERVICES, 5))
                for name in order:
                    self.suite.start(name)
                self.assert_heals()

    def test_each_restarted_alone(self):
        # Goal: any one service may be stopped and started while the others run.
        for name in stubs.SERVICES:
            with self.subTest(name):
                self.suite.stop(name)
                self.suite.start(name)
                self.assert_heals()

    def test_reports_are_taken_while_others_are_down(self):
        # Goal: an intake that has heard from the directory goes on without it and without the aggregator; the
        # aggregator catches up when it is back.
        self.suite.stop("directory", "aggregator", "inspection")
        example = examples.read(examples.SECOND, "ha-giang", "training").free(77)
        receipt = self.suite.submit(example, base=1, reason="thử").receipt
        self.suite.start("aggregator", "inspection", "directory")
        summary = self.suite.wait_for_summary(HEALING_SECONDS, key=examples.summary_key(basis="SUBMITTED"),
                                              at_least=[receipt])
        cells = {cell.bloc: cell.figure.value for cell in harness.row(summary, examples.FREE["training"]).cells}
        self.assertEqual(cells["ha-giang"], 77)


if __name__ == "__main__":
    unittest.main(verbosity=2)
