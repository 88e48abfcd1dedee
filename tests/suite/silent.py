"""Connections that say nothing, and come again when they are closed.

Reads from standard input one line of JSON, {"address": [host, port], "identity": folder, "connections": {how: count}},
where `how` is "plain" (no byte ever), "proven" (a TLS handshake and nothing after) or "begun" (the beginning of HTTP/2
too); says "silent" once all have been open; stays until standard input ends; then prints as JSON how often one came
again.
"""

import asyncio
import json
import random
import resource
import ssl
import sys

from frames import START

# They leave once by themselves within this, so that from then on they are not all closed at the same time.
FIRST_SECONDS = 5


class Silence:

    def __init__(self, address, identity: str, connections: dict):
        self._address, self._missing = address, sum(connections.values())
        self._context = ssl.create_default_context(cafile=f"{identity}/ca.pem")
        self._context.load_cert_chain(f"{identity}/cert.pem", f"{identity}/key.pem")
        self._context.set_alpn_protocols(["h2"])
        self.opened, self.complete = 0, asyncio.Event()
        self.connections = [self._stay(how) for how, count in connections.items() for _ in range(count)]

    async def _stay(self, how: str) -> None:
        await self._visit(how, random.uniform(0, FIRST_SECONDS))
        self._missing -= 1
        if not self._missing:
            self.complete.set()
        while True:
            await self._visit(how, None)

    async def _visit(self, how: str, seconds) -> None:
        """One connection, until it is closed or this long."""
        try:
            context = None if how == "plain" else self._context
            reader, writer = await asyncio.open_connection(*self._address, ssl=context)
        except OSError:
            return
        self.opened += 1
        try:
            writer.write(START if how == "begun" else b"")
            await asyncio.wait_for(self._end(reader), seconds)
        except (OSError, TimeoutError):
            pass
        writer.transport.abort()

    async def _end(self, reader) -> None:
        while await reader.read(65536):
            pass


async def main() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    job = json.loads(sys.stdin.readline())
    silence = Silence(job["address"], job["identity"], job["connections"])
    tasks = [asyncio.create_task(each) for each in silence.connections]
    await silence.complete.wait()
    print("silent", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps({"again": silence.opened - 2 * len(tasks)}), flush=True)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main())
