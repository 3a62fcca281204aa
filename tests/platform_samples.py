"""An order's facts as the dispatcher hands them to templates, and small platform files."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from integrations.preview.sample import facts_in, row_of, sample_facts, sample_mapping
from vitrines.platforms import Platform, load_platform
from vitrines.statuses import OrderStatus

PLACED_AT = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
OCCURRED_AT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
INVOICE_XML = '<?xml version="1.0" encoding="UTF-8"?><nfeProc>São Paulo & "Cia"</nfeProc>'

ONE_SEND = """
name = "sample"
label = "Sample"

[[params]]
name = "base_url"
label = "Endereço"
kind = "url"
required = true

[[params]]
name = "token"
label = "Token"
secret = true

[[send]]
channel = "url"

[[send.steps]]
url = "{{ params.base_url }}/orders/{{ order.number }}"
"""


def previewed_context(
    platform: Platform, status: OrderStatus, word: str | None = None
) -> dict[str, Any]:
    """The order of the previews in ``status``; ``word`` is the platform's, else a fitting one."""
    row = sample_mapping(platform)[status] if word is None else row_of(platform, word)
    return facts_in(sample_facts(), status) | {"mapping": row}


def sample_context(**changes: Any) -> dict[str, Any]:
    """Everything the closed context holds; ``changes`` replace top-level names."""
    tracking = {
        "code": "QB123456789BR",
        "carrier": "Correios",
        "url": "https://rastreio.example/QB123456789BR",
        "volume": "1",
        "carrier_event": "posted",
        "description": "Objeto postado",
        "occurred_at": OCCURRED_AT,
        "delivered": False,
    }
    return {
        "order": {
            "number": "12345",
            "display_number": "VT-12345",
            "platform_id": "9f1c-22",
            "platform_status": "paid",
            "placed_at": PLACED_AT,
            "total": "150.90",
            "status": 3,
            "status_label": "Despachado",
            "status_name": "DESPACHADO",
            "payment_type": "pix",
            "delivery_type": "sedex",
        },
        "invoice": {
            "number": 987,
            "series": 1,
            "key": "35261100000000000191550010000009871000009876",
            "issued_at": OCCURRED_AT,
            "total": "150.90",
            "cfop": "5102",
            "items": [
                {
                    "number": 1,
                    "code": "CAM-01",
                    "ean": "7891234567895",
                    "description": "Camiseta",
                    "cfop": "5102",
                    "unit": "UN",
                    "quantity": "2",
                    "unit_price": "75.45",
                    "total": "150.9",
                }
            ],
            "xml": INVOICE_XML,
            "xml_bytes": INVOICE_XML.encode(),
        },
        "tracking": tracking,
        "trackings": [tracking],
        "mapping": {
            "platform_status": "SHIPPED",
            "ez_core_status_id": "7",
            "ez_core_flow_id": "9",
        },
        "vitrine": {"code": "LOJA", "description": "Loja", "integration_id": "b0c9"},
        "params": {},
        "event": {
            "kind": "invoiced",
            "occurred_at": OCCURRED_AT,
            "update_id": "6f1d0c1e-2c7b-4a53-9a51-0d4f6a0e7c11",
        },
        "captured": {},
        **changes,
    }


def platform_from(toml: str, folder: Path) -> Platform:
    path = folder / "sample.toml"
    path.write_text(toml)
    return load_platform(path)
