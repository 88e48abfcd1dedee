"""Goal: while the network between services is split, both parts do what they can: intakes take reports, the aggregator
answers from what it knows and says so when it is asked for more. Once it is whole again all agree, by themselves."""

import unittest

import grpc

import fault
from fault import examples, harness, stubs

# A connection on which nothing comes is found out by gRPC's keepalive: 20 s and 10 s, and a pause before the next one.
HEALING_SECONDS = 45


class NetworkSplitTest(fault.FaultTest):

    def setUp(self):
        self.gates = {}
        self.suite = self.new_suite(
            together=False, prepare=lambda suite: self.gates.update(self.new_gates(suite, "directory", *stubs.KINDS)))

    def split_and_heal(self, split):
        with self.load() as workload:
            workload.wait_for_more(40)
            for gate in self.gates.values():
                split(gate)
            workload.wait_for_more(60)
            receipt = workload.acknowledged[-1][1]
            # What it knows is answered; what it cannot know is not, and it says so.
            self.assertTrue(self.suite.summary().rows)
            refusal = self.assert_told_at_once(lambda: self.summary_with(receipt), "NOT_CAUGHT_UP")
            self.assertIn("chưa", refusal.vietnamese)
            for gate in self.gates.values():
                gate.heal()
            harness.eventually("the summary has it", lambda: self.has(receipt), HEALING_SECONDS)
            workload.wait_for_more(20)
        self.assert_recovered()

    def summary_with(self, receipt):
        position = stubs.aggregator.KindPosition(kind=receipt.kind, position=receipt.position)
        request = stubs.aggregator.GetSummaryRequest(key=examples.summary_key(), at_least=[position])
        return self.suite.client(harness.CHAIR, "aggregator").GetSummary(request, timeout=fault.AT_ONCE_SECONDS)

    def has(self, receipt):
        try:
            return self.summary_with(receipt).summary.rows
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                raise
            return None

    def test_connections_are_refused(self):
        # Goal: a router that says no.
        self.split_and_heal(lambda gate: gate.shut())

    def test_nothing_comes_through(self):
        # Goal: a router that says nothing. Connections stay, and are of use again when it passes things on.
        self.split_and_heal(lambda gate: gate.silence())


if __name__ == "__main__":
    unittest.main(verbosity=2)
