"""A store that remembers every request it got, and breaks some of them as can be foretold.

Runs as a process of its own (``python -m tests.services.crashes.store PORT``), so that it outlives
whatever is killed around it. It knows only its own side: order, word, Idempotency-Key and what it
answered. ``GET /accepted?at_least=N`` answers once N different keys have been accepted,
``GET /record`` gives all requests in the order of their arrival.
"""

import asyncio
import hashlib
import json
import sys
import time
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

#: Of the updates, in a hundred, whose first try meets a fault. Later tries meet none: the second
#: retry would come a minute later.
FAULTS_PERCENT = 5


class Answer(StrEnum):
    ACCEPTED = "accepted"
    #: Not applied: HTTP 500.
    ERROR = "error"
    #: Not applied: the connection is broken off.
    RESET = "reset"
    #: Applied, and the connection broken off before the answer.
    LOST = "lost"

    @property
    def applied(self) -> bool:
        return self in (Answer.ACCEPTED, Answer.LOST)


def answer_to(order: str, word: str, tried: int) -> Answer:
    """What the ``tried``-th request (from 1) for an update comes to; the same in every run."""
    if tried > 1:
        return Answer.ACCEPTED
    drawn = int.from_bytes(hashlib.sha256(f"{order} {word}".encode()).digest()[:4])
    if drawn % 100 >= FAULTS_PERCENT:
        return Answer.ACCEPTED
    return (Answer.ERROR, Answer.RESET, Answer.LOST)[drawn // 100 % 3]


class Book:
    """What happened, and who waits for more to happen."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.tries: dict[tuple[str, str], int] = {}
        self.applied: set[str] = set()
        self.waiting: list[tuple[int, asyncio.Future[None]]] = []

    def enter(self, order: str, word: str, key: str) -> Answer:
        tried = self.tries[order, word] = self.tries.get((order, word), 0) + 1
        answer = answer_to(order, word, tried)
        moment = time.monotonic()
        self.requests.append(
            {"at": moment, "key": key, "order": order, "word": word, "answer": answer}
        )
        if answer.applied:
            self.applied.add(key)
            self._wake()
        return answer

    def reached(self, count: int) -> asyncio.Future[None]:
        future = asyncio.get_running_loop().create_future()
        self.waiting.append((count, future))
        self._wake()
        return future

    def _wake(self) -> None:
        met = [item for item in self.waiting if item[0] <= len(self.applied)]
        for item in met:
            self.waiting.remove(item)
            if not item[1].done():
                item[1].set_result(None)


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, as much as a store of this kind needs."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, rest = self.received.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            fields = (line.partition(":") for line in lines[1:])
            headers = {name.lower(): value.strip() for name, _, value in fields}
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            self.received = rest[length:]
            self.answer(lines[0].split()[1], headers, rest[:length])

    def answer(self, target: str, headers: dict[str, str], body: bytes) -> None:
        address = urlsplit(target)
        if address.path == "/record":
            self.reply(200, json.dumps(self.book.requests).encode())
        elif address.path == "/accepted":
            count = int(parse_qs(address.query)["at_least"][0])
            self.book.reached(count).add_done_callback(lambda _: self.reply(200, b"{}"))
        else:
            self.take(headers, json.loads(body))

    def take(self, headers: dict[str, str], told: dict[str, str]) -> None:
        match self.book.enter(told["pedido"], told["status"], headers["idempotency-key"]):
            case Answer.ACCEPTED:
                self.reply(200, b'{"ok": true}')
            case Answer.ERROR:
                self.reply(500, b'{"message": "falha inventada"}')
            case Answer.RESET | Answer.LOST:
                self.transport.abort()

    def reply(self, status: int, body: bytes) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
        self.transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


async def serve(port: int) -> None:
    book = Book()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(book), "127.0.0.1", port)
    print("open", flush=True)  # noqa: T201  tells whoever started it
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
