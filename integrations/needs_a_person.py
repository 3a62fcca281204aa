"""What waits for somebody, counted by cause, for the Painel.

Only what a person can end is here: what the next retry or the next fact may solve by itself is
in the list of updates, not on this page.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils.text import capfirst

from integrations.models import OPEN, Event, Lane, StatusUpdate, UpdateReason, UpdateState
from vitrines.models import Inclusion, Invoice, Order, Vitrine


@dataclass(frozen=True)
class WaitingCause:
    """Updates in one state for one reason, and of which vitrines."""

    state: UpdateState
    reason: UpdateReason
    title: str
    hint: str
    level: str
    #: (vitrine code, number), most first.
    by_vitrine: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return sum(number for _, number in self.by_vitrine)


#: In the order of urgency: what failed first, then what waits.
_CAUSES: tuple[tuple[UpdateState, UpdateReason, str, str, str], ...] = (
    (
        UpdateState.FAILED,
        UpdateReason.REJECTED,
        "Recusadas pela plataforma",
        "Leia a resposta da plataforma, corrija e reenvie.",
        "bad",
    ),
    (
        UpdateState.FAILED,
        UpdateReason.EXHAUSTED,
        "Tentativas esgotadas",
        "A plataforma não respondeu durante dias. Confira se ela voltou e reenvie.",
        "bad",
    ),
    (
        UpdateState.FAILED,
        UpdateReason.CONFIG,
        "Erro de configuração",
        "Confira os parâmetros de envio da vitrine.",
        "bad",
    ),
    (
        UpdateState.FAILED,
        UpdateReason.DESTINATION_REFUSED,
        "Endereço de destino não permitido",
        "O endereço informado nos parâmetros de envio não pode ser usado.",
        "bad",
    ),
    (
        UpdateState.HELD,
        UpdateReason.UNMAPPED,
        "Status sem mapeamento",
        "Preencha o DE-PARA da vitrine; o que espera é enviado em seguida.",
        "warn",
    ),
    (
        UpdateState.HELD,
        UpdateReason.WAITING_INVOICE_XML,
        "Aguardando o XML da nota",
        "O ERP ainda não entregou o XML autorizado da NF-e.",
        "wait",
    ),
    (
        UpdateState.HELD,
        UpdateReason.WAITING_TRACKING,
        "Aguardando o rastreio",
        "O ERP ainda não informou o código de rastreio.",
        "wait",
    ),
)


def waiting_causes() -> list[WaitingCause]:
    """One query. Reasons that the table above does not name keep their own words."""
    counted: dict[tuple[str, str], list[tuple[str, int]]] = {}
    rows = (
        StatusUpdate.objects.filter(
            vitrine__in=Vitrine.objects.order_by().values("pk"),
            state__in=[UpdateState.FAILED, UpdateState.HELD],
        )
        .order_by()
        .values_list("state", "reason", "vitrine__code")
        .annotate(number=Count("id"))
    )
    for state, reason, code, number in rows:
        counted.setdefault((state, reason), []).append((code, number))
    known = [(state, reason) for state, reason, *_ in _CAUSES]
    others = [
        (UpdateState(state), UpdateReason(reason), capfirst(UpdateReason(reason).label), "", "warn")
        for state, reason in sorted(counted)
        if (state, reason) not in known
    ]
    return [
        WaitingCause(state, reason, title, hint, level, _most_first(counted[state, reason]))
        for state, reason, title, hint, level in (*_CAUSES, *others)
        if (state, reason) in counted
    ]


def _most_first(rows: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(rows, key=lambda row: (-row[1], row[0])))


def paused_lanes() -> list[Lane]:
    return list(
        Lane.objects.filter(paused_at__isnull=False)
        .select_related("vitrine", "paused_by")
        .order_by("paused_at")
    )


def unwell_lanes(*, now: datetime) -> list[Lane]:
    """Breaker open: the platform does not answer, what waits goes out when it does."""
    return list(
        Lane.objects.filter(paused_at=None, breaker_open_until__gt=now)
        .select_related("vitrine")
        .order_by("breaker_opened_at")
    )


def unpublished_with_updates() -> list[Vitrine]:
    """Annotated with ``waiting``; an unpublished vitrine with nothing to send is no news."""
    return list(
        Vitrine.objects.filter(published=False, status_updates__state__in=OPEN)
        .annotate(waiting=Count("status_updates"))
        .order_by("code")
    )


def held_orders() -> tuple[tuple[str, int], ...]:
    """Orders whose platform status nobody mapped, by vitrine code."""
    rows = (
        Order.objects.filter(inclusion=Inclusion.HELD)
        .order_by()
        .values_list("vitrine__code")
        .annotate(number=Count("id"))
    )
    return _most_first(list(rows))


@dataclass(frozen=True)
class Orphans:
    events: int
    invoices: int
    #: The newest few, to recognise them by.
    latest: list[Event]
    latest_invoices: list[Invoice]

    @property
    def total(self) -> int:
        return self.events + self.invoices


def orphans(*, limit: int) -> Orphans:
    """Facts whose order has not come. The XML itself is not loaded."""
    events = Event.objects.filter(order=None)
    invoices = Invoice.objects.filter(order=None)
    return Orphans(
        events=events.count(),
        invoices=invoices.count(),
        latest=list(events.select_related("vitrine").order_by("-id")[:limit]),
        latest_invoices=list(
            invoices.select_related("vitrine").defer("xml").order_by("-id")[:limit]
        ),
    )
