"""Runs a few processes as one: all come up, and when one ends, all end."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

HOST = "127.0.0.1"
STOP_SECONDS = 15
LOOK_EVERY = 0.2
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]
    #: What answers 200 once it is up; empty if it serves nothing.
    port: int = 0
    path: str = ""


class ProcessEnded(Exception):
    """A process that should go on has ended; the text names it."""


class Interrupted(Exception):
    """Somebody asked the whole to stop."""


class ProcessGroup:
    """Context manager: leaving it stops every process and waits for it.

    Each child has a session of its own, so that Ctrl+C reaches this process alone, which then
    ends the children in order, the last started first.
    """

    def __init__(self, *, environment: dict[str, str]) -> None:
        self._environment = os.environ | environment
        self._children: list[tuple[Program, subprocess.Popen[bytes]]] = []
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> "ProcessGroup":
        for signum in STOP_SIGNALS:
            self._handlers[signum] = signal.signal(signum, _interrupt)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for signum in STOP_SIGNALS:
            signal.signal(signum, signal.SIG_IGN)
        self._stop()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def start(self, programs: Sequence[Program], *, within: float) -> None:
        """Start all, and return once each that serves answers."""
        for program in programs:
            child = subprocess.Popen(  # noqa: S603
                program.command, env=self._environment, start_new_session=True
            )
            self._children.append((program, child))
        deadline = time.monotonic() + within
        for program in programs:
            while program.port and not answers(program.port, program.path):
                self._look()
                if time.monotonic() > deadline:
                    raise ProcessEnded(f"{program.name} não respondeu em {within:.0f} s")
        self._look()

    def watch(self) -> None:
        """Return never: raises ``ProcessEnded`` or ``Interrupted``."""
        while True:
            self._look()

    def _look(self) -> None:
        time.sleep(LOOK_EVERY)
        for program, child in self._children:
            if (code := child.poll()) is not None:
                raise ProcessEnded(f"{program.name} parou sozinho (código {code})")

    def _stop(self) -> None:
        for _, child in reversed(self._children):
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for _, child in reversed(self._children):
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def first_free_port(wanted: int, *, tries: int = 20) -> int | None:
    return next((port for port in range(wanted, wanted + tries) if port_is_free(port)), None)


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise Interrupted
