"""Why an order's status is what the store shows: one cause from a closed list.

Plain data in, a value out: no database, no clock. ``explaining.queries`` gathers the facts,
``sentences`` puts a cause into words, ``explain`` ties them together.

**Which update decides.** An order may have many updates; one of them stands between what the ERP
says (``OrderFacts.status``) and what the store was last told:

1. The latest *status* update; one that repeats another stands where that one stood. One that was
   skipped because it would take the order back (``regression``) counts only if it speaks of the
   order's present status: a late fact explains nothing about a newer status that the store has
   accepted. It is then ``regression_blocked``: the store cannot be told because that would undo a
   step.
2. If that update was accepted, or its status came from the store itself (``echo``), the store is
   right about the status. Then a *tracking* that still waits, failed or is held is the cause
   shown, because "sent without tracking" must never look finished. A failed one goes before a
   held one, a held one before one in the queue.
3. ``queued_behind`` is an update that waits for its turn: another of the same order goes first,
   or (a ``strict`` platform) an earlier one failed or is held. ``Decision.behind`` tells why that
   one waits. The closed list has no "queued", so an update that is next in line and was never
   tried is ``queued_behind`` too, with nobody in front: it leaves in a moment, or the sentence
   says that no worker is running.
4. What waits in a stopped lane has the lane's cause, in this order: unpublished or paused,
   credential refused, breaker, throttle. Only then does the update's own retry count.

An order without a status is explained by its inclusion; an order whose present status no update
speaks of is ``no_event_yet``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from status_mapping.translation import MappingRow
from vitrines.statuses import OrderStatus


class Cause(StrEnum):
    ACCEPTED = "accepted"
    ALREADY_APPLIED = "already_applied"
    NO_EVENT_YET = "no_event_yet"
    NOT_INCLUDED_CANCELLED = "not_included_cancelled"
    NOT_INCLUDED_INACTIVE = "not_included_inactive"
    INBOUND_UNMAPPED = "inbound_unmapped"
    UNMAPPED = "unmapped"
    INACTIVE = "inactive"
    WAITING_INVOICE_XML = "waiting_invoice_xml"
    WAITING_TRACKING = "waiting_tracking"
    QUEUED_BEHIND = "queued_behind"
    RETRYING = "retrying"
    THROTTLED = "throttled"
    BREAKER_OPEN = "breaker_open"
    LANE_PAUSED = "lane_paused"
    AUTH_REFUSED = "auth_refused"
    REJECTED = "rejected"
    EXHAUSTED = "exhausted"
    DESTINATION_REFUSED = "destination_refused"
    CONFIG_ERROR = "config_error"
    REGRESSION_BLOCKED = "regression_blocked"
    SUPERSEDED = "superseded"
    CANCELLED_BY_PERSON = "cancelled_by_person"
    ECHO = "echo"

    @property
    def label(self) -> str:
        """Two or three words, for a list."""
        return LABELS[self]


LABELS: dict[Cause, str] = {
    Cause.ACCEPTED: "Aceito",
    Cause.ALREADY_APPLIED: "Já estava assim",
    Cause.NO_EVENT_YET: "Sem evento do ERP",
    Cause.NOT_INCLUDED_CANCELLED: "Chegou cancelado",
    Cause.NOT_INCLUDED_INACTIVE: "Linha inativa",
    Cause.INBOUND_UNMAPPED: "Palavra sem mapeamento",
    Cause.UNMAPPED: "Sem mapeamento",
    Cause.INACTIVE: "Inativo",
    Cause.WAITING_INVOICE_XML: "Aguarda o XML da nota",
    Cause.WAITING_TRACKING: "Aguarda o rastreio",
    Cause.QUEUED_BEHIND: "Na fila",
    Cause.RETRYING: "Tentando de novo",
    Cause.THROTTLED: "Limite da plataforma",
    Cause.BREAKER_OPEN: "Loja fora do ar",
    Cause.LANE_PAUSED: "Envio pausado",
    Cause.AUTH_REFUSED: "Credencial recusada",
    Cause.REJECTED: "Recusado",
    Cause.EXHAUSTED: "Tentativas esgotadas",
    Cause.DESTINATION_REFUSED: "Destino não permitido",
    Cause.CONFIG_ERROR: "Erro de configuração",
    Cause.REGRESSION_BLOCKED: "Regrediria",
    Cause.SUPERSEDED: "Superado",
    Cause.CANCELLED_BY_PERSON: "Resolvido fora",
    Cause.ECHO: "Veio da loja",
}


class Situation(StrEnum):
    """How the store stands against the ERP, and whether somebody must act.

    ``queries.orders_in_situation`` says the same in SQL, to filter by it.
    """

    UP_TO_DATE = "up_to_date"
    WAITING = "waiting"
    OUTDATED = "outdated"
    TRACKING_MISSING = "tracking_missing"
    UNMAPPED = "unmapped"
    NOT_SENT = "not_sent"
    SETTLED = "settled"
    NOT_INCLUDED = "not_included"

    @property
    def label(self) -> str:
        return SITUATIONS[self][0]

    @property
    def tone(self) -> str:
        """The class of its pill."""
        return SITUATIONS[self][1]


SITUATIONS: dict[Situation, tuple[str, str]] = {
    Situation.UP_TO_DATE: ("Loja em dia", "ok"),
    Situation.WAITING: ("Aguardando", "wait"),
    Situation.OUTDATED: ("Loja desatualizada", "bad"),
    Situation.TRACKING_MISSING: ("Loja sem o rastreio", "bad"),
    Situation.UNMAPPED: ("Falta mapear", "warn"),
    Situation.NOT_SENT: ("Não enviado", "warn"),
    Situation.SETTLED: ("Resolvido fora", "ok"),
    Situation.NOT_INCLUDED: ("Não incluído", "warn"),
}


@dataclass(frozen=True)
class UpdateFacts:
    """A ``StatusUpdate`` as plain data; ``http_status`` is that of its last try, if loaded."""

    id: int
    sequence: int
    kind: str
    status: OrderStatus
    state: str
    reason: str = ""
    detail: str = ""
    channel: str = ""
    platform_status: str = ""
    revision: int = 0
    turn: bool = False
    due_at: datetime | None = None
    attempts_made: int = 0
    created_at: datetime | None = None
    finished_at: datetime | None = None
    superseded_by: int | None = None
    http_status: int | None = None
    #: Who settled it outside, if known.
    closed_by: str = ""
    #: Of a repeat: the ``sequence`` of what it repeats, where it stands in the order's story.
    place: int | None = None

    @property
    def tracking(self) -> bool:
        return self.kind == "tracking"

    @property
    def in_story(self) -> tuple[int, int]:
        """Sorts by what is told; of a status told again, the last time counts."""
        return self.place or self.sequence, self.sequence


@dataclass(frozen=True)
class LaneFacts:
    paused_at: datetime | None = None
    pause_reason: str = ""
    pause_note: str = ""
    paused_by: str = ""
    #: When the parameters of *Envio* were changed since it was paused, and whether a secret was.
    mended_at: datetime | None = None
    secret_mended: bool = False
    throttled_until: datetime | None = None
    paced_until: datetime | None = None
    breaker_open_until: datetime | None = None
    breaker_note: str = ""
    failures: int = 0
    #: Until when a worker holds the lane; None when nobody does.
    leased_until: datetime | None = None


@dataclass(frozen=True)
class ShopFacts:
    """A vitrine: its lane, and its DE-PARA as it is now."""

    code: str
    platform_label: str
    published: bool = True
    code_required: bool = True
    #: The statuses that the platform's file can tell at all; None where that is not known.
    told_statuses: frozenset[OrderStatus] | None = None
    revision: int = 0
    lane: LaneFacts = field(default_factory=LaneFacts)
    rows: Mapping[OrderStatus, MappingRow] = field(default_factory=dict)
    #: Folded platform words that some row receives.
    words: frozenset[str] = frozenset()

    def tells(self, update: UpdateFacts) -> bool:
        """Whether anything could be sent for its status, whatever the DE-PARA says."""
        return update.tracking or self.told_statuses is None or update.status in self.told_statuses


@dataclass(frozen=True)
class OrderFacts:
    status: OrderStatus | None
    inclusion: str = "included"
    inclusion_reason: str = "default"
    platform_status: str = ""
    #: Whether the ERP itself ever spoke of the order; None when that was not asked.
    told_by_erp: bool | None = None
    #: What its notes are called ("NF-e 29.248/3"), the valid ones only.
    invoices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    cause: Cause
    update: UpdateFacts | None = None
    #: For ``queued_behind``: what goes first, and why that one waits.
    behind: "Decision | None" = None


def cause_of(
    order: OrderFacts, shop: ShopFacts, updates: Sequence[UpdateFacts], now: datetime
) -> Decision:
    """The one cause; see the head of this module for the order of precedence."""
    if order.status is None:
        return Decision(_without_status(order))
    update = decisive_update(order.status, updates)
    if update is None:
        return Decision(Cause.NO_EVENT_YET)
    decision = cause_of_update(update, shop, updates, now)
    if store_is_right(update):
        tracking = _open_tracking(updates)
        if tracking is not None:
            return cause_of_update(tracking, shop, updates, now)
    return decision


def cause_of_update(
    update: UpdateFacts, shop: ShopFacts, updates: Sequence[UpdateFacts], now: datetime
) -> Decision:
    """Why one update is where it is, whatever else became of its order."""
    match update.state:
        case "pending":
            return _why_pending(update, shop, updates, now)
        case "sending":
            trying_again = update.attempts_made > 0
            return Decision(Cause.RETRYING if trying_again else Cause.QUEUED_BEHIND, update)
        case _:
            return Decision(_BY_REASON[update.reason], update)


def decisive_update(status: OrderStatus, updates: Sequence[UpdateFacts]) -> UpdateFacts | None:
    speaking = [
        update
        for update in updates
        if not update.tracking and (update.reason != "regression" or update.status == status)
    ]
    latest = max(speaking, key=lambda update: update.in_story, default=None)
    return latest if latest is not None and latest.status == status else None


def store_is_right(update: UpdateFacts) -> bool:
    return update.state == "sent" or update.reason == "echo"


def situation_of(order: OrderFacts, shop: ShopFacts, decision: Decision) -> Situation:
    if order.status is None:
        return _SITUATION_WITHOUT_STATUS.get(decision.cause, Situation.WAITING)
    update = decision.update
    if update is None:
        return Situation.WAITING
    if update.tracking:
        stuck = update.state in ("failed", "held")
        return Situation.TRACKING_MISSING if stuck else Situation.WAITING
    if store_is_right(update):
        return Situation.UP_TO_DATE
    if update.state in ("pending", "sending"):
        return _situation_in_queue(shop, decision)
    return _situation_when_closed(update)


def _situation_when_closed(update: UpdateFacts) -> Situation:
    if update.state == "held":
        return _SITUATION_HELD.get(update.reason, Situation.OUTDATED)
    return {
        "failed": Situation.OUTDATED,
        "cancelled": Situation.SETTLED,
    }.get(update.state, Situation.NOT_SENT)


def _situation_in_queue(shop: ShopFacts, decision: Decision) -> Situation:
    if decision.behind and decision.behind.update:
        ahead = decision.behind.update
        if ahead.state in ("failed", "held"):
            return _situation_when_closed(ahead)
    broken = shop.published and shop.lane.pause_reason in ("auth_refused", "gone", "config")
    return Situation.OUTDATED if broken else Situation.WAITING


_SITUATION_HELD = {
    "unmapped": Situation.UNMAPPED,
    "waiting_invoice_xml": Situation.WAITING,
    "waiting_tracking": Situation.WAITING,
}
_SITUATION_WITHOUT_STATUS = {
    Cause.INBOUND_UNMAPPED: Situation.UNMAPPED,
    Cause.NOT_INCLUDED_CANCELLED: Situation.NOT_INCLUDED,
    Cause.NOT_INCLUDED_INACTIVE: Situation.NOT_INCLUDED,
}
_BY_REASON: dict[str, Cause] = {
    "accepted": Cause.ACCEPTED,
    "already_applied": Cause.ALREADY_APPLIED,
    "unmapped": Cause.UNMAPPED,
    "waiting_invoice_xml": Cause.WAITING_INVOICE_XML,
    "waiting_tracking": Cause.WAITING_TRACKING,
    "inactive": Cause.INACTIVE,
    "regression": Cause.REGRESSION_BLOCKED,
    "echo": Cause.ECHO,
    "not_offered": Cause.CONFIG_ERROR,
    "superseded": Cause.SUPERSEDED,
    "rejected": Cause.REJECTED,
    "exhausted": Cause.EXHAUSTED,
    "destination_refused": Cause.DESTINATION_REFUSED,
    "config": Cause.CONFIG_ERROR,
    "cancelled": Cause.CANCELLED_BY_PERSON,
}


def _without_status(order: OrderFacts) -> Cause:
    if order.inclusion == "held":
        return Cause.INBOUND_UNMAPPED
    if order.inclusion == "not_included":
        cancelled = order.inclusion_reason == "cancelled"
        return Cause.NOT_INCLUDED_CANCELLED if cancelled else Cause.NOT_INCLUDED_INACTIVE
    return Cause.NO_EVENT_YET


def _why_pending(
    update: UpdateFacts, shop: ShopFacts, updates: Sequence[UpdateFacts], now: datetime
) -> Decision:
    if not update.turn:
        ahead = _ahead_of(update, updates)
        behind = cause_of_update(ahead, shop, updates, now) if ahead else None
        return Decision(Cause.QUEUED_BEHIND, update, behind)
    stopped = _why_lane_stands(shop, now)
    if stopped is not None:
        return Decision(stopped, update)
    return Decision(Cause.RETRYING if update.attempts_made else Cause.QUEUED_BEHIND, update)


def _why_lane_stands(shop: ShopFacts, now: datetime) -> Cause | None:
    lane = shop.lane
    if not shop.published:
        return Cause.LANE_PAUSED
    if lane.paused_at is not None:
        refused = lane.pause_reason == "auth_refused"
        return Cause.AUTH_REFUSED if refused else Cause.LANE_PAUSED
    if lane.breaker_open_until is not None and lane.breaker_open_until > now:
        return Cause.BREAKER_OPEN
    if any(until is not None and until > now for until in (lane.throttled_until, lane.paced_until)):
        return Cause.THROTTLED
    return None


def _ahead_of(update: UpdateFacts, updates: Sequence[UpdateFacts]) -> UpdateFacts | None:
    """The update that has the turn, or else the earliest one that is stuck before this one."""
    others = [other for other in updates if other.id != update.id]
    for other in others:
        if other.turn:
            return other
    stuck = [
        other
        for other in others
        if other.sequence < update.sequence and other.state in ("failed", "held")
    ]
    return min(stuck, key=lambda other: other.sequence, default=None)


def _open_tracking(updates: Sequence[UpdateFacts]) -> UpdateFacts | None:
    gravity = {"failed": 3, "held": 2, "sending": 1, "pending": 1}
    waiting = [update for update in updates if update.tracking and update.state in gravity]
    return max(waiting, key=lambda u: (gravity[u.state], u.sequence), default=None)
