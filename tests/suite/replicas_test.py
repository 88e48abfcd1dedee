"""Goal: two processes of every service over one database are as good as one: what one is told the others know at once, and
each may go and come while offices work.

    tests/suite/replicas_test.py --kills 100 --rounds 10      so many kills, instead of 10, and rolling restarts, instead of one;
                                                              on a server as of tests/storage/postgres.py
"""

import collections
import subprocess
import threading
import time
import unittest

import examples
import harness
import kills
import people
import stubs

REPLICAS = 2
KILLS = harness.number("kills", 10)
MOST_BETWEEN = 40
ROUNDS = harness.number("rounds", 1)
PASSWORD = "chín con trâu trắng"


class Watcher:
    """A `giaoban watch` of the chair, and what it has printed."""

    def __init__(self, suite, *words):
        self.lines = []
        self._process = subprocess.Popen([harness.BIN / "giaoban", "--identity", suite.identity(harness.CHAIR), *words],
                                         stdout=subprocess.PIPE, text=True)
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self):
        with self._process.stdout as output:
            for line in output:
                self.lines.append(line)

    def ended(self):
        return self._process.poll()

    def end(self):
        self._process.kill()
        self._process.wait()
        self._reading.join()


class ReplicasTest(kills.KillTest):

    def setUp(self):
        self.suite = self.new_suite(together=False, replicas=REPLICAS)

    def processes(self, service):
        return self.suite.processes_of(service)

    # --- The journal -----------------------------------------------------------------

    def follow(self, process, count, wakes):
        """Reads a journal's feed at one process until so many entries have come; notes when each came."""
        messages, entries = stubs.kinds["training"].messages, []
        request = messages.WatchRequest(after=[stubs.report.FeedPosition(cluster=examples.CLUSTER)])
        for answer in self.suite.client(harness.SERVICE, process).Watch(request, timeout=120):
            wakes.append(time.monotonic())
            entries.append(answer.entry)
            if len(entries) == count:
                return entries
        return entries

    def test_a_commit_is_heard_everywhere_at_once(self):
        # Goal: who follows at another process than was written to is told, long before anybody would look by himself.
        writer, other = self.processes("training")
        example = examples.read(examples.SECOND, "lang-son", "training")
        wakes, count = [], 20
        thread = threading.Thread(target=self.follow, args=(other, count, wakes))
        thread.start()
        client, written = self.suite.client("office/lang-son", writer), []
        for revision in range(count):
            self.suite.submit(example.free(revision), base=revision, client=client)
            written.append(time.monotonic())
            harness.eventually("it has come", lambda: len(wakes) > revision)
        thread.join()
        delays = sorted(came - wrote for came, wrote in zip(wakes, written))
        print(f"heard at the other process {1000 * delays[count // 2]:.1f} ms after the answer (median), "
              f"{1000 * delays[-1]:.1f} ms at most", flush=True)
        self.assertLess(delays[count // 2], 0.2)

    # --- The directory ---------------------------------------------------------------

    def test_what_one_directory_is_told_the_other_knows(self):
        # Goal: events are checked against all events, at whichever process they come; both answer alike.
        first, second = (self.suite.client(harness.OPERATOR, process) for process in self.processes("directory"))
        for number in range(20):
            event = stubs.event.Event()
            event.organisation.date = "2023-01-01"
            event.organisation.cluster_established.cluster = f"cum-{number}"
            event.organisation.cluster_established.name.vi = event.organisation.cluster_established.name.en = "Cụm"
            writer, reader = (first, second) if number % 2 else (second, first)
            self.suite.record(writer, event)
            with self.refused(harness.grpc.StatusCode.FAILED_PRECONDITION):
                self.suite.record(reader, event)
            request = stubs.directory.GetClusterRequest(cluster=f"cum-{number}")
            harness.eventually("the other has it", lambda: self.knows(reader, request))

    def knows(self, client, request):
        try:
            return client.GetCluster(request).cluster.cluster == request.cluster
        except harness.grpc.RpcError:
            return False

    def test_people_are_known_at_both(self):
        # Goal: an account made at one process logs in at the other, services believe what either signs, and either goes on
        # with a session of the other.
        portals = [people.Portal(self.suite, process=process) for process in self.processes("directory")]
        initial = people.create(self.suite, "van-thu", "office", "lang-son")
        statement = portals[0].change_password("van-thu", initial, PASSWORD)
        for number in range(6):
            statement = portals[number % 2].log_in("van-thu", PASSWORD)
            harness.eventually("services believe it", lambda: self.is_believed(portals[0], statement))
            portals[1 - number % 2].renew(statement)

    def is_believed(self, portal, statement):
        request = stubs.kinds["training"].messages.ListRequest(cluster=examples.CLUSTER, period=examples.SECOND)
        try:
            portal.acting_for(statement, "training").List(request)
            return True
        except harness.grpc.RpcError as error:
            if error.code() != harness.grpc.StatusCode.UNAUTHENTICATED:
                raise
            return False

    # --- Coming and going ------------------------------------------------------------

    def test_processes_are_killed(self):
        # Goal: as kill_test, with somebody left to answer.
        self.kill_and_recover(self.suite, KILLS, MOST_BETWEEN)

    def test_a_rolling_restart_fails_nobody(self):
        # Goal: every process is stopped and started in turn while offices and the chair work with the command line without
        # a pause and others watch; not one call fails, whoever watches misses nothing, and neither do the services.
        self.done, self.failures, self.ending = collections.Counter(), [], threading.Event()
        examples_of_people = [examples.read(examples.SECOND, bloc, kind) for bloc, kind in zip(examples.BLOCS, 2 * stubs.KINDS)]
        for example in examples_of_people:
            self.suite.submit(example)
        threads = [threading.Thread(target=self.use_the_command_line, args=(example,)) for example in examples_of_people]
        for thread in threads:
            thread.start()
        watching = {kind: self.watch("--kind", kind, "--format", "csv") for kind in stubs.KINDS}
        summary = self.watch("--summary", "--period", examples.SECOND, "--format", "json")
        for name in ROUNDS * self.suite.names:
            before = self.done.total()
            self.suite.stop(name)
            harness.eventually("others answer", lambda: self.done.total() >= before + len(threads), 60)
            self.suite.start(name)
            harness.eventually(f"{name} is ready", lambda: self.is_ready(name))
        self.ending.set()
        for thread in threads:
            thread.join()
        print(f"{ROUNDS * len(self.suite.names)} restarts of processes in turn; {self.done.total()} commands of {len(threads)} people, "
              f"{len(self.failures)} failed: {dict(self.done)}", flush=True)
        self.assertEqual(self.failures, [])
        for kind, watcher in watching.items():
            expected = [str(position) for position in range(1, len(self.suite.journal(kind)) + 1)]
            harness.eventually(f"who watches {kind} has seen everything", lambda: len(watcher.lines) > len(expected))
            self.assertEqual([line.split(",")[0] for line in watcher.lines[1:]], expected)
        for watcher in (*watching.values(), summary):
            self.assertIsNone(watcher.ended())
        self.assert_summary_is_what_the_journals_say()

    def watch(self, *words):
        watcher = Watcher(self.suite, "watch", "--cluster", examples.CLUSTER, *words)
        self.addCleanup(watcher.end)
        return watcher

    def use_the_command_line(self, example):
        """An office and the chair, one after the other on one report: what they do never conflicts."""
        key = example.key
        file = str(examples.path(key.period, key.bloc, example.kind))
        period = ("--cluster", key.cluster, "--period", key.period)
        report = ("--kind", example.kind, *period, "--bloc", key.bloc)
        office, chair = f"office/{key.bloc}", harness.CHAIR
        while not self.ending.is_set():
            self.command(office, "draft", "save", file)
            self.command(office, "submit", file, "--reason", "thử")
            self.command(chair, "review", "accept", *report)
            self.command(chair, "show", *report)
            self.command(office, "history", *report)
            self.command(office, "summary", *period)
            self.command(chair, "status", *period)
            self.command(office, "cluster", "list")

    def command(self, identity, *words):
        done = self.suite.cli(identity, *words)
        self.done[words[0]] += 1
        if done.returncode:
            self.failures.append((words, done.returncode, done.stderr))

    def is_ready(self, name):
        check = self.suite.channel(harness.OPERATOR, name).unary_unary("/grpc.health.v1.Health/Check")
        try:
            return check(b"", timeout=harness.CALL_SECONDS) == b"\x08\x01"
        except harness.grpc.RpcError:
            return False


if __name__ == "__main__":
    unittest.main(verbosity=2)
