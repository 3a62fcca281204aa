"""What the vitrine takes for a store: on loopback, and unwell as it is told to be."""

import json
import socket
import ssl
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from tests.integrations.raw_server import Behaviour, RawServer, answer, raw_server, says

OK = says(answer(b'{"ok": true}', "Content-Type: application/json"))


def tells(status: str, body: object = None, *headers: str) -> Behaviour:
    """A whole answer: ``tells("429 Too Many Requests", {"message": …}, "Retry-After: 90")``."""
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    return says(answer(content, "Content-Type: application/json", *headers, status=status))


@dataclass(frozen=True)
class Heard:
    """A request as it came; the names of the headers in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def about(self) -> str:
        """The number of the order, or the method and address of another request."""
        return self.line.removeprefix("PUT /orders/").removesuffix(" HTTP/1.1")

    @classmethod
    def of(cls, raw: bytes) -> "Heard":
        head, _, body = raw.partition(b"\r\n\r\n")
        line, *headers = head.decode("latin-1").split("\r\n")
        pairs = (header.split(": ", 1) for header in headers)
        return cls(line, {name.lower(): value for name, value in pairs}, body)


class Platform:
    """Its port is its own from the start; nobody listens there until it is told to."""

    def __init__(self) -> None:
        self._bound = socket.socket()
        self._bound.bind(("127.0.0.1", 0))
        self.port: int = self._bound.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._script: list[Behaviour] = []
        self._usual = OK
        #: What meets every request about an order, say, whatever the script says.
        self.always: dict[str, Behaviour] = {}
        self._server: RawServer | None = None
        self._open = ExitStack()

    def __enter__(self) -> "Platform":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self._bound.close()

    def answers(
        self, *behaviours: Behaviour, then: Behaviour = OK, tls: ssl.SSLContext | None = None
    ) -> None:
        """Meet the next requests so, one after another, and all after them as ``then``."""
        self._script, self._usual = list(behaviours), then
        if self._server is None:
            self._bound.listen()
            self._server = self._open.enter_context(
                raw_server(self._next, tls=tls, listening=self._bound)
            )

    def _next(self, sock: socket.socket) -> None:
        always = self.always.get(self.heard[-1].about)
        behave = always or (self._script.pop(0) if self._script else self._usual)
        behave(sock)

    def lets_nobody_in(self) -> None:
        """Take no connection: the queue of those that wait to be taken is full from now on."""
        self._bound.listen(0)
        self._open.enter_context(socket.create_connection(("127.0.0.1", self.port)))

    def greets(self, words: bytes) -> None:
        """Say this to whoever connects, and listen to nothing that they say."""
        self._bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._bound.listen()
        threading.Thread(target=self._greet, args=(words,), daemon=True).start()
        self._open.callback(self._bound.shutdown, socket.SHUT_RDWR)

    def _greet(self, words: bytes) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._bound.accept()
                self._open.push(connection)
                connection.sendall(words)

    @property
    def heard(self) -> list[Heard]:
        return [Heard.of(raw) for raw in self._server.requests] if self._server else []

    @property
    def connections(self) -> int:
        return self._server.connections if self._server else 0
