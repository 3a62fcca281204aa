"""What the orders of a filled database have been through, and how common each course is."""

from dataclasses import dataclass, replace
from typing import Any

from integrations.models import AttemptClass, EventKind, EventOutcome, UpdateKind
from integrations.models import UpdateReason as Why
from integrations.models import UpdateState as State
from status_mapping.models import Channel
from vitrines.models import Inclusion, InclusionReason
from vitrines.statuses import OrderStatus as S

MINUTE, HOUR, DAY = 60, 3600, 86_400

#: The DE-PARA of a filled vitrine. Problemas has no row: what meets one waits for a mapping.
WORDS = {
    S.AGUARDANDO_PAGAMENTO: "WAITING_PAYMENT",
    S.PAGAMENTO_CONFIRMADO: "PAID",
    S.EM_PREPARACAO: "PICKING",
    S.DESPACHADO: "INVOICED",
    S.EMBARCADO: "SHIPPED",
    S.ENTREGUE: "DELIVERED",
    S.CANCELADO: "CANCELED",
}


@dataclass(frozen=True)
class Step:
    """One event of an order, and the update that it caused."""

    #: Seconds after the order was placed.
    after: int
    event: EventKind
    #: What the update tells.
    status: S
    #: None: the event caused no update.
    state: State | None
    reason: Why | None = None
    channel: str = ""
    #: Of the last try; None where nothing was tried.
    tried: AttemptClass | None = None
    tries: int = 1
    outcome: EventOutcome = EventOutcome.STATUS_CHANGED
    kind: UpdateKind = UpdateKind.STATUS
    #: For a pending one: seconds from now until it is due, and whether it is its turn.
    due_in: int = 0
    turn: bool = False

    @property
    def moves(self) -> bool:
        """It gave the order its status."""
        return self.outcome in (EventOutcome.STATUS_CHANGED, EventOutcome.ORDER_INCLUDED)


@dataclass(frozen=True)
class Story:
    #: Of ten thousand orders, how many go this way.
    share: int
    steps: tuple[Step, ...]
    inclusion: Inclusion = Inclusion.INCLUDED
    inclusion_reason: InclusionReason = InclusionReason.DEFAULT
    #: One that is still under way has only the steps that lie before now; of any other one, what
    #: would come later came now.
    under_way: bool = False


def _sent(after: int, event: EventKind, status: S, channel: str, **more: Any) -> Step:
    accepted = {"reason": Why.ACCEPTED, "tried": AttemptClass.ACCEPTED}
    return Step(after, event, status, State.SENT, channel=channel, **(accepted | more))


def _instead(step: Step, state: State, reason: Why, tried: AttemptClass | None = None) -> Step:
    """The same event, of whose update something else became."""
    return replace(step, state=state, reason=reason, tried=tried)


K = EventKind
URL, XML, TRACKING = Channel.URL, Channel.XML, Channel.TRACKING

_RECEIPT = Step(0, K.ORDER_RECEIVED, S.PAGAMENTO_CONFIRMADO, None)
RECEIVED = replace(
    _RECEIPT, state=State.SKIPPED, reason=Why.ECHO, outcome=EventOutcome.ORDER_INCLUDED
)
LEFT_OUT = replace(_RECEIPT, outcome=EventOutcome.ORDER_NOT_INCLUDED)
UNKNOWN_WORD = replace(_RECEIPT, outcome=EventOutcome.ORDER_HELD)
RESERVED = _sent(2 * HOUR, K.RESERVED, S.EM_PREPARACAO, URL)
INVOICED = _sent(20 * HOUR, K.INVOICED, S.DESPACHADO, XML)
BOARDED = _sent(28 * HOUR, K.BOARDED, S.EMBARCADO, TRACKING)
DELIVERED = _sent(5 * DAY, K.DELIVERED, S.ENTREGUE, TRACKING)
CANCELLED = _sent(6 * HOUR, K.CANCELLED, S.CANCELADO, URL)
PROBLEM = Step(3 * DAY, K.PROBLEM, S.PROBLEMAS, State.HELD, Why.UNMAPPED)
TRACKED = _sent(
    26 * HOUR,
    K.TRACKING,
    S.DESPACHADO,
    TRACKING,
    kind=UpdateKind.TRACKING,
    outcome=EventOutcome.FACT_RECORDED,
)
SENT_AFTER_TWO_FAILURES = replace(RESERVED, tries=3)
ALREADY_SO = _instead(RESERVED, State.SENT, Why.ALREADY_APPLIED, AttemptClass.ALREADY_APPLIED)
SUPERSEDED = _instead(RESERVED, State.SUPERSEDED, Why.SUPERSEDED, AttemptClass.REJECTED)
NOT_TOLD = replace(_instead(RESERVED, State.SKIPPED, Why.INACTIVE), channel="")
TOO_LATE = replace(NOT_TOLD, after=21 * HOUR, reason=Why.REGRESSION, outcome=EventOutcome.LATE)
REJECTED = _instead(INVOICED, State.FAILED, Why.REJECTED, AttemptClass.REJECTED)
SETTLED = _instead(INVOICED, State.CANCELLED, Why.CANCELLED, AttemptClass.REJECTED)
MISCONFIGURED = _instead(INVOICED, State.FAILED, Why.CONFIG)
WITHOUT_XML = _instead(INVOICED, State.HELD, Why.WAITING_INVOICE_XML)
WITHOUT_TRACKING = _instead(BOARDED, State.HELD, Why.WAITING_TRACKING)
RETRYING = Step(
    20 * HOUR,
    K.INVOICED,
    S.DESPACHADO,
    State.PENDING,
    channel=URL,
    tried=AttemptClass.TRANSIENT,
    tries=3,
    due_in=6 * HOUR,
    turn=True,
)
TO_THE_DOOR = (INVOICED, BOARDED, DELIVERED)

#: An order has four updates: that of its receipt, which is the store's own word and told to nobody,
#: and three to tell, of which 98 in 100 are SENT.
HISTORY = (
    Story(3230, (RECEIVED, RESERVED, *TO_THE_DOOR), under_way=True),
    Story(4665, (RECEIVED, *TO_THE_DOOR), under_way=True),
    Story(200, (RECEIVED, RESERVED, INVOICED, TRACKED, BOARDED, DELIVERED), under_way=True),
    Story(900, (RECEIVED, CANCELLED), under_way=True),
    Story(150, (RECEIVED, SENT_AFTER_TWO_FAILURES, *TO_THE_DOOR)),
    Story(200, (RECEIVED, ALREADY_SO, *TO_THE_DOOR)),
    Story(150, (RECEIVED, SUPERSEDED, *TO_THE_DOOR)),
    Story(100, (RECEIVED, INVOICED, TOO_LATE, BOARDED, DELIVERED)),
    Story(200, (RECEIVED, NOT_TOLD, *TO_THE_DOOR)),
    Story(30, (RECEIVED, RESERVED, SETTLED, BOARDED, DELIVERED)),
    Story(175, (LEFT_OUT,), Inclusion.NOT_INCLUDED, InclusionReason.CANCELLED),
)
#: What waits for somebody, for a fact, or for the next retry. In a shop that is looked after their
#: number does not grow with the years.
UNFINISHED = (
    Story(3000, (RECEIVED, RESERVED, REJECTED)),
    Story(1000, (RECEIVED, RESERVED, MISCONFIGURED)),
    Story(1500, (RECEIVED, WITHOUT_XML)),
    Story(1500, (RECEIVED, INVOICED, WITHOUT_TRACKING)),
    Story(1500, (RECEIVED, INVOICED, BOARDED, PROBLEM)),
    Story(700, (RECEIVED, RETRYING)),
    Story(800, (UNKNOWN_WORD,), Inclusion.HELD, InclusionReason.UNMAPPED),
)


def _queue(*, updates: int, due_in: int = 0, tries: int = 0) -> tuple[Step, ...]:
    """So many updates in the queue; the first one has the turn."""
    statuses = (S.EM_PREPARACAO, S.DESPACHADO, S.EMBARCADO, S.ENTREGUE)
    events = (K.RESERVED, K.INVOICED, K.BOARDED, K.DELIVERED)
    return tuple(
        Step(
            (place + 1) * MINUTE,
            events[place % 4],
            statuses[place % 4],
            State.PENDING,
            channel=URL,
            tried=AttemptClass.TRANSIENT if tries and not place else None,
            tries=tries,
            due_in=0 if place else due_in,
            turn=not place,
        )
        for place in range(updates)
    )


def waiting(each: int) -> Story:
    """Orders with ``each`` updates that are due now, one after another."""
    return Story(10_000, (RECEIVED, *_queue(updates=each)))


def blocked(each: int) -> Story:
    """Orders with ``each`` updates behind one that failed three times and is due in six hours."""
    return Story(10_000, (RECEIVED, *_queue(updates=each + 1, due_in=6 * HOUR, tries=3)))
