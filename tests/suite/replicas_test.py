"""Goal: two processes of every service over one database are as good as one: positions stay dense, every reader sees
every entry once, whoever writes; what one is told the others know; and each may go and come while offices work."""

import os
import random
import threading
import time
import unittest

import examples
import harness
import kill_test
import people
import receipts
import stubs

REPLICAS = 2
SUBMISSIONS = 600
KILLS = 10
PASSWORD = "chín con trâu trắng"


@unittest.skipUnless("GIAOBAN_POSTGRES" in os.environ, "SQLite is for one process; suite.replicas.postgres runs this")
class ReplicasTest(kill_test.KillTest):

    test_the_one_process = test_separate_processes = None

    def setUp(self):
        self.suite = self.new_suite(together=False, replicas=REPLICAS)

    def processes(self, service):
        return self.suite.processes_of(service)

    def keys(self, kind):
        """The public keys of all processes of a service, as an operator puts them together for `verify`."""
        path = self.suite.folder / f"{kind}.key.pub"
        path.write_text("".join((self.suite.data(name) / f"{kind}.key.pub").read_text() for name in self.processes(kind)))
        return receipts.PublicKeys(path)

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

    def test_every_reader_sees_every_entry_once(self):
        # Goal: writers at both processes, readers at both: positions are dense and each reader has all of them in order.
        chains = [example for example in examples.read_all((examples.SECOND,)) if example.kind == "training"]
        each = SUBMISSIONS // len(chains)
        read, wakes = {}, {name: [] for name in self.processes("training")}

        def reader(process):
            read[process] = self.follow(process, each * len(chains), wakes[process])

        def writer(number):
            for revision in range(each):
                process = self.processes("training")[(number + revision) % REPLICAS]
                client = self.suite.client(f"office/{chains[number].key.bloc}", process)
                self.suite.submit(chains[number].free(revision % 200), base=revision, client=client)

        threads = [threading.Thread(target=reader, args=(process,)) for process in self.processes("training")]
        threads += [threading.Thread(target=writer, args=(number,)) for number in range(len(chains))]
        start = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(f"{each * len(chains)} submissions at {REPLICAS} processes in {time.monotonic() - start:.1f} s", flush=True)
        for process, entries in read.items():
            self.assertEqual([entry.position for entry in entries], list(range(1, each * len(chains) + 1)), process)
            receipts.check_chain(entries)

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
        chance = random.Random(harness.seed())
        before = {kind: len(self.suite.journal(kind)) for kind in stubs.KINDS}
        with kill_test.Workload(self.suite, chance) as workload:
            for _ in range(KILLS):
                workload.wait_for_more(chance.randrange(1, 40))
                name = chance.choice(self.suite.names)
                self.suite.kill(name)
                self.suite.start(name)
            workload.wait_for_more(20)
        self.assertEqual(workload.errors, [])
        self.assert_nothing_lost(workload.acknowledged, before)
        self.assert_summary_is_what_the_journals_say()
        self.assert_replays(workload.acknowledged)
        print(f"{KILLS} kills, {len(workload.acknowledged)} receipts", flush=True)

    def test_a_rolling_restart_fails_nobody(self):
        # Goal: every process is stopped and started in turn while the command line works without a pause; not one call of
        # it fails, and none waits for a retry by hand.
        failures, calls, ending = [], [0], threading.Event()

        def work(bloc):
            while not ending.is_set():
                for words in (("summary", "--cluster", examples.CLUSTER, "--period", examples.SECOND),
                              ("cluster", "list"),
                              ("history", "--kind", "training", "--cluster", examples.CLUSTER, "--period", examples.SECOND,
                               "--bloc", bloc)):
                    done = self.suite.cli(f"office/{bloc}", *words)
                    calls[0] += 1
                    if done.returncode not in (0, 2):
                        failures.append((words, done.returncode, done.stderr))

        for bloc in ("lang-son", "cao-bang"):
            self.suite.submit(examples.read(examples.SECOND, bloc, "training"))
        self.suite.wait_for_summary(identity="office/lang-son")
        threads = [threading.Thread(target=work, args=(bloc,)) for bloc in ("lang-son", "cao-bang")]
        for thread in threads:
            thread.start()
        for name in self.suite.names:
            self.suite.stop(name)
            self.suite.start(name)
            harness.eventually(f"{name} is ready", lambda: self.is_ready(name))
        ending.set()
        for thread in threads:
            thread.join()
        print(f"{len(self.suite.names)} processes restarted, {calls[0]} calls, {len(failures)} failed", flush=True)
        self.assertEqual(failures, [])

    def is_ready(self, name):
        check = self.suite.channel(harness.OPERATOR, name).unary_unary("/grpc.health.v1.Health/Check")
        try:
            return check(b"", timeout=harness.CALL_SECONDS) == b"\x08\x01"
        except harness.grpc.RpcError:
            return False


if __name__ == "__main__":
    unittest.main(verbosity=2)
