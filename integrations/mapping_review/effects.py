"""What saving a row of *Status de Pedidos* does, in sentences. No database, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from integrations.channels.base import Facts
from integrations.delivery.decisions import Decision, decide
from integrations.models import WAITING_FACTS, UpdateKind, UpdateReason, UpdateState
from integrations.wording import thousands
from status_mapping.models import Channel
from status_mapping.translation import MappingRow, Outbound, outbound
from vitrines.models.order import FINAL
from vitrines.platforms import Platform
from vitrines.statuses import OrderStatus

_ALL = Facts(has_invoice=True, has_invoice_xml=True, has_tracking=True)
#: What an order that waits for a reason lacks.
_FACTS = {
    UpdateReason.WAITING_INVOICE_XML: Facts(
        has_invoice=False, has_invoice_xml=False, has_tracking=True
    ),
    UpdateReason.WAITING_TRACKING: Facts(
        has_invoice=True, has_invoice_xml=True, has_tracking=False
    ),
}
_LACKS = {
    UpdateReason.WAITING_INVOICE_XML: "o XML da nota",
    UpdateReason.WAITING_TRACKING: "o rastreio",
}


@dataclass(frozen=True)
class RowEffect:
    """``was`` and ``now`` are what the store is told in this status, in words."""

    status: OrderStatus
    was: str
    now: str
    sentences: tuple[str, ...]
    #: Updates that wait and leave, once saved.
    leaving: int = 0

    @property
    def sends_differ(self) -> bool:
        return self.was != self.now


def effect_of(
    *,
    status: OrderStatus,
    before: MappingRow | None,
    after: MappingRow | None,
    platform: Platform,
    orders: int,
    held: Sequence[tuple[UpdateReason, int]],
    queued: int,
) -> RowEffect:
    was, now = told(status, before, platform), told(status, after, platform)
    leaving, of_held = _of_held(status, after, platform, held if was != now else ())
    sentences = [
        *_of_orders(status, was, now, orders),
        *of_held,
        *_of_queued(queued, differs=was != now),
    ]
    return RowEffect(status, was, now, tuple(sentences), leaving)


def told(status: OrderStatus, row: MappingRow | None, platform: Platform) -> str:
    """``“PAID” por URL``, or why the store is told nothing."""
    match outbound(row, code_required=platform.mapping.code):
        case Outbound.UNMAPPED:
            return "nada (sem mapeamento)"
        case Outbound.INACTIVE:
            return "nada (inativo)"
    channel = _decision(status, row, platform, _ALL).channel
    if row is None or not channel:
        return "nada (sem envio)"
    word = f"“{row.platform_status}” por" if row.platform_status else "por"
    ids = {"ID Status": row.ez_core_status_id, "ID Fluxo": row.ez_core_flow_id}
    given = ", ".join(f"{name} {value}" for name, value in ids.items() if value)
    return f"{word} {Channel(channel).label}" + (f" ({given})" if given else "")


def _of_orders(status: OrderStatus, was: str, now: str, orders: int) -> Iterable[str]:
    if was == now:
        yield "O que a loja recebe neste status não muda."
    elif status in FINAL:
        yield "Pedidos neste status já terminaram: vale para os próximos."
    elif orders:
        told_orders = count_of(orders, "pedido aberto neste status", "pedidos abertos neste status")
        verb = "receberia" if orders == 1 else "receberiam"
        negation = "não " if now.startswith("nada") else ""
        yield f"{told_orders} {negation}{verb} {now} em vez de {was}."
    else:
        yield "Nenhum pedido aberto está neste status agora."


def _of_held(
    status: OrderStatus,
    row: MappingRow | None,
    platform: Platform,
    held: Sequence[tuple[UpdateReason, int]],
) -> tuple[int, list[str]]:
    """How many leave, and what becomes of all that wait."""
    leaving = 0
    sentences = []
    for reason, number in sorted(held):
        decision = _decision(status, row, platform, _FACTS.get(reason, _ALL))
        many = number > 1
        if decision.state == UpdateState.PENDING:
            leaving += number
            verb = "aguardam e saem" if many else "aguarda e sai"
            condition = _condition(status, row, platform, reason)
            sentences.append(f"{thousands(number)} {verb} instantes depois de salvo{condition}.")
        elif decision.state == UpdateState.SKIPPED:
            verb = "aguardam e deixam" if many else "aguarda e deixa"
            sentences.append(f"{thousands(number)} {verb} de sair: a linha não envia.")
        else:
            verb = "continuam aguardando" if many else "continua aguardando"
            lacks = _LACKS.get(decision.reason or reason, "um mapeamento")
            sentences.append(f"{thousands(number)} {verb} {lacks}.")
    return leaving, sentences


def _condition(
    status: OrderStatus, row: MappingRow | None, platform: Platform, reason: UpdateReason
) -> str:
    """What waited for a mapping may lack what its sending needs: each order is looked at then."""
    if reason in WAITING_FACTS:
        return ""
    lacking = {_decision(status, row, platform, facts).reason for facts in _FACTS.values()}
    needed = [words for lack, words in _LACKS.items() if lack in lacking]
    return f", quando o pedido já tem {' e '.join(needed)}" if needed else ""


def _of_queued(queued: int, *, differs: bool) -> Iterable[str]:
    if queued and differs:
        verb = "saem como foram decididas" if queued > 1 else "sai como foi decidida"
        yield f"{thousands(queued)} já na fila {verb}, com o que a linha dizia."


def _decision(
    status: OrderStatus, row: MappingRow | None, platform: Platform, facts: Facts
) -> Decision:
    return decide(kind=UpdateKind.STATUS, status=status, row=row, platform=platform, facts=facts)


def count_of(number: int, one: str, many: str) -> str:
    return f"{thousands(number)} {one if number == 1 else many}"
