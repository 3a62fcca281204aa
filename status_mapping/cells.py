"""The tables seen as cells: what the form shows, the merge compares and the history tells.

A row is a plain dict of field to value. Each of the eight statuses has one, mapped or not;
``not_sent`` is the box *não enviar este status*, the only thing told apart in a row that is
stored and one that is not when both are empty. A type's row is known by its word, folded.
Pure: no Django, no clock.
"""

from dataclasses import asdict, dataclass
from typing import Any

from status_mapping.tables import (
    DeliveryType,
    MappingTables,
    PaymentType,
    StatusRow,
    split_words,
)
from status_mapping.translation import fold_word
from vitrines.statuses import SCREEN_ORDER, OrderStatus

Row = dict[str, Any]

STATUSES = "statuses"
PAYMENT_TYPES = "payment_types"
DELIVERY_TYPES = "delivery_types"

#: Each table's fields in screen order, with the caption of the column.
CAPTIONS: dict[str, dict[str, str]] = {
    STATUSES: {
        "platform_status": "Status da plataforma",
        "also_receives": "Também recebe",
        "channel": "Envio",
        "ez_core_status_id": "ID Status EZ Core",
        "ez_core_flow_id": "ID Fluxo EZ Core",
        "active": "Ativo",
        "processa_inclusao": "Processa Inclusão",
        "not_sent": "Não enviar este status",
    },
    PAYMENT_TYPES: {
        "word": "Palavra da plataforma",
        "erp_code": "Código no ERP",
        "label": "Descrição",
        "active": "Ativo",
    },
    DELIVERY_TYPES: {
        "word": "Palavra da plataforma",
        "erp_code": "Código no ERP",
        "label": "Descrição",
        "carrier": "Transportadora",
        "pickup": "Retirada na loja",
        "active": "Ativo",
    },
}

TABLE_LABELS = {
    STATUSES: "Status de Pedidos",
    PAYMENT_TYPES: "Tipos de Pagamentos",
    DELIVERY_TYPES: "Tipos de Entrega",
}

EMPTY_STATUS: Row = {
    "platform_status": "",
    "also_receives": "",
    "channel": "",
    "ez_core_status_id": "",
    "ez_core_flow_id": "",
    "active": False,
    "processa_inclusao": False,
    "not_sent": False,
}
EMPTY_TYPE: dict[str, Row] = {
    PAYMENT_TYPES: {"word": "", "erp_code": "", "label": "", "active": True},
    DELIVERY_TYPES: {
        "word": "",
        "erp_code": "",
        "label": "",
        "carrier": "",
        "pickup": False,
        "active": True,
    },
}


@dataclass(frozen=True)
class Cells:
    """The three tables, each ``{row key: row}``."""

    statuses: dict[str, Row]
    payment_types: dict[str, Row]
    delivery_types: dict[str, Row]

    def table(self, name: str) -> dict[str, Row]:
        tables: dict[str, dict[str, Row]] = {
            STATUSES: self.statuses,
            PAYMENT_TYPES: self.payment_types,
            DELIVERY_TYPES: self.delivery_types,
        }
        return tables[name]


def cells_of(tables: MappingTables) -> Cells:
    return Cells(
        statuses={status.name: status_cells(tables.row(status)) for status in SCREEN_ORDER},
        payment_types={fold_word(row.word): type_cells(row) for row in tables.payment_types},
        delivery_types={fold_word(row.word): type_cells(row) for row in tables.delivery_types},
    )


def status_cells(row: StatusRow | None) -> Row:
    if row is None:
        return dict(EMPTY_STATUS)
    cells = asdict(row) | {
        "also_receives": ", ".join(row.also_receives),
        "not_sent": not row.filled,
    }
    return {name: cells[name] for name in EMPTY_STATUS}


def status_row(status: OrderStatus, cells: Row) -> StatusRow | None:
    """The row to store, or None: it exists once anything in it is filled or ticked."""
    row = StatusRow(
        status,
        platform_status=cells["platform_status"],
        channel=cells["channel"],
        active=cells["active"],
        processa_inclusao=cells["processa_inclusao"],
        ez_core_status_id=cells["ez_core_status_id"],
        ez_core_flow_id=cells["ez_core_flow_id"],
        also_receives=split_words(cells["also_receives"]),
    ).normalised()
    return row if row.filled or cells["not_sent"] else None


def with_hidden_ids(cells: Row, stored: Row) -> Row:
    """A row of a page that does not show the ids of EZ Core: they stay as they are stored, unless
    the row was emptied. A row that nobody can see to have anything in it is not mapped."""
    ids = {"ez_core_status_id", "ez_core_flow_id"}
    filled = any(cells[name] for name in cells.keys() - ids - {"not_sent"})
    return cells | {name: stored[name] if filled else "" for name in ids}


def type_cells(row: PaymentType) -> Row:
    return asdict(row)


def payment_type(cells: Row) -> PaymentType:
    return PaymentType(**{name: cells[name] for name in EMPTY_TYPE[PAYMENT_TYPES]})


def delivery_type(cells: Row) -> DeliveryType:
    return DeliveryType(**{name: cells[name] for name in EMPTY_TYPE[DELIVERY_TYPES]})
