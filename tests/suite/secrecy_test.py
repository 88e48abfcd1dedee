"""Goal: an office learns nothing of what other offices have not had accepted: not by any answer, any error, any message
of a stream, nor by how long anything takes."""

import functools
import statistics
import time
import unittest
import uuid

import grpc

import examples
import harness
import people
import stubs
import walk

OFFICE, OTHER, IDLE = "cao-bang", "bac-kan", "ha-giang"
CLOSED = examples.FIRST
UNKNOWN = "khong-co"
ROUNDS, RATIO = 200, 1.5
# These tests ask faster than a caller may.
UNHURRIED = ("--max_calls_per_second=1000000", "--max_call_burst=1000000")


def read(bloc, kind, period=examples.SECOND):
    return examples.read(period, bloc, kind)


class Questions:
    """Everything an office may ask, as named calls that change nothing."""

    def __init__(self, suite, bloc):
        self._suite, self._bloc = suite, bloc
        self._channel = suite.channel(f"office/{bloc}", "directory")

    def targets(self) -> list:
        own, cluster, period = self._bloc, examples.CLUSTER, examples.SECOND
        named = [(own, cluster, period), (OTHER, cluster, period), (IDLE, cluster, period), (UNKNOWN, cluster, period),
                 (own, UNKNOWN, period), (own, cluster, CLOSED)]
        return [walk.Target(*names, code) for names in named for code in ("mem_closing", "trn_class_total")]

    def by_reflection(self):
        for method in walk.contract():
            if "office" not in method.roles:
                continue
            choices = method.request and walk.choices(method.request.DESCRIPTOR) or [("", (None, None))]
            payloads = dict.fromkeys((label, walk.fill(method.request(), target, choice).SerializeToString())
                                     for label, choice in choices for target in self.targets()
                                     ) if method.request else [("", method.payload)]
            for label, payload in payloads:
                yield f"{method.path} {label} {payload!r}", method, payload

    def by_hand(self):
        """What reflection does not hit on: reports that would be taken, or nearly, and revisions that are not there."""
        methods = {method.path: method for method in walk.contract()}
        for kind in stubs.KINDS:
            for period in examples.PERIODS:
                example = read(self._bloc, kind, period)
                submission = stubs.report.Submission(key=example.key, base_revision=1, reason="x", validate_only=True,
                                                     explanations=example.explanations)
                request = stubs.kinds[kind].messages.SubmitRequest(submission=submission, report=example.report)
                path = f"/{stubs.full_name(kind)}/Submit"
                yield f"{path} validate_only {period}", methods[path], request.SerializeToString()
            path = f"/{stubs.full_name(kind)}/Get"
            for revision in (1, 2, 7):
                selection = stubs.report.Selection(key=read(self._bloc, kind).key, revision=revision)
                request = stubs.kinds[kind].messages.GetRequest(selection=selection)
                yield f"{path} revision {revision}", methods[path], request.SerializeToString()

    def ask(self) -> dict:
        return {name: walk.call(self._channel, method, payload)
                for name, method, payload in (*self.by_reflection(), *self.by_hand())}

    def probe(self, ahead: int):
        """Asks for a summary that includes a position the office has no entry at."""
        positions = [stubs.aggregator.KindPosition(kind=kind, position=ahead) for kind in stubs.KINDS]
        request = stubs.aggregator.GetSummaryRequest(key=examples.summary_key(), at_least=positions)
        return walk.call(self._channel, walk.Method(stubs.full_name("aggregator"), "GetSummary", frozenset()),
                         request.SerializeToString())


class Rival:
    """The other office, and the chair as far as it deals with it. All of it is hidden until something is accepted."""

    def __init__(self, suite):
        self._suite = suite
        self._bases = {kind: 0 for kind in stubs.KINDS}
        self._receipts = []

    def done(self, kind) -> int:
        """Number of entries made of a kind."""
        return sum(receipt.kind == kind for receipt in self._receipts)

    def _keep(self, receipt):
        self._receipts.append(receipt)
        return receipt

    def save_draft(self, kind, version=0):
        example = read(OTHER, kind)
        request = stubs.kinds[kind].messages.SaveDraftRequest(
            draft=stubs.report.Draft(key=example.key, version=version), report=example.report)
        self._suite.client(f"office/{OTHER}", kind).SaveDraft(request)

    def submit(self, kind, free=0):
        receipt = self._suite.submit(read(OTHER, kind).free(free), base=self._bases[kind], reason="bổ sung").receipt
        self._bases[kind] = receipt.revision
        return self._keep(receipt)

    def returned(self, receipt):
        self._keep(self._suite.review(receipt, "RETURN", reason="chưa khớp"))

    def accepted(self, receipt):
        return self._keep(self._suite.review(receipt))

    def withdraw(self, receipt):
        withdrawal = stubs.report.Withdrawal(key=receipt.key, revision=receipt.revision, request_id=str(uuid.uuid4()))
        request = stubs.kinds[receipt.kind].messages.WithdrawRequest(withdrawal=withdrawal)
        self._keep(self._suite.client(f"office/{OTHER}", receipt.kind).Withdraw(request).receipt)

    def settle(self):
        """Until the aggregator has taken in all of it; what the chair then sees."""
        return self._suite.summary(examples.summary_key(basis="SUBMITTED"), at_least=self._receipts)


class SecrecyTest(harness.SuiteTest):

    def setUp(self):
        self.suite = suite = self.new_suite(flags=UNHURRIED)
        # The office has a report in every state, a draft, and a half-year that is closed.
        self.last = {"training": suite.review(suite.submit(read(OFFICE, "training")).receipt),
                     "membership": suite.review(suite.submit(read(OFFICE, "membership")).receipt, "RETURN", reason="x"),
                     "inspection": suite.submit(read(OFFICE, "inspection")).receipt}
        draft = stubs.report.Draft(key=read(OFFICE, "training").key)
        suite.client(f"office/{OFFICE}", "training").SaveDraft(stubs.kinds["training"].messages.SaveDraftRequest(
            draft=draft, report=read(OFFICE, "training").report))
        suite.record_period(harness.CHAIR, CLOSED, closed=stubs.event.PeriodClosed())
        # The other has one accepted already, so that it has something to amend, with a warning explained.
        self.rival = Rival(suite)
        self.rival.accepted(self.rival.submit("membership"))
        self.rival.settle()
        self.before = {kind: self.rival.done(kind) for kind in stubs.KINDS}
        self.questions = Questions(suite, OFFICE)

    def hidden_steps(self):
        """What the other office does that none may know of: after each, what it was and whether the chair sees it."""
        rival, kinds = self.rival, ("training", "membership")
        for kind in kinds:
            rival.save_draft(kind)
        yield "saves drafts", False
        submitted = [rival.submit(kind, 1) for kind in kinds]
        yield "submits", True
        for receipt in submitted:
            rival.returned(receipt)
        yield "is returned", True
        for kind in kinds:
            rival.submit(kind, 2)
        yield "submits again", True
        submitted = [rival.submit(kind, 3) for kind in kinds]
        yield "replaces it", True
        for receipt in submitted:
            rival.withdraw(receipt)
        yield "withdraws", True
        for kind in kinds:
            rival.save_draft(kind)
        yield "saves drafts again", False
        people.create(self.suite, f"lan.{OTHER}", "office", OTHER)
        yield "gets an account", False

    def assert_same(self, before, after, step):
        self.assertEqual(before.keys(), after.keys())
        told = [name for name in before if before[name] != after[name]]
        self.assertEqual(told, [], f"the office can tell that another one {step}")

    def test_what_is_not_accepted_cannot_be_seen(self):
        # Goal: whatever another office does short of an acceptance, every answer and error stays the same to the byte,
        # a position one may wait for stays out of reach, and the chair does see every step.
        before = self.questions.ask()
        ahead = max(receipt.position for receipt in self.last.values()) + 1
        nowhere = self.questions.probe(ahead)
        self.assertEqual(nowhere.code, grpc.StatusCode.UNAVAILABLE)
        chair = [self.rival.settle().SerializeToString()]
        for step, shown in self.hidden_steps():
            with self.subTest(step):
                seen = self.rival.settle().SerializeToString()
                self.assertEqual(seen != chair[-1], shown, "what the chair sees")
                chair.append(seen)
                self.assert_same(before, self.questions.ask(), step)
        self.assertEqual(self.questions.probe(ahead), nowhere)
        # And what is accepted, the office sees: where everything is alike always, the comparison would prove nothing.
        self.rival.accepted(self.rival.submit("training", 4))
        self.rival.settle()
        after = self.questions.ask()
        changed = {name.split()[0] for name in before if before[name] != after[name]}
        aggregator = stubs.full_name("aggregator")
        self.assertEqual(changed, {f"/{aggregator}/{method}" for method in
                                   ("GetSummary", "WatchSummary", "GetCoverage", "ExplainFigure")})
        print(f"{len(before)} answers compared after each step", flush=True)

    def test_streams_are_silent(self):
        # Goal: neither the summary nor a journal that an office follows says anything while others are at work; the
        # next message is the next thing it may know.
        following = self.suite.client(f"office/{OFFICE}", "aggregator").WatchSummary(
            stubs.aggregator.WatchSummaryRequest(key=examples.summary_key()), timeout=60)
        first = next(following).summary
        watches = {kind: self.suite.client(f"office/{OFFICE}", kind).Watch(
            stubs.kinds[kind].messages.WatchRequest(after=[stubs.report.FeedPosition(
                cluster=examples.CLUSTER, position=receipt.position)]), timeout=60)
            for kind, receipt in self.last.items()}
        for _ in self.hidden_steps():
            self.rival.settle()
        accepted = self.rival.accepted(self.rival.submit("training", 4))
        reported = [harness.row(summary, "trn_class_total").reported for summary in (first, next(following).summary)]
        self.assertEqual(reported, [1, 2])
        # An amendment that was accepted with the same figures changes nothing that an office may see.
        self.rival.accepted(self.rival.submit("training", 4))
        own = self.suite.review(self.last["inspection"])
        self.assertEqual(harness.row(next(following).summary, "ins_rounds_total").reported, 1)
        self.assertEqual(next(watches["inspection"]).entry.hash, own.entry_hash)
        self.assertGreater(accepted.position, self.last["training"].position)
        own = self.suite.submit(read(OFFICE, "training").free(9), base=1, reason="bổ sung").receipt
        self.assertEqual(next(watches["training"]).entry.hash, own.entry_hash)

    def test_what_positions_tell(self):
        # Goal: exactly what report.proto says of Receipt.position: an office that makes an entry of its own learns how
        # many its cluster made since the one before, and nothing else of them.
        for _ in self.hidden_steps():
            self.rival.settle()
        receipt = self.suite.submit(read(OFFICE, "training").free(9), base=1, reason="bổ sung").receipt
        hidden = self.rival.done("training") - self.before["training"]
        self.assertEqual(receipt.position, self.last["training"].position + hidden + 1)
        self.assertEqual((receipt.kind, receipt.key, receipt.revision), ("training", self.last["training"].key, 2))

    def medians(self, calls) -> dict:
        """Seconds each call takes, by name, measured in turns."""
        taken = {name: [] for name in calls}
        for _ in range(ROUNDS):
            for name, call in calls.items():
                begun = time.perf_counter()
                call()
                taken[name].append(time.perf_counter() - begun)
        return {name: statistics.median(times) for name, times in taken.items()}

    def assert_alike(self, calls):
        medians = self.medians(calls)
        print("  ".join(f"{name} {seconds * 1e6:.0f} µs" for name, seconds in medians.items()), flush=True)
        self.assertLessEqual(max(medians.values()) / min(medians.values()), RATIO, medians)

    def test_a_denial_takes_as_long_whatever_there_is(self):
        # Goal: asking for the reports of a bloc that has many, one that has none and one that does not exist takes
        # equally long, because access is judged before anything is read.
        for revision in range(20):
            receipt = self.rival.submit("training", revision)
        self.rival.accepted(receipt)
        channel = self.suite.channel(f"office/{OFFICE}", "training")
        methods = {method.name: method for method in walk.contract() if method.service == stubs.full_name("training")}
        blocs = {"reports": OTHER, "none": IDLE, "unknown": UNKNOWN}
        for name in ("Get", "History"):
            with self.subTest(name):
                targets = {word: walk.Target(bloc, examples.CLUSTER, examples.SECOND) for word, bloc in blocs.items()}
                payloads = {word: walk.fill(methods[name].request(), target).SerializeToString()
                            for word, target in targets.items()}
                self.assert_denied_alike(channel, methods[name], payloads)
        with self.subTest("List"):
            payloads = {word: methods["List"].request(cluster=cluster, period=examples.SECOND).SerializeToString()
                        for word, cluster in (("elsewhere", "tu-lieu"), ("unknown", UNKNOWN))}
            self.assert_denied_alike(channel, methods["List"], payloads)

    def assert_denied_alike(self, channel, method, payloads):
        answers = {walk.call(channel, method, payload) for payload in payloads.values()}
        self.assertEqual([answer.code for answer in answers], [grpc.StatusCode.PERMISSION_DENIED])
        self.assert_alike({f"{method.name} {word}": functools.partial(walk.call, channel, method, payload)
                           for word, payload in payloads.items()})

    def test_ones_own_entries_take_as_long_whatever_others_made(self):
        # Goal: an office that reads its own entries cannot tell from the time how many of others stand between or
        # behind them.
        self.suite.review(self.last["inspection"])
        for revision in range(150):
            self.rival.submit("training", revision)
        calls = {}
        for kind in ("training", "inspection"):
            method = next(method for method in walk.contract() if method.path == f"/{stubs.full_name(kind)}/Watch")
            request = method.request(past_only=True, after=[stubs.report.FeedPosition(cluster=examples.CLUSTER)])
            channel, payload = self.suite.channel(f"office/{OFFICE}", kind), request.SerializeToString()
            self.assertEqual(len(walk.call(channel, method, payload).body), 2)
            calls[f"Watch {kind}"] = functools.partial(walk.call, channel, method, payload)
        self.assert_alike(calls)


if __name__ == "__main__":
    unittest.main(verbosity=2)
