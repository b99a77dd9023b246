"""A TCP cable on loopback that can be cut, also after so many bytes."""

from __future__ import annotations

import contextlib
import socket
import threading


class Cable:
    """Listens on a free port and carries to another; ``sent`` counts what went to the server."""

    def __init__(self, port: int) -> None:
        self._far = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._turn = threading.Lock()
        self._open: set[socket.socket] = set()
        self._limit: int | None = None
        self._cut = False
        self.sent = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self, after: int = 0) -> None:
        """Cuts every connection after so many further bytes, and takes no new ones then."""
        with self._turn:
            self._limit = self.sent + after
        if not after:
            self._break()

    def mend(self) -> None:
        """Carries again."""
        with self._turn:
            self._limit, self._cut, self.sent = None, False, 0

    def close(self) -> None:
        """Ends."""
        self._break()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return
            try:
                if self._cut:
                    raise ConnectionRefusedError
                far = socket.create_connection(("127.0.0.1", self._far))
            except OSError:
                near.close()
                continue
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._turn:
                self._open |= {near, far}
            threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(1 << 16):
                if up and self._spent(len(block)):
                    self._break()
                    return
                sink.sendall(block)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _spent(self, count: int) -> bool:
        with self._turn:
            self.sent += count
            return self._limit is not None and self.sent > self._limit

    def _break(self) -> None:
        with self._turn:
            self._cut = True
            ends, self._open = self._open, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
