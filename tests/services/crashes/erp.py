"""The ERP: tells orders and events over the HTTP API, and repeats what was not taken."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import islice
from threading import Thread
from typing import Any

BATCH = 500
#: Before what was not taken is told again.
PATIENCE_SECONDS = 0.2
GIVE_UP_SECONDS = 120.0


@dataclass(frozen=True)
class Answer:
    #: 0: there was none.
    status: int
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Erp:
    port: int
    token: str
    #: Every answer that took nothing: of a whole call, or of one item of a batch.
    refusals: list[Answer] = field(default_factory=list)
    #: ``event_id`` of every event that was answered with 201.
    taken: list[str] = field(default_factory=list)

    def telling(self, path: str, items: Iterable[dict[str, Any]], *, batch: int) -> Thread:
        """``tell`` in a thread, which has been started."""
        thread = Thread(target=self.tell, args=(path, items), kwargs={"batch": batch}, daemon=True)
        thread.start()
        return thread

    def tell(self, path: str, items: Iterable[dict[str, Any]], *, batch: int = BATCH) -> None:
        """Post all items in batches, each until it is taken."""
        for together in _in_batches(items, batch):
            give_up_at = time.monotonic() + GIVE_UP_SECONDS
            while together := self._post(path, together):
                assert time.monotonic() < give_up_at, f"not taken: {self.refusals[-1]}"
                time.sleep(PATIENCE_SECONDS)

    def _post(self, path: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """One batch, or one item alone; what was not taken."""
        if len(items) == 1:
            answer = self._call(f"/api/v1/{path}", items[0])
            return [] if self._takes(answer, items[0]) else items
        answer = self._call(f"/api/v1/{path}/batch", {"items": items})
        if answer.status != 200:
            self.refusals.append(answer)
            return items
        each = [
            (item, Answer(told["status_code"], json.dumps(told)))
            for item, told in zip(items, answer.json()["items"], strict=True)
        ]
        return [item for item, answer in each if not self._takes(answer, item)]

    def _takes(self, answer: Answer, item: dict[str, Any]) -> bool:
        if answer.status == 201:
            self.taken.append(item.get("event_id", ""))
        elif answer.status != 200:
            self.refusals.append(answer)
        return answer.status in (200, 201)

    def _call(self, path: str, body: dict[str, Any]) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=GIVE_UP_SECONDS)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode())
        except (OSError, HTTPException) as error:
            return Answer(0, repr(error))
        finally:
            connection.close()


def _in_batches(items: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
