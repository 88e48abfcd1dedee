"""Gates: they stand between two processes, pass on what these say, and fail as networks do."""

import contextlib
import os
import socket
import struct
import threading


class Gate:
    """Listens in front of `target`, an address as sockets have it: (host, port), or the path of a socket."""

    def __init__(self, target, listen):
        self.target, self.address = target, listen
        self._lock = threading.Condition()
        self._open, self._flowing, self.connections = True, True, []
        self._listening = socket.socket(_family(listen), socket.SOCK_STREAM)
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listening.bind(listen)
        if isinstance(listen, str):
            os.chmod(listen, 0o777)
        self._listening.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near = self._listening.accept()[0]
            except OSError:
                return
            with self._lock:
                if not self._open:
                    near.close()
                    continue
                connection = self.Connection(self, near)
                self.connections.append(connection)
            connection.start()

    # --- Faults ---------------------------------------------------------------------

    def cut(self) -> None:
        """Ends every connection."""
        with self._lock:
            connections, self.connections = self.connections, []
            self._lock.notify_all()
        for connection in connections:
            connection.end()

    def shut(self) -> None:
        """Ends every connection and refuses others."""
        with self._lock:
            self._open = False
        self.cut()

    def silence(self) -> None:
        """Nothing passes any more, and nobody is told; new connections are taken and find the same."""
        with self._lock:
            self._flowing = False

    def heal(self) -> None:
        """All is as at first; what waited passes."""
        with self._lock:
            self._open = self._flowing = True
            self._lock.notify_all()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.heal()
        self.shut()

    def wait_until_flowing(self, connection) -> None:
        with self._lock:
            self._lock.wait_for(lambda: self._flowing or connection.ended)

    class Connection:
        """One connection through a gate, with a thread for each direction."""

        def __init__(self, gate, near: socket.socket):
            self.gate, self.near, self.far, self.ended = gate, near, None, False

        def start(self) -> None:
            threading.Thread(target=self._run, daemon=True).start()

        def _run(self):
            self.gate.wait_until_flowing(self)
            back = threading.Thread(target=self._pass_on, args=(False,), daemon=True)
            with self.near, socket.socket(_family(self.gate.target), socket.SOCK_STREAM) as self.far:
                with contextlib.suppress(OSError):
                    self.far.connect(self.gate.target)
                    back.start()
                    self._pass_on(True)
                    back.join()

        def _pass_on(self, forth: bool):
            source, sink = (self.near, self.far) if forth else (self.far, self.near)
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    self.gate.wait_until_flowing(self)
                    if not (self.asked if forth else self.answered)(data):
                        break
                    sink.sendall(data)
            self.end()

        def end(self) -> None:
            self.ended = True
            for side in (self.near, self.far):
                with contextlib.suppress(OSError, AttributeError):
                    side.shutdown(socket.SHUT_RDWR)
            with self.gate._lock:
                self.gate._lock.notify_all()

        def asked(self, data: bytes) -> bool:
            """Whether to pass on what the near side said."""
            return True

        def answered(self, data: bytes) -> bool:
            """Whether to pass on what the far side said."""
            return True


def _family(address) -> int:
    return socket.AF_UNIX if isinstance(address, str) else socket.AF_INET


class DatabaseGate(Gate):
    """In front of PostgreSQL, by the socket in a folder. Knows commits of transactions that write.

    `before_commit` is asked when a COMMIT comes by, `after_commit` when its answer does, each with the connection: whether
    to pass it on. What is not passed on ends the connection."""

    def __init__(self, server, folder):
        name = ".s.PGSQL.5432"
        self.before_commit = self.after_commit = lambda connection: True
        super().__init__(f"{server}/{name}", f"{folder}/{name}")

    class Connection(Gate.Connection):

        def __init__(self, *words):
            super().__init__(*words)
            self._said, self._started, self._statements = b"", False, {}
            self._writing = self._committing = False

        def asked(self, data: bytes) -> bool:
            self._said += data
            passes = True
            while passes and (message := self._next_message()):
                passes = self._look(*message)
            return passes

        def _next_message(self):
            # The first message of a connection has no letter.
            start = 1 if self._started else 0
            if len(self._said) < start + 4:
                return None
            length = start + struct.unpack(">I", self._said[start:start + 4])[0]
            if len(self._said) < length:
                return None
            message, self._said = self._said[:length], self._said[length:]
            letter, self._started = message[:start], True
            return letter, message[start + 4:]

        def _look(self, letter: bytes, content: bytes) -> bool:
            if letter not in (b"P", b"B"):
                return True
            first, second = content.split(b"\0")[:2]
            if letter == b"P":
                self._statements[first] = second
                return True
            statement = self._statements[second]
            if statement.startswith(b"BEGIN"):
                self._writing = b"READ ONLY" not in statement
            self._committing = self._writing and statement == b"COMMIT"
            return not self._committing or self.gate.before_commit(self)

        def answered(self, data: bytes) -> bool:
            committing, self._committing = self._committing, False
            return not committing or self.gate.after_commit(self)
