"""A suite under attack, and the honest office that must not notice."""

import pathlib

import grpc

import examples
import harness
import processes
import stubs
import wire

# What the process may hold at its worst; about 30 MB when nothing happens.
RESIDENT_KIB = 300 * 1024
ATTACKER, HONEST = "office/bac-giang", "office/lang-son"


class HostileTest(harness.SuiteTest):

    def setUp(self):
        self.suite = self.new_suite()
        self.process = self.suite.processes["suite"]
        self._example = examples.read(examples.SECOND, HONEST.partition("/")[2], "training")
        self._revision = 0
        self.submit()

    def submit(self) -> None:
        """The honest office amends its report, over the connection it has."""
        receipt = self.suite.submit(self._example.free(self._revision % 200), base=self._revision).receipt
        self.assertEqual(receipt.revision, self._revision + 1)
        self._revision = receipt.revision

    def connection(self, identity: str = ATTACKER, service: str = "membership", **more) -> wire.Connection:
        made = wire.Connection(self.suite, identity, service, **more)
        self.addCleanup(made.close)
        return made

    def assert_unharmed(self, what: str) -> None:
        """After `what` the office goes on, others can come, and it is the same process, grown within bounds."""
        self.submit()
        with wire.Connection(self.suite, HONEST, "training") as newcomer:
            self.assertEqual(newcomer.call(wire.path("directory", "ListClusters")).code, 0)
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        resident, peak = (int(status.split(name)[1].split()[0]) for name in ("VmRSS:", "VmHWM:"))
        print(f"{what}: {resident / 1024:.0f} MB resident, {peak / 1024:.0f} MB at most so far", flush=True)
        if not processes.SANITIZED:
            self.assertLess(peak, RESIDENT_KIB)

    def started(self, service: str, method: str) -> float:
        """How often a handler of this method was called."""
        return sum(count for labels, count in self.suite.series("suite", "grpc_server_started_total")
                   if (labels["grpc_service"], labels["grpc_method"]) == (stubs.full_name(service), method))

    def denied(self, service: str, method: str) -> float:
        """How often the access check refused this method."""
        return sum(count for labels, count in self.suite.series("suite", "giaoban_access_denied_total")
                   if (labels["grpc_service"], labels["grpc_method"]) == (stubs.full_name(service), method))


def code(status: grpc.StatusCode) -> int:
    return status.value[0]


def request(kind: str, report=None, **submission) -> bytes:
    """A SubmitRequest of a report kind, serialised."""
    messages = stubs.kinds[kind].messages
    return messages.SubmitRequest(submission=stubs.report.Submission(**submission), report=report).SerializeToString()
