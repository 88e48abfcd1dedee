"""Goal: any number of processes write to one journal at once, and it is as if there were one: positions are dense, a
reader at each process gets every entry once and in order while they come, and every receipt is for what stands there.

    tests/suite/writers_test.py --writers 8 --minutes 10      on a server as of tests/storage/postgres.py
"""

import collections
import threading
import time
import unittest

import grpc

import examples
import harness
import receipts
import stubs

WRITERS = harness.number("writers", 3)
# Without minutes, so many submissions.
MINUTES = harness.number("minutes", 0)
SUBMISSIONS = 600
# A report takes 1000 revisions, and each costs a look at those before it.
PERIODS = 12 * max(1, MINUTES)
CLIENTS_PER_BLOC = 2
CATCH_UP_SECONDS = 60


class Reader(threading.Thread):
    """Follows the journal at one process from its beginning and checks each entry as it comes."""

    def __init__(self, suite, process):
        super().__init__()
        request = stubs.kinds["training"].messages.WatchRequest(
            after=[stubs.report.FeedPosition(cluster=examples.CLUSTER)])
        self.process, self.hashes, self.fault = process, [], None
        self._feed = suite.client(harness.SERVICE, process).Watch(request, timeout=None)
        self.start()

    def run(self):
        previous = bytes(32)
        try:
            for answer in self._feed:
                entry = answer.entry
                if entry.position != len(self.hashes) + 1 or entry.hash != receipts.entry_hash(previous, entry):
                    self.fault = f"position {entry.position} came after {len(self.hashes)}, or its hash does not fit"
                    return
                previous = entry.hash
                self.hashes.append(entry.hash)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.CANCELLED:
                self.fault = error

    def end(self):
        self._feed.cancel()
        self.join()


class WritersTest(harness.SuiteTest):

    def setUp(self):
        self.suite = self.new_suite(together=False, replicas={"training": WRITERS})
        self.suite.schedule(examples.more_periods(PERIODS))
        self.acknowledged, self.errors = collections.deque(), []

    def test_every_reader_sees_every_entry_once(self):
        processes = self.suite.processes_of("training")
        readers = [Reader(self.suite, process) for process in processes]
        writers = [threading.Thread(target=self.guarded, args=(number, processes))
                   for number in range(CLIENTS_PER_BLOC * len(examples.BLOCS))]
        self.start = time.monotonic()
        for thread in writers:
            thread.start()
        for thread in writers:
            thread.join()
        took = time.monotonic() - self.start
        self.assertEqual(self.errors, [])
        count = len(self.acknowledged)
        for reader in readers:
            harness.eventually(f"the reader at {reader.process} has {count}",
                               lambda: reader.fault or len(reader.hashes) >= count, CATCH_UP_SECONDS)
            reader.end()
            self.assertIsNone(reader.fault)
            self.assertEqual(len(reader.hashes), count)
            self.assertEqual(reader.hashes, readers[0].hashes)
        self.check_receipts(readers[0].hashes)
        print(f"{WRITERS} writers, {took:.0f} s: {count} submissions, {count / took:.0f} a second; positions 1 to {count} "
              f"dense, seen once and in order by {len(readers)} readers; {count} receipts verified", flush=True)

    def guarded(self, number, processes):
        try:
            self.work(number, processes)
        except Exception as error:  # A thread's failure is the test's.
            self.errors.append(error)

    def work(self, number, processes):
        """Amends reports of one office, a different one and at another process each time."""
        bloc = examples.BLOCS[number % len(examples.BLOCS)]
        example = examples.read(examples.SECOND, bloc, "training")
        chains = [example.of(period) for period in examples.more_periods(PERIODS)]
        chains = chains[number // len(examples.BLOCS)::CLIENTS_PER_BLOC]
        clients = [self.suite.client(f"office/{bloc}", process) for process in processes]
        step = 0
        while not self.done(step):
            base, turn = divmod(step, len(chains))
            answer = self.suite.submit(chains[turn].free(base % 200), base=base, reason="thử",
                                       client=clients[(number + step) % len(clients)], timeout=60)
            self.acknowledged.append(answer.receipt)
            step += 1

    def done(self, step):
        if MINUTES:
            return bool(self.errors) or time.monotonic() > self.start + 60 * MINUTES
        return step >= SUBMISSIONS // (CLIENTS_PER_BLOC * len(examples.BLOCS))

    def check_receipts(self, hashes):
        """Each position was given to one request, and its receipt is signed and for what all readers saw there."""
        keys = self.suite.keys("training")
        for receipt in self.acknowledged:
            keys.check(receipt)
            self.assertEqual(receipt.entry_hash, hashes[receipt.position - 1])
        self.assertEqual(sorted(receipt.position for receipt in self.acknowledged), list(range(1, len(hashes) + 1)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
