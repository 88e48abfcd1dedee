"""Goal: a caller with a certificate and bad intentions gets what its certificate may and nothing else, whatever it says
about paths, identities, encodings and lengths; what it repeats counts once; and no message costs more than its limit."""

import gzip
import unittest
import uuid
import zlib

import grpc

import examples
import harness
import receipts
import stubs
import wire
from frames import *
from hostile import ATTACKER, HONEST, HostileTest, code, request

OK, DENIED, UNIMPLEMENTED = map(code, (grpc.StatusCode.OK, grpc.StatusCode.PERMISSION_DENIED,
                                       grpc.StatusCode.UNIMPLEMENTED))
RESOURCE_EXHAUSTED, INVALID = map(code, (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.INVALID_ARGUMENT))
OWN, OTHER = ATTACKER.partition("/")[2], HONEST.partition("/")[2]

# For an office of the membership service, and for the chair.
LIST, REVIEW = wire.path("membership", "List"), wire.path("membership", "Review")
MINE = stubs.kinds["membership"].messages.ListRequest(cluster=examples.CLUSTER, period=examples.SECOND)
SUBMIT = wire.path("membership", "Submit")

# The inflated size of a bomb. Inflated once it would be seen in the process's memory.
BOMB = 600 << 20


def bomb(window: int) -> bytes:
    """Zeros, compressed as gzip (window 31) or zlib (15)."""
    compressor, zeros = zlib.compressobj(9, zlib.DEFLATED, window), bytes(1 << 20)
    return b"".join(compressor.compress(zeros) for _ in range(BOMB >> 20)) + compressor.flush()


class CallsTest(HostileTest):

    def setUp(self):
        super().setUp()
        self.own = examples.read(examples.SECOND, OWN, "membership")

    def raw_submission(self, example=None, **more) -> bytes:
        example = example or self.own
        more = {"key": example.key, "request_id": str(uuid.uuid4()), "explanations": example.explanations, **more}
        return message(request(example.kind, example.report, **more))

    def counts(self) -> tuple:
        """How often List and Review ran, and were denied."""
        return (self.started("membership", "List"), self.started("membership", "Review"),
                self.denied("membership", "List"), self.denied("membership", "Review"))

    def assert_counted(self, before, *more) -> None:
        expected = tuple(was + plus for was, plus in zip(before, more))
        harness.eventually(f"counts are {expected}", lambda: self.counts() == expected)

    # --- Which method --------------------------------------------------------------

    def test_two_paths(self):
        # Goal: of two paths in one call, the one that is judged is the one that runs, whichever stands first.
        body = message(MINE.SerializeToString())
        for identity, may, may_not in ((ATTACKER, LIST, REVIEW), (harness.CHAIR, REVIEW, SUBMIT)):
            for first, second in ((may, may_not), (may_not, may)):
                with self.subTest(identity, first=first, second=second):
                    judged = second.rpartition("/")[2]
                    ran, refused = self.started("membership", judged), self.denied("membership", judged)
                    answer = self.connection(identity).call(first, body, (":path", second))
                    if second == may:
                        self.assertEqual(self.started("membership", judged), ran + 1)
                    else:
                        self.assertEqual(answer.code, DENIED)
                        self.assertEqual(self.denied("membership", judged), refused + 1)
                        self.assertEqual(self.started("membership", judged), ran)
        self.assert_unharmed("two paths in a call")

    def test_paths_that_almost_name_a_method(self):
        # Goal: a path is a method's name letter by letter, or nobody's method.
        for path in (LIST, REVIEW):
            service, _, name = path.rpartition("/")
            variants = (path + "?x=y", path + "/", path + "#x", "/" + path, service + "//" + name, path.upper(),
                        path.lower(), path.replace("List", "%4cist"), service + "%2f" + name, path + "\0", path + " ",
                        f"https://localhost{path}", path[1:], f"/x/..{path}", "*", "/", "", name)
            for variant in variants:
                if variant != path:
                    with self.subTest(variant):
                        before = self.counts()
                        answer = self.connection().call(variant, message(MINE.SerializeToString()))
                        self.assertEqual((answer.code, answer.text), (DENIED, "not allowed"))
                        self.assertEqual(self.counts(), before)
        before = self.counts()
        self.assertNotIn(self.connection().call(LIST, message(), without=(":path",)).code, (OK, DENIED))
        self.assertEqual(self.counts(), before)
        self.assert_unharmed("paths that almost name a method")

    def test_what_else_a_request_can_say_about_itself(self):
        # Goal: other words for host, verb, protocol and content change nothing about who may call what.
        body = message(MINE.SerializeToString())
        oddities = {
            "another authority": dict(more=((":authority", "giaoban.example"),), without=(":authority",)),
            "a host besides": dict(more=(("host", "giaoban.example"),)),
            "another verb": dict(more=((":method", "GET"),), without=(":method",)),
            "no verb": dict(without=(":method",)),
            "another scheme": dict(more=((":scheme", "http"),), without=(":scheme",)),
            "no te": dict(without=("te",)),
            "an upgrade": dict(more=(("connection", "upgrade"), ("upgrade", "h2c"), ("http2-settings", "AAMAAABk"))),
            "a transfer encoding": dict(more=(("transfer-encoding", "chunked"), ("content-length", "3"))),
            "a method override": dict(more=(("x-http-method-override", "GET"), ("x-original-url", LIST))),
            "another content": dict(more=(("content-type", "text/html"),), without=("content-type",)),
            "JSON": dict(more=(("content-type", "application/grpc+json"),), without=("content-type",)),
            "no content type": dict(without=("content-type",)),
            "a status": dict(more=((":status", "200"), ("grpc-status", "0"), ("grpc-message", "x"))),
            "details": dict(more=(("grpc-status-details-bin", "AAAA"),)),
            "a deadline that is none": dict(more=(("grpc-timeout", "soon"),)),
            "a deadline of ages": dict(more=(("grpc-timeout", "99999999H"),)),
            "a deadline in the past": dict(more=(("grpc-timeout", "-1S"),)),
            "many attempts": dict(more=(("grpc-previous-rpc-attempts", "4294967296"), ("grpc-retry-pushback-ms", "x"))),
            "loads": dict(more=(("lb-token", "x"), ("lb-cost-bin", "AAAA"), ("grpc-trace-bin", "AAAA"))),
            "long details": dict(more=(("giaoban-detail-bytes", "99999999999999999999"),)),
            "negative details": dict(more=(("giaoban-detail-bytes", "-1"),)),
        }
        for what, how in oddities.items():
            with self.subTest(what):
                connection, more = self.connection(), how.get("more", ())
                before = self.counts()
                allowed = connection.call(LIST, body, *more, without=how.get("without", ()))
                ran = self.started("membership", "List") - before[0]
                self.assertEqual(ran, 1 if allowed.code == OK else 0, allowed)
                refused = connection.call(REVIEW, body, *more, without=how.get("without", ()))
                self.assertNotEqual(refused.code, OK)
                self.assertEqual(self.started("membership", "Review"), before[1])
        self.assert_unharmed("odd requests")

    # --- Who -----------------------------------------------------------------------

    def test_identity_comes_from_the_certificate(self):
        # Goal: no header makes an office another one; what it submits is recorded under its own name, and with headers
        # that are ours and not its to send, nothing is.
        claims = (("x-forwarded-client-cert", "URI=spiffe://giaoban/operator/van-hanh"), ("x-forwarded-for", "192.0.2.1"),
                  ("x-spiffe-id", f"spiffe://giaoban/{HONEST}"), ("authorization", "Bearer x"), ("cookie", "session=x"),
                  ("giaoban-identity", HONEST), ("giaoban-person", "lan"), ("x-real-ip", "192.0.2.1"))
        other = examples.read(examples.SECOND, OTHER, "membership")
        self.assertEqual(self.connection().call(SUBMIT, self.raw_submission(other), *claims).code, DENIED)
        self.assertEqual(self.connection().call(SUBMIT, self.raw_submission(), *claims).code, OK)
        fact = stubs.report.Fact.FromString(self.suite.journal("membership")[-1].body)
        self.assertEqual((fact.actor, fact.origin.person, fact.origin.carrier, fact.origin.address),
                         (ATTACKER, "", "", "127.0.0.1"))
        for what, statements in {"empty": ("",), "noise": ("AAAA",), "large": ("A" * 4000,), "two": ("AAAA", "AAAA"),
                                 "two in one": ("AAAA,AAAA",), "no base64": ("!",)}.items():
            with self.subTest(what):
                forged = [("giaoban-statement-bin", each) for each in statements]
                answer = self.connection().call(SUBMIT, self.raw_submission(base_revision=1), *forged)
                self.assertNotIn(answer.code, (OK, None))
        self.assertEqual(len(self.suite.journal("membership")), 1)
        self.assert_unharmed("forged identities")

    def test_the_certificate_of_one_office_used_for_another(self):
        # Goal: every method that names a bloc or a cluster, asked by an office of another bloc, by the chair of no
        # cluster and by services, is refused in the same words or shows the caller's own.
        report, key = stubs.report, examples.read(examples.SECOND, OTHER, "membership").key
        receipt = self.suite.submit(examples.read(examples.SECOND, OTHER, "membership")).receipt
        for kind in stubs.KINDS:
            messages, figures = stubs.kinds[kind].messages, examples.read(examples.SECOND, OTHER, kind).report
            attempts = {
                "SaveDraft": messages.SaveDraftRequest(draft=report.Draft(key=key), report=figures),
                "Submit": messages.SubmitRequest(
                    submission=report.Submission(key=key, request_id=str(uuid.uuid4())), report=figures),
                "Withdraw": messages.WithdrawRequest(
                    withdrawal=report.Withdrawal(key=key, revision=1, request_id=str(uuid.uuid4()))),
                "Review": messages.ReviewRequest(review=report.Review(
                    key=key, revision=1, revision_hash=receipt.entry_hash, decision=report.DECISION_ACCEPT,
                    request_id=str(uuid.uuid4()))),
                "Get": messages.GetRequest(selection=report.Selection(key=key)),
                "Get accepted": messages.GetRequest(selection=report.Selection(key=key, accepted=True)),
                "Get draft": messages.GetRequest(selection=report.Selection(key=key, draft=True)),
                "History": messages.HistoryRequest(key=key),
            }
            for name, asked in attempts.items():
                for identity in (ATTACKER, "chair/lang-son", "service/aggregator", harness.OPERATOR):
                    with self.subTest(name, kind=kind, identity=identity):
                        path = wire.path(kind, name.partition(" ")[0])
                        answer = self.connection(identity).call(path, message(asked.SerializeToString()))
                        self.assertEqual((answer.code, answer.text, answer.body), (DENIED, "not allowed", b""))
            for identity in ("chair/lang-son", harness.OPERATOR):
                asked = messages.WatchRequest(after=[report.FeedPosition(cluster=examples.CLUSTER)], past_only=True)
                answer = self.connection(identity).call(wire.path(kind, "Watch"), message(asked.SerializeToString()))
                self.assertEqual((answer.code, answer.body), (DENIED, b""))
        listed = self.connection().call(LIST, message(MINE.SerializeToString()))
        self.assertEqual((listed.code, listed.body), (OK, message()))
        watched = stubs.kinds["membership"].messages.WatchRequest(
            after=[report.FeedPosition(cluster=examples.CLUSTER)], past_only=True)
        seen = self.connection().call(wire.path("membership", "Watch"), message(watched.SerializeToString()))
        self.assertEqual((seen.code, seen.body), (OK, b""))
        closing = stubs.directory.RecordPeriodEventRequest(request_id=str(uuid.uuid4()), event=stubs.event.PeriodEvent(
            cluster=examples.CLUSTER, period=examples.SECOND, closed=stubs.event.PeriodClosed()))
        for identity in (ATTACKER, "chair/lang-son", "service/aggregator"):
            answer = self.connection(identity).call(wire.path("directory", "RecordPeriodEvent"),
                                                    message(closing.SerializeToString()))
            self.assertEqual(answer.code, DENIED, identity)
        self.assertEqual([len(journal) for journal in self.suite.journals().values()], [1, 1, 0])
        self.assert_unharmed("certificates used for others")

    # --- What is in a message --------------------------------------------------------

    def test_bombs(self):
        # Goal: what inflates to hundreds of megabytes is refused before it does.
        for encoding, window in (("gzip", 31), ("deflate", 15)):
            content = bomb(window)
            for path in (SUBMIT, LIST, wire.path("membership", "Watch")):
                with self.subTest(encoding, path=path):
                    answer = self.connection().call(path, message(content, 1), ("grpc-encoding", encoding))
                    self.assertEqual(answer.code, UNIMPLEMENTED)
            # All at once, so that the content is there before the headers are looked at.
            small = message(content[:40000], 1)
            connection, streams = self.connection(), range(1, 200, 2)
            for stream in streams:
                connection.send(header_frames(stream, block(headers(SUBMIT, ("grpc-encoding", encoding)))),
                                *(frame(DATA, 0, stream, small[at:at + LARGEST_FRAME])
                                  for at in range(0, len(small), LARGEST_FRAME)))
                # gRPC refuses these when they were let through, so they count as calls whose request never comes:
                # after 128 it is the limit that refuses.
                self.assertIn(connection.answer(stream).code, (UNIMPLEMENTED, RESOURCE_EXHAUSTED, None))
                if connection.closed:
                    connection = self.connection()
        for encoding in ("snappy", "identity,gzip", "\xff", ""):
            with self.subTest(encoding):
                self.connection().call(SUBMIT, message(gzip.compress(b"x"), 1), ("grpc-encoding", encoding))
        self.assert_unharmed("bombs")

    def test_broken_messages(self):
        # Goal: a message that is not what it says is not a submission; nothing of it is stored.
        whole = self.raw_submission()
        text = self.own.key.bloc.encode()
        nested = b"\x0b" * 100000 + b"\x0c" * 100000
        broken = {
            "longer than it says": message(whole[5:], length=len(whole) - 15),
            "cut short": whole[:-10],
            "nothing": message(),
            "not even a length": b"\0\0",
            "4 GB": message(whole[5:], length=0xffffffff),
            "2 GB": message(whole[5:], length=0x7fffffff),
            "a flag that is none": message(whole[5:], 7),
            "cut protobuf": message(whole[5:-3]),
            "noise": message(b"\xff" * 500),
            "100,000 nested groups": message(whole[5:] + nested),
            "a string of no alphabet": message(whole[5:].replace(text, b"\xff" * len(text))),
            "a field of 2 GB": message(b"\x0a\xff\xff\xff\xff\x07" + whole[5:]),
            "a varint of 11 bytes": message(b"\x08" + b"\xff" * 10 + b"\x01"),
        }
        for what, content in broken.items():
            with self.subTest(what):
                connection = self.connection()
                self.assertNotIn(connection.call(SUBMIT, content).code, (OK, None))
        self.assertEqual(self.suite.journal("membership"), [])
        self.assert_unharmed("broken messages")

    def test_broken_requests_of_the_aggregator(self):
        # Goal: methods that are given a request as bytes refuse what is none in the words of one gRPC reads it for.
        broken = {"no message": b"", "not even a length": b"\0\0", "noise": message(b"\xff" * 500),
                  "cut protobuf": message(b"\x0a\x09dong"), "a string of no alphabet": message(b"\x0a\x03\x0a\x01\xff"),
                  "a field of 2 GB": message(b"\x0a\xff\xff\xff\xff\x07"),
                  "100,000 nested groups": message(b"\x0b" * 100000 + b"\x0c" * 100000)}
        for what, content in broken.items():
            with self.subTest(what):
                answers = [self.connection(service="aggregator").call(wire.path("aggregator", name), content)
                           for name in ("GetCoverage", "GetSummary", "WatchSummary")]
                self.assertNotIn(answers[0].code, (OK, None))
                self.assertEqual({(answer.code, answer.text, answer.body) for answer in answers},
                                 {(answers[0].code, answers[0].text, b"")})
        self.assert_unharmed("broken requests of the aggregator")

    def test_messages_too_large(self):
        # Goal: past the limit a message is refused, and one without end is stopped; many at once stay within bounds.
        for size in (2 << 20, 20 << 20):
            answer = self.connection().call(SUBMIT, message(bytes(size)))
            self.assertEqual(answer.code, RESOURCE_EXHAUSTED)
        endless = [self.connection() for _ in range(5)]
        for connection in endless:
            stream = connection.open(SUBMIT)
            connection.write(stream, message(bytes(30 << 20), length=1 << 31)[:-1], end=False)
        self.assert_unharmed("large messages")

    def test_two_messages_in_a_call(self):
        # Goal: of two submissions in a call that takes one, the first counts and the second is not looked at.
        content = self.raw_submission() + self.raw_submission(self.own.free(7), base_revision=1)
        answer = self.connection().call(SUBMIT, content)
        self.assertEqual(answer.code, OK)
        receipt = answer.parsed(stubs.kinds["membership"].messages.SubmitResponse).receipt
        self.assertEqual([(entry.position, entry.hash) for entry in self.suite.journal("membership")],
                         [(1, receipt.entry_hash)])
        self.assert_unharmed("two messages in a call")

    def test_unknown_fields(self):
        # Goal: what the form does not know is a finding, not a figure; what is unknown elsewhere is recorded nowhere.
        strange = self.own.but()
        strange.report.MergeFromString(b"\xfa\x3e\x01x")
        answer = self.connection().call(SUBMIT, self.raw_submission(strange))
        self.assertEqual(answer.code, INVALID)
        padded = self.own.but()
        padded.key = stubs.report.ReportKey.FromString(self.own.key.SerializeToString() + b"\x90\x03\x01" * 300000)
        answer = self.connection().call(SUBMIT, self.raw_submission(padded))
        self.assertEqual(answer.code, OK)
        receipt = answer.parsed(stubs.kinds["membership"].messages.SubmitResponse).receipt
        receipt.key.CopyFrom(padded.key)
        self.suite.review(receipt)
        self.assertLess(max(len(entry.body) for entry in self.suite.journal("membership")), 2000)
        self.assert_unharmed("unknown fields")

    # --- Again -----------------------------------------------------------------------

    def test_replays(self):
        # Goal: a submission sent again byte for byte is answered with the first receipt and adds nothing; by another
        # office it is refused.
        content = header_frames(1, block(headers(SUBMIT)))
        sent = self.raw_submission()
        for at in range(0, len(sent), LARGEST_FRAME):
            piece = sent[at:at + LARGEST_FRAME]
            content += frame(DATA, END_STREAM if at + LARGEST_FRAME >= len(sent) else 0, 1, piece)
        answers = []
        for _ in range(3):
            connection = self.connection()
            connection.send(content)
            answers.append(connection.answer(1))
        self.assertEqual({answer.code for answer in answers}, {OK})
        parsed = [answer.parsed(stubs.kinds["membership"].messages.SubmitResponse).receipt for answer in answers]
        self.assertEqual(parsed, parsed[:1] * 3)
        stranger = self.connection(HONEST)
        stranger.send(content)
        self.assertEqual(stranger.answer(1).code, DENIED)
        self.assertEqual(len(self.suite.journal("membership")), 1)
        self.assert_unharmed("replays")

    def test_replayed_records(self):
        # Goal: TLS records, listened to and sent again on their connection or another, do nothing.
        records = wire.Records(self.suite, ATTACKER)
        self.addCleanup(records.socket.close)
        records.handshake()
        records.send(records.seal(START))
        sealed = records.seal(header_frames(1, block(headers(SUBMIT))) + frame(DATA, END_STREAM, 1,
                                                                                self.raw_submission()))
        records.send(sealed)
        harness.eventually("the submission is stored", lambda: len(self.suite.journal("membership")) == 1)
        records.send(sealed)
        self.assertTrue(wire.is_closed(records.socket))
        with wire.connect(self.suite) as listener:
            listener.sendall(records.sent)
            self.assertTrue(wire.is_closed(listener))
        self.assertEqual(self.started("membership", "Submit"), 1)
        self.assertEqual(len(self.suite.journal("membership")), 1)
        self.assert_unharmed("replayed records")

    def test_a_receipt_is_of_its_cluster(self):
        # Goal: a receipt shown for another cluster, report, revision or kind does not verify, and decides nothing.
        receipt = self.suite.submit(self.own).receipt
        keys = receipts.PublicKeys(self.suite.data("membership") / "membership.key.pub")
        keys.check(receipt)
        other = type(receipt)()
        other.CopyFrom(receipt)
        other.key.cluster = "tay-bac"
        with self.assertRaises(receipts.NotVerified):
            keys.check(other)
        with self.refused(grpc.StatusCode.PERMISSION_DENIED):
            self.suite.review(other)
        # Where there is no such revision, and where there is another one.
        neighbour = self.suite.submit(examples.read(examples.SECOND, "cao-bang", "membership")).receipt
        amended = self.suite.submit(self.own.free(7), base=1).receipt
        for expected, kind, bloc, period, revision in (
                (grpc.StatusCode.NOT_FOUND, "membership", OTHER, examples.SECOND, 1),
                (grpc.StatusCode.NOT_FOUND, "membership", OWN, examples.FIRST, 1),
                (grpc.StatusCode.NOT_FOUND, "inspection", OWN, examples.SECOND, 1),
                (grpc.StatusCode.NOT_FOUND, "membership", OWN, examples.SECOND, 3),
                (grpc.StatusCode.FAILED_PRECONDITION, "training", OTHER, examples.SECOND, 1),
                (grpc.StatusCode.FAILED_PRECONDITION, "membership", neighbour.key.bloc, examples.SECOND, 1),
                (grpc.StatusCode.FAILED_PRECONDITION, "membership", OWN, examples.SECOND, amended.revision)):
            with self.subTest(kind=kind, bloc=bloc, period=period, revision=revision):
                other.CopyFrom(receipt)
                other.kind, other.key.bloc, other.key.period, other.revision = kind, bloc, period, revision
                with self.refused(expected):
                    self.suite.review(other)
        self.assertEqual([len(journal) for journal in self.suite.journals().values()], [3, 1, 0])
        self.assert_unharmed("a receipt shown for something else")


if __name__ == "__main__":
    unittest.main(verbosity=2)
