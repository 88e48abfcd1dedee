"""Who asks what is compared. `run(callers, seconds)` gives at least "rate", calls answered in a second; "p50", "p99" and
"max" in milliseconds where it sees single calls; "cpu", microseconds a call of server and client, where it sees them.
"""

import json
import os
import pathlib
import subprocess
import time

import scale
import stubs

BIN = stubs.BUILD / "bin"
# By the number of callers. Beside one caller, which has one, as many of each office.
CONNECTIONS = {1: 1, 16: 8, 64: 8, 256: 32}


class Client:
    """bench_client: callers that stay who they are, from run to run. `server` is the process they call."""

    def __init__(self, server, target, workload, identities, bodies, **more):
        self._server = server
        command = [BIN / "bench_client", f"--target={target}", f"--workload={workload}",
                   f"--identities={','.join(map(str, identities))}", f"--bodies={','.join(map(str, bodies))}",
                   *(f"--{name}={value}" for name, value in more.items())]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, callers: int, seconds: float) -> dict:
        used = lambda: [scale.cpu_seconds(pid) for pid in (self._server, self._process.pid)]
        before = used()
        print(callers, CONNECTIONS[callers], seconds, file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        told = json.loads(line) if line else {"error": f"the client ended with {self._process.wait()}"}
        if told["error"]:
            raise RuntimeError(told["error"])
        return {**told, "cpu": [1e6 * (after - earlier) / told["calls"] for after, earlier in zip(used(), before)]}

    def close(self):
        self._process.stdin.close()
        self._process.wait()


class Pgbench:
    """PostgreSQL's own client, with rows of these bytes."""

    def __init__(self, conninfo: str, folder: pathlib.Path, size: int, connections: int):
        self._conninfo, self._connections, self._script = conninfo, connections, folder / "insert.sql"
        self._script.write_text("INSERT INTO bench (body) VALUES (:body);\n")
        # What does not compress.
        self._body = os.urandom(size).hex()[:size]
        table = "CREATE TABLE bench (id BIGSERIAL PRIMARY KEY, body TEXT NOT NULL)"
        subprocess.run(["psql", "--quiet", "--no-psqlrc", f"--command={table}", conninfo], check=True)

    def run(self, _, seconds: float) -> dict:
        done = subprocess.run(["pgbench", "--no-vacuum", "--protocol=prepared", f"--client={self._connections}",
                               f"--time={max(1, round(seconds))}", f"--file={self._script}",
                               f"--define=body={self._body}", "--log", f"--log-prefix={self._script}",
                               self._conninfo], capture_output=True, text=True, check=True)
        took = []
        for log in self._script.parent.glob(f"{self._script.name}.*"):
            took += [int(line.split()[2]) / 1000 for line in log.read_text().splitlines()]
            log.unlink()
        took.sort()
        rate = next(float(line.split()[2]) for line in done.stdout.splitlines() if line.startswith("tps = "))
        return {"rate": rate, "calls": len(took), "p50": took[len(took) // 2], "p99": took[len(took) * 99 // 100],
                "max": took[-1]}


class Import:
    """`giaoban submit` of many files."""

    def __init__(self, identity: pathlib.Path, files: list):
        self._command = [BIN / "giaoban", f"--identity={identity}", "submit", "--format=csv", *files]
        self._files = files

    def run(self, _, __) -> dict:
        start = time.monotonic()
        done = subprocess.run(self._command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return {"rate": len(self._files) / (time.monotonic() - start)}
