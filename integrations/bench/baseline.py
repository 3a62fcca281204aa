"""What a loop with ``requests`` and nothing else comes to: no database, no retry, no record."""

import time
from dataclasses import dataclass
from threading import Thread

import requests

#: Written by whoever sends.
_OF_THE_CONNECTION = ("host", "content-length", "connection")


@dataclass(frozen=True)
class Payload:
    """One request, as the dispatcher made it."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    @classmethod
    def like(cls, last: tuple[str, str, dict[str, str], bytes], *, origin: str) -> "Payload":
        method, path, headers, body = last
        kept = {k: v for k, v in headers.items() if k.lower() not in _OF_THE_CONNECTION}
        return cls(method, origin + path, kept, body)


def send_all(payload: Payload, times: int, *, threads: int, plain: bool = True) -> float:
    """Send it so often from so many threads, each with its own keep-alive session; per second.

    ``plain`` is ``requests`` as it comes. Otherwise ``trust_env`` is off, which spares it a look at
    the environment for proxies and passwords at every call.
    """
    shares = [times // threads + (number < times % threads) for number in range(threads)]
    failed: list[int] = []
    senders = [Thread(target=_send, args=(payload, share, plain, failed)) for share in shares]
    began = time.perf_counter()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    elapsed = time.perf_counter() - began
    if failed:
        raise RuntimeError(f"the sink answered {failed[0]} to the bare loop")
    return times / elapsed


def _send(payload: Payload, times: int, plain: bool, failed: list[int]) -> None:
    with requests.Session() as session:
        session.trust_env = plain
        for _ in range(times):
            answer = session.request(
                payload.method, payload.url, data=payload.body, headers=payload.headers, timeout=20
            )
            if answer.status_code != 200:
                failed.append(answer.status_code)
                return
