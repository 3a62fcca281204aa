"""The sink as the bench holds it: its process, its address and what it saw."""

import http.client
import json
import subprocess
import sys
from typing import Any

from integrations.bench.sink import HOST


class Sink:
    """Context manager: the sink runs while it is entered."""

    def __enter__(self) -> "Sink":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "integrations.bench.sink"], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None  # noqa: S101
        try:
            self.port = int(self._process.stdout.readline())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def url(self, *, delay_ms: int = 0, behaves: str = "") -> str:
        """The base address of a store that answers after so long, or as ``behaves`` says."""
        behaves = behaves or (f"delay-{delay_ms}" if delay_ms else "")
        return f"http://{HOST}:{self.port}" + (f"/{behaves}" if behaves else "")

    def arrived(self) -> dict[str, float]:
        """Idempotency-Key → when it first arrived, in seconds of ``time.monotonic``."""
        return dict(self._ask("arrived"))

    def count(self) -> int:
        return int(self._ask("count"))

    def clear(self) -> None:
        self._ask("clear")

    def drop_silent(self) -> None:
        """Close the connections of those who wait for an answer that never comes."""
        self._ask("drop")

    def last(self) -> tuple[str, str, dict[str, str], bytes]:
        """Of the last request method, path, headers and body."""
        head, _, body = str(self._ask("last")).partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = dict(line.split(": ", 1) for line in lines)
        return method, path, headers, body.encode("latin-1")

    def _ask(self, question: str) -> Any:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        try:
            connection.request("GET", f"/_{question}")
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()
