"""A store that takes anything, in a process of its own, much faster than whoever sends.

Run as ``python -m integrations.bench.sink``; the first line it prints is its port. A path's first
part may say how it behaves: ``/delay-20/…`` answers after 20 ms, ``/status-500/…`` with 500, and
``/silent/…`` never does. Of each Idempotency-Key it keeps when the whole request was there, in
seconds of the monotonic clock, which all processes of a machine share.
"""

import asyncio
import contextlib
import json
import time
from typing import Any

HOST = "127.0.0.1"
_ACCEPTED = b'{"ok": true}'


def _answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


_OK = _answer(_ACCEPTED)


class Book:
    """What came in: key → moment of its first arrival; the count has the repeats, too."""

    def __init__(self) -> None:
        self.silent: list[asyncio.WriteTransport] = []
        self.clear()

    def clear(self) -> None:
        self.arrived: dict[str, float] = {}
        self.count = 0
        self.last = b""

    def drop(self) -> None:
        for transport in self.silent:
            transport.close()
        self.silent.clear()

    def write(self, head: bytes, body: bytes) -> None:
        moment = time.monotonic()
        self.count += 1
        self.last = head + b"\r\n\r\n" + body
        at = head.find(b"Idempotency-Key: ")
        if at >= 0:
            end = head.find(b"\r\n", at)
            key = head[at + 17 : end if end >= 0 else None].decode("latin-1")
            self.arrived.setdefault(key, moment)

    def told(self, question: bytes) -> Any:
        if question == b"clear":
            self.clear()
        if question == b"drop":
            self.drop()
        if question == b"last":
            return self.last.decode("latin-1")
        return self.arrived if question == b"arrived" else self.count


class Connection(asyncio.Protocol):
    """Keep-alive HTTP/1.1, one request after another."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.buffer = b""
        self.transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            whole = end + 4 + _length(head)
            if len(self.buffer) < whole:
                return
            body, self.buffer = self.buffer[end + 4 : whole], self.buffer[whole:]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        path = head[head.index(b" ") + 2 :]
        if path.startswith(b"_"):
            question = path[1 : path.index(b" ")]
            self.transport.write(_answer(json.dumps(self.book.told(question)).encode()))
            return
        self.book.write(head, body)
        if path.startswith(b"delay-"):
            ms = int(path[6 : path.index(b"/")])
            asyncio.get_running_loop().call_later(ms / 1000, self._write, _OK)
        elif path.startswith(b"status-"):
            status = path[7 : path.index(b"/")]
            self.transport.write(_answer(b'{"error": "no"}', status + b" no"))
        elif path.startswith(b"silent"):
            self.book.silent.append(self.transport)
        else:
            self.transport.write(_OK)

    def _write(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)


def _length(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    if at < 0:
        return 0
    end = head.find(b"\r\n", at + 17)
    return int(head[at + 17 : end if end >= 0 else None])


async def serve() -> None:
    book = Book()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(book), HOST, 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())
