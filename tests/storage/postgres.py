#!/usr/bin/python3
"""A PostgreSQL server of one test: in a folder of its own, reached by a socket there, gone afterwards.

    tests/storage/postgres.py COMMAND…     runs a command with GIAOBAN_POSTGRES saying how to reach the server
"""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
START_SECONDS = 60
# Tests lose processes, not machines: what the kernel has been given is safe.
SETTINGS = {"fsync": "off", "listen_addresses": "", "max_connections": "300", "shared_buffers": "64MB",
            "shared_preload_libraries": "pg_stat_statements", "log_line_prefix": "%m %a ", "log_min_messages": "warning"}


class Server:

    def __init__(self, **settings):
        """Makes a server and starts it; `settings` replace SETTINGS."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="giaoban-postgres-"))
        self.data, self.log = self.folder / "data", self.folder / "log"
        # PostgreSQL does not run as root.
        self._account = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
        self.run("initdb", f"--pgdata={self.data}", "--username=giaoban", "--auth=trust", "--encoding=UTF8",
                 "--locale=C.UTF-8", "--no-sync")
        settings = {**SETTINGS, "unix_socket_directories": self.folder, **settings}
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self.start()

    def run(self, program: str, *words: str) -> None:
        # Not by `user=`: Python would fork, and gRPC holds that up as long as calls are under way.
        account = ("setpriv", f"--reuid={self._account.pw_uid}", f"--regid={self._account.pw_gid}", "--clear-groups")
        done = subprocess.run([*(account if os.getuid() == 0 else ()), PROGRAMS / program, *words], cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")

    def start(self) -> None:
        self.run("pg_ctl", "start", f"--pgdata={self.data}", f"--log={self.log}", f"--timeout={START_SECONDS}")

    def stop(self, mode: str = "fast") -> None:
        """`mode` "immediate" is what a crash is."""
        self.run("pg_ctl", "stop", f"--pgdata={self.data}", f"--mode={mode}")

    def processes(self) -> list:
        """The ids of the server's processes, the first one first."""
        first = (self.data / "postmaster.pid").read_text().split()[0]
        return [int(first), *map(int, pathlib.Path(f"/proc/{first}/task/{first}/children").read_text().split())]

    def kill(self) -> None:
        """As a machine that loses power, but for what the kernel has been given."""
        pids = self.processes()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in pids:
            # Until it is no zombie either: PostgreSQL takes that for a server that runs.
            while os.path.exists(f"/proc/{pid}"):
                os.sched_yield()

    @property
    def conninfo(self) -> str:
        return f"host={self.folder} user=giaoban dbname=postgres"

    def remove(self) -> None:
        # It may have ended by itself.
        with contextlib.suppress(RuntimeError):
            self.stop("immediate")
        shutil.rmtree(self.folder)


def new_database(name: str, server: str = os.environ.get("GIAOBAN_POSTGRES", "")) -> str:
    """The conninfo of a new database on a server, or on the one around this test; empty when there is none."""
    if not server:
        return ""
    subprocess.run(["psql", "--quiet", "--no-psqlrc", f"--command=CREATE DATABASE \"{name}\"", server], check=True)
    return f"{server} dbname={name}"


def main() -> int:
    server = Server()
    try:
        return subprocess.run(sys.argv[1:], env={**os.environ, "GIAOBAN_POSTGRES": server.conninfo}).returncode
    finally:
        server.remove()


if __name__ == "__main__":
    sys.exit(main())
