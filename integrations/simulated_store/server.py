"""The store's HTTP side: body cap, keep-alive, and how it breaks a connection."""

import logging
import socket
import struct
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from integrations.simulated_store import pages
from integrations.simulated_store.app import Answer, Request, StoreApp, json_answer

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
MAX_BODY = 5 * 1024 * 1024
IDLE_SECONDS = 60


class SimulatedStore:
    """The store, on a port of 127.0.0.1 (0: any free one). Also a context manager."""

    def __init__(
        self, *, port: int = 0, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.app = StoreApp(clock=clock)
        self.state = self.app.state
        self.faults = self.app.faults
        self._server = _Server((HOST, port), self.app)
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.close_all()

    def serve_forever(self) -> None:
        """Serve in this thread until interrupted."""
        try:
            self._server.serve_forever(0.2)
        finally:
            self._server.close_all()

    def __enter__(self) -> "SimulatedStore":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], app: StoreApp) -> None:
        self.app = app
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(address, _Handler)

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of the store's; the rest goes to the log."""
        if isinstance(sys.exception(), OSError):
            logger.debug("%s went away", client_address)
        else:
            logger.exception("request of %s failed", client_address)

    def close_all(self) -> None:
        """Stop listening and end kept-alive connections, as a store that went down would."""
        self.server_close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                logger.debug("connection was already closed")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "LojaSimulada"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def _serve(self) -> None:
        if not self._host_is_ours():
            self._send(json_answer(421, {"error": "Endereço de outro servidor."}), close=True)
            return
        body = self._read_body()
        if body is None:
            return
        target = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=target.path,
            query=target.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )
        self._send(self.server.app.answer(request))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _host_is_ours(self) -> bool:
        """Names another site made point here (DNS rebinding) are refused."""
        host = self.headers.get("Host", HOST).rsplit(":", 1)[0]
        return host in (HOST, "localhost")

    def _read_body(self) -> bytes | None:
        """The body; None once an answer that refuses it was sent."""
        if self.headers.get("Transfer-Encoding"):
            self._send(json_answer(411, {"error": "Informe Content-Length."}), close=True)
            return None
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            self._send(json_answer(400, {"error": "Content-Length inválido."}), close=True)
            return None
        if len(length) > 9 or int(length) > MAX_BODY:
            self._send(json_answer(413, {"error": "Corpo grande demais."}), close=True)
            return None
        return self.rfile.read(int(length))

    def _send(self, answer: Answer, *, close: bool = False) -> None:
        if answer.reset:
            self._reset()
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in (*answer.headers, *pages.SECURITY_HEADERS):
            self.send_header(name, value)
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _reset(self) -> None:
        """Close with SO_LINGER 0, so that the other side sees a reset and not an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug("%s %s", self.address_string(), format % args)
