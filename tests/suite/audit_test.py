"""Goal: every denial is in the audit log of the process that denied it, with who, what, why and how often; operators,
and nobody else, read all processes' logs in one list; nothing of it is lost by a kill or a restart. Every change says
who made it and where it came from."""

import json
import unittest

import grpc

import examples
import harness
import stubs

OFFICE, OTHER = "office/ha-giang", "office/cao-bang"
DONE, DENIED, UNREACHABLE = 0, 3, 4  # exit codes
ADDRESSES = ("127.0.0.1", "::1")


class AuditTest(harness.SuiteTest):

    def audit(self, suite, *words, identity=harness.OPERATOR, code=DONE):
        done = suite.cli(identity, "audit", *words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def events(self, suite, *words, **how):
        """What the operator is told, newest first."""
        return json.loads(self.audit(suite, "--format", "json", *words, **how).stdout)["events"]

    def wait_for(self, suite, count, *words):
        return harness.eventually(f"{count} events", lambda: (
            found := self.events(suite, *words)) and len(found) >= count and found)

    def deny(self, call, *arguments):
        """Calls, again while the service is not ready, and expects to be denied."""
        with self.refused(grpc.StatusCode.PERMISSION_DENIED):
            harness.when_ready(lambda: call(*arguments))

    def deny_role(self, suite, identity=OFFICE):
        self.deny(suite.client(identity, "directory").RecordPeriodEvent, stubs.directory.RecordPeriodEventRequest())

    def deny_scope(self, suite, kind, identity=OFFICE):
        """An office names another bloc's report."""
        key = stubs.report.ReportKey(cluster=examples.CLUSTER, period=examples.SECOND, bloc="lang-son")
        self.deny(suite.client(identity, kind).History, stubs.kinds[kind].messages.HistoryRequest(key=key))

    def deny_method(self, suite, service, path, identity=OFFICE):
        call = suite.channel(identity, service).unary_unary(path)
        self.deny(lambda: call(b"", timeout=harness.CALL_SECONDS, wait_for_ready=True))

    def test_each_denial_is_recorded_where_it_happened(self):
        # Goal: role, scope and made-up method, in the one process and in five.
        for together in (True, False):
            with self.subTest(together=together):
                suite = self.new_suite(together)
                self.deny_role(suite)
                self.deny_scope(suite, "training")
                self.deny_method(suite, "inspection", "/made/up\x7f")
                found = {event["reason"]: event for event in self.wait_for(suite, 3)}
                for reason, service, method in (
                        ("ROLE", "directory", f"/{stubs.full_name('directory')}/RecordPeriodEvent"),
                        ("SCOPE", "training", f"/{stubs.full_name('training')}/History"),
                        ("METHOD", "inspection", "/made/up?")):
                    event = found.pop(reason)
                    self.assertEqual((event["kind"], event["actor"], event["method"], event["process"], event["count"]),
                                     ("denied", OFFICE, method, suite.process_of(service), 1))
                    # Before any handler gRPC does not say where a call comes from.
                    self.assertIn(event["address"], ADDRESSES if reason == "SCOPE" else ("",))
                self.assertEqual(found, {})

    def test_repetitions_are_counted_and_survive(self):
        # Goal: the first is there after a kill; the number of those after it is there after a stop; the store fits.
        for together in (True, False):
            with self.subTest(together=together):
                suite = self.new_suite(together)
                process = suite.process_of("training")
                self.deny_scope(suite, "training")
                first = self.wait_for(suite, 1)
                suite.kill(process)
                suite.start(process)
                self.assertEqual(self.events(suite), first)
                for _ in range(5):
                    self.deny_scope(suite, "training")
                self.wait_for(suite, 2)
                suite.stop(process)
                suite.start(process)
                counts = [event["count"] for event in self.events(suite)]
                self.assertEqual(counts, [4, 1, 1])
                verify = suite.verify(process=process)
                self.assertEqual(verify.returncode, DONE, verify.stdout + verify.stderr)

    def test_only_operators_read_it(self):
        # Goal: everybody else is refused, learns nothing, and is in the log for having asked.
        suite = self.new_suite(load=False)
        others = (OFFICE, harness.CHAIR, harness.SERVICE)
        for identity in others:
            with self.subTest(identity):
                done = self.audit(suite, identity=identity, code=DENIED)
                self.assertEqual(done.stdout, "")
                self.deny(harness.Client(stubs.stub("audit", suite.channel(identity, "aggregator"))).ListEvents,
                          stubs.audit.ListEventsRequest(actor=OTHER))
        found = self.wait_for(suite, len(others))
        self.assertEqual({event["actor"] for event in found}, set(others))
        self.assertEqual({event["method"] for event in found}, {f"/{stubs.full_name('audit')}/ListEvents"})

    def test_conditions(self):
        # Goal: the list can be narrowed to a caller, a kind and a time, over all processes.
        suite = self.new_suite(together=False)
        for identity in (OFFICE, OTHER):
            self.deny_scope(suite, "training", identity)
            self.deny_scope(suite, "inspection", identity)
        found = self.wait_for(suite, 4)
        self.assertEqual([event["time"] for event in found], sorted((event["time"] for event in found), reverse=True))
        self.assertEqual([event["actor"] for event in self.events(suite, "--actor", OTHER)], [OTHER, OTHER])
        self.assertEqual(self.events(suite, "--kind", "logged_in"), [])
        self.assertEqual(self.events(suite, "--person", "lan"), [])
        self.assertEqual(self.events(suite, "--since", found[1]["time"]), found[:2])
        self.assertEqual(self.events(suite, "--until", "2020-01-01"), [])
        self.assertEqual(self.events(suite, "--limit", "3"), found[:3])

    def test_people_read_it_in_their_language(self):
        # Goal: all of it in Vietnamese, or in English when asked; CSV for programs.
        suite = self.new_suite()
        self.assertIn("Không có sự kiện nào.", self.audit(suite).stdout)
        self.assertIn("There are no events.", self.audit(suite, "--lang", "en").stdout)
        self.deny_scope(suite, "training")
        self.wait_for(suite, 1)
        vietnamese, english = self.audit(suite).stdout, self.audit(suite, "--lang", "en").stdout
        for text, said in ((vietnamese, ("từ chối", "ngoài phạm vi của mình", "Số lần")),
                           (english, ("denied", "out of scope", "Times"))):
            for word in (*said, OFFICE, "suite", "TrainingService/History"):
                self.assertIn(word, text)
        self.assertIn(f",suite,denied,{OFFICE},,,", self.audit(suite, "--format", "csv").stdout)

    def test_a_process_that_is_down_is_named(self):
        # Goal: the others' logs are shown, the missing one is named, and the exit code says that it is missing.
        suite = self.new_suite(together=False)
        self.deny_scope(suite, "training")
        self.deny_scope(suite, "inspection")
        self.wait_for(suite, 2)
        suite.stop("inspection")
        done = self.audit(suite, code=UNREACHABLE)
        self.assertIn("TrainingService/History", done.stdout)
        self.assertNotIn("InspectionService", done.stdout)
        self.assertIn(f"inspection ({suite.addresses['inspection']}): Lỗi: không kết nối được", done.stderr)
        found = self.events(suite, code=UNREACHABLE)
        self.assertEqual([event["process"] for event in found], ["training"])

    def test_every_change_says_where_it_came_from(self):
        # Goal: each way of recording sets the origin: organisation and period events, submissions, withdrawals, decisions.
        suite = self.new_suite()
        suite.record_period(harness.CHAIR, host_appointed=stubs.event.HostAppointed(bloc=examples.CHAIR))
        one, two, three = (examples.read(examples.SECOND, bloc, "training") for bloc in examples.BLOCS[:3])
        suite.review(suite.submit(one).receipt)
        suite.review(suite.submit(two).receipt, "RETURN", reason="thử")
        receipt = suite.submit(three).receipt
        withdrawal = stubs.report.Withdrawal(key=receipt.key, revision=receipt.revision, request_id="withdrawal-1")
        suite.client(f"office/{three.key.bloc}", "training").Withdraw(
            stubs.kinds["training"].messages.WithdrawRequest(withdrawal=withdrawal))
        facts = [stubs.report.Fact.FromString(entry.body) for entry in suite.journal("training")]
        self.assertEqual({fact.WhichOneof("what") for fact in facts}, {"submitted", "decided", "withdrawn"})
        answers = suite.client(harness.SERVICE, "directory").Watch(stubs.directory.WatchRequest(past_only=True))
        events = [stubs.event.Event.FromString(answer.entry.body) for answer in answers]
        # The key that signs statements is the directory's own doing: it came from nowhere.
        own = [event for event in events if event.actor == "service/directory"]
        self.assertEqual([event.WhichOneof("what") for event in own], ["statement_key"])
        events = [event for event in events if event not in own]
        self.assertEqual({event.WhichOneof("what") for event in events}, {"organisation", "period"})
        for change in (*facts, *events):
            self.assertIn(change.origin.address, ADDRESSES, change)
            self.assertNotEqual(change.actor, "")
        watched = suite.cli(harness.CHAIR, "watch", "--kind", "training", "--cluster", examples.CLUSTER, "--past-only")
        self.assertEqual(watched.returncode, DONE, watched.stderr)
        self.assertRegex(watched.stdout, rf"{harness.CHAIR} \((127\.0\.0\.1|::1)\)")


if __name__ == "__main__":
    unittest.main(verbosity=2)
