"""An installation of the suite for one test, and what people do with it."""

import argparse
import contextlib
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request
import uuid

import grpc

import examples
import processes
import receipts
import stubs

sys.path.append(str(stubs.ROOT / "tests" / "storage"))
import postgres

BIN = stubs.BUILD / "bin"
CALL_SECONDS = 10
OPERATOR, CHAIR, SERVICE, PORTAL = "operator/van-hanh", f"chair/{examples.CHAIR}", "service/aggregator", "portal/web"

# A client as any other, but trying again sooner and with room for the findings of a very bad report.
CHANNEL_OPTIONS = (("grpc.initial_reconnect_backoff_ms", 50), ("grpc.min_reconnect_backoff_ms", 1000),
                   ("grpc.max_reconnect_backoff_ms", 200), ("grpc.enable_http_proxy", 0),
                   ("grpc.max_metadata_size", 1 << 18))
# Certificates name a host; a list of addresses is none.
SEVERAL_OPTIONS = (("grpc.service_config", '{"loadBalancingConfig": [{"round_robin": {}}]}'),
                   ("grpc.ssl_target_name_override", "localhost"))

_pause = threading.Event()


def eventually(what: str, probe, seconds: float = CALL_SECONDS):
    """Asks until the answer is true, and returns it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := probe():
            return answer
        _pause.wait(0.01)
    raise AssertionError(f"not within {seconds} s: {what}")


def when_ready(call, seconds: float = CALL_SECONDS):
    """The answer of a call that is repeated as long as the service says UNAVAILABLE, as a fresh one does."""
    answer = []

    def ask():
        try:
            answer.append(call())
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                raise
        return answer

    return eventually("the service is ready", ask, seconds)[0]


def number(name: str, default: int) -> int:
    """What --name of the command line says, which is taken off it; the default without."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument(f"--{name}", type=int, default=default, dest="number")
    known, sys.argv[1:] = parser.parse_known_args()
    return known.number


def seed() -> int:
    """The seed of a random test; GIAOBAN_SEED repeats a run."""
    chosen = int(os.environ.get("GIAOBAN_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"GIAOBAN_SEED={chosen}", flush=True)
    return chosen


class Client:
    """A stub whose calls wait for the service and end after a while."""

    def __init__(self, stub):
        self.stub = stub

    def __getattr__(self, method):
        call = getattr(self.stub, method)
        return lambda request, timeout=CALL_SECONDS: call(request, timeout=timeout, wait_for_ready=True)


class Suite:
    """An installation: identities, data, and either the one process or the five, each so many times (or as often as
    `replicas` says for it, and otherwise once), with these flags besides. Processes have the name of their service; the
    second "training.2". `database` is a PostgreSQL database that is there; without one it is as GIAOBAN_POSTGRES says."""

    def __init__(self, together: bool = True, flags=(), replicas=1, database: str = ""):
        self.flags = flags
        times = replicas if isinstance(replicas, dict) else dict.fromkeys(stubs.SERVICES, replicas)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="giaoban-suite-"))
        self.names = ("suite",) if together else tuple(
            name if number == 1 else f"{name}.{number}"
            for name in stubs.SERVICES for number in range(1, times.get(name, 1) + 1))
        self.processes, self._channels, self._lock = {}, {}, threading.Lock()
        ports = dict(zip(self.names, processes.free_ports(len(self.names))))
        # Where each process listens, and where each service is: several places must be numbers.
        host = "localhost" if set(times.values()) == {1} else "127.0.0.1"
        self.listens = {name: f"{host}:{port}" for name, port in ports.items()}
        self.addresses = {service: ",".join(self.listens[name] for name in self.processes_of(service))
                          for service in stubs.SERVICES}
        self.authority = self.folder / "authority"
        self.identities = self.authority / "identities"
        shutil.copytree(processes.certificates(), self.authority)
        lines = "".join(f"{name} {address}\n" for name, address in self.addresses.items())
        for folder in (self.authority, *self.identities.iterdir()):
            (folder / "addresses").write_text(lines)
        # What --database is: a database of its own on the server around this test, or none.
        self.database = database or postgres.new_database(self.folder.name)

    def certs(self, command: str, *words: str) -> str:
        return processes.certs(self.authority, command, *words)

    # --- Processes -------------------------------------------------------------

    def process_of(self, service: str) -> str:
        return service if service in self.names else "suite"

    def processes_of(self, service: str) -> list:
        return [name for name in self.names if name.partition(".")[0] == service] or ["suite"]

    def data(self, service: str = "suite") -> pathlib.Path:
        return self.folder / "data" / self.process_of(service)

    def start(self, *names: str) -> dict:
        """Starts these processes, or all; returns the seconds each took until it served."""
        started = [self._start(name) for name in names or self.names]
        return {process.log.stem: process.wait_until_serving() for process in started}

    def _start(self, name: str) -> processes.Process:
        self.data(name).mkdir(parents=True, exist_ok=True)
        service = name.partition(".")[0]
        self.processes[name] = processes.Process(
            [BIN / f"giaoban-{service}", f"--identity={self.identities / f'service-{service}'}",
             f"--data={self.data(name)}", f"--database={self.database}", f"--listen={self.listens[name]}", *self.flags],
            self.folder / f"{name}.log")
        return self.processes[name]

    def kill(self, name: str) -> None:
        self.processes.pop(name).end(signal.SIGKILL)

    def stop(self, *names: str) -> None:
        """Asks processes to stop, and insists on a clean end."""
        for name in names or tuple(self.processes):
            code = self.processes.pop(name).end()
            if code != 0:
                raise AssertionError(f"{name} ended with {code}")

    def close(self) -> None:
        """Stops what still runs, so that every test also shows a clean end: a leak would show here."""
        self.forget_channels()
        try:
            self.stop()
        finally:
            for process in self.processes.values():
                process.end(signal.SIGKILL)
            shutil.rmtree(self.folder, ignore_errors=True)

    def print_logs(self) -> None:
        for log in sorted(self.folder.glob("*.log")):
            text = log.read_text(errors="replace").splitlines()
            print(f"--- {log.name}, last {min(40, len(text))} of {len(text)} lines", *text[-40:], sep="\n",
                  file=sys.stderr)

    # --- Behind their backs ----------------------------------------------------

    def execute(self, service: str, statement: str, *values) -> list:
        """The rows of an SQL statement in the store of a service; %s stands for a value."""
        file = self.data(service) / f"{service}.db"
        if not self.database or service == "audit":
            statement, connect = statement.replace("%s", "?"), lambda: sqlite3.connect(file)
        else:
            import psycopg2
            connect = lambda: psycopg2.connect(self.database, options=f"-c search_path={service}")
        with contextlib.closing(connect()) as connection, connection:
            cursor = connection.cursor()
            cursor.execute(statement, values)
            return [tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in row)
                    for row in (cursor.fetchall() if cursor.description else ())]

    def public_keys(self, service: str) -> pathlib.Path:
        """The keys of all processes of a service in one file, as an operator puts them together for `verify`."""
        path = self.folder / "keys" / f"{service}.key.pub"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join((self.data(name) / path.name).read_text() for name in self.processes_of(service)))
        return path

    def keys(self, kind: str) -> receipts.PublicKeys:
        return receipts.PublicKeys(self.public_keys(kind))

    def verify(self, *more, process: str = "suite"):
        """`giaoban verify` over the stores of a process."""
        database = ("--database", self.database) if self.database else ()
        return self.cli(OPERATOR, "verify", "--data", self.data(process), *database, *more)

    # --- Talking to them -------------------------------------------------------

    def identity(self, name: str) -> pathlib.Path:
        return self.identities / name.replace("/", "-")

    def credentials(self, identity: str):
        read = lambda file: (self.identity(identity) / file).read_bytes()
        return grpc.ssl_channel_credentials(read("ca.pem"), read("key.pem"), read("cert.pem"))

    def channel(self, identity: str, service: str, connection: int = 0) -> grpc.Channel:
        """To a service, or the process of this name. The same for the same arguments; with another `connection` over
        another connection. The processes of a service take turns."""
        with self._lock:
            address = self.addresses.get(service) or self.listens[service]
            key = (identity, address, connection)
            if key not in self._channels:
                several = "," in address
                options = [*CHANNEL_OPTIONS, ("grpc.use_local_subchannel_pool", int(connection > 0)),
                           *(SEVERAL_OPTIONS if several else ())]
                self._channels[key] = grpc.secure_channel("ipv4:" * several + address, self.credentials(identity), options)
            return self._channels[key]

    def forget_channels(self) -> None:
        """Whoever calls next makes a connection of its own, with the certificate as it is then."""
        with self._lock:
            for channel in self._channels.values():
                channel.close()
            self._channels.clear()

    def client(self, identity: str, service: str) -> Client:
        """Of a service, or of the process of this name."""
        return Client(stubs.stub(service.partition(".")[0], self.channel(identity, service)))

    def cli(self, identity: str, *words) -> subprocess.CompletedProcess:
        command = [BIN / "giaoban", "--identity", self.identity(identity), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def metrics_text(self, process: str) -> str:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        address = self.processes[process].metrics_address
        with opener.open(f"http://{address}/metrics", timeout=CALL_SECONDS) as answer:
            return answer.read().decode()

    def series(self, process: str, name: str) -> list:
        """The series of a metric: (labels, value)."""
        found = []
        for line in self.metrics_text(process).splitlines():
            series, _, value = line.rpartition(" ")
            if series.partition("{")[0] == name:
                labels = series.partition("{")[2].rstrip("}")
                pairs = (label.partition("=") for label in labels.split('",') if label)
                found.append(({key: text.strip('"') for key, _, text in pairs}, float(value)))
        return found

    # --- What people do --------------------------------------------------------

    def load_cluster(self, folder=examples.FOLDER) -> None:
        """Records an example cluster and waits until every service has heard of it."""
        client = self.client(OPERATOR, "directory")
        for event in examples.events(folder):
            answer = self.record(client, event)
        self.wait_for_directory(answer.entry.position)

    def record(self, client: Client, event):
        messages, request_id = stubs.directory, str(uuid.uuid4())
        if event.HasField("organisation"):
            return client.RecordOrganisationEvent(
                messages.RecordOrganisationEventRequest(event=event.organisation, request_id=request_id))
        return client.RecordPeriodEvent(
            messages.RecordPeriodEventRequest(event=event.period, request_id=request_id))

    def record_period(self, identity: str, period: str = examples.SECOND, **what):
        """Records an event on a period of the cluster and waits until every service has heard of it."""
        event = stubs.event.PeriodEvent(cluster=examples.CLUSTER, period=period, **what)
        answer = self.record(self.client(identity, "directory"), stubs.event.Event(period=event))
        self.wait_for_directory(answer.entry.position)

    def schedule(self, periods) -> None:
        """Opens further half-years for reports, for longer than any test takes."""
        scheduled = stubs.event.PeriodScheduled()
        scheduled.open_time.FromJsonString("2023-06-14T17:00:00Z")
        scheduled.due_time.FromJsonString("2099-07-10T16:59:59Z")
        scheduled.close_time.FromJsonString("2099-12-31T16:59:59Z")
        for period in periods:
            self.record_period(OPERATOR, period, scheduled=scheduled)

    def wait_for_directory(self, position: int) -> None:
        for service in (*stubs.KINDS, "aggregator"):
            for process in self.processes_of(service):
                eventually(f"{service} in {process} has read the directory up to {position}",
                           lambda: any(labels["feed"] == "directory" and labels["service"] == service and
                                       entries >= position for labels, entries in
                                       self.series(process, "giaoban_feed_entries_total")))

    def submit(self, example, base=0, request_id=None, reason="", validate_only=False, client=None,
               timeout=CALL_SECONDS):
        submission = stubs.report.Submission(
            key=example.key, request_id=request_id or str(uuid.uuid4()), base_revision=base, reason=reason,
            explanations=example.explanations, validate_only=validate_only)
        client = client or self.client(f"office/{example.key.bloc}", example.kind)
        request = stubs.kinds[example.kind].messages.SubmitRequest(submission=submission, report=example.report)
        return client.Submit(request, timeout=timeout)

    def review(self, receipt, decision="ACCEPT", reason="", request_id=None, identity=CHAIR, hash=None,
               timeout=CALL_SECONDS):
        review = stubs.report.Review(
            key=receipt.key, revision=receipt.revision, revision_hash=receipt.entry_hash if hash is None else hash,
            decision=stubs.report.Decision.Value(f"DECISION_{decision}"), reason=reason,
            request_id=request_id or str(uuid.uuid4()))
        request = stubs.kinds[receipt.kind].messages.ReviewRequest(review=review)
        return self.client(identity, receipt.kind).Review(request, timeout=timeout).receipt

    def accept_examples(self, periods=examples.PERIODS) -> list:
        """Submits and accepts the example reports; returns the receipts of the acceptances."""
        return [self.review(self.submit(example).receipt) for example in examples.read_all(periods)]

    def history(self, example, identity=CHAIR) -> list:
        """Its revisions, from the first to the last, page by page."""
        client, revisions = self.client(identity, example.kind), []
        request = stubs.kinds[example.kind].messages.HistoryRequest(key=example.key)
        while True:
            page = client.History(request)
            revisions += page.revisions
            request.page_token = page.next_page_token
            if not request.page_token:
                return revisions

    def feed(self, kind: str, **more) -> list:
        """What a service is sent of a kind's journals, to their end."""
        after = [stubs.report.FeedPosition(cluster=examples.CLUSTER)]
        request = stubs.kinds[kind].messages.WatchRequest(after=after, past_only=True, **more)
        return list(self.client(SERVICE, kind).Watch(request, timeout=3 * CALL_SECONDS))

    def journal(self, kind: str) -> list:
        return [answer.entry for answer in self.feed(kind) if answer.entry.cluster == examples.CLUSTER]

    def journals(self) -> dict:
        return {kind: self.journal(kind) for kind in stubs.KINDS}

    def summary(self, key=None, at_least=(), identity=CHAIR):
        """A summary that includes these receipts."""
        positions = [stubs.aggregator.KindPosition(kind=one.kind, position=one.position) for one in at_least]
        request = stubs.aggregator.GetSummaryRequest(key=key or examples.summary_key(), at_least=positions)
        return self.client(identity, "aggregator").GetSummary(request).summary

    def wait_for_summary(self, seconds=CALL_SECONDS, **more):
        """A summary as soon as the aggregator has one to give."""
        return when_ready(lambda: self.summary(**more), seconds)


class SuiteTest(unittest.TestCase):
    """A test with suites that end with it and whose logs are shown when it fails."""

    def new_suite(self, together=True, load=True, flags=(), replicas=1, database="", prepare=lambda suite: None) -> Suite:
        """`prepare` gets the suite before its processes are started."""
        suite = Suite(together, flags, replicas, database)
        self._suites.append(suite)
        prepare(suite)
        suite.start()
        if load:
            suite.load_cluster()
        return suite

    def run(self, result=None):
        self._suites = []
        before = len(result.failures) + len(result.errors)
        super().run(result)
        for suite in self._suites:
            if len(result.failures) + len(result.errors) > before:
                suite.print_logs()
            self._expect(result, suite.close)
        self._expect(result, processes.check_reports)

    def _expect(self, result, check) -> None:
        try:
            check()
        except AssertionError:
            result.addFailure(self, sys.exc_info())

    @contextlib.contextmanager
    def refused(self, code: grpc.StatusCode):
        """The call inside fails with this code; gives what came with it."""
        caught = stubs.Refusal(None, "")
        try:
            yield caught
        except grpc.RpcError as error:
            caught.__dict__.update(stubs.refusal_of(error).__dict__)
        self.assertEqual(caught.code, code, caught.message)


def row(summary, code: str):
    return next(row for row in summary.rows if row.code == code)
