"""Goal: acceptance pins a revision. The summary shows what was accepted, says what it is made of, and shows each
caller what is his to see and nothing else."""

import itertools
import unittest

import grpc

import examples
import harness
import processes
import stubs

BLOC, OTHER = "cao-bang", "bac-kan"
CODE = examples.FREE["training"]


def training(bloc=BLOC):
    return examples.read(examples.SECOND, bloc, "training")


class AcceptanceTest(harness.SuiteTest):

    def setUp(self):
        self.suite = self.new_suite()

    def cell(self, receipt, basis="ACCEPTED"):
        """The bloc's cell in a summary that includes the receipt."""
        summary = self.suite.summary(examples.summary_key(basis=basis), at_least=[receipt])
        cell = next(cell for cell in harness.row(summary, CODE).cells if cell.bloc == BLOC)
        return cell.figure.value if cell.figure.HasField("value") else None

    def explain(self, code, period=examples.SECOND):
        request = stubs.aggregator.ExplainFigureRequest(key=examples.summary_key(period), code=code)
        return self.suite.client(harness.CHAIR, "aggregator").ExplainFigure(request)

    def test_the_accepted_figure_moves_with_acceptance_only(self):
        # Goal: submitting moves the "submitted" figure only; accepting the amendment moves the accepted one.
        first = self.suite.submit(training().free(10)).receipt
        self.assertEqual((self.cell(first), self.cell(first, "SUBMITTED")), (None, 10))
        accepted = self.suite.review(first)
        self.assertEqual(self.cell(accepted), 10)
        amended = self.suite.submit(training().free(11), base=1, reason="bổ sung").receipt
        self.assertEqual((self.cell(amended), self.cell(amended, "SUBMITTED")), (10, 11))
        decided = self.suite.review(amended)
        self.assertEqual((self.cell(decided), self.cell(decided, "SUBMITTED")), (11, 11))

    def test_a_returned_amendment_leaves_the_accepted_figure(self):
        # Goal: what was accepted goes on counting, on both bases, when its amendment is returned.
        self.suite.review(self.suite.submit(training().free(10)).receipt)
        amended = self.suite.submit(training().free(11), base=1, reason="bổ sung").receipt
        returned = self.suite.review(amended, "RETURN", reason="chưa đủ căn cứ")
        self.assertEqual((self.cell(returned), self.cell(returned, "SUBMITTED")), (10, 10))

    def test_accepting_needs_the_hash_of_that_revision(self):
        # Goal: the hash of another revision, a damaged one and none are refused, and nothing moves.
        first = self.suite.submit(training().free(10)).receipt
        second = self.suite.submit(training().free(11), base=1).receipt
        length = len(self.suite.journal("training"))
        damaged = bytes([second.entry_hash[0] ^ 1]) + second.entry_hash[1:]
        for hash in (first.entry_hash, damaged, b""):
            with self.refused(grpc.StatusCode.FAILED_PRECONDITION) as refusal:
                self.suite.review(second, hash=hash)
            self.assertEqual(refusal.reason, "HASH_MISMATCH")
        with self.refused(grpc.StatusCode.FAILED_PRECONDITION) as refusal:
            self.suite.review(first)  # Its own hash, but replaced since.
        self.assertEqual(refusal.reason, "NOT_PENDING")
        self.assertEqual(len(self.suite.journal("training")), length)
        self.assertIsNone(self.cell(second))

    def test_explanations_add_up(self):
        # Goal: every total of the example's summary is the sum, minimum or maximum of its explanation, and each part
        # names a revision that the service confirms with the same hash.
        receipts = self.suite.accept_examples()
        summary = self.suite.summary(at_least=receipts)
        hashes = {(receipt.kind, receipt.key.bloc): None for receipt in receipts}
        for kind, bloc in hashes:
            revision = self.suite.history(examples.read(examples.SECOND, bloc, kind))[-1]
            hashes[kind, bloc] = (revision.revision, revision.hash, revision.position)
        kind_of = {code: kind.name for kind in stubs.kinds.values() for code, _ in kind.indicators(examples.SECOND)}
        ways = {stubs.options.OVER_BLOCS_SUM: sum, stubs.options.OVER_BLOCS_MINIMUM: min,
                stubs.options.OVER_BLOCS_MAXIMUM: max}
        for row in summary.rows:
            answer = self.explain(row.code)
            self.assertEqual(answer.row, row)
            self.assertEqual(list(answer.missing), [])
            for part in answer.contributions:
                self.assertEqual((part.revision, part.hash, part.position), hashes[kind_of[part.code], part.bloc])
            values = {code: [part.value for part in parts if part.HasField("value")] for code, parts in
                      itertools.groupby(sorted(answer.contributions, key=lambda part: part.code),
                                        key=lambda part: part.code)}
            if row.code in kind_of:
                self.assertEqual(ways[answer.over_blocs](values[row.code]), row.total.value, row.code)
            else:
                self.assertEqual(self.ratio(row.code, values),
                                 (row.total.ratio.numerator, row.total.ratio.denominator), row.code)

    def ratio(self, code, values):
        derived = next(derived for kind in stubs.kinds.values() for derived in kind.form().derived
                       if derived.code == code)
        return tuple(sum(sum(values[part]) for part in side) for side in (derived.numerator, derived.denominator))

    def test_an_explanation_names_who_is_missing(self):
        # Goal: blocs without an accepted report are named as missing, in the explanation as in the coverage.
        accepted = self.suite.review(self.suite.submit(training()).receipt)
        self.suite.submit(training(OTHER))
        summary = self.suite.summary(at_least=[accepted])
        answer = self.explain("trn_class_total")
        self.assertEqual([part.bloc for part in answer.contributions], [BLOC])
        self.assertEqual(set(answer.missing), set(examples.BLOCS) - {BLOC})
        self.assertEqual((answer.row.reported, answer.row.expected), (1, len(examples.BLOCS)))
        coverage = next(coverage for coverage in summary.coverage if coverage.kind == "training")
        self.assertEqual((coverage.reported, list(coverage.missing)), (1, list(answer.missing)))

    def test_reading_ones_own_write(self):
        # Goal: a summary asked for with a receipt's position includes it every time; a position that does not come
        # is a clear UNAVAILABLE.
        for revision in range(30):
            receipt = self.suite.submit(training().free(revision), base=revision).receipt
            self.assertEqual(self.cell(receipt, "SUBMITTED"), revision)
        receipt.position += 1000
        with self.refused(grpc.StatusCode.UNAVAILABLE) as refusal:
            self.suite.summary(at_least=[receipt])
        self.assertEqual(refusal.reason, "NOT_CAUGHT_UP")

    def test_watching_the_summary(self):
        # Goal: a watcher gets the state now and then each change, without asking again.
        client = self.suite.client(f"office/{OTHER}", "aggregator")
        stream = client.WatchSummary(stubs.aggregator.WatchSummaryRequest(key=examples.summary_key()))
        figures = (harness.row(message.summary, CODE) for message in stream)
        self.assertFalse(next(figures).total.HasField("value"))
        self.suite.review(self.suite.submit(training().free(10)).receipt)
        self.assertEqual(next(row.total.value for row in figures if row.reported == 1), 10)
        self.suite.review(self.suite.submit(training(OTHER).free(5)).receipt)
        self.assertEqual(next(row.total.value for row in figures if row.reported == 2), 15)
        stream.cancel()


class AccessTest(harness.SuiteTest):

    def setUp(self):
        self.suite = self.new_suite()
        self.receipt = self.suite.review(self.suite.submit(training()).receipt)

    def reads(self, identity, bloc=BLOC):
        """Every way to read a training report's figures or state, as calls."""
        messages = stubs.kinds["training"].messages
        key = training(bloc).key
        client = self.suite.client(identity, "training")
        follow = messages.WatchRequest(after=[stubs.report.FeedPosition(cluster=examples.CLUSTER)], past_only=True)
        return {
            "Get": lambda: client.Get(messages.GetRequest(selection=stubs.report.Selection(key=key))),
            "History": lambda: client.History(messages.HistoryRequest(key=key)),
            "List": lambda: client.List(messages.ListRequest(cluster=key.cluster, period=key.period)),
            "Watch": lambda: list(client.Watch(follow)),
        }

    def summary_reads(self, identity):
        client, messages = self.suite.client(identity, "aggregator"), stubs.aggregator
        key = examples.summary_key()
        return {
            "GetSummary": lambda: client.GetSummary(messages.GetSummaryRequest(key=key)),
            "GetCoverage": lambda: client.GetCoverage(
                messages.GetCoverageRequest(cluster=key.cluster, period=key.period)),
            "ExplainFigure": lambda: client.ExplainFigure(messages.ExplainFigureRequest(key=key, code=CODE)),
            "WatchSummary": lambda: next(client.WatchSummary(messages.WatchSummaryRequest(key=key))),
        }

    def assert_denied(self, calls):
        for name, call in calls.items():
            with self.subTest(name), self.refused(grpc.StatusCode.PERMISSION_DENIED) as refusal:
                call()
            self.assertEqual(refusal.message, "not allowed")

    def test_an_office_sees_its_own_reports_only(self):
        # Goal: another office's report is denied, whether it exists or not; lists and feeds hold its own only.
        self.suite.submit(training(OTHER))
        calls = self.reads(f"office/{OTHER}", BLOC)
        self.assert_denied({name: calls[name] for name in ("Get", "History")})
        self.assert_denied({"Get": self.reads(f"office/{OTHER}", "ha-giang")["Get"]})
        self.assertEqual([status.latest.key.bloc for status in calls["List"]().reports], [OTHER])
        facts = [stubs.report.Fact.FromString(answer.entry.body) for answer in calls["Watch"]()]
        self.assertEqual([fact.key.bloc for fact in facts], [OTHER])
        chair = self.reads(harness.CHAIR)["List"]().reports
        self.assertEqual({status.latest.key.bloc for status in chair}, {BLOC, OTHER})

    def test_nobody_submits_or_decides_for_others(self):
        # Goal: an office submits for its own bloc, and only the chair of today decides.
        other = self.suite.client(f"office/{OTHER}", "training")
        self.assert_denied({
            "submit for another": lambda: self.suite.submit(training(), base=1, reason="x", client=other),
            "submit as chair": lambda: self.suite.submit(
                training(), base=1, reason="x", client=self.suite.client(harness.CHAIR, "training")),
            "review as office": lambda: self.suite.review(self.receipt, identity=f"office/{BLOC}"),
            "review as a chair of nothing": lambda: self.suite.review(self.receipt, identity="chair/lang-son"),
            "review as operator": lambda: self.suite.review(self.receipt, identity=harness.OPERATOR),
            "read as a chair of nothing": self.reads("chair/lang-son")["Get"],
            "summarise as a chair of nothing": self.summary_reads("chair/lang-son")["GetSummary"],
        })

    def test_operators_see_no_figures(self):
        # Goal: whatever shows figures is denied to an operator, who still reads the directory.
        self.assert_denied(self.reads(harness.OPERATOR))
        self.assert_denied(self.summary_reads(harness.OPERATOR))
        directory = self.suite.client(harness.OPERATOR, "directory")
        cluster = directory.GetCluster(stubs.directory.GetClusterRequest(cluster=examples.CLUSTER)).cluster
        self.assertEqual([bloc.bloc for bloc in cluster.blocs], list(examples.BLOCS))

    def test_only_operator_and_chair_keep_the_calendar(self):
        # Goal: an office cannot give itself more time, a chair of another bloc neither, the chair cannot found blocs.
        closed = stubs.event.Event(period=stubs.event.PeriodEvent(
            cluster=examples.CLUSTER, period=examples.SECOND, closed=stubs.event.PeriodClosed()))
        founded = examples.events()[1]
        record = lambda identity, event: self.suite.record(self.suite.client(identity, "directory"), event)
        self.assert_denied({
            "office": lambda: record(f"office/{BLOC}", closed),
            "chair of nothing": lambda: record("chair/lang-son", closed),
            "chair on organisations": lambda: record(harness.CHAIR, founded),
        })

    def test_strangers_get_no_connection(self):
        # Goal: without a certificate of this authority there is no call at all: none, another authority's, plaintext.
        elsewhere = self.suite.folder / "elsewhere"
        processes.make_certificates(elsewhere, f"office/{BLOC}")
        foreign = elsewhere / "identities" / f"office-{BLOC}"
        ca = (self.suite.identity(f"office/{BLOC}") / "ca.pem").read_bytes()
        read = lambda file: (foreign / file).read_bytes()
        strangers = {
            "no certificate": grpc.ssl_channel_credentials(ca),
            "another authority's": grpc.ssl_channel_credentials(ca, read("key.pem"), read("cert.pem")),
            "plaintext": None,
        }
        request = stubs.directory.ListClustersRequest()
        for name, credentials in strangers.items():
            address = self.suite.addresses["directory"]
            channel = grpc.secure_channel(address, credentials) if credentials else grpc.insecure_channel(address)
            with self.subTest(name), channel, self.refused(grpc.StatusCode.UNAVAILABLE):
                stubs.stub("directory", channel).ListClusters(request, timeout=harness.CALL_SECONDS)


if __name__ == "__main__":
    unittest.main(verbosity=2)
