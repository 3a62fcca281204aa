"""The three tables of *Configurações Adicionais* as plain data: what a person edits and saves.

Pure: no Django, no clock. ``dataclasses.replace``, ``with_row`` and ``without_row`` are how a
program changes one thing of them::

    tables = tables_of(vitrine).with_row(
        StatusRow(OrderStatus.PAGAMENTO_CONFIRMADO, "PAID", also_receives=("approved",))
    )
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeVar

from status_mapping.translation import MappingRow, fold_word
from vitrines.statuses import SCREEN_ORDER, OrderStatus


@dataclass(frozen=True)
class StatusRow(MappingRow):
    """A stored row of *Status de Pedidos*, with the words written in *também recebe*.

    A status without a row is not mapped: its updates wait. A row with nothing in it and not
    active (``StatusRow(status, active=False)``) declares that the status is not sent.
    """

    also_receives: tuple[str, ...] = ()

    @property
    def filled(self) -> bool:
        """Something is written or ticked, Ativo and the platform's status included."""
        return self != StatusRow(self.status, active=False)

    def normalised(self) -> Self:
        return replace(_stripped(self), also_receives=unique_words(self.also_receives))


@dataclass(frozen=True)
class PaymentType:
    """A row of *Tipos de Pagamentos*: the platform's word, the ERP's code and label."""

    word: str
    erp_code: str
    label: str = ""
    active: bool = True


@dataclass(frozen=True)
class DeliveryType(PaymentType):
    """A row of *Tipos de Entrega*, with the pick-up flag and the carrier."""

    pickup: bool = False
    carrier: str = ""


AnyType = TypeVar("AnyType", bound=PaymentType)
AnyRow = TypeVar("AnyRow", bound=StatusRow | PaymentType)


@dataclass(frozen=True)
class MappingTables:
    """The whole DE-PARA of one vitrine. A status that is not in ``statuses`` is not mapped."""

    statuses: tuple[StatusRow, ...] = ()
    payment_types: tuple[PaymentType, ...] = ()
    delivery_types: tuple[DeliveryType, ...] = ()

    def row(self, status: OrderStatus) -> StatusRow | None:
        return next((row for row in self.statuses if row.status is status), None)

    def with_row(self, row: StatusRow) -> Self:
        """These tables with ``row`` instead of whatever its status had."""
        return replace(self, statuses=(*self.without_row(row.status).statuses, row))

    def without_row(self, status: OrderStatus) -> Self:
        """These tables with ``status`` not mapped."""
        return replace(self, statuses=tuple(r for r in self.statuses if r.status is not status))

    def normalised(self) -> Self:
        """The form that is stored and compared: trimmed, rows in a fixed order.

        Statuses come in screen order, types by their word.
        """
        return replace(
            self,
            statuses=tuple(
                sorted(
                    (row.normalised() for row in self.statuses),
                    key=lambda row: SCREEN_ORDER.index(row.status),
                )
            ),
            payment_types=_in_order(self.payment_types),
            delivery_types=_in_order(self.delivery_types),
        )


def unique_words(words: Iterable[str]) -> tuple[str, ...]:
    """The words trimmed, in the order given, each once however it is written."""
    kept: dict[str, str] = {}
    for word in words:
        if word.strip():
            kept.setdefault(fold_word(word), word.strip())
    return tuple(kept.values())


def split_words(text: str) -> tuple[str, ...]:
    """What was typed in *também recebe*, comma by comma."""
    return unique_words(text.split(","))


def _in_order(types: tuple[AnyType, ...]) -> tuple[AnyType, ...]:
    return tuple(sorted((_stripped(row) for row in types), key=lambda row: fold_word(row.word)))


def _stripped(row: AnyRow) -> AnyRow:
    texts: dict[str, Any] = {
        field.name: value.strip()
        for field in fields(row)
        if isinstance(value := getattr(row, field.name), str)
    }
    return replace(row, **texts)
