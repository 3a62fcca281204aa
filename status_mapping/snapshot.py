"""The stable JSON of a DE-PARA, as revisions keep it.

::

    {"statuses": {"PAGAMENTO_CONFIRMADO": {"platform_status": "PAID", "channel": "",
                                           "active": true, "processa_inclusao": false,
                                           "ez_core_status_id": "", "ez_core_flow_id": "",
                                           "also_receives": ["approved"]}},
     "payment_types": [{"word": "pix", "erp_code": "17", "label": "", "active": true}],
     "delivery_types": [{"word": "sedex", "erp_code": "2", "label": "", "active": true,
                         "pickup": false, "carrier": ""}]}

A status that is not mapped is not there. Types are in the order of their word. A key that is
missing, as in a snapshot older than the field, takes the field's default.
"""

from dataclasses import asdict
from typing import Any

from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from vitrines.statuses import OrderStatus


def snapshot(tables: MappingTables) -> dict[str, Any]:
    tables = tables.normalised()
    return {
        "statuses": {row.status.name: _status(row) for row in tables.statuses},
        "payment_types": [asdict(row) for row in tables.payment_types],
        "delivery_types": [asdict(row) for row in tables.delivery_types],
    }


def tables_from(data: dict[str, Any]) -> MappingTables:
    """The tables that ``snapshot`` was made of."""
    return MappingTables(
        statuses=tuple(
            StatusRow(
                OrderStatus[name], **row | {"also_receives": tuple(row.get("also_receives", ()))}
            )
            for name, row in data.get("statuses", {}).items()
        ),
        payment_types=tuple(PaymentType(**row) for row in data.get("payment_types", [])),
        delivery_types=tuple(DeliveryType(**row) for row in data.get("delivery_types", [])),
    ).normalised()


def _status(row: StatusRow) -> dict[str, Any]:
    return {
        name: [*value] if isinstance(value, tuple) else value
        for name, value in asdict(row).items()
        if name != "status"
    }
