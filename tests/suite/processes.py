"""Binaries of the suite as processes of this machine: certificates, ports, start and end."""

import atexit
import contextlib
import functools
import os
import pathlib
import queue
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import examples
import stubs

START_SECONDS = 20
STOP_SECONDS = 30

PEOPLE = (*(f"office/{bloc}" for bloc in examples.BLOCS), f"chair/{examples.CHAIR}", "chair/lang-son",
          "office/thua-thien-hue", "chair/thua-thien-hue", "operator/van-hanh", "portal/web")
BINARIES = ("suite", *stubs.SERVICES)


# Whether the processes are watched by sanitizers, which take several times the memory.
SANITIZED = bool(os.environ.get("GIAOBAN_SANITIZE"))

# What a sanitizer finds in any process of a test is a file in here; other builds do not look at the variable.
REPORTS = pathlib.Path(tempfile.mkdtemp(prefix="giaoban-sanitizer-"))
atexit.register(shutil.rmtree, REPORTS, ignore_errors=True)
os.environ["ASAN_OPTIONS"] = f"{os.environ.get('ASAN_OPTIONS', '')}:log_path={REPORTS}/report"


def check_reports() -> None:
    """Fails when a sanitizer has reported since the last call, also in processes that were killed since."""
    texts = []
    for report in REPORTS.iterdir():
        texts.append(report.read_text(errors="replace"))
        report.unlink()
    if texts:
        raise AssertionError("\n".join(texts))


def certs(authority: pathlib.Path, command: str, *words: str) -> str:
    """Runs `giaoban certs` on the folder of an authority."""
    done = subprocess.run([stubs.BUILD / "bin" / "giaoban", "certs", command, "--authority", authority, *words],
                          capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"giaoban certs {command}: {done.stdout}{done.stderr}")
    return done.stdout


def make_certificates(authority: pathlib.Path, *identities: str) -> None:
    certs(authority, "init")
    certs(authority, "issue", *(f"{identity}={identity.replace('/', '-')}" for identity in identities))


@functools.lru_cache(maxsize=None)
def certificates() -> pathlib.Path:
    """One authority with everybody's identity folders, made once for each run of a test file."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="giaoban-certificates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_certificates(folder, *PEOPLE, *(f"service/{name}" for name in BINARIES))
    return folder


def free_ports(count: int) -> list:
    """Ports nobody listens on, outside the range that outgoing connections are given."""
    ports = []
    for port in random.SystemRandom().sample(range(15000, 32000), 500):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            ports.append(port)
        if len(ports) == count:
            return ports
    raise AssertionError("no free ports")


class Process:
    """A running binary. It dies with the test, whatever happens to the test."""

    def __init__(self, command, log: pathlib.Path):
        self.log = log
        self.started = time.monotonic()
        with open(log, "ab") as errors:
            self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stdout=subprocess.PIPE,
                                             stderr=errors, text=True)
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.metrics_address = None

    def _read(self) -> None:
        with self._process.stdout as output:
            for line in output:
                self._lines.put(line)
        self._lines.put(None)

    def wait_until_serving(self) -> float:
        """Waits for the line 'serving … metrics on host:port'; returns seconds since the start."""
        while True:
            try:
                line = self._lines.get(timeout=START_SECONDS)
            except queue.Empty:
                raise AssertionError(f"{self.log.name} does not serve") from None
            if line is None:
                raise AssertionError(f"{self.log.name} ended with {self._process.wait()}: {self.tail(5)}")
            if line.startswith("serving "):
                self.metrics_address = line.rsplit(" ", 1)[1].strip()
                return time.monotonic() - self.started

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self, with_signal=signal.SIGTERM) -> int:
        if self._process.poll() is None:
            self._process.send_signal(with_signal)
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"{self.log.name} did not stop: {self.tail(5)}") from None

    def resident_kib(self) -> int:
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def tail(self, lines: int) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
