"""What waits for somebody: each cause with its vitrines, most urgent first."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from integrations.models import Lane, PauseReason
from integrations.needs_a_person.causes import WORDS, Cause, CauseWords
from integrations.needs_a_person.counting import (
    STUCK,
    Counted,
    Pile,
    VitrinePiles,
    total_of,
)
from integrations.painel.silence import Silence
from integrations.painel.words import silence_in_words
from integrations.wording import when
from vitrines.models import Vitrine


@dataclass(frozen=True)
class Waiting:
    """Of one vitrine, for one cause."""

    vitrine: Vitrine
    count: Counted
    since: datetime | None
    #: What else is to be known of it.
    note: str = ""


@dataclass(frozen=True)
class WaitingCause:
    cause: Cause
    #: The most first.
    rows: tuple[Waiting, ...]

    @property
    def words(self) -> CauseWords:
        return WORDS[self.cause]

    @property
    def total(self) -> Counted:
        if self.words.of_vitrines:
            return Counted(len(self.rows))
        return total_of(row.count for row in self.rows)


def waiting_causes(
    piles: Sequence[VitrinePiles], *, silences: Sequence[Silence] = (), now: datetime
) -> list[WaitingCause]:
    by_cause: dict[Cause, list[Waiting]] = defaultdict(list)
    for one in piles:
        for cause, waiting in (*_stopped(one, now), *_stuck(one)):
            by_cause[cause].append(waiting)
    of_vitrine = {one.vitrine.pk: one for one in piles}
    for silence in silences:
        by_cause[Cause.SILENT].append(_silent(silence, of_vitrine[silence.vitrine_id], now))
    return [
        WaitingCause(cause, tuple(sorted(by_cause[cause], key=_most_first)))
        for cause in Cause
        if cause in by_cause
    ]


def _most_first(waiting: Waiting) -> tuple[int, str]:
    return -waiting.count.number, waiting.vitrine.code


_PAUSES = {
    PauseReason.AUTH_REFUSED: Cause.CREDENTIAL,
    PauseReason.GONE: Cause.GONE,
    PauseReason.CONFIG: Cause.LANE_CONFIG,
    PauseReason.MANUAL: Cause.PAUSED,
}


def _stopped(one: VitrinePiles, now: datetime) -> Iterator[tuple[Cause, Waiting]]:
    """What stops the whole vitrine. The count is of what waits in its queue."""
    lane, pending = one.lane, one.piles[Pile.PENDING]
    if not one.vitrine.published and pending:
        yield Cause.UNPUBLISHED, Waiting(one.vitrine, pending, pending.oldest)
    if lane is None:
        return
    if lane.paused_at is not None:
        cause = _PAUSES[PauseReason(lane.pause_reason)]
        yield cause, Waiting(one.vitrine, pending, lane.paused_at, _pause_in_words(lane))
    elif lane.breaker_open_until is not None and lane.breaker_open_until > now:
        note = f"Próxima tentativa em {when(lane.breaker_open_until, now)}."
        if lane.breaker_note:
            note = f"Sem token de acesso: “{lane.breaker_note}” {note}"
        yield Cause.UNWELL, Waiting(one.vitrine, pending, lane.breaker_opened_at, note)


def _pause_in_words(lane: Lane) -> str:
    by = f"por {lane.paused_by}" if lane.paused_by else ""
    return ": ".join(part for part in (by, lane.pause_note) if part)


def _stuck(one: VitrinePiles) -> Iterator[tuple[Cause, Waiting]]:
    """Updates, orders and events, each pile its own cause."""
    for pile in (*STUCK, Pile.ORDERS_HELD, Pile.NOT_INCLUDED, Pile.ORPHANS):
        counted = one.piles[pile]
        if counted:
            yield Cause(pile.value), Waiting(one.vitrine, counted, counted.oldest)


def _silent(silence: Silence, piles: VitrinePiles, now: datetime) -> Waiting:
    waiting = piles.waiting
    note = silence_in_words(
        told=when(silence.told_at, now) if silence.told_at else "",
        waiting=str(waiting) if waiting else "",
    )
    return Waiting(piles.vitrine, waiting, silence.accepted_at, note)
