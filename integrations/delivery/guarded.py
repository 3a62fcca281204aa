"""Connections that check the address they connect to, and keep to a deadline.

A name is resolved once, each address is judged, and the very address that was judged is connected
to: a name that answers differently a moment later (DNS rebinding) gains nothing. TLS still checks
the certificate against the name. Every byte of the answer, status line and headers included, is
read under what is left of the call's time, so that a platform that drips cannot hold a worker.
"""

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse as HttplibResponse
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util.connection import create_connection

from integrations.delivery.destinations import refusal

#: A host may list many addresses; trying them all could take longer than the call may.
_ADDRESSES_TRIED = 3


class DestinationRefused(Exception):
    """Nothing was sent: the address is not one that may be sent to. The text is for the screen."""


class _Call(threading.local):
    """What the call that this thread is making allows."""

    deadline: float = 0.0
    read_timeout: float = 0.0
    allow_private: bool = False


_call = _Call()


@contextmanager
def call_limits(*, total: float, read: float, allow_private: bool) -> Iterator[None]:
    """Set the limits of the one call that this thread makes inside the block."""
    _call.deadline = time.monotonic() + total
    _call.read_timeout = read
    _call.allow_private = allow_private
    try:
        yield
    finally:
        _call.deadline = 0.0


def _time_left() -> float:
    left = _call.deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the call's deadline has passed")
    return left


class _TimedReader(io.RawIOBase):
    """Reads a socket; no single wait goes past the read timeout or the deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(min(_call.read_timeout, _time_left()))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedSocket:
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock))


class _TimedResponse(HttplibResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(_TimedSocket(sock), *args, **kwargs)  # type: ignore[arg-type]


class _Guarded(HTTPConnection):
    """Mixed into both kinds of connection."""

    response_class = _TimedResponse

    def _new_conn(self) -> socket.socket:
        addresses = self._checked_addresses()
        failure: OSError | None = None
        for address in addresses[:_ADDRESSES_TRIED]:
            try:
                return create_connection(
                    (address, self.port),
                    min(float(self.timeout or _call.read_timeout), _time_left()),
                    socket_options=self.socket_options,
                )
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "connect timeout") from failure
        raise NewConnectionError(self, f"could not connect: {failure}") from failure

    def _checked_addresses(self) -> list[str]:
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except UnicodeError as error:
            raise LocationParseError(self.host) from error
        addresses = list(dict.fromkeys(str(info[4][0]).split("%")[0] for info in found))
        # The URL itself was judged before the call; here only the addresses are news.
        reason = refusal("https://resolved", addresses, allow_private=_call.allow_private)
        if reason is not None:
            raise DestinationRefused(reason)
        return addresses


class _GuardedHTTP(_Guarded):
    pass


class _GuardedHTTPS(_Guarded, HTTPSConnection):
    pass


class GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTP


class GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPS


POOLS: dict[str, type[HTTPConnectionPool]] = {
    "http": GuardedHTTPPool,
    "https": GuardedHTTPSPool,
}
