"""Goal: a disk without room has submissions refused, in both languages, while what is there is read as ever. With room again
they are taken without a restart, and nothing that was acknowledged is lost."""

import unittest

import fault
from fault import examples, harness

MEGABYTES = 16


class SqliteDiskFullTest(fault.FaultTest):

    def setUp(self):
        self.suite = self.new_suite(prepare=lambda suite: self.new_disk(suite.data(), MEGABYTES))

    def test_the_disk_is_full_under_load(self):
        with self.load() as workload:
            for _ in range(3):
                workload.wait_for_more(20)
                make_room = self.fill(self.suite.data())
                harness.eventually("somebody is refused", self.has_no_room)
                self.assertTrue(self.suite.summary().rows)
                self.suite.history(examples.read(examples.SECOND, "bac-kan", "training"))
                make_room()
                workload.wait_for_more(20)
        self.assert_recovered()

    def test_it_is_killed_and_started_on_a_full_disk(self):
        # Goal: what was acknowledged is read, the rest refused as before, and then goes on.
        receipts = [self.submission(1).receipt]
        make_room = self.fill(self.suite.data())
        self.own, self.revision = [], 1
        harness.eventually("somebody is refused", self.has_no_room)
        self.suite.kill("suite")
        self.suite.start()
        harness.when_ready(lambda: self.suite.history(examples.read(examples.FIRST, "bac-kan", "training")))
        self.assertTrue(self.has_no_room())
        make_room()
        receipts.append(self.submission(self.revision + 1).receipt)
        self.assert_verifies(receipts)


if __name__ == "__main__":
    unittest.main(verbosity=2)
