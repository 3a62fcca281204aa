"""One vitrine, its lane, a platform that misbehaves, and two orders: the second only waits there.

Everything is real but the clock: rows, the dispatcher, sockets on loopback.
"""

import re
from datetime import datetime, timedelta
from pathlib import Path

from integrations.delivery.dispatcher import run_once
from integrations.explain import explain_order
from integrations.models import Lane, StatusUpdate, UpdateState
from integrations.operations import resume_lane
from tests.clock import Clock
from tests.factories import (
    enqueue_status,
    make_connection,
    make_event,
    make_mapping,
    make_order,
    make_user,
    make_vitrine,
)
from tests.faults.platform import Heard, Platform
from tests.faults.rows import Read, Row, lines_in_readme
from tests.integrations.raw_server import Behaviour
from vitrines.statuses import OrderStatus

PLATFORMS = Path(__file__).parent / "platforms"
PREPARING = OrderStatus.EM_PREPARACAO
TOKEN = "t0k3n-da-loja"
#: Seconds: short enough to wait for, and each to be told apart in a sentence.
QUICK = {"connect": 0.31, "read": 0.62, "total": 0.93}


class Stage:
    def __init__(self, platform: Platform, settings, file: str, fault: str, now: datetime):
        settings.PLATFORMS_DIR = str(PLATFORMS)
        self.platform, self.settings, self.fault = platform, settings, fault
        self.clock = Clock()
        self.clock.now = now
        self.vitrine = make_vitrine(platform=file)
        make_mapping(self.vitrine, PREPARING, "PICKING")
        self.connection = make_connection(self.vitrine, secrets={"token": TOKEN})
        self.points_to(platform.url)
        self.first, self.second = self.enqueue("1"), self.enqueue("2")
        #: The update that meets the fault.
        self.subject = self.first
        self.lane_did = ""
        self.read: Read | None = None
        self.shown: Row | None = None
        #: Where a run that writes the table gathers it.
        self.measured: dict[str, str] | None = None

    def points_to(self, url: str) -> None:
        self.connection.params = {"base_url": url}
        self.connection.save()

    def enqueue(self, number: str, status: OrderStatus = PREPARING) -> StatusUpdate:
        order = self.vitrine.orders.filter(number=number).first()
        order = order or make_order(self.vitrine, number, status=status)
        return enqueue_status(
            order=order, event=make_event(order), status=status, now=self.clock.now
        )

    # What happens

    def happens(self, *, quick: bool = False) -> None:
        """What is due is sent, and somebody looks at the order that the row is about."""
        usual = self.settings.SEND_TIMEOUTS
        self.settings.SEND_TIMEOUTS = QUICK if quick else usual
        self.dispatch()
        self.settings.SEND_TIMEOUTS = usual
        self.look()

    def meets(self, *behaviours: Behaviour, quick: bool = False) -> None:
        """The platform takes the next requests so, one after another, and then is well."""
        self.platform.answers(*behaviours)
        self.happens(quick=quick)

    def dispatch(self) -> int:
        return run_once(worker="w", clock=self.clock)

    def after(self, **span: float) -> int:
        self.clock.pass_by(**span)
        return self.dispatch()

    def resume(self) -> int:
        resume_lane(vitrine=self.vitrine, actor=make_user(), now=self.clock.now)
        return self.dispatch()

    def next_moment(self) -> int:
        """Go on to when the lane may do something again; not a moment before is anything sent."""
        lane, pending = self.lane, self.vitrine.status_updates.filter(state=UpdateState.PENDING)
        due = min(pending.values_list("due_at", flat=True))
        moment = max(due, self.clock.now, lane.breaker_open_until or due)
        if moment > self.clock.now:
            self.clock.now = moment - timedelta(microseconds=1)
            assert self.dispatch() == 0
            self.clock.now = moment
        return self.dispatch()

    # What came of it

    def look(self) -> None:
        """Keep what a person reads of the order now, and what the lane does."""
        told = explain_order(self.subject.order, now=self.clock.now)
        sentence, hint = self.normal(told.sentence), self.normal(told.hint)
        self.read = Read(told.cause.value, sentence, hint, told.action.label)
        self.lane_did = self.lane_does()

    def lane_does(self) -> str:
        lane, now = self.lane, self.clock.now
        if lane.paused_at is not None:
            return f"pauses ({lane.pause_reason}) until a person resumes it"
        if lane.breaker_open_until is not None and lane.breaker_open_until > now:
            return f"breaker open for {_seconds(lane.breaker_open_until - now)} s"
        if lane.throttled_until is not None and lane.throttled_until > now:
            return f"waits {_seconds(lane.throttled_until - now)} s"
        return "goes on"

    def shows(self, *classes: str, counted: int, ends: str, lane: str, read: Read) -> None:
        """What came of the fault is exactly this, and integrations/README.md says so."""
        update = self.subject
        update.refresh_from_db()
        outcomes = update.attempts.order_by("number").values_list("outcome", flat=True)
        ended = f"{update.state.upper()} ({update.reason})".replace(" ()", "")
        self.shown = Row(
            self.fault, tuple(outcomes), update.attempts_made, ended, self.lane_did, self.read
        )
        assert self.shown == Row(self.fault, classes, counted, ends, lane, read)
        if self.measured is not None:
            self.measured[self.fault] = self.shown.line
        else:
            told = lines_in_readme().get(self.fault)
            assert self.shown.line == told, "integrations/README.md is stale: make fault-table"

    @property
    def lane(self) -> Lane:
        return Lane.objects.get(vitrine=self.vitrine)

    @property
    def heard(self) -> list[str]:
        """The order of each request that reached the platform; anything but the one request that
        an update comes to as it was."""
        updates = {u.order.number: u for u in self.vitrine.status_updates.select_related("order")}
        return [self._named(heard, updates) for heard in self.platform.heard]

    def _named(self, heard: Heard, updates: dict[str, StatusUpdate]) -> str:
        if heard.about == "POST /token":
            return heard.about
        update = updates.get(heard.about)
        as_it_should_be = (
            update is not None
            and heard.body == b'{"status": "PICKING"}'
            and heard.headers.get("idempotency-key") == str(update.uuid)
        )
        return heard.about if as_it_should_be else f"{heard}"

    def waits(self, update: StatusUpdate) -> bool:
        """Whether it is as untouched as if it had never been claimed."""
        update.refresh_from_db()
        return (
            (update.state, update.reason, update.attempts_made, update.turn)
            == (UpdateState.PENDING, "", 0, True)
            and not update.attempts.exists()
        )  # fmt: skip

    def normal(self, text: str) -> str:
        """Without what differs from run to run: updates are called by their order's number, and
        the limits are those of a real run."""
        numbers = dict(self.vitrine.status_updates.values_list("pk", "order__number"))
        text = re.sub(r"#(\d+)", lambda named: f"#{numbers[int(named[1])]}", text)
        text = re.sub(r"(loja\.)+invalid", "loja.invalid", text)
        for name, seconds in QUICK.items():
            text = text.replace(f" {seconds:g} s", f" {self.settings.SEND_TIMEOUTS[name]:g} s")
        return text.replace(str(self.platform.port), "PORT")


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g}"
