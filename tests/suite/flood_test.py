"""Goal: 2,000 silent connections and 200 that call as fast as they can leave an honest office's submission under one
second and the process under 300 MB; when they are gone, all is as before."""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time
import unittest
import uuid

import examples
import harness
import stubs
import wire
from hostile import ATTACKER, HONEST, RESIDENT_KIB, HostileTest

SUBMISSIONS, SECONDS = 150, 1.0
# Between two, so that they go on for longer than a silent connection is borne with.
PAUSE_SECONDS = 0.1
# Every so many over a connection of their own, made for it.
NEWCOMER = 10
# A few more than those that must be open, for those the service closes are a moment in coming again.
SILENT, SPARE = 2000, 200
FLOODING = 200
FLOODERS = (*(f"office/{bloc}" for bloc in examples.BLOCS if f"office/{bloc}" != HONEST), harness.CHAIR)
# As many calls under way on each connection as the service allows: runtime/limits.h.
IN_FLIGHT = 10
# A load, not a trickle, also where others share the machine.
CALLS_A_SECOND = 1000
AFTERWARDS_SECONDS = 0.1


def calls(identity: str) -> list:
    """What an office or a chair may call and may not, but nothing that changes what others see: [path, request]."""
    bloc, report, called = identity.partition("/")[2], stubs.report, []
    for kind in stubs.KINDS:
        messages, example = stubs.kinds[kind].messages, examples.read(examples.SECOND, bloc, kind)
        submission = report.Submission(key=example.key, explanations=example.explanations, validate_only=True)
        requests = {
            "List": messages.ListRequest(cluster=examples.CLUSTER, period=examples.SECOND),
            "Get": messages.GetRequest(selection=report.Selection(key=example.key)),
            "History": messages.HistoryRequest(key=example.key),
            "SaveDraft": messages.SaveDraftRequest(draft=report.Draft(key=example.key), report=example.report),
            "Submit": messages.SubmitRequest(submission=submission, report=example.report),
            "Review": messages.ReviewRequest(review=report.Review(
                key=example.key, revision=1, decision=report.DECISION_ACCEPT, request_id=str(uuid.uuid4()))),
        }
        called += [(wire.path(kind, name), request) for name, request in requests.items()]
    called += [(wire.path("aggregator", "GetSummary"), stubs.aggregator.GetSummaryRequest(key=examples.summary_key())),
               (wire.path("directory", "ListClusters"), stubs.directory.ListClustersRequest())]
    return [[path, request.SerializeToString().hex()] for path, request in called]


class Attack:
    """A program beside this one that attacks until it is told to stop. One that `gives_way` does so to the service, for
    on a machine of two cores it would otherwise attack the processor."""

    def __init__(self, program: str, gives_way: int, job: dict):
        self._process = subprocess.Popen(
            ["nice", "-n", str(gives_way), sys.executable, "-B", pathlib.Path(__file__).parent / program],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        if not self._process.stdout.readline():
            raise AssertionError(f"{program} does not attack")

    def stop(self) -> dict:
        """What it reports at its end."""
        return json.loads(self._process.communicate(timeout=harness.CALL_SECONDS)[0])

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


class FloodTest(HostileTest):

    def test_an_honest_office_in_a_flood(self):
        before, quiet = self.sockets(), [self.timed_submission() for _ in range(20)]
        self.print_times("before", quiet)
        silent = self.attack("silent.py", identity=str(self.suite.identity(ATTACKER)),
                             connections={"plain": 1000 + SPARE, "proven": 200, "begun": 800})
        print(f"{self.sockets() - before} silent connections: {self.memory()}", flush=True)
        floods = [{"identity": str(self.suite.identity(who)), "calls": calls(who)} for who in FLOODERS]
        flood = self.attack("flooder.py", gives_way=5, in_flight=IN_FLIGHT,
                            connections=[floods[each % len(floods)] for each in range(FLOODING)])
        working, start = self.processor_seconds(), time.monotonic()
        times, connections = self.submissions(before)
        load = (self.processor_seconds() - working) / (time.monotonic() - start)
        flooded, returned = flood.stop(), silent.stop()
        rate = sum(flooded["ended"].values()) / flooded["seconds"]
        print(f"{rate:.0f} calls a second by {FLOODING} connections ended with {flooded['ended']}", flush=True)
        print(f"at least {min(connections)} connections at each submission, {returned['again']} came again; "
              f"{load:.2f} processors at work; {self.memory()}", flush=True)
        self.print_times("meanwhile", times)
        self.assertGreater(rate, CALLS_A_SECOND)
        self.assertLess(max(times), SECONDS)
        self.assertLess(self.kib("VmHWM"), RESIDENT_KIB)
        self.assert_as_before(before)

    def attack(self, program: str, gives_way: int = 0, **job) -> Attack:
        host, port = self.suite.addresses["directory"].split(":")
        attack = Attack(program, gives_way, {"address": [host, int(port)], **job})
        self.addCleanup(attack.kill)
        return attack

    def submissions(self, before: int) -> tuple:
        """Seconds each took, and the connections open at each."""
        times, connections, pause = [], [], threading.Event()
        for each in range(SUBMISSIONS):
            if each % NEWCOMER == NEWCOMER - 1:
                self.suite.forget_channels()
            # Those that were closed may still wait to be taken in again.
            connections.append(harness.eventually("so many are open", lambda: self.attackers(before)))
            times.append(self.timed_submission())
            pause.wait(PAUSE_SECONDS)
        return times, connections

    def attackers(self, before: int) -> int:
        """Connections that have come since, or 0 when they are not as many as is meant."""
        count = self.sockets() - before
        return count if count >= SILENT + FLOODING else 0

    def timed_submission(self) -> float:
        start = time.monotonic()
        self.submit()
        return time.monotonic() - start

    def assert_as_before(self, before: int) -> None:
        harness.eventually("the connections are gone", lambda: self.sockets() <= before + 5)
        times = [self.timed_submission() for _ in range(20)]
        self.print_times("afterwards", times)
        self.assertLess(statistics.median(times), AFTERWARDS_SECONDS)
        self.assert_unharmed("a flood")

    def print_times(self, when: str, times: list) -> None:
        ordered = sorted(times)
        percentile = ordered[len(ordered) * 99 // 100]
        print(f"{len(times)} submissions {when}: median {1000 * statistics.median(times):.1f} ms, "
              f"99 in 100 within {1000 * percentile:.1f} ms, the longest {1000 * ordered[-1]:.1f} ms", flush=True)

    def sockets(self) -> int:
        """Open ones. Databases open files of their own as more read at once."""
        count, folder = 0, f"/proc/{self.process.pid}/fd"
        for name in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):
                count += os.readlink(f"{folder}/{name}").startswith("socket:")
        return count

    def kib(self, name: str) -> int:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split(f"{name}:")[1].split()[0])

    def memory(self) -> str:
        return f"{self.kib('VmRSS') / 1024:.0f} MB resident, {self.kib('VmHWM') / 1024:.0f} MB at most so far"

    def processor_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    unittest.main(verbosity=2)
