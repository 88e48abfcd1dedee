"""Offices and a chair who never pause while processes are killed around them, and what must hold afterwards."""

import random
import threading
import time
import uuid

import grpc

import books
import examples
import harness
import receipts
import stubs

PROGRESS_SECONDS = 20
RETRIED = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED)


class Workload:
    """Offices that amend their reports without end, while the chair accepts, both repeating each request under its
    id until it is answered, for so many seconds at most."""

    def __init__(self, suite, chance, patience=PROGRESS_SECONDS):
        self._suite, self._chance, self._patience = suite, chance, patience
        self._ending, self._lock = threading.Event(), threading.Lock()
        self.acknowledged, self.errors = [], []  # (call, receipt)
        chains = examples.read_all((examples.SECOND,))
        self._threads = [threading.Thread(target=self._guarded, args=(chains[start::6], random.Random(chance.random())))
                         for start in range(6)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _guarded(self, chains, chance):
        try:
            self._work(chains, chance)
        except Exception as error:  # A thread's failure is the test's.
            self.errors.append(error)

    def _work(self, chains, chance):
        revisions = [0] * len(chains)
        while not self._ending.is_set():
            index = chance.randrange(len(chains))
            example = chains[index].free(chance.randrange(1, 200))
            receipt = self._until_answered(self._submission(example, revisions[index]))
            revisions[index] = receipt.revision
            if chance.random() < 0.4:
                decision = "ACCEPT" if chance.random() < 0.8 else "RETURN"
                self._until_answered(self._decision(receipt, decision))

    def _submission(self, example, base):
        request_id = str(uuid.uuid4())
        return lambda: self._suite.submit(example, base=base, request_id=request_id, reason="thử", timeout=2).receipt

    def _decision(self, receipt, decision):
        request_id = str(uuid.uuid4())
        return lambda: self._suite.review(receipt, decision, reason="thử", request_id=request_id, timeout=2)

    def _until_answered(self, call):
        deadline = time.monotonic() + self._patience
        while True:
            try:
                receipt = call()
            except grpc.RpcError as error:
                if error.code() not in RETRIED or time.monotonic() > deadline:
                    raise
                # Sooner than it is told to, but not as fast as it can.
                self._ending.wait(0.02)
                continue
            with self._lock:
                self.acknowledged.append((call, receipt))
            return receipt

    def wait_for_more(self, count):
        """Until so many further requests were answered."""
        goal = len(self.acknowledged) + count
        harness.eventually(f"{count} more receipts",
                           lambda: self.errors or len(self.acknowledged) >= goal, self._patience)


class KillTest(harness.SuiteTest):
    """A test that kills processes. It has no tests of its own."""

    def kill_and_recover(self, suite, kills, most_between):
        """Kills random processes of a suite with the example cluster, each after up to so many further receipts."""
        chance = random.Random(harness.seed())
        self.suite = suite
        for receipt in (self.suite.submit(example).receipt for example in examples.read_all((examples.FIRST,))):
            self.suite.review(receipt)
        before = {kind: len(self.suite.journal(kind)) for kind in stubs.KINDS}
        with Workload(self.suite, chance) as workload:
            for _ in range(kills):
                workload.wait_for_more(chance.randrange(1, most_between))
                name = chance.choice(self.suite.names)
                self.suite.kill(name)
                self.suite.start(name)
            workload.wait_for_more(20)
        self.assertEqual(workload.errors, [])
        self.assert_nothing_lost(workload.acknowledged, before)
        self.assert_summary_is_what_the_journals_say()
        self.assert_replays(workload.acknowledged)
        print(f"{kills} kills of {len(self.suite.names)} processes, {len(workload.acknowledged)} receipts: 0 lost, 0 doubled, "
              f"summary as recomputed", flush=True)

    def assert_nothing_lost(self, acknowledged, before):
        journals = self.suite.journals()
        keys = {kind: self.suite.keys(kind) for kind in stubs.KINDS}
        for entries in journals.values():
            receipts.check_chain(entries)
        for _, receipt in acknowledged:
            keys[receipt.kind].check(receipt)
            receipts.check_recorded(receipt, journals[receipt.kind])
        for kind, entries in journals.items():
            # Every request was repeated until it was answered, so there are as many entries as answers.
            positions = {receipt.position for _, receipt in acknowledged if receipt.kind == kind}
            self.assertEqual(positions, set(range(before[kind] + 1, len(entries) + 1)))

    def assert_summary_is_what_the_journals_say(self):
        journals = self.suite.journals()
        heads = [stubs.report.Receipt(kind=kind, position=len(entries)) for kind, entries in journals.items()]
        folded = books.Books(journals)
        for period in examples.PERIODS:
            for basis in ("ACCEPTED", "SUBMITTED"):
                key = examples.summary_key(period, basis)
                summary = self.suite.wait_for_summary(key=key, at_least=heads)
                expected = folded.rows(period, examples.BLOCS, key.basis)
                self.assertEqual(books.rows_of(summary), expected)

    def assert_replays(self, acknowledged):
        for call, receipt in acknowledged:
            self.assertEqual(call().SerializeToString(), receipt.SerializeToString())
        lengths = {kind: len(self.suite.journal(kind)) for kind in stubs.KINDS}
        last = {kind: max(receipt.position for _, receipt in acknowledged if receipt.kind == kind)
                for kind in stubs.KINDS}
        self.assertEqual(lengths, last)
