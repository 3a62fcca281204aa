"""A Redis of one's own, as the broker between programs."""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import redis
from celery import Celery

HOST = "127.0.0.1"
#: Seconds.
START_SECONDS = 40


class Broker:
    """``redis-server`` on a port of its own, which keeps nothing. Context manager."""

    def __enter__(self) -> "Broker":
        program = shutil.which("redis-server")
        if program is None:
            raise RuntimeError("redis-server was not found (apt-get install redis-server)")
        with socket.create_server((HOST, 0)) as server:
            port = server.getsockname()[1]
        self._folder = tempfile.TemporaryDirectory(prefix="bench-redis-")
        keeps_nothing = ("--save", "", "--appendonly", "no", "--dir", self._folder.name)
        self._process = subprocess.Popen(  # noqa: S603
            [program, "--port", str(port), "--bind", HOST, *keeps_nothing],
            stdout=subprocess.DEVNULL,
            cwd=Path(self._folder.name),
        )
        self.url = f"redis://{HOST}:{port}/0"
        self._app = Celery("bench", broker=self.url, set_as_current=False)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._app.close()
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    def wake(self, vitrine_id: int) -> None:
        self._app.send_task("integrations.tasks.drain_lane", [vitrine_id], queue="lanes")

    def wait_for_workers(self, count: int) -> None:
        gives_up_at = time.monotonic() + START_SECONDS
        while len(self._app.control.ping(timeout=0.5)) < count:
            if time.monotonic() > gives_up_at:
                raise RuntimeError(f"{count} Celery workers did not come up")

    def _wait(self) -> None:
        gives_up_at = time.monotonic() + START_SECONDS
        with redis.Redis.from_url(self.url) as client:
            while True:
                try:
                    client.ping()
                except redis.ConnectionError:
                    if time.monotonic() > gives_up_at:
                        raise
                    time.sleep(0.05)
                else:
                    return
