"""The programs of an installation, as README starts them, on the database of DATABASE_URL."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

from integrations.demo.processes import answers, first_free_port

#: Seconds.
START_SECONDS = 40
STOP_SECONDS = 30
_PYTHON = (sys.executable, "-m")


class Programs:
    """Context manager: leaving it stops what was started, the last one first."""

    def __init__(self, *, broker_url: str = "") -> None:
        self._environment = os.environ | {"CELERY_BROKER_URL": broker_url}
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Programs":
        return self

    def __exit__(self, *_: object) -> None:
        while self._running:
            self._stop(self._running.pop())

    def dispatcher(self) -> int:
        """``manage.py dispatch``; its process id."""
        return self._start(sys.executable, str(_manage()), "dispatch")

    def web(self) -> int:
        """``gunicorn``, answering; its port."""
        port = first_free_port(18_000 + os.getpid() % 10_000)
        if port is None:
            raise RuntimeError("no port is free")
        workers = ("--workers", "2", "--threads", "4", "--log-level", "error")
        at = ("--bind", f"127.0.0.1:{port}", *workers)
        self._start(*_PYTHON, "gunicorn", "backoffice.wsgi", *at)
        gives_up_at = time.monotonic() + START_SECONDS
        while not answers(port, "/healthz"):
            self._look()
            if time.monotonic() > gives_up_at:
                raise RuntimeError("gunicorn did not come up")
            time.sleep(0.1)
        return port

    def worker(self, name: str, *, concurrency: int, queues: str = "lanes,sweeps") -> None:
        node = f"{name}@{socket.gethostname()}"
        pool = ("--pool", "threads", "--concurrency", str(concurrency), "--queues", queues)
        self._start(*_celery(), "worker", *pool, "--hostname", node, "--loglevel", "ERROR")

    def beat(self) -> None:
        self._start(*_celery(), "beat", "--loglevel", "ERROR")

    def _start(self, *command: str) -> int:
        program = subprocess.Popen(  # noqa: S603
            command,
            env=self._environment,
            cwd=settings.BASE_DIR,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._running.append(program)
        return program.pid

    def _look(self) -> None:
        for program in self._running:
            if program.poll() is not None:
                raise RuntimeError(f"{program.args!r} ended with {program.returncode}")

    def _stop(self, program: "subprocess.Popen[bytes]") -> None:
        program.terminate()
        try:
            program.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _celery() -> tuple[str, ...]:
    return (*_PYTHON, "celery", "-A", "backoffice")


def _manage() -> Path:
    return Path(settings.BASE_DIR) / "manage.py"
