"""What the tests of faults share: an installation under load, what it stands on, and what proves that it has recovered."""

import atexit
import contextlib
import functools
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import uuid

import grpc

import gate

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "suite"))
import examples
import harness
import kills
import postgres
import receipts
import stubs
from google.protobuf import json_format

# What is answered within this time is answered at once, also on a machine with other things to do.
AT_ONCE_SECONDS = 5


@functools.cache
def _server() -> postgres.Server:
    server = postgres.Server()
    atexit.register(server.remove)
    return server


class FaultTest(kills.KillTest):
    """A test with one installation, `self.suite`."""

    maxDiff = 2000

    def run(self, result=None):
        # What the services stand on goes after them.
        with contextlib.ExitStack() as self._below:
            super().run(result)

    # --- What it stands on -------------------------------------------------------

    def new_server(self, **settings) -> postgres.Server:
        """A PostgreSQL server of this test alone, which keeps what it has acknowledged."""
        server = postgres.Server(**{"fsync": "on", **settings})
        self._below.callback(server.remove)
        return server

    def new_folder(self) -> pathlib.Path:
        folder = tempfile.mkdtemp(prefix="giaoban-fault-")
        self._below.callback(shutil.rmtree, folder)
        return pathlib.Path(folder)

    def new_disk(self, folder: pathlib.Path, megabytes: int) -> None:
        """Mounts a file system of this size there."""
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], check=True)
        self._below.callback(subprocess.run, ["umount", "--lazy", folder], check=True)

    def fill(self, folder: pathlib.Path):
        """Takes all room on the disk of this folder; returns how to give it back."""
        filler = folder / "filler"
        with open(filler, "wb", buffering=0) as file, self.assertRaises(OSError):
            while True:
                file.write(bytes(4096))
        return filler.unlink

    def with_database(self, conninfo: str):
        """Has a suite keep its journals there; see SuiteTest.new_suite."""
        return lambda suite: setattr(suite, "database", conninfo)

    def new_database(self) -> str:
        """The conninfo of a database of this test on a server it does no harm to."""
        server = _server()
        name = f"giaoban-{uuid.uuid4()}"
        self.sql(server.conninfo, f'CREATE DATABASE "{name}"')
        return server.conninfo.replace("dbname=postgres", f"dbname={name}")

    def sql(self, conninfo: str, *statements: str) -> None:
        subprocess.run(["psql", "--quiet", "--no-psqlrc", "--output=/dev/null",
                        *(f"--command={each}" for each in statements), conninfo], check=True)

    def new_database_gate(self, conninfo: str) -> gate.DatabaseGate:
        """A gate in front of a database's server; its `conninfo` leads through it."""
        folder, server = str(self.new_folder()), conninfo.split()[0].partition("=")[2]
        made = gate.DatabaseGate(server, folder)
        made.conninfo = conninfo.replace(server, folder)
        self._below.callback(made.close)
        return made

    def new_gates(self, suite, *services: str) -> dict:
        """Gates in front of services, through which the services go from then on."""
        gates = {}
        for service, port in zip(services, harness.processes.free_ports(len(services))):
            host, target = suite.addresses[service].split(":")
            gates[service] = gate.Gate((host, int(target)), (host, port))
            self._below.callback(gates[service].close)
        for folder in suite.identities.glob("service-*"):
            lines = "".join(f"{name} {'%s:%d' % gates[name].address if name in gates else address}\n"
                            for name, address in suite.addresses.items())
            (folder / "addresses").write_text(lines)
        return gates

    # --- Load ----------------------------------------------------------------------

    def load(self) -> kills.Workload:
        """Offices that submit and a chair that decides, each repeating a request under its id until it is answered."""
        self.before = {kind: len(self.suite.journal(kind)) for kind in stubs.KINDS}
        self.chance, self.own, self.revision = random.Random(harness.seed()), [], 0
        self.workload = kills.Workload(self.suite, self.chance)
        return self.workload

    def assert_recovered(self) -> None:
        """Nothing acknowledged is lost or doubled, positions are dense, summary and `verify` agree, replays are the same."""
        self.assertEqual(self.workload.errors, [])
        acknowledged = self.workload.acknowledged + self.own
        self.assert_nothing_lost(acknowledged, self.before)
        self.assert_summary_is_what_the_journals_say()
        self.assert_replays(acknowledged)
        self.assert_verifies([receipt for _, receipt in acknowledged])
        print(f"{len(acknowledged)} receipts, all there once", flush=True)

    def assert_verifies(self, receipts) -> None:
        """`giaoban verify` finds every store whole and every receipt in it."""
        path = self.suite.folder / "receipts.json"
        for name in self.suite.names:
            kinds = [kind for kind in stubs.KINDS if name in self.suite.processes_of(kind)]
            path.write_text("".join(json.dumps(json_format.MessageToDict(receipt)) + "\n" for receipt in receipts
                                    if receipt.kind in kinds))
            done = self.suite.verify(*(("--receipts", path) if path.stat().st_size else ()), process=name)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    # --- What users see ----------------------------------------------------------------

    def submission(self, revision: int, base: int = None, bloc: str = "bac-kan", **more):
        """Submits a report nobody else touches, as its first revision unless told otherwise."""
        example = examples.read(examples.FIRST, bloc, "training").free(revision)
        return self.suite.submit(example, base=revision - 1 if base is None else base, reason="thử",
                                 **{"timeout": AT_ONCE_SECONDS, **more})

    def has_no_room(self) -> bool:
        """Whether a submission is refused because the store is full, and says so. It takes what room there is otherwise."""
        revision, request_id = self.revision + 1, str(uuid.uuid4())
        call = lambda: self.submission(revision, request_id=request_id).receipt
        try:
            self.own.append((call, call()))
            self.revision = revision
            return False
        except grpc.RpcError as error:
            refusal = stubs.refusal_of(error)
        self.assertEqual((refusal.code, refusal.reason), (grpc.StatusCode.RESOURCE_EXHAUSTED, "STORE_FULL"), refusal)
        self.assertIn("Kho dữ liệu đã đầy", refusal.vietnamese)
        self.assertIn("the store is full", refusal.message)
        self.assertGreater(refusal.retry_seconds, 0)
        return True

    @contextlib.contextmanager
    def meanwhile(self, call):
        """Makes a call in a thread of its own while what is inside is done; gives the refusals it ends with."""
        refusals = []

        def run():
            try:
                call()
            except grpc.RpcError as error:
                refusals.append(stubs.refusal_of(error))

        thread = threading.Thread(target=run)
        thread.start()
        yield refusals
        thread.join()

    def assert_told_at_once(self, call, reason: str, code=grpc.StatusCode.UNAVAILABLE) -> stubs.Refusal:
        """The call fails at once, says so in both languages, when to come again, and nothing of what is inside."""
        with self.refused(code) as refusal:
            call()
        self.assertEqual(refusal.reason, reason, refusal)
        self.assertTrue(refusal.vietnamese and refusal.message, refusal)
        self.assertGreater(refusal.retry_seconds, 0, refusal)
        for inside in ("sqlite", "postgres", "disk I/O", str(self.suite.folder), "server"):
            self.assertNotIn(inside, refusal.message)
        return refusal

    def assert_command_line_tells(self, *sentences: str) -> None:
        """The command line ends with "no answer" and shows these: Vietnamese, then English."""
        for language, sentence in zip(("vi", "en"), sentences):
            done = self.suite.cli(harness.CHAIR, "--lang", language, "history", "--kind", "training", "--cluster",
                                  examples.CLUSTER, "--period", examples.SECOND, "--bloc", "bac-kan")
            self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
            self.assertIn(sentence, done.stderr)
