"""Goal: nobody is let in without a certificate that counts now, and certificates change under running services."""

import contextlib
import datetime
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import warnings

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import examples
import harness
import processes
import stubs

FILES = ("ca.pem", "cert.pem", "key.pem", "revoked.pem", "addresses")
# What a revocation may take until it is felt everywhere.
REVOCATION_SECONDS = 5


def replace(path: pathlib.Path, content: bytes) -> None:
    """Puts a file in the place of another in one step."""
    aside = path.with_suffix(".aside")
    aside.write_bytes(content)
    aside.chmod(0o600)
    os.replace(aside, path)


class Forgery:
    """Certificates that giaoban certs does not make. `issuer` signs them."""

    def __init__(self, certificate: bytes, key: bytes):
        self.issuer = x509.load_pem_x509_certificate(certificate)
        self.key = serialization.load_pem_private_key(key, None)

    def make(self, *uris: str, begins_in_days=-1, ends_in_days=1):
        """(key, certificate) in PEM form."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(self.issuer.subject)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now + datetime.timedelta(begins_in_days))
                   .not_valid_after(now + datetime.timedelta(ends_in_days)))
        names = [x509.UniformResourceIdentifier(uri) for uri in uris] or [x509.DNSName("office")]
        made = builder.add_extension(x509.SubjectAlternativeName(names), False).sign(self.key, hashes.SHA256())
        return (key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption()), made.public_bytes(serialization.Encoding.PEM))


class StartTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "data").mkdir()

    def refusal(self, binary: str, *flags: str) -> str:
        """What a binary says that does not start."""
        command = [harness.BIN / f"giaoban-{binary}", f"--data={self.folder / 'data'}", *flags]
        done = subprocess.run(command, capture_output=True, text=True, timeout=processes.START_SECONDS)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        return done.stderr

    def test_without_certificates_nothing_starts(self):
        # Goal: each program names each file that is missing or not what it should be, in both languages, and does
        # not begin to listen.
        bad = {"ca.pem": "not a certificate", "cert.pem": "not a certificate", "key.pem": "not an unencrypted private key",
               "revoked.pem": "not a revocation list", "addresses": "expected a service"}
        for binary in processes.BINARIES:
            identity = self.folder / binary
            shutil.copytree(processes.certificates() / "identities" / f"service-{binary}", identity)
            for file in FILES:
                path = identity / file
                with self.subTest(binary=binary, file=file):
                    content = path.read_bytes()
                    path.unlink()
                    said = self.refusal(binary, f"--identity={identity}").splitlines()
                    self.assertRegex(said[0], f"{path}: .* không có")
                    self.assertRegex(said[1], f"{path}: .* missing")
                    replace(path, b"rubbish\n")
                    said = self.refusal(binary, f"--identity={identity}").splitlines()
                    self.assertIn(str(path), said[0])
                    self.assertRegex(said[1], f"{path}.*{bad[file]}")
                    replace(path, content)

    def test_without_an_identity_nothing_starts(self):
        for binary in processes.BINARIES:
            with self.subTest(binary):
                self.assertIn("--identity", self.refusal(binary))
                said = self.refusal(binary, "--identity=/nowhere")
                self.assertIn("--identity=/nowhere: there is no such folder", said)

    def test_metrics_are_for_this_machine_only(self):
        identity = processes.certificates() / "identities" / "service-suite"
        for address in ("0.0.0.0:0", "[::]:0", "192.0.2.7:0"):
            self.assertIn("--metrics", self.refusal("suite", f"--identity={identity}", f"--metrics={address}"))


class DoorTest(harness.SuiteTest):
    """One process, and who knocks at it."""

    def setUp(self):
        self.suite = self.new_suite()
        self.host, port = self.suite.addresses["directory"].split(":")
        self.port = int(port)
        self.forgery = Forgery(*((self.suite.authority / file).read_bytes() for file in ("ca.pem", "ca.key")))

    def call(self, credentials) -> grpc.StatusCode:
        """How a call over a connection of its own ends."""
        with contextlib.closing(
                grpc.secure_channel(self.suite.addresses["directory"], credentials) if credentials else
                grpc.insecure_channel(self.suite.addresses["directory"])) as channel:
            try:
                request = stubs.directory.GetClusterRequest(cluster=examples.CLUSTER)
                stubs.stub("directory", channel).GetCluster(request, timeout=harness.CALL_SECONDS)
                return grpc.StatusCode.OK
            except grpc.RpcError as error:
                self.message = error.details()
                return error.code()

    def believing(self, key=None, certificate=None):
        """Credentials of somebody who believes this suite."""
        return grpc.ssl_channel_credentials((self.suite.authority / "ca.pem").read_bytes(), key, certificate)

    def test_plaintext_is_refused(self):
        # Goal: whoever speaks without TLS gets no word of an answer.
        self.assertEqual(self.call(None), grpc.StatusCode.UNAVAILABLE)
        for request in (b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            with socket.create_connection((self.host, self.port), harness.CALL_SECONDS) as connection:
                connection.sendall(request)
                answer = b""
                with contextlib.suppress(ConnectionError):
                    while more := connection.recv(4096):
                        answer += more
                self.assertNotIn(b"HTTP", answer)
                self.assertNotIn(b"giaoban", answer)

    def test_metrics_are_on_loopback(self):
        # Goal: the one port without TLS cannot be reached from another machine.
        pid = self.suite.processes["suite"].pid
        sockets = {os.readlink(link) for link in pathlib.Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
        listening = set()
        for table in ("tcp", "tcp6"):
            for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                    address, port = fields[1].split(":")
                    listening.add((address, int(port, 16)))
        metrics = int(self.suite.processes["suite"].metrics_address.rpartition(":")[2])
        self.assertEqual({port for _, port in listening}, {self.port, metrics})
        self.assertEqual({address for address, port in listening if port == metrics}, {"0100007F"})

    def tls(self, version: ssl.TLSVersion):
        folder = self.suite.identity("office/ha-giang")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(folder / "ca.pem")
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        context.set_alpn_protocols(["h2"])
        # Otherwise this side would not even try the old ones.
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
        with socket.create_connection((self.host, self.port), harness.CALL_SECONDS) as connection:
            with context.wrap_socket(connection, server_hostname="localhost") as secured:
                return secured.version()

    def test_old_tls_is_refused(self):
        # Goal: TLS 1.2 and 1.3 are spoken; before that the service itself says no.
        self.assertEqual(self.tls(ssl.TLSVersion.TLSv1_2), "TLSv1.2")
        self.assertEqual(self.tls(ssl.TLSVersion.TLSv1_3), "TLSv1.3")
        log = self.suite.processes["suite"].log
        refusals = lambda: log.read_text().count("unsupported protocol")
        for number, version in enumerate((ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1), 1):
            # The service closes, with an alert or without as gRPC has time to send it.
            with self.subTest(version), self.assertRaises((ssl.SSLError, ConnectionError)):
                self.tls(version)
            harness.eventually("the log has the service's own reason", lambda: refusals() == number)

    def test_who_is_let_in(self):
        # Goal: a certificate of this authority, in its time, with exactly one identity; nothing less.
        name, code = "spiffe://giaoban/office/ha-giang", grpc.StatusCode
        with tempfile.TemporaryDirectory() as folder:
            processes.make_certificates(pathlib.Path(folder), "office/ha-giang")
            other = Forgery(*((pathlib.Path(folder) / file).read_bytes() for file in ("ca.pem", "ca.key")))
        office = self.suite.identity("office/ha-giang")
        child = Forgery((office / "cert.pem").read_bytes(), (office / "key.pem").read_bytes())
        key, certificate = child.make("spiffe://giaoban/operator/van-hanh")
        cases = {
            "as it should be": (code.OK, self.forgery.make(name)),
            "no certificate": (code.UNAVAILABLE, (None, None)),
            "of another authority": (code.UNAVAILABLE, other.make(name)),
            "expired": (code.UNAVAILABLE, self.forgery.make(name, begins_in_days=-2, ends_in_days=-1)),
            "not yet valid": (code.UNAVAILABLE, self.forgery.make(name, begins_in_days=1, ends_in_days=2)),
            "issued by an office": (code.UNAVAILABLE, (key, certificate + (office / "cert.pem").read_bytes())),
            "no identity": (code.UNAUTHENTICATED, self.forgery.make()),
            "not one of ours": (code.UNAUTHENTICATED, self.forgery.make("spiffe://elsewhere/office/ha-giang")),
            "two identities": (code.UNAUTHENTICATED, self.forgery.make(name, "spiffe://giaoban/chair/quang-ninh")),
        }
        for case, (expected, pair) in cases.items():
            with self.subTest(case):
                self.assertEqual(self.call(self.believing(*pair)), expected)


class ChangeTest(harness.SuiteTest):
    """Certificates that change while services run. None is restarted."""

    def five(self) -> harness.Suite:
        suite = self.new_suite(together=False)
        self.pids = {name: process.pid for name, process in suite.processes.items()}
        return suite

    def assert_none_was_restarted(self, suite):
        self.assertEqual({name: process.pid for name, process in suite.processes.items()}, self.pids)
        for pid in self.pids.values():
            os.kill(pid, 0)

    def serial(self, suite, service: str, identity="office/ha-giang") -> str:
        """The serial number of the certificate a service shows to a new connection."""
        folder = suite.identity(identity)
        context = ssl.create_default_context(cafile=folder / "ca.pem")
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        context.set_alpn_protocols(["h2"])
        host, port = suite.addresses[service].split(":")
        with socket.create_connection((host, int(port)), harness.CALL_SECONDS) as connection:
            with context.wrap_socket(connection, server_hostname=host) as secured:
                return secured.getpeercert()["serialNumber"].lower().lstrip("0")

    def own_serial(self, suite, identity: str) -> str:
        certificate = x509.load_pem_x509_certificate((suite.identity(identity) / "cert.pem").read_bytes())
        return f"{certificate.serial_number:x}"

    def calls(self, suite, operator=harness.OPERATOR, chair=harness.CHAIR) -> dict:
        """For each service a call, and a stream that stays open."""
        key = examples.read(examples.SECOND, examples.CHAIR, "training").key
        after = [stubs.report.FeedPosition(cluster=examples.CLUSTER)]
        directory, aggregator = suite.client(operator, "directory"), suite.client(chair, "aggregator")
        summary = examples.summary_key()
        calls = {
            "directory": (lambda: directory.GetCluster(stubs.directory.GetClusterRequest(cluster=examples.CLUSTER)),
                          lambda: directory.Watch(stubs.directory.WatchRequest(), timeout=60)),
            "aggregator": (lambda: aggregator.GetSummary(stubs.aggregator.GetSummaryRequest(key=summary)),
                           lambda: aggregator.WatchSummary(stubs.aggregator.WatchSummaryRequest(key=summary),
                                                           timeout=60)),
        }
        for kind in stubs.KINDS:
            messages, client = stubs.kinds[kind].messages, suite.client(chair, kind)
            calls[kind] = (lambda client=client, messages=messages: client.History(messages.HistoryRequest(key=key)),
                           lambda client=client, messages=messages: client.Watch(messages.WatchRequest(after=after),
                                                                                 timeout=60))
        return calls

    def test_a_revoked_certificate_is_stopped_everywhere(self):
        # Goal: within five seconds of `giaoban certs revoke` every service refuses the next call and has ended the
        # open streams, without a restart, also over connections that are there; nobody else notices.
        suite = self.five()
        suite.wait_for_summary()
        ended, refused = {}, {}
        calls = self.calls(suite)

        def watch(service, stream):
            try:
                for _ in stream:
                    pass
            except grpc.RpcError as error:
                ended[service] = (time.monotonic(), error.code(), error.details())

        def call(service, ask):
            while service not in refused:
                try:
                    ask()
                except grpc.RpcError as error:
                    refused[service] = (time.monotonic(), error.code(), error.details())

        for ask, _ in calls.values():
            harness.when_ready(ask)
        streams = {service: stream() for service, (_, stream) in calls.items()}
        for stream in streams.values():
            stream.initial_metadata()
        threads = [threading.Thread(target=watch, args=item, daemon=True) for item in streams.items()]
        threads += [threading.Thread(target=call, args=(service, ask), daemon=True)
                    for service, (ask, _) in calls.items()]
        for thread in threads:
            thread.start()
        self.assertEqual((ended, refused), ({}, {}))

        start = time.monotonic()
        suite.certs("revoke", harness.OPERATOR, harness.CHAIR, "--reason", "máy bị mất")
        for thread in threads:
            thread.join(2 * REVOCATION_SECONDS)
        for service in stubs.SERVICES:
            for what, happened in (("call refused", refused), ("stream ended", ended)):
                moment, code, details = happened[service]
                print(f"{service}: {what} {moment - start:.2f} s after the revocation was begun", flush=True)
                self.assertEqual((code, details), (grpc.StatusCode.UNAUTHENTICATED, "the certificate was revoked"))
                self.assertLess(moment - start, REVOCATION_SECONDS)
        self.assert_none_was_restarted(suite)

        # A new connection with the certificate is no better, and other people's certificates work on.
        for service in stubs.SERVICES:
            suite.forget_channels()
            with self.refused(grpc.StatusCode.UNAUTHENTICATED):
                self.calls(suite)[service][0]()
        receipt = suite.submit(examples.read(examples.SECOND, "ha-giang", "training")).receipt
        suite.wait_for_summary(at_least=[receipt], identity="office/ha-giang")
        # With a new key everything is as before.
        suite.certs("issue", f"{harness.OPERATOR}=operator-van-hanh", f"{harness.CHAIR}=chair-quang-ninh")
        suite.forget_channels()
        for ask, _ in self.calls(suite).values():
            ask()
        suite.review(receipt)

    def test_renewed_certificates_are_taken_up(self):
        # Goal: new connections see a renewed certificate within seconds, and services reach each other with theirs.
        suite = self.five()
        names = [f"service/{name}" for name in stubs.SERVICES]
        before = {name: self.own_serial(suite, name) for name in names}
        old = suite.folder / "old"
        shutil.copytree(suite.identity("service/aggregator"), old)
        start = time.monotonic()
        suite.certs("renew", *names)
        after = {name: self.own_serial(suite, name) for name in names}
        for name in names:
            service = name.partition("/")[2]
            self.assertNotEqual(before[name], after[name])
            harness.eventually(f"{service} shows its renewed certificate",
                               lambda: self.serial(suite, service) == after[name])
            print(f"{service}: renewed certificate in use {time.monotonic() - start:.2f} s after the renewal was begun",
                  flush=True)
        # From here on nobody gets anywhere with a certificate of before.
        suite.certs("revoke", *before.values())
        read = lambda file: (old / file).read_bytes()
        credentials = grpc.ssl_channel_credentials(read("ca.pem"), read("key.pem"), read("cert.pem"))
        for service in ("directory", *stubs.KINDS):
            harness.eventually(f"{service} has heard of the revocation", lambda: self.is_revoked(suite, service, credentials))
        receipt = suite.submit(examples.read(examples.SECOND, "ha-giang", "training").free(77)).receipt
        summary = suite.wait_for_summary(key=examples.summary_key(basis="SUBMITTED"), at_least=[receipt])
        cells = {cell.bloc: cell.figure.value for cell in harness.row(summary, examples.FREE["training"]).cells}
        self.assertEqual(cells["ha-giang"], 77)
        self.assert_none_was_restarted(suite)

    def is_revoked(self, suite, service, credentials) -> bool:
        with contextlib.closing(grpc.secure_channel(suite.addresses[service], credentials)) as channel:
            health = channel.unary_unary("/grpc.health.v1.Health/Check")
            try:
                health(b"", timeout=harness.CALL_SECONDS)
                return False
            except grpc.RpcError as error:
                return error.code() == grpc.StatusCode.UNAUTHENTICATED

    def usable(self, suite) -> bool:
        (_, value), = suite.series("suite", "giaoban_identity_usable")
        return value == 1

    def test_what_cannot_be_used_changes_nothing(self):
        # Goal: a bad file in the identity folder is in the log and in the metric; connections are made as before, and
        # who was revoked stays out.
        suite = self.new_suite()
        suite.certs("revoke", "office/cao-bang")
        folder, serial = suite.identity("service/suite"), self.own_serial(suite, "service/suite")
        good = {file: (folder / file).read_bytes() for file in FILES}
        of = lambda identity, file: (suite.identity(identity) / file).read_bytes()
        with tempfile.TemporaryDirectory() as other:
            processes.certs(pathlib.Path(other), "init")
            foreign = (pathlib.Path(other) / "revoked.pem").read_bytes()
        cases = {
            "the key does not belong": {"key.pem": of("office/ha-giang", "key.pem")},
            "not a certificate": {"cert.pem": b"rubbish\n"},
            "but the process is service/suite": {file: of("service/directory", file) for file in ("cert.pem", "key.pem")},
            "not signed by the certificate authority": {"revoked.pem": foreign},
            "not a revocation list": {"revoked.pem": b"rubbish\n"},
            "was not issued by the ca.pem beside it": {"ca.pem": of("service/suite", "cert.pem")},
        }
        request = stubs.directory.GetClusterRequest(cluster=examples.CLUSTER)
        for cause, files in cases.items():
            with self.subTest(cause):
                harness.eventually("the folder is usable", lambda: self.usable(suite))
                for file, content in files.items():
                    replace(folder / file, content)
                harness.eventually(f"the folder is not usable: {cause}", lambda: not self.usable(suite))
                harness.eventually("the log says why", lambda: cause in suite.processes["suite"].log.read_text())
                self.assertEqual(self.serial(suite, "directory"), serial)
                suite.forget_channels()
                suite.client("office/ha-giang", "directory").GetCluster(request)
                with self.refused(grpc.StatusCode.UNAUTHENTICATED):
                    suite.client("office/cao-bang", "directory").GetCluster(request)
            for file in files:
                replace(folder / file, good[file])
        harness.eventually("the folder is usable", lambda: self.usable(suite))
        self.assertEqual(self.serial(suite, "directory"), serial)
        lines = re.findall("the identity folder cannot be used", suite.processes["suite"].log.read_text())
        self.assertLessEqual(len(lines), 2 * len(cases), "once for each cause")


if __name__ == "__main__":
    unittest.main(verbosity=2)
