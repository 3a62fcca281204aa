"""An event of an order in words: title, what it says, and where it came from."""

from collections.abc import Iterator
from typing import Any

from integrations.models import Event, EventKind, EventOutcome, EventSource
from integrations.wording import invoice_name, money, quoted, when
from vitrines.models import Order

CARRIER_EVENTS = {
    "posted": "postado",
    "in_transit": "em trânsito",
    "out_for_delivery": "saiu para entrega",
    "delivered": "entregue",
    "exception": "problema na entrega",
    "returned": "devolvido ao remetente",
    "attempt_failed": "tentativa de entrega sem sucesso",
    "available_for_pickup": "disponível para retirada",
}
_INTAKE_TITLES = {
    EventOutcome.ORDER_INCLUDED: "Pedido integrado",
    EventOutcome.ORDER_NOT_INCLUDED: "Pedido não incluído",
    EventOutcome.ORDER_HELD: "Pedido aguardando mapeamento",
}
INTAKE_KINDS = (EventKind.ORDER_RECEIVED, EventKind.ORDER_REDECIDED)
#: A fact told more than this after it happened says when it happened.
_WORTH_TELLING_SECONDS = 60


def event_entry_words(event: Event, order: Order, *, latest: bool) -> tuple[str, str, str]:
    """Title, text and note. ``latest``: no later intake decided the order's inclusion."""
    if event.kind in INTAKE_KINDS:
        return _intake_words(event, order, latest=latest)
    title = _title(event)
    text = " · ".join(_facts(event.payload))
    return title, text, " · ".join(_origin(event, order))


def _title(event: Event) -> str:
    if event.source != EventSource.SCREEN:
        return str(EventKind(event.kind).label)
    if event.kind == EventKind.INVOICED:
        return "XML da nota informado"
    corrected = (event.payload.get("tracking") or {}).get("corrects")
    return "Rastreio corrigido" if corrected else "Rastreio informado"


def _intake_words(event: Event, order: Order, *, latest: bool) -> tuple[str, str, str]:
    title = _INTAKE_TITLES.get(EventOutcome(event.outcome), "Pedido recebido de novo da loja")
    word = event.payload.get("platform_status") or (order.platform_status if latest else "")
    text = f"a loja informou {quoted(word)}" if word else ""
    if text and event.status_after is not None:
        text += f" → {event.get_status_after_display()}"
    decided = latest and event.outcome in _INTAKE_TITLES
    note = str(order.get_inclusion_reason_display()) if decided else _outcome(event)
    if event.kind == EventKind.ORDER_REDECIDED:
        title = f"{title}, decidido de novo"
    return title, text, " · ".join(part for part in (note, event.actor_label) if part)


def _facts(payload: dict[str, Any]) -> Iterator[str]:
    invoice = payload.get("invoice") or {}
    if invoice.get("number") is not None:
        yield invoice_name(invoice["number"], invoice.get("series", 0))
    if invoice.get("total") is not None:
        yield money(invoice["total"])
    if invoice.get("xml"):
        yield "com o XML"
    tracking = payload.get("tracking") or {}
    if tracking.get("volume"):
        yield f"volume {tracking['volume']}"
    carrier_event = tracking.get("carrier_event", "")
    for part in (
        tracking.get("code"),
        tracking.get("carrier"),
        CARRIER_EVENTS.get(carrier_event, carrier_event),
        tracking.get("description"),
    ):
        if part:
            yield str(part)
    corrected = tracking.get("corrects")
    if corrected and corrected != tracking.get("code"):
        yield f"no lugar de {corrected}"


def _origin(event: Event, order: Order) -> Iterator[str]:
    if event.source == EventSource.SCREEN:
        # When it was told is when it counts; its id is this system's own.
        yield f"informado nesta página por {event.actor_label}"
        yield _late(event, order) or _outcome(event)
        return
    by = f" ({event.actor_label})" if event.actor_label else ""
    source = {
        EventSource.ERP: "recebido pela API",
        EventSource.PLATFORM: "recebido da loja",
        EventSource.MAPPING: "decidido pelo DE-PARA",
    }[EventSource(event.source)]
    yield f"evento {event.external_id} {source}{by}" if event.external_id else f"{source}{by}"
    if abs((event.received_at - event.occurred_at).total_seconds()) > _WORTH_TELLING_SECONDS:
        yield f"ocorrido em {when(event.occurred_at, event.received_at)}"
    outcome = _late(event, order) or _outcome(event)
    if outcome:
        yield outcome


def _late(event: Event, order: Order) -> str:
    """Of a fact that is not the older one, but cannot undo the status that the order had."""
    if event.outcome != EventOutcome.LATE or event.status_after is None:
        return ""
    if event.status_after != order.status or order.status_at is None:
        return ""
    if event.occurred_at < order.status_at:
        return ""
    return f"o pedido já estava {event.get_status_after_display()}; guardado, sem voltar o pedido"


def _outcome(event: Event) -> str:
    """What became of it, where the entries that follow do not say it."""
    if event.outcome == EventOutcome.STATUS_CHANGED:
        return f"o pedido passou a {event.get_status_after_display()}"
    return str(EventOutcome(event.outcome).label)
