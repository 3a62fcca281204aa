"""Which alarms open, stay and close. Pure: facts, wishes, open alarms and the time in, steps out.

**An alarm that is over stays open for a moment** (``CALM``): what goes to and fro about its
threshold is one alarm, not twenty. It closes when that moment has passed, and says so with the time
of closing.

**A clock that was set back** leaves times that lie ahead. What was seen or told then counts as seen
or told now, so nothing is repeated early and nothing stays open for the hour that comes twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.alarms import words
from integrations.alarms.kinds import Kind
from integrations.painel.silence import Silence

#: How long an alarm must have been over before it is closed.
CALM = timedelta(minutes=5)


@dataclass(frozen=True)
class Wishes:
    """What to raise an alarm for; None or False is one that is off."""

    lane_paused: bool = False
    auth_refused: bool = False
    breaker_open: timedelta | None = None
    held_or_failed_above: int | None = None
    silent: timedelta | None = None
    late_orders: bool = False
    #: How often an alarm that goes on is told again.
    repeat: timedelta | None = None

    @property
    def kinds(self) -> frozenset[Kind]:
        """Those that are on."""
        wanted = {
            Kind.LANE_PAUSED: self.lane_paused,
            Kind.AUTH_REFUSED: self.auth_refused,
            Kind.BREAKER_OPEN: self.breaker_open is not None,
            Kind.HELD_OR_FAILED: self.held_or_failed_above is not None,
            Kind.SILENT: self.silent is not None,
            Kind.LATE_ORDERS: self.late_orders,
        }
        return frozenset(kind for kind, on in wanted.items() if on)


@dataclass(frozen=True)
class LateOrders:
    """How many orders are beyond their limit, and the oldest of them in words."""

    number: int
    since: datetime
    oldest: str


@dataclass(frozen=True)
class VitrineFacts:
    """How the sending of a vitrine stands."""

    published: bool = True
    paused_at: datetime | None = None
    #: Empty while it is not paused; its label in ``pause_words``.
    pause_reason: str = ""
    pause_words: str = ""
    breaker_opened_at: datetime | None = None
    #: Updates that are held or failed, and when the oldest was created.
    stuck: int = 0
    stuck_since: datetime | None = None
    last_accepted_at: datetime | None = None
    #: Since when something has been waiting to be sent and nothing was accepted.
    waiting_since: datetime | None = None
    #: It usually sends at these hours, and does not.
    silence: Silence | None = None
    late: LateOrders | None = None


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong now."""

    kind: Kind
    #: None: since it is seen.
    since: datetime | None
    said: str
    number: int = 0


@dataclass(frozen=True)
class OpenAlarm:
    id: int
    kind: Kind
    seen_at: datetime
    told_at: datetime


@dataclass(frozen=True)
class Opens:
    wrong: Wrong


@dataclass(frozen=True)
class Stays:
    """``repeats``: it is to be told again."""

    alarm: OpenAlarm
    wrong: Wrong
    repeats: bool


@dataclass(frozen=True)
class SeenAhead:
    """It is over, and was last seen at a time that a clock set back has not reached yet."""

    alarm: OpenAlarm


@dataclass(frozen=True)
class Closes:
    """``tells``: nobody is told of one that was switched off."""

    alarm: OpenAlarm
    tells: bool


Step = Opens | Stays | SeenAhead | Closes


def evaluate(
    wishes: Wishes, facts: VitrineFacts, alarms: Sequence[OpenAlarm], now: datetime
) -> list[Step]:
    """``alarms``: the open ones of the vitrine, one of a kind at most. What needs no writing is no
    step."""
    wrongs = {wrong.kind: wrong for wrong in wrongs_of(wishes, facts, now)}
    steps: list[Step] = []
    for alarm in alarms:
        wrong = wrongs.pop(alarm.kind, None)
        if wrong is not None:
            steps.append(Stays(alarm, wrong, _is_told_again(alarm, wishes, now)))
        else:
            steps += _over(alarm, wishes, now)
    return [*steps, *map(Opens, wrongs.values())]


def wrongs_of(wishes: Wishes, facts: VitrineFacts, now: datetime) -> list[Wrong]:
    """All that is wrong of what is wished to be told. With a vitrine that is not published nothing
    is: somebody decided that nothing is sent."""
    if not facts.published:
        return []
    found = (*_lane(facts), *_breaker(wishes, facts, now), *_queue(wishes, facts, now))
    return [wrong for wrong in found if wrong.kind in wishes.kinds]


def _is_told_again(alarm: OpenAlarm, wishes: Wishes, now: datetime) -> bool:
    return wishes.repeat is not None and now - alarm.told_at >= wishes.repeat


def _over(alarm: OpenAlarm, wishes: Wishes, now: datetime) -> Iterable[Step]:
    if alarm.kind not in wishes.kinds:
        return [Closes(alarm, tells=False)]
    if alarm.seen_at > now:
        return [SeenAhead(alarm)]
    return [Closes(alarm, tells=True)] if now - alarm.seen_at >= CALM else []


def _lane(facts: VitrineFacts) -> Iterator[Wrong]:
    if facts.paused_at is None:
        return
    if facts.pause_reason == "auth_refused":
        yield Wrong(Kind.AUTH_REFUSED, facts.paused_at, words.AUTH_REFUSED)
    else:
        said = words.LANE_PAUSED.format(why=facts.pause_words)
        yield Wrong(Kind.LANE_PAUSED, facts.paused_at, said)


def _breaker(wishes: Wishes, facts: VitrineFacts, now: datetime) -> Iterator[Wrong]:
    """A pause is told as such. While nothing waits nobody asks the store again, and nobody knows
    whether it is still down."""
    opened, limit = facts.breaker_opened_at, wishes.breaker_open
    if opened is None or limit is None or facts.paused_at or facts.waiting_since is None:
        return
    if now - opened >= limit:
        yield Wrong(Kind.BREAKER_OPEN, opened, words.BREAKER_OPEN)


def _queue(wishes: Wishes, facts: VitrineFacts, now: datetime) -> Iterator[Wrong]:
    above = wishes.held_or_failed_above
    if above is not None and facts.stuck > above and facts.stuck_since is not None:
        said = words.held_or_failed(facts.stuck, above, facts.stuck_since, now)
        # The oldest may be of weeks ago; that they are too many is seen now.
        yield Wrong(Kind.HELD_OR_FAILED, None, said, facts.stuck)
    yield from _silence(wishes, facts, now)
    if facts.late is not None:
        said = words.late_orders(facts.late.number, facts.late.oldest)
        yield Wrong(Kind.LATE_ORDERS, facts.late.since, said, facts.late.number)


def _silence(wishes: Wishes, facts: VitrineFacts, now: datetime) -> Iterator[Wrong]:
    """Nothing was accepted for so long: though something waits to be sent, or at hours in which the
    vitrine usually sends, as when the ERP has stopped telling. A store without orders is silent by
    right, and so is a lane that is paused."""
    if wishes.silent is None or facts.paused_at is not None:
        return
    accepted, waiting = facts.last_accepted_at, facts.waiting_since
    if waiting is not None and now - waiting >= wishes.silent:
        yield Wrong(Kind.SILENT, waiting, words.silent(accepted, waiting, now))
    elif facts.silence and accepted is not None and now - accepted >= wishes.silent:
        said = words.unusually_silent(accepted, facts.silence.told_at, now)
        yield Wrong(Kind.SILENT, accepted, said)
