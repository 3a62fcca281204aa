"""One scenario's scene: a database in which the story is told, a store, and programs of ours."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.services.crashes.cluster import Cluster
from tests.services.crashes.erp import Erp
from tests.services.crashes.record import OurRecord
from tests.services.crashes.report import failure
from tests.services.crashes.store import Answer
from tests.services.crashes.stories import Story
from tests.services.crashes.told_database import ToldDatabase, installation, open_api
from tests.services.crashes.verdict import Interruption, Request, Run, judge
from tests.services.engine_processes import Installation, Program, wait_until

#: The longest that a scenario may take to come to rest after its last interruption, on a machine
#: with too much to do.
REST_SECONDS = 300.0
#: Starts one more program of a kind, by its name.
Start = Callable[[str], Program]


class StoreProcess:
    def __init__(self, programs: Installation, port: int) -> None:
        self.port = port
        programs.start("store", ["-m", "tests.services.crashes.store", str(port)]).wait_to_say(
            "open"
        )

    def wait_until_accepted(self, count: int, *, seconds: float = REST_SECONDS) -> None:
        """Until so many different updates have been accepted, lost answers included."""
        self._get(f"/accepted?at_least={count}", seconds)

    def accepted(self) -> int:
        return len({request.key for request in self.requests() if request.answer.applied})

    def requests(self) -> list[Request]:
        return [
            Request(**seen | {"answer": Answer(seen["answer"])})
            for seen in self._get("/record", REST_SECONDS)
        ]

    def _get(self, path: str, seconds: float) -> Any:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@dataclass
class Stage:
    story: Story
    #: The name of its database.
    database: str
    record: OurRecord
    store: StoreProcess
    programs: Installation
    #: The API's token for the ERP.
    token: str
    interruptions: list[Interruption] = field(default_factory=list)
    started_at: float = field(default_factory=time.monotonic)

    def kill(self, victim: Program) -> None:
        """SIGKILL, and a note of what was in flight once the server has ended its sessions too."""
        at = time.monotonic()
        victim.kill()
        wait_until(
            lambda: self.record.sessions_of(victim.name) == (0, 0),
            what=f"PostgreSQL to end the sessions of {victim.name}",
        )
        self._interrupted("kill -9", victim, at)

    def kill_holders(self, pair: list[Program], start: Start, kills: int) -> Iterator[int]:
        """Kill whoever of ``pair`` has a lane, so many times, spread over the story; the other one
        takes over, and a third is started in its place. Yields after each kill."""
        for number in range(1, kills + 1):
            self.wait_until_accepted(number * self.story.updates // (kills + 1))
            holder = self.holder_among(pair)
            self.kill(holder)
            pair.remove(holder)
            yield number
            pair.append(start(f"heir-{number}"))

    def _interrupted(self, what: str, victim: Program, at: float) -> None:
        """Note what is in flight in the victim's lanes, which are its own for a lease."""
        in_flight = self.record.in_flight(f"%:{victim.process.pid}")
        self.interruptions.append(Interruption(f"{what} {victim.name}", at, in_flight))

    def pause_holder(self, pair: Sequence[Program]) -> Program:
        """SIGSTOP to whoever of ``pair`` has a lane and goes on having it, and a note of what it
        has in flight."""
        while True:
            holder, at = self.holder_among(pair), time.monotonic()
            holder.halt()
            wait_until(
                lambda name=holder.name: self.record.sessions_of(name)[1] == 0,
                what=f"PostgreSQL to finish what {holder.name} asked for",
            )
            if self.has_lane(holder):
                self._interrupted("SIGSTOP", holder, at)
                return holder
            holder.go_on()  # it was letting go at that moment

    def go_on(self, holder: Program) -> None:
        """SIGCONT to whom ``pause_holder`` gave last."""
        self.interruptions[-1] = replace(self.interruptions[-1], went_on_at=time.monotonic())
        holder.go_on()

    def holder_among(self, processes: Sequence[Program]) -> Program:
        """Whoever has a lane now."""
        wait_until(lambda: any(map(self.has_lane, processes)), what="somebody to hold a lane")
        return next(process for process in processes if self.has_lane(process))

    def has_lane(self, process: Program) -> bool:
        return any(
            owner.endswith(f":{process.process.pid}") for _, owner in self.record.held_lanes()
        )

    def dispatcher(self, name: str) -> Program:
        return self.programs.dispatcher(name, PGAPPNAME=name)

    def worker(self, name: str, *, concurrency: int = 4) -> Program:
        return self.programs.worker(name, concurrency=concurrency, PGAPPNAME=name)

    def erp(self) -> Erp:
        """The ERP, and a web server for it to tell."""
        return open_api(self.programs, self.token)

    def wait_until_accepted(self, count: int) -> None:
        with self._explained():
            self.store.wait_until_accepted(count)

    def wait_until(self, true: Callable[[], object], *, what: str) -> None:
        with self._explained():
            wait_until(true, what=what, seconds=REST_SECONDS)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Whoever waits in vain is told how far it got, and of the first order that is not so."""
        try:
            yield
        except (AssertionError, TimeoutError) as error:
            run = self.run()
            why = failure(run, judge(run))
            raise AssertionError(f"{error}\n{self.record.summary()}\n{why}") from None

    def come_to_rest(self) -> None:
        """Until nothing is open any more."""
        with self._explained():
            wait_until(
                lambda: self.record.open_updates() == 0,
                what="nothing open",
                seconds=REST_SECONDS,
                every=0.25,
            )

    def run(self) -> Run:
        """All that is on record of it, on both sides."""
        return Run(
            expected=self.story.expected,
            requests=self.store.requests(),
            updates=self.record.updates(),
            interruptions=self.interruptions,
            held_lanes=self.record.held_lanes(),
        )


@contextmanager
def staged(
    cluster: Cluster,
    story: Story,
    source: ToldDatabase,
    *,
    store_port: int,
    folder: Path,
    broker_url: str,
    lease_seconds: float,
) -> Iterator[Stage]:
    name = f"run_{folder.name}"[:60]
    cluster.create(name, template=source.name)
    url = cluster.url(name)
    with installation(folder, url, broker_url, lease_seconds=lease_seconds) as programs:
        store = StoreProcess(programs, store_port)
        yield Stage(story, name, OurRecord(url), store, programs, source.token)
