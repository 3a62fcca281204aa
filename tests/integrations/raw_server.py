"""A server on 127.0.0.1 that says exactly the bytes it was told to, or misbehaves on purpose."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Behaviour = Callable[[socket.socket], None]


@dataclass
class RawServer:
    port: int
    #: What each request said, and how many connections they came by.
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def raw_server(
    behave: Behaviour,
    *,
    tls: ssl.SSLContext | None = None,
    listening: socket.socket | None = None,
) -> Iterator[RawServer]:
    """``behave`` is called once per request, after it was read whole."""
    with listening or socket.create_server(("127.0.0.1", 0)) as listener:
        server = RawServer(listener.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

        def talk(connection: socket.socket) -> None:
            server.connections += 1
            try:
                with tls.wrap_socket(connection, server_side=True) if tls else connection as sock:
                    while request := _read_request(sock):
                        server.requests.append(request)
                        behave(sock)
            except OSError:
                return

        threading.Thread(target=serve, daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)


def _read_request(sock: socket.socket) -> bytes:
    """Empty where the other side went before the request was whole."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = sock.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        chunk = sock.recv(65536)
        if not chunk:
            return b""
        body += chunk
    return head + b"\r\n\r\n" + body


def says(*pieces: bytes, every: float = 0.0) -> Behaviour:
    """Send the pieces, ``every`` so many seconds."""

    def behave(sock: socket.socket) -> None:
        for piece in pieces:
            sock.sendall(piece)
            time.sleep(every)

    return behave


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def resets(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def hangs_up(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_RDWR)


def stays_silent(sock: socket.socket) -> None:
    time.sleep(5)


def self_signed(folder: Path) -> ssl.SSLContext:
    """TLS under a certificate for ``localhost`` that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
