"""Three machines with a database of deploy/postgres: each an address of the loopback network with etcd, Patroni and
PostgreSQL, configured by what operators use."""

import contextlib
import json
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.request

import harness
import postgres

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "postgres"
PORTS = (2379, 2380, 5432, 8008)
ACCOUNT = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
# A program under the account of the database; it dies with the test.
AS_ACCOUNT = ["setpriv", "--pdeathsig", "KILL"]
if os.getuid() == 0:
    AS_ACCOUNT += [f"--reuid={ACCOUNT.pw_uid}", f"--regid={ACCOUNT.pw_gid}", "--init-groups"]
PATIENCE_SECONDS = 120
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": ACCOUNT.pw_dir}


def run(*command, input: str = "", **environment) -> str:
    """What a command of an operator prints."""
    done = subprocess.run([*AS_ACCOUNT, *command], env={**ENVIRONMENT, **environment}, cwd=ACCOUNT.pw_dir, input=input,
                          capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def free_network() -> str:
    """The beginning of three addresses that have all the ports free."""
    for _ in range(100):
        network = f"127.{random.randrange(1, 255)}.{random.randrange(255)}."
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for number in (1, 2, 3):
                for port in PORTS:
                    stack.enter_context(socket.socket()).bind((f"{network}{number}", port))
            return network
    raise AssertionError("no free addresses")


class Node:

    def __init__(self, deploy: pathlib.Path, folder: pathlib.Path, name: str, address: str, settings: dict):
        self.name, self.address, self.folder = name, address, folder / name
        self.data, self.log = self.folder / "data", self.folder / "log"
        self.folder.mkdir()
        self.settings = self.folder / "settings"
        settings = {**settings, "data": self.data, "etcd_data": self.folder / "etcd", "sockets": self.folder}
        self.settings.write_text("".join(f'{name}="{value}"\n' for name, value in settings.items()))
        os.chown(self.folder, ACCOUNT.pw_uid, ACCOUNT.pw_gid)
        run(deploy / "configure", self.settings, name, self.folder)
        lines = (self.folder / "etcd.env").read_text().splitlines()
        self._etcd_settings = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
        self._processes = {}

    def start(self, *programs: str) -> None:
        commands = {"etcd": ["etcd"], "patroni": ["patroni", str(self.folder / "patroni.yml")]}
        for program in programs or commands:
            with open(self.log, "ab") as log:
                self._processes[program] = subprocess.Popen(
                    [*AS_ACCOUNT, *commands[program]], env={**ENVIRONMENT, **self._etcd_settings}, cwd=self.folder,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self) -> None:
        """Everything at once, as when the machine is lost."""
        pids = self._postgres()
        for process in self._processes.values():
            process.kill()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self._processes.values():
            process.wait()
        self._processes.clear()

    def _postgres(self) -> list:
        """The first process of PostgreSQL, if it runs, and its children."""
        with contextlib.suppress(FileNotFoundError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_text()
            if str(self.data) in command:
                children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
                return [pid, *map(int, children.split())]
        return []

    def psql(self, *words: str, **environment) -> str:
        """What a superuser sees on the machine itself."""
        return run("psql", "--quiet", "--no-psqlrc", "--tuples-only", "--no-align", f"--host={self.folder}", *words,
                   "postgres", **environment)

    def patronictl(self, *words: str, input: str = "") -> str:
        return run("patronictl", "--config-file", self.folder / "patroni.yml", *words, input=input)

    def has_etcd(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((self.address, PORTS[0]), 1):
            return True
        return False

    def stop_patroni(self):
        """Also stops PostgreSQL. Returns the process, to be waited for."""
        process = self._processes.pop("patroni")
        process.terminate()
        return process


class Cluster:

    def __init__(self):
        """Makes the nodes and starts them; wait_until_healthy() says when they serve."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="giaoban-nodes-"))
        self.certificates, self.archive = self.folder / "certificates", self.folder / "archive"
        os.chown(self.folder, ACCOUNT.pw_uid, ACCOUNT.pw_gid)
        self.folder.chmod(0o755)
        # The account of the database may not be let into the folder of the sources.
        self.deploy = shutil.copytree(SOURCE, self.folder / "deploy")
        network = free_network()
        addresses = {f"db{number}": f"{network}{number}" for number in (1, 2, 3)}
        nodes = [f"{name}={address}" for name, address in addresses.items()]
        # Connections between addresses of the loopback network come from its first.
        run(self.deploy / "certificates", self.certificates, *(f"{node},127.0.0.1" for node in nodes))
        run("mkdir", "--mode=700", "--parents", self.archive / "wal", self.archive / "base")
        # A watchdog would take the machine of the tests down.
        settings = {"nodes": " ".join(nodes), "watchdog": "off", "account": ACCOUNT.pw_name,
                    "certificates": self.certificates, "archive": self.archive}
        self.nodes = {name: Node(self.deploy, self.folder, name, address, settings)
                      for name, address in addresses.items()}
        self.password = self.folder / "password"
        self.password.write_text("ba máy chủ một kho\n")
        os.chown(self.password, ACCOUNT.pw_uid, ACCOUNT.pw_gid)
        for program in ("etcd", "patroni"):
            for node in self.nodes.values():
                node.start(program)
            # Patroni takes its time when it finds no etcd.
            harness.eventually("etcd serves", lambda: all(node.has_etcd() for node in self.nodes.values()),
                               PATIENCE_SECONDS)

    # --- What operators and services do ---------------------------------------------

    def create_database(self) -> None:
        self.node("leader").psql(f"--file={self.deploy / 'database.sql'}", PASSWORD_FILE=str(self.password))

    def back_up(self) -> None:
        run(self.deploy / "backup", self.node("leader").settings)

    def archive_everything(self) -> None:
        """Waits until what was written so far is in the archive."""
        wal, = self.node("leader").psql("--command=SELECT pg_walfile_name(pg_switch_wal())").split()
        harness.eventually("it is in the archive", (self.archive / "wal" / wal).exists, PATIENCE_SECONDS)

    def restore(self, first: Node, moment: str) -> None:
        """The database as it was at a moment, on all nodes, as the README says it."""
        for process in [node.stop_patroni() for node in self.nodes.values()]:
            process.wait(PATIENCE_SECONDS)
        for node in self.nodes.values():
            node.data.rename(node.folder / "data.before")
        first.patronictl("remove", "giaoban", input="giaoban\nYes I am aware\n")
        run(self.deploy / "restore", first.settings, moment, first.data)
        run(postgres.PROGRAMS / "pg_ctl", "stop", f"--pgdata={first.data}")
        first.start("patroni")
        # Before there is a primary, a node without data would make a new database.
        harness.eventually("there is a primary", lambda: any(
            member["role"] == "leader" and member["state"] == "running" for member in self.members()), PATIENCE_SECONDS)
        for node in self.nodes.values():
            if node is not first:
                node.start("patroni")

    @property
    def conninfo(self) -> str:
        """What services are given."""
        passfile, authority = self.folder / "pgpass", self.folder / "ca.pem"
        passfile.write_text(f"*:*:giaoban:giaoban:{self.password.read_text()}")
        passfile.chmod(0o600)
        authority.write_bytes((self.certificates / "ca.pem").read_bytes())
        hosts = ",".join(node.address for node in self.nodes.values())
        return f"host={hosts} dbname=giaoban user=giaoban passfile={passfile} sslrootcert={authority}"

    # --- How they are ------------------------------------------------------------------

    def members(self) -> list:
        """What the first Patroni that answers says of each node; empty when none does."""
        context = ssl.create_default_context(cafile=self.certificates / "ca.pem")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=context))
        for node in self.nodes.values():
            context.load_cert_chain(self.certificates / f"{node.name}.pem", self.certificates / f"{node.name}.key")
            with contextlib.suppress(OSError), opener.open(f"https://{node.address}:8008/cluster", timeout=2) as answer:
                return json.load(answer)["members"]
        return []

    def node(self, role: str):
        """One that is "leader" or "sync_standby"; None when none is."""
        return next((self.nodes[member["name"]] for member in self.members() if member["role"] == role), None)

    def wait_until_healthy(self) -> None:
        try:
            harness.eventually("a primary and two standbys", self.is_healthy, PATIENCE_SECONDS)
        except AssertionError:
            self.print_logs()
            raise

    def is_healthy(self) -> bool:
        """Whether there are a primary and two synchronous standbys of it."""
        members = self.members()
        return (sorted(member["role"] for member in members) == ["leader", "sync_standby", "sync_standby"] and
                all(member["state"] in ("running", "streaming") for member in members) and
                len({member.get("timeline") for member in members}) == 1)

    def print_logs(self) -> None:
        for node in self.nodes.values():
            lines = node.log.read_text(errors="replace").splitlines()[-60:]
            print(f"--- {node.name}, last {len(lines)} lines", *lines, sep="\n", file=sys.stderr)

    def remove(self) -> None:
        for node in self.nodes.values():
            node.kill()
        shutil.rmtree(self.folder)
