"""What becomes of what is held once its row is saved, in sentences. No database, no clock.

Decided as the sweep will decide it, with what the order really has.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from integrations.channels.base import Facts
from integrations.delivery.decisions import Decision, decide
from integrations.models import UpdateKind, UpdateReason, UpdateState
from integrations.wording import count
from status_mapping.translation import MappingRow
from vitrines.platforms import Platform
from vitrines.statuses import OrderStatus

_LACKS = {
    UpdateReason.UNMAPPED: "um mapeamento",
    UpdateReason.WAITING_INVOICE_XML: "o XML da nota",
    UpdateReason.WAITING_TRACKING: "o rastreio",
}

#: Of one update and of many.
_Words = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class HeldUpdate:
    pk: int
    order_id: int
    sequence: int
    kind: UpdateKind
    status: OrderStatus
    reason: UpdateReason
    #: What its order has to offer to a sending.
    facts: Facts


@dataclass(frozen=True)
class Fate:
    update: HeldUpdate
    decision: Decision
    #: An earlier update of its order keeps it waiting in the queue.
    behind: bool = False

    @property
    def queued(self) -> bool:
        return self.decision.state == UpdateState.PENDING

    @property
    def leaves(self) -> bool:
        """As soon as the lane sends."""
        return self.queued and not self.behind

    @property
    def goes_on_waiting(self) -> bool:
        return self.decision.state == UpdateState.HELD


def fate_of(update: HeldUpdate, row: MappingRow | None, platform: Platform) -> Fate:
    decision = decide(
        kind=update.kind, status=update.status, row=row, platform=platform, facts=update.facts
    )
    return Fate(update, decision)


def told_of(fates: Iterable[Fate], *, until: str = "") -> list[str]:
    """What leaves comes first. ``until`` is when the lane goes on, where it sends nothing now."""
    leaving_first = sorted(fates, key=lambda fate: (not fate.leaves, not fate.queued))
    by_words = Counter(_words_of(fate, until) for fate in leaving_first)
    return [f"{count(number, *words)}." for words, number in by_words.items()]


def _words_of(fate: Fate, until: str) -> _Words:
    match fate.decision.state:
        case UpdateState.PENDING if fate.behind:
            return _of_queued("depois da atualização anterior do mesmo pedido, que ainda não saiu")
        case UpdateState.PENDING if until:
            return _of_queued(until)
        case UpdateState.PENDING:
            return _of_waiting("sai instantes depois de salvo", "saem instantes depois de salvo")
        case UpdateState.SKIPPED:
            inactive = fate.decision.reason == UpdateReason.INACTIVE
            why = "a linha não envia" if inactive else "a plataforma não oferece este envio"
            return _of_waiting(f"deixa de sair: {why}", f"deixam de sair: {why}")
    reason = fate.decision.reason or fate.update.reason
    lacks = _LACKS[reason]
    if reason == fate.update.reason:
        return (
            f"atualização continua aguardando {lacks}",
            f"atualizações continuam aguardando {lacks}",
        )
    return f"atualização passa a aguardar {lacks}", f"atualizações passam a aguardar {lacks}"


def _of_queued(when: str) -> _Words:
    return _of_waiting(f"volta à fila; sai {when}", f"voltam à fila; saem {when}")


def _of_waiting(one: str, many: str) -> _Words:
    return f"atualização que aguarda {one}", f"atualizações que aguardam {many}"
