"""Whether a run lost, doubled or overtook anything. Pure: looks at what is on record.

Two records are held against each other: the store's (every request that arrived) and ours (the
updates, their tries, the lanes). What was in flight at an interruption is known by key, so every
repeated request must have a cause of its own: a fault that the store made, or an interruption
while this very update was in flight.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from tests.services.crashes.store import Answer

#: A request that a killed process had already written may be read by the store a moment later.
#: Seconds; less than a lease.
STILL_ON_THE_WIRE = 1.5
#: Of a process that was halted: what its running thread was about to write.
WRITTEN_LATE = 1


@dataclass(frozen=True)
class Request:
    """As the store saw it; ``at`` in seconds of the machine's monotonic clock."""

    at: float
    key: str
    order: str
    word: str
    answer: Answer


@dataclass(frozen=True)
class Update:
    key: str
    order: str
    sequence: int
    word: str
    state: str
    turn: bool
    attempts_made: int
    #: ``(number, outcome)`` of each recorded try, in the order in which they were recorded.
    attempts: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Interruption:
    """A process was killed or stopped, or what it worked with was taken away."""

    what: str
    at: float
    #: Keys of the updates that were SENDING then, of the lanes that it concerned.
    in_flight: frozenset[str]
    #: Seconds for which what was in hand could still be sent, and nothing be recorded.
    lasted: float = 0.0
    #: When a process that was halted went on.
    went_on_at: float | None = None

    def explains(self, earlier: Request, later: Request) -> bool:
        return (
            earlier.key in self.in_flight
            and earlier.at <= self.at + self.lasted + STILL_ON_THE_WIRE
            and later.at >= self.at
        )

    def lets_through(self, earlier: Request, later: Request) -> bool:
        """Whether one of the two may be what a thread was about to write when it was halted: it
        had looked at its lease, and does not look again before it goes on."""
        if self.went_on_at is None or earlier.key not in self.in_flight:
            return False
        until = self.went_on_at + STILL_ON_THE_WIRE
        return any(self.went_on_at <= one.at <= until for one in (earlier, later))


@dataclass(frozen=True)
class Run:
    #: Order → what the store had to be told, first to last.
    expected: Mapping[str, tuple[str, ...]]
    requests: Sequence[Request]
    updates: Sequence[Update]
    interruptions: Sequence[Interruption] = ()
    #: ``(vitrine, owner)`` of the lanes that somebody still holds.
    held_lanes: Sequence[tuple[str, str]] = ()


class Kind(StrEnum):
    LOST = "lost"
    OUT_OF_SEQUENCE = "out of sequence"
    OTHER_KEY = "with another key"
    DOUBLED = "doubled for no reason"
    MISRECORDED = "misrecorded"


@dataclass(frozen=True)
class Problem:
    kind: Kind
    order: str
    text: str


@dataclass
class Judgement:
    problems: list[Problem] = field(default_factory=list)
    #: Repeated requests that the store's own faults caused.
    repeats_by_fault: int = 0
    #: Repeated requests that each interruption caused.
    repeats_by_interruption: list[int] = field(default_factory=list)
    #: Of these, what a process wrote though its lease was over by then.
    written_late: Counter[int] = field(default_factory=Counter)

    def count(self, kind: Kind) -> int:
        return sum(problem.kind is kind for problem in self.problems)


def judge(run: Run) -> Judgement:
    judgement = Judgement(repeats_by_interruption=[0] * len(run.interruptions))
    by_order: dict[str, list[Request]] = defaultdict(list)
    for request in run.requests:
        by_order[request.order].append(request)
    updates: dict[str, list[Update]] = defaultdict(list)
    for update in run.updates:
        updates[update.order].append(update)
    for order in sorted({*run.expected, *by_order, *updates}):
        words = run.expected.get(order, ())
        told, ours = by_order[order], updates[order]
        found = {
            Kind.LOST: _lost(words, told, ours),
            Kind.OUT_OF_SEQUENCE: _out_of_sequence(words, told),
            Kind.OTHER_KEY: _wrong_keys(told, ours),
            Kind.MISRECORDED: _attempts(told, ours, run.interruptions),
            Kind.DOUBLED: _unexplained(told, run.interruptions, judgement),
        }
        judgement.problems += [
            Problem(kind, order, text) for kind, texts in found.items() for text in texts
        ]
    for one, repeats in zip(run.interruptions, judgement.repeats_by_interruption, strict=True):
        if repeats > len(one.in_flight):
            text = f"{one.what}: {repeats} repeats of {len(one.in_flight)} in flight"
            judgement.problems.append(Problem(Kind.DOUBLED, "", text))
    for place, late in judgement.written_late.items():
        if late > WRITTEN_LATE:
            text = f"{run.interruptions[place].what}: {late} requests written after the lease"
            judgement.problems.append(Problem(Kind.DOUBLED, "", text))
    judgement.problems += [
        Problem(Kind.MISRECORDED, "", f"the lane of {vitrine} is still held by {owner}")
        for vitrine, owner in run.held_lanes
    ]
    return judgement


def _lost(
    words: Sequence[str], requests: Sequence[Request], updates: Sequence[Update]
) -> Iterator[str]:
    applied = [request.word for request in requests if request.answer.applied]
    for word in words:
        if word not in applied:
            yield f"lost: the store never accepted {word!r}"
    if applied and words and applied[-1] != words[-1]:
        yield f"the store ends at {applied[-1]!r}, the ERP at {words[-1]!r}"
    told = [update.word for update in sorted(updates, key=lambda update: update.sequence)]
    if told != list(words):
        yield f"the updates tell {told}, the ERP told {list(words)}"
    for update in updates:
        if update.state != "sent" or update.turn:
            turn = " and has the turn" if update.turn else ""
            yield f"the update {update.word!r} is {update.state}{turn}"


def _out_of_sequence(words: Sequence[str], requests: Sequence[Request]) -> Iterator[str]:
    """An update goes out only once the one before it is done, so arrivals never step back."""
    for earlier, later in pairwise(request for request in requests if request.word in words):
        if words.index(later.word) < words.index(earlier.word):
            yield f"out of sequence: {later.word!r} arrived after {earlier.word!r}"


def _wrong_keys(requests: Sequence[Request], updates: Sequence[Update]) -> Iterator[str]:
    own = {update.word: update.key for update in updates}
    for request in requests:
        if own.get(request.word) != request.key:
            yield f"{request.word!r} arrived with the key {request.key}, which is not its own"


def _attempts(
    requests: Sequence[Request], updates: Sequence[Update], interruptions: Sequence[Interruption]
) -> Iterator[str]:
    """Each request that was not cut off by an interruption left one record, and only one."""
    arrived = Counter(request.key for request in requests)
    for update in updates:
        numbers = [number for number, _ in update.attempts]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"the tries of {update.word!r} are numbered {numbers}"
        if update.attempts_made != len(numbers):
            yield f"{update.word!r} counts {update.attempts_made} tries, recorded {len(numbers)}"
        accepted = [number for number, outcome in update.attempts if outcome == "accepted"]
        if len(accepted) > 1:
            yield f"{update.word!r} was recorded as accepted at its tries {accepted}"
        cut_off = sum(update.key in one.in_flight for one in interruptions)
        unrecorded = arrived[update.key] - len(numbers)
        if not 0 <= unrecorded <= cut_off:
            yield (
                f"{update.word!r} arrived {arrived[update.key]} times and has {len(numbers)} tries "
                f"on record; it was in flight at {cut_off} interruptions"
            )


def _unexplained(
    requests: Sequence[Request], interruptions: Sequence[Interruption], judgement: Judgement
) -> Iterator[str]:
    latest: dict[str, Request] = {}
    for request in requests:
        earlier = latest.get(request.key)
        latest[request.key] = request
        if earlier is None:
            continue
        if earlier.answer is not Answer.ACCEPTED:
            judgement.repeats_by_fault += 1
            continue
        explained = (n for n, one in enumerate(interruptions) if one.explains(earlier, request))
        late = (n for n, one in enumerate(interruptions) if one.lets_through(earlier, request))
        if (cause := next(explained, None)) is not None:
            judgement.repeats_by_interruption[cause] += 1
        elif (cause := next(late, None)) is not None:
            judgement.repeats_by_interruption[cause] += 1
            judgement.written_late[cause] += 1
        else:
            yield f"doubled: {request.word!r} was accepted and sent again for no reason"


def told(run: Run, order: str) -> str:
    """All that is known of one order, in order of time, to find out what went wrong."""
    lines = [f"order {order}: the ERP told {', '.join(run.expected.get(order, ()))}"]
    keys = {update.key: update for update in run.updates if update.order == order}
    for update in sorted(keys.values(), key=lambda update: update.sequence):
        tries = ", ".join(f"{number} {outcome}" for number, outcome in update.attempts)
        turn = " (turn)" if update.turn else ""
        lines.append(
            f"  update {update.sequence} {update.word} {update.state}{turn}"
            f" {update.key} tries: {tries or 'none'}"
        )
    moments = [
        (request.at, f"store: {request.word} {request.key[:8]} -> {request.answer}")
        for request in run.requests
        if request.order == order
    ]
    for one in run.interruptions:
        flying = ", ".join(keys[key].word for key in one.in_flight if key in keys)
        moments.append((one.at, f"{one.what} (in flight: {flying or 'nothing of this order'})"))
    start = min((at for at, _ in moments), default=0.0)
    lines += [f"  {at - start:8.3f} s  {text}" for at, text in sorted(moments)]
    return "\n".join(lines)
