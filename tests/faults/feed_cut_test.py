"""Goal: a reader of a feed whose connection is cut, again and again and in the middle of entries, goes on where it stood:
it skips nothing and takes nothing twice."""

import threading
import unittest

import grpc

import fault
from fault import examples, harness, stubs

CUTS = 60


class FeedCutTest(fault.FaultTest):

    def setUp(self):
        self.gates = {}
        self.suite = self.new_suite(
            together=False, prepare=lambda suite: self.gates.update(self.new_gates(suite, "directory", *stubs.KINDS)))

    def test_feeds_are_cut_under_load(self):
        # Goal: the feeds of the aggregator and of the intakes, and that of a foreign program, all lose their connections
        # at random moments.
        entries = []
        with self.load() as workload:
            reader = threading.Thread(target=self.read, args=(entries,), daemon=True)
            reader.start()
            for cut in range(CUTS):
                workload.wait_for_more(self.chance.randrange(1, 6))
                if cut % 3 == 0:
                    # Only within a message, which is somewhere.
                    self.cut_after(self.gates["training"], self.chance.randrange(1, 4000))
                else:
                    self.gates[self.chance.choice(list(self.gates))].cut()
            workload.wait_for_more(20)
        last = max(receipt.position for _, receipt in workload.acknowledged if receipt.kind == "training")
        harness.eventually("the reader has read all", lambda: len(entries) >= last)
        self.assertEqual([entry.position for entry in entries], list(range(1, last + 1)))
        fault.receipts.check_chain(entries)
        self.assert_recovered()
        # An entry taken in twice, or skipped, would also show in this count.
        counted = {labels["feed"]: count for labels, count in self.suite.series("aggregator", "giaoban_feed_entries_total")}
        self.assertEqual(counted["training"], last)

    def cut_after(self, gate, count):
        """Cuts each connection of a gate once so many bytes more have been answered on it."""
        for connection in list(gate.connections):
            left = [count]

            def answered(data, connection=connection, left=left):
                left[0] -= len(data)
                if left[0] < 0:
                    connection.near.sendall(data[:left[0]])
                return left[0] >= 0

            connection.answered = answered

    def read(self, entries):
        """A program that follows a journal through the gate, as feed.proto asks it to."""
        messages = stubs.kinds["training"].messages
        host, port = self.gates["training"].address
        options = [*harness.CHANNEL_OPTIONS, ("grpc.ssl_target_name_override", "localhost")]
        with grpc.secure_channel(f"{host}:{port}", self.suite.credentials(harness.SERVICE), options) as channel:
            stub = stubs.stub("training", channel)
            while True:
                position = stubs.report.FeedPosition(cluster=examples.CLUSTER, position=len(entries))
                try:
                    for answer in stub.Watch(messages.WatchRequest(after=[position]), timeout=60, wait_for_ready=True):
                        entries.append(answer.entry)
                except grpc.RpcError as error:
                    if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL):
                        return


if __name__ == "__main__":
    unittest.main(verbosity=2)
