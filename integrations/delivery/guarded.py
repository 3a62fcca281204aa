"""urllib3's connections, made to check the address they connect to, and to keep to a deadline.

A name is resolved once, each address is judged, and the very address that was judged is connected
to: a name that answers differently a moment later (DNS rebinding) gains nothing. TLS still checks
the certificate against the name. Every byte of the answer, status line and headers included, is
read under what is left of the call's time, so that a platform that drips cannot hold a worker.
"""

import io
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from integrations.delivery.destinations import refusal

#: A host may list many addresses; trying them all could take longer than the call may.
_ADDRESSES_TRIED = 3
#: Bytes of one answer, headers and framing included. Far more than is made of any; what is read
#: without end and comes to nothing, as empty parts of a compressed body do, ends here.
_MOST_READ = 2 * 1024 * 1024

NO_ADDRESS = "O endereço de destino não é válido."


class DestinationRefused(Exception):
    """Nothing was sent: the address is not one that may be sent to. The text is for the screen."""


class NoLongerPermitted(Exception):
    """This request was not sent: the caller's permit, a lane's lease for one, is over."""


class HandshakeTimedOut(TimeoutError):
    """The connection was taken, and TLS was not agreed on in time."""


class RequestNotTaken(TimeoutError):
    """The connection was taken, and not all of the request in time."""


Permit = Callable[[], bool]


def always() -> bool:
    return True


@dataclass(frozen=True)
class Call:
    """What one call allows. Seconds, but for the deadline, which ``time.monotonic`` will show."""

    deadline: float
    connect: float
    read: float
    allow_private: bool
    permitted: Permit = always

    def at_most(self, seconds: float) -> float:
        """How long a wait may be; ``TimeoutError`` once the deadline has passed."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call's deadline has passed")
        return min(seconds, left)


#: Of the thread: between the call and the connection that it uses lies all of the libraries.
_CALL: ContextVar[Call] = ContextVar("call")


@contextmanager
def limited_by(call: Call) -> Iterator[None]:
    """The one call that this thread makes inside the block is this one."""
    token = _CALL.set(call)
    try:
        yield
    finally:
        _CALL.reset(token)


class _TimedReader(io.RawIOBase):
    """Reads a socket; no single wait goes past the read timeout or the deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        # Keeps the socket open though the connection lets go of it, as it does where the other
        # side said that it will close.
        self._raw = sock.makefile("rb", buffering=0)
        self._left = _MOST_READ
        self._call = _CALL.get()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._left <= 0:
            raise HTTPException("the answer does not end")
        self._sock.settimeout(self._call.at_most(self._call.read))
        count = self._raw.readinto(buffer)
        self._left -= count or 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedSocket:
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock))


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(_TimedSocket(sock), *args, **kwargs)  # type: ignore[arg-type]

    def begin(self) -> None:
        """Pass over what only announces an answer, as 103 Early Hints: ``http.client`` knows 100
        alone, and the answer that follows would be taken for that of the next request."""
        super().begin()
        while self.status < 200:
            self.headers = None  # type: ignore[assignment]
            super().begin()


class _Guarded(HTTPConnection):
    """Mixed into both kinds of connection."""

    response_class = _Response

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Head and body in one write, right after the permit was asked for: whoever is made to
        stand still before it writes nothing of the request when it goes on, and not the half of it.

        To take the request is given as long as to take the connection.
        """
        if self.is_closed:
            self.connect()
        call = _CALL.get()
        self.timeout = call.at_most(call.connect)
        self._parts: list[bytes] = []
        super().request(*args, **kwargs)
        if not call.permitted():
            raise NoLongerPermitted
        try:
            self.sock.sendall(b"".join(self._parts))
        except TimeoutError as error:
            raise RequestNotTaken from error

    def send(self, data: Any) -> None:
        self._parts.append(data)

    def _new_conn(self) -> socket.socket:
        call = _CALL.get()
        failure: OSError | None = None
        for address in self._checked_addresses(call)[:_ADDRESSES_TRIED]:
            try:
                return create_connection(
                    (address, self.port),
                    call.at_most(call.connect),
                    socket_options=self.socket_options,
                )
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "connect timeout") from failure
        raise NewConnectionError(self, f"could not connect: {failure}") from failure

    def _checked_addresses(self, call: Call) -> list[str]:
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except UnicodeError as error:
            raise DestinationRefused(NO_ADDRESS) from error
        addresses = list(dict.fromkeys(str(info[4][0]).split("%")[0] for info in found))
        # The URL itself was judged before the call; here only the addresses are news.
        reason = refusal("https://resolved", addresses, allow_private=call.allow_private)
        if reason is not None:
            raise DestinationRefused(reason)
        return addresses


class _GuardedHTTP(_Guarded):
    pass


class _GuardedHTTPS(_Guarded, HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except TimeoutError as error:
            raise HandshakeTimedOut from error


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPS


POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _HTTPPool, "https": _HTTPSPool}
