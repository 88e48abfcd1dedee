"""Goal: SIGKILL at any moment loses nothing that was acknowledged. After kills at random moments during a run of
submissions, and without anyone's help, every receipt verifies, replays give the same receipts, each request stands
in the journal exactly once, and the live summary equals the one computed from the journals.

    tests/suite/kill_test.py --kills 100      so many kills in each test, instead of 25
"""

import unittest

import harness
import kills

KILLS = harness.number("kills", 25)
MOST_BETWEEN = 80


class KillTest(kills.KillTest):

    def test_the_one_process(self):
        self.kill_and_recover(self.new_suite(together=True), KILLS, MOST_BETWEEN)

    def test_separate_processes(self):
        self.kill_and_recover(self.new_suite(together=False), KILLS, MOST_BETWEEN)


if __name__ == "__main__":
    unittest.main(verbosity=2)
