"""What saving a row of *Status de Pedidos* does, in sentences. No database, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from integrations.channels.base import Facts
from integrations.delivery.decisions import decide
from integrations.mapping_review.fates import Fate, told_of
from integrations.models import UpdateKind
from integrations.wording import count
from status_mapping.models import Channel
from status_mapping.translation import MappingRow, Outbound, outbound
from vitrines.models.order import FINAL
from vitrines.platforms import Platform
from vitrines.statuses import OrderStatus

_ALL = Facts(has_invoice=True, has_invoice_xml=True, has_tracking=True)


@dataclass(frozen=True)
class RowEffect:
    """``was`` and ``now`` are what the store is told in this status, in words."""

    status: OrderStatus
    was: str
    now: str
    sentences: tuple[str, ...]
    #: Updates that wait and leave, once saved, if the lane sends.
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
    held: Sequence[Fate],
    queued: int,
    until: str = "",
) -> RowEffect:
    """``held`` is what becomes of what is held in the status, and ``until`` when the lane goes on,
    where it sends nothing now."""
    was, now = told(status, before, platform), told(status, after, platform)
    sentences = list(_of_orders(status, was, now, orders))
    if was == now:
        return RowEffect(status, was, now, tuple(sentences))
    sentences += [*told_of(held, until=until), *_of_queued(queued)]
    return RowEffect(status, was, now, tuple(sentences), sum(fate.leaves for fate in held))


def told(status: OrderStatus, row: MappingRow | None, platform: Platform) -> str:
    """``“PAID” por URL``, or why the store is told nothing."""
    match outbound(row, code_required=platform.mapping.code):
        case Outbound.UNMAPPED:
            return "nada (sem mapeamento)"
        case Outbound.INACTIVE:
            return "nada (inativo)"
    channel = decide(
        kind=UpdateKind.STATUS, status=status, row=row, platform=platform, facts=_ALL
    ).channel
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
        told_orders = count(orders, "pedido aberto neste status", "pedidos abertos neste status")
        verb = "receberia" if orders == 1 else "receberiam"
        negation = "não " if now.startswith("nada") else ""
        yield f"{told_orders} {negation}{verb} {now} em vez de {was}."
    else:
        yield "Nenhum pedido aberto está neste status agora."


def _of_queued(queued: int) -> Iterable[str]:
    if queued:
        one = "atualização já na fila sai como foi decidida"
        many = "atualizações já na fila saem como foram decididas"
        yield f"{count(queued, one, many)}, com o que a linha dizia."
