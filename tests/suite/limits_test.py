"""Goal: whatever a caller does too much, too long or not at all, it is told so, it is counted, nobody else notices, and
nothing is held for ever."""

import collections
import concurrent.futures
import contextlib
import queue
import resource
import socket
import ssl
import subprocess
import threading
import unittest
import uuid

import grpc

import examples
import harness
import processes
import stubs

OFFICE, OTHER = "office/lang-son", "office/cao-bang"
LIST_CLUSTERS = f"/{stubs.full_name('directory')}/ListClusters"
# Streams a suite has to itself, over one connection: three reports' services follow the directory, and the aggregator all four.
OWN_STREAMS = 7
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


class LimitsCase(harness.SuiteTest):

    def limited(self, load=True, **limits):
        """A suite with these limits: calls=5 is --max_calls=5."""
        self.suite = self.new_suite(load=load, flags=[f"--max_{name}={value}" for name, value in limits.items()])
        self.address = self.suite.addresses["directory"]
        return self.suite

    def reached(self, limit):
        return next(count for labels, count in self.suite.series("suite", "giaoban_limit_reached_total")
                    if labels["limit"] == f"max_{limit}")

    def call(self, identity, **options):
        return self.suite.client(identity, "directory").ListClusters(stubs.directory.ListClustersRequest(**options))

    def follow(self, identity, cluster=examples.CLUSTER):
        """Opens a stream and waits until the service says that it is open."""
        messages = stubs.kinds["training"].messages
        request = messages.WatchRequest(after=[stubs.report.FeedPosition(cluster=cluster)])
        stream = stubs.stub("training", self.suite.channel(identity, "training")).Watch(request)
        stream.initial_metadata()
        return stream

    def silent_call(self, identity, path=LIST_CLUSTERS):
        """A call that sends its headers and never a message, without a deadline."""
        silence = queue.Queue()
        self.addCleanup(silence.put, None)
        return self.suite.channel(identity, "directory").stream_unary(path).future(iter(silence.get, None))

    @contextlib.contextmanager
    def connections(self, count):
        """Connections that say nothing."""
        host, port = self.address.split(":")
        with contextlib.ExitStack() as stack:
            yield [stack.enter_context(socket.create_connection((host, int(port)), harness.CALL_SECONDS))
                   for _ in range(count)]

    def assert_ended(self, connection):
        """Waits for the end of a connection."""
        with contextlib.suppress(ConnectionResetError):
            while connection.recv(4096):
                pass


class RateTest(LimitsCase):

    def test_calls_a_second(self):
        # Goal: a caller past its rate is refused, others are not, and after a while it may call again.
        self.limited(load=False, call_burst=20, calls_per_second=1)
        for _ in range(20):
            self.call(OFFICE)
        with self.refused(grpc.StatusCode.RESOURCE_EXHAUSTED) as refusal:
            for _ in range(20):
                self.call(OFFICE)
        self.assertEqual(refusal.message, "past the limit max_calls_per_second of 1")
        self.assertGreaterEqual(self.reached("calls_per_second"), 1)
        self.call(OTHER)

        def again():
            with contextlib.suppress(grpc.RpcError):
                return self.call(OFFICE)

        harness.eventually("the caller may call again", again)

    def test_requests_that_never_come(self):
        # Goal: calls that send no request count against their caller, and against nobody else.
        self.limited(load=False, calls_per_caller=4)
        silent = [self.silent_call(OFFICE) for _ in range(5)]
        # Which of them comes too late is chance.
        refused = harness.eventually("one is refused", lambda: [call for call in silent if call.done()])
        self.assertEqual([(call.code(), call.details()) for call in refused],
                         [(grpc.StatusCode.RESOURCE_EXHAUSTED, "past the limit max_calls_per_caller of 4")])
        with self.refused(grpc.StatusCode.RESOURCE_EXHAUSTED):
            self.call(OFFICE)
        self.assertGreaterEqual(self.reached("calls_per_caller"), 2)
        self.call(OTHER)
        self.assertEqual([call.done() for call in silent].count(False), 4)

    def test_streams(self):
        # Goal: a caller has so many streams, is told when it opens one more, and may again when one has ended.
        self.limited(streams_per_caller=OWN_STREAMS)
        first, *others = [self.follow(OFFICE) for _ in range(OWN_STREAMS)]
        with self.refused(grpc.StatusCode.RESOURCE_EXHAUSTED) as refusal:
            next(self.follow(OFFICE))
        self.assertEqual(refusal.reason, "LIMIT")
        self.assertEqual(refusal.metadata, {"limit": "max_streams_per_caller", "value": str(OWN_STREAMS)})
        self.assertIn("max_streams_per_caller", refusal.vietnamese)
        self.assertEqual(self.reached("streams_per_caller"), 1)
        other = self.follow(OTHER)
        first.cancel()

        def again():
            stream = self.follow(OFFICE)
            # What is refused has ended already; an open stream has nothing to say.
            if stream.is_active():
                return stream
            stream.cancel()

        third = harness.eventually("another stream opens", again)
        for stream in (*others, third, other):
            stream.cancel()

    def test_reflection_holds_few_threads(self):
        # Goal: streams of reflection, each of which has a thread, are few, and calls are answered beside them.
        self.limited(load=False, reflection_streams=2)
        silence = queue.Queue()

        def requests():
            yield b"\x3a\x01*"
            silence.get()

        def ask(stream):
            """Waits for the services and leaves the stream open; tells how it went."""
            try:
                next(stream)
                return None
            except grpc.RpcError as error:
                return error.code()

        reflect = self.suite.channel(OFFICE, "directory").stream_stream(REFLECTION)
        # A stream nobody keeps is cancelled.
        streams = [reflect(requests()) for _ in range(20)]
        with concurrent.futures.ThreadPoolExecutor(len(streams)) as pool:
            codes = list(pool.map(ask, streams))
        self.assertEqual(set(codes), {None, grpc.StatusCode.RESOURCE_EXHAUSTED})
        self.assertLessEqual(codes.count(None), 4)
        self.call(OTHER)
        for _ in codes:
            silence.put(None)


class SizesTest(LimitsCase):

    def test_requests_have_a_size(self):
        # Goal: a request too long is refused by gRPC itself, and the next one is answered.
        self.limited(load=False, request_bytes=65536)
        with self.refused(grpc.StatusCode.RESOURCE_EXHAUSTED) as refusal:
            self.call(OFFICE, page_token="x" * 70000)
        self.assertIn("larger than max", refusal.message)
        self.call(OFFICE)

    def test_calls_of_a_connection_are_held_back(self):
        # Goal: past the calls of a connection nothing is refused: the client waits until one ends.
        self.limited(calls_per_connection=OWN_STREAMS)
        streams = [self.follow(OFFICE) for _ in range(OWN_STREAMS)]
        messages = stubs.kinds["training"].messages
        lists = stubs.stub("training", self.suite.channel(OFFICE, "training")).List
        request = messages.ListRequest(cluster=examples.CLUSTER, period=examples.SECOND)
        waiting = lists.future(request)
        with self.assertRaises(grpc.RpcError) as caught:
            lists(request, timeout=0.2)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        self.assertFalse(waiting.done())
        streams[0].cancel()
        self.assertEqual(len(waiting.result(harness.CALL_SECONDS).reports), 0)
        for stream in streams[1:]:
            stream.cancel()

    def test_lists_come_in_pages(self):
        # Goal: a page is never longer than the limit; the command line follows all pages.
        self.limited(page=2)
        directory = self.suite.client(harness.OPERATOR, "directory")
        for name in ("tay-bac", "tay-nguyen", "mien-dong"):
            event = stubs.event.OrganisationEvent(date="2023-01-01")
            event.cluster_established.cluster = name
            event.cluster_established.name.vi = event.cluster_established.name.en = name
            self.suite.record(directory, stubs.event.Event(organisation=event))
        with self.refused(grpc.StatusCode.RESOURCE_EXHAUSTED) as refusal:
            self.call(OFFICE, page_size=3)
        self.assertEqual(refusal.metadata, {"limit": "max_page", "value": "2"})
        names, token = [], ""
        while True:
            page = self.call(OFFICE, page_token=token)
            self.assertLessEqual(len(page.clusters), 2)
            names += [cluster.cluster for cluster in page.clusters]
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(names, sorted([examples.CLUSTER, "tay-bac", "tay-nguyen", "mien-dong"]))
        with self.refused(grpc.StatusCode.INVALID_ARGUMENT):
            self.call(OFFICE, page_token="tay-bac")
        listed = self.suite.cli(OFFICE, "cluster", "list", "--format", "csv")
        self.assertEqual([line.partition(",")[0] for line in listed.stdout.splitlines()[1:]], names, listed.stderr)

        example = examples.read(examples.SECOND, "lang-son", "training")
        for revision in range(5):
            self.suite.submit(example.free(revision), base=revision)
        self.assertEqual([each.revision for each in self.suite.history(example, OFFICE)], [1, 2, 3, 4, 5])
        shown = self.suite.cli(OFFICE, "history", "--kind", "training", "--cluster", examples.CLUSTER, "--period",
                               examples.SECOND, "--bloc", "lang-son", "--format", "csv")
        self.assertEqual(len(shown.stdout.splitlines()), 6, shown.stderr)

    def test_revisions(self):
        # Goal: a report has so many revisions, and a repetition of the last is answered all the same.
        self.limited(revisions=2)
        example, last = examples.read(examples.SECOND, "lang-son", "training"), str(uuid.uuid4())
        self.suite.submit(example, base=0)
        receipt = self.suite.submit(example, base=1, request_id=last).receipt
        with self.refused(grpc.StatusCode.RESOURCE_EXHAUSTED) as refusal:
            self.suite.submit(example, base=2)
        self.assertEqual(refusal.metadata, {"limit": "max_revisions", "value": "2"})
        self.assertEqual(self.suite.submit(example, base=1, request_id=last).receipt, receipt)


class ConnectionsTest(LimitsCase):

    def tls(self):
        folder = self.suite.identity(OFFICE)
        context = ssl.create_default_context(cafile=folder / "ca.pem")
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        context.set_alpn_protocols(["h2"])
        return context

    def test_silence_is_ended(self):
        # Goal: connections that do not show a certificate in time are closed, and so is one that says nothing after.
        self.limited(load=False, handshake_seconds=1)
        with self.connections(12) as silent:
            silent[0].sendall(bytes.fromhex("160301"))
            silent[1].sendall(b"GET / HTTP/1.1\r\n\r\n")
            silent[2] = self.tls().wrap_socket(silent[2], server_hostname="localhost")
            for connection in silent:
                self.assert_ended(connection)
                connection.close()
        self.call(OFFICE)

    def test_idle_connections_are_ended(self):
        # Goal: a connection without a call is closed, and its client calls again as if nothing had been.
        self.limited(load=False, connection_idle_seconds=1)
        states = queue.Queue()
        self.call(OFFICE)
        channel = self.suite.channel(OFFICE, "directory")
        channel.subscribe(states.put)
        while states.get(timeout=harness.CALL_SECONDS) != grpc.ChannelConnectivity.IDLE:
            pass
        channel.unsubscribe(states.put)
        self.call(OFFICE)

    def test_nothing_is_held_for_ever(self):
        # Goal: streams and calls whose request never comes end by themselves, though nobody set a deadline.
        self.limited(connection_age_seconds=1, connection_grace_seconds=1)
        self.suite.wait_for_summary(identity=OFFICE)
        summaries = stubs.stub("aggregator", self.suite.channel(OFFICE, "aggregator"))
        other, silence = self.suite.channel(OTHER, "directory"), queue.Queue()
        self.addCleanup(silence.put, None)
        silent = [self.silent_call(OFFICE), self.silent_call(OTHER, f"/{stubs.full_name('training')}/Submit")]
        streams = [self.follow(OFFICE), self.follow(harness.CHAIR),
                   summaries.WatchSummary(stubs.aggregator.WatchSummaryRequest(key=examples.summary_key())),
                   other.unary_stream("/grpc.health.v1.Health/Watch")(b""),
                   other.stream_stream(REFLECTION)(iter(silence.get, None))]

        def end(call):
            """Reads to the end, which is told only to who has read all that came before."""
            with contextlib.suppress(grpc.RpcError):
                collections.deque(call) if call in streams else call.exception()

        threads = [threading.Thread(target=end, args=(call,), daemon=True) for call in (*silent, *streams)]
        for thread in threads:
            thread.start()
        for number, thread in enumerate(threads):
            thread.join(harness.CALL_SECONDS)
            self.assertFalse(thread.is_alive(), f"call {number} goes on")
        self.call(OFFICE)

    def test_open_questions_are_answered(self):
        # Goal: who asks for positions that are not there is told so, though it set no deadline.
        self.limited()
        self.suite.wait_for_summary(identity=OFFICE)
        wanted = [stubs.aggregator.KindPosition(kind="training", position=1000)]
        request = stubs.aggregator.GetSummaryRequest(key=examples.summary_key(), at_least=wanted)
        with self.refused(grpc.StatusCode.UNAVAILABLE) as refusal:
            stubs.stub("aggregator", self.suite.channel(OFFICE, "aggregator")).GetSummary(request)
        self.assertEqual(refusal.reason, "NOT_CAUGHT_UP")

    def test_too_many_connections(self):
        # Goal: past the limit connections are closed and counted, and when they are gone everybody is served again.
        self.limited(load=False, connections=150)
        with self.connections(300) as silent:
            for connection in silent[150:]:
                self.assert_ended(connection)
            self.assertGreaterEqual(self.reached("connections"), 150)
        self.call(OFFICE)

    @unittest.skipIf(processes.SANITIZED, "UndefinedBehaviorSanitizer looks at objects through a pipe, and has none then")
    def test_no_descriptors_left(self):
        # Goal: a process that has run out of descriptors serves again when it has some.
        self.limited(load=False)
        process = self.suite.processes["suite"].pid
        soft, hard = resource.prlimit(process, resource.RLIMIT_NOFILE)
        self.assertEqual(soft, hard)
        resource.prlimit(process, resource.RLIMIT_NOFILE, (60, hard))
        with self.connections(100):
            log = self.suite.processes["suite"].log
            harness.eventually("the log says so", lambda: "cannot be taken in" in log.read_text())
        resource.prlimit(process, resource.RLIMIT_NOFILE, (soft, hard))
        self.call(OFFICE)


class SettingsTest(unittest.TestCase):

    def refusal(self, *words):
        done = subprocess.run([*words], capture_output=True, text=True, timeout=harness.CALL_SECONDS)
        self.assertEqual(done.returncode, 1)
        return done.stderr

    def test_wrong_limits_are_named_at_start(self):
        # Goal: everything that is wrong is named at once, each with what it may be.
        said = self.refusal(harness.BIN / "giaoban-suite", "--max_page=0", "--max_handshake_seconds=601")
        for sentence in ("--identity is missing", "--data is missing", "--max_page=0: expected 1 to 10000",
                         "--max_handshake_seconds=601: expected 1 to 600"):
            self.assertIn(sentence, said)

    def test_too_few_descriptors_are_named_at_start(self):
        # Goal: a process that could not have its connections does not start, and says what to do.
        said = self.refusal("prlimit", "--nofile=500:500", harness.BIN / "giaoban-training")
        self.assertIn("--max_connections=2500 needs 2564 descriptors and this account may have 500", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
