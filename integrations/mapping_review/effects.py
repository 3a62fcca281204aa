"""What saving a row of *Status de Pedidos* does, in sentences. No database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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
class OpenOrders:
    """How many open orders are in a status, by what the store was told of it."""

    #: What tells it is held, queued or failed.
    to_tell: int = 0
    #: Accepted, by the word that was told.
    told: Mapping[str, int] = field(default_factory=dict)
    #: Left out while the row was off.
    inactive: int = 0
    #: There is nothing to tell: the status came from the store, or a person settled it.
    settled: int = 0


@dataclass(frozen=True)
class RowEffect:
    """``was`` and ``now`` are what the store is told in this status, in words."""

    status: OrderStatus
    was: str
    now: str
    sentences: tuple[str, ...]
    #: The row tells the store something.
    sends: bool
    #: Updates that wait and leave once saved, or go into the queue of a lane that sends nothing.
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
    orders: OpenOrders,
    held: Sequence[Fate],
    queued: int,
    failed: int = 0,
    until: str = "",
) -> RowEffect:
    """``held`` is what becomes of what is held in the status, ``failed`` what failed otherwise than
    refused, and ``until`` when the lane goes on, where it sends nothing now."""
    was, now = told(status, before, platform), told(status, after, platform)
    sends = bool(_channel(status, after, platform))
    if was == now:
        return RowEffect(status, was, now, ("O que a loja recebe neste status não muda.",), sends)
    sentences = [
        *_of_orders(status, orders),
        *told_of(held, until=until),
        *_of_others(queued, failed),
    ]
    leaving = sum(fate.queued if until else fate.leaves for fate in held)
    return RowEffect(status, was, now, tuple(sentences), sends, leaving)


def told(status: OrderStatus, row: MappingRow | None, platform: Platform) -> str:
    """``“PAID” por URL``, or why the store is told nothing."""
    match outbound(row, code_required=platform.mapping.code):
        case Outbound.UNMAPPED:
            return "nada (sem mapeamento)"
        case Outbound.INACTIVE:
            return "nada (inativo)"
    channel = _channel(status, row, platform)
    if row is None or not channel:
        return "nada (sem envio)"
    word = f"“{row.platform_status}” por" if row.platform_status else "por"
    ids = {"ID Status": row.ez_core_status_id, "ID Fluxo": row.ez_core_flow_id}
    given = ", ".join(f"{name} {value}" for name, value in ids.items() if value)
    return f"{word} {Channel(channel).label}" + (f" ({given})" if given else "")


def _channel(status: OrderStatus, row: MappingRow | None, platform: Platform) -> str:
    """By which the row tells its status; empty where it tells nothing."""
    return decide(
        kind=UpdateKind.STATUS, status=status, row=row, platform=platform, facts=_ALL
    ).channel


def _of_orders(status: OrderStatus, orders: OpenOrders) -> Iterable[str]:
    if status in FINAL:
        yield (
            "Pedidos neste status já terminaram: vale para os próximos e os que não foram avisados."
        )
    elif orders == OpenOrders():
        yield "Nenhum pedido aberto está neste status agora."
    word = next(iter(orders.told), "")
    what = f"“{word}”" if word and len(orders.told) == 1 else "este status"
    yield from _counted(
        orders.to_tell,
        "pedido aberto neste status ainda não foi avisado",
        "pedidos abertos neste status ainda não foram avisados",
    )
    yield from _counted(
        sum(orders.told.values()),
        f"pedido aberto já recebeu {what}; não é avisado de novo",
        f"pedidos abertos já receberam {what}; não são avisados de novo",
    )
    yield from _counted(
        orders.inactive,
        "pedido aberto ficou sem aviso, com a linha inativa; só sai se decidido de novo",
        "pedidos abertos ficaram sem aviso, com a linha inativa; só saem se decididos de novo",
    )
    yield from _counted(
        orders.settled,
        "pedido aberto não tem aviso a receber",
        "pedidos abertos não têm aviso a receber",
    )


def _of_others(queued: int, failed: int) -> Iterable[str]:
    yield from _counted(
        queued,
        "atualização já na fila sai como foi decidida, com o que a linha dizia",
        "atualizações já na fila saem como foram decididas, com o que a linha dizia",
    )
    yield from _counted(
        failed,
        "atualização com falha não sai por salvar: espera por alguém",
        "atualizações com falha não saem por salvar: esperam por alguém",
    )


def _counted(number: int, one: str, many: str) -> Iterable[str]:
    if number:
        yield f"{count(number, one, many)}."
