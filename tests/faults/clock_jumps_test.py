"""Goal: a clock that jumps, forth and back, under load and between starts, holds up nothing for longer than the call that is
made: times of a journal never run backwards, and no position is lost or doubled."""

import os
import unittest

import grpc

import fault
from fault import examples, harness, stubs

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
# Certificates are valid for 90 days.
HOUR, DAY = 3600, 86400


class ClockJumpsTest(fault.FaultTest):

    def setUp(self):
        self.suite = self.new_suite(prepare=self.with_clock)

    def with_clock(self, suite):
        """Has processes show another time than the machine: so many seconds more. What measures durations is right."""
        self.clock = suite.folder / "clock"
        self.set_clock(0)
        more = {"LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}
        start = suite.start

        def start_with_clock(*names):
            os.environ.update(more)
            try:
                return start(*names)
            finally:
                for name in more:
                    del os.environ[name]

        suite.start = start_with_clock

    def set_clock(self, seconds):
        aside = self.clock.with_suffix(".new")
        aside.write_text(f"{seconds:+d}\n")
        aside.rename(self.clock)

    def assert_times_never_run_backwards(self):
        for kind in stubs.KINDS:
            times = [stubs.report.Fact.FromString(entry.body).time.ToNanoseconds() for entry in self.suite.journal(kind)]
            self.assertEqual(times, sorted(times))

    def test_it_jumps_under_load(self):
        with self.load() as workload:
            for seconds in (0, HOUR, 0, 30 * DAY, DAY, 0):
                self.set_clock(seconds)
                workload.wait_for_more(40)
                self.assertTrue(self.suite.summary().rows)
        self.assert_times_never_run_backwards()
        self.assert_recovered()

    def test_it_jumps_between_starts(self):
        with self.load() as workload:
            for seconds in (30 * DAY, 0):
                workload.wait_for_more(20)
                self.suite.kill("suite")
                self.set_clock(seconds)
                self.suite.start()
                workload.wait_for_more(20)
        self.assert_times_never_run_backwards()
        self.assert_recovered()

    def is_kept_out(self):
        listed = stubs.kinds["training"].messages.ListRequest(cluster=examples.CLUSTER, period=examples.SECOND)
        try:
            stubs.stub("training", self.suite.channel(harness.CHAIR, "training")).List(listed, timeout=1)
            return False
        except grpc.RpcError as error:
            return error.code() in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNAVAILABLE)

    def test_it_shows_a_time_at_which_no_certificate_counts(self):
        # Goal: past the end of every certificate nobody is let in, and all are again once the clock is right.
        receipt = self.submission(1).receipt
        self.set_clock(400 * DAY)
        harness.eventually("nobody is let in", self.is_kept_out)
        self.set_clock(0)
        harness.when_ready(lambda: self.submission(2))
        self.assert_verifies([receipt])


if __name__ == "__main__":
    unittest.main(verbosity=2)
