"""Mercado Livre: what it answers, and what is sent to it.

Answers have the shape of the vendor's pages (importar-nota-fiscal, gerenciamento-de-envios,
status-de-pedidos-rastreamento, gestao-packs), cut to what is read.
"""

from tests.platforms.harness import ScriptedShop, deliver_to
from vitrines.statuses import OrderStatus

ORDER = "GET /orders/2000009047722568/shipments"
SHIPMENT = "GET /shipments/43729529445"
FOUND = {"id": 43729529445, "mode": "me1", "status": "pending"}


def shipment(
    status: str = "pending", substatus: str | None = None, logistic: str = "default", **changes
):
    mode = "me1" if logistic == "default" else "me2"
    return {
        "id": 43729529445,
        "status": status,
        "substatus": substatus,
        "logistic": {"direction": "forward", "mode": mode, "type": logistic},
        "tracking_number": None,
        **changes,
    }


def send(shop: ScriptedShop, status: OrderStatus, channel: str, word: str = "", **changes):
    changes.setdefault("order", {"platform_id": "2000009047722568"})
    changes.setdefault("token", "APP_USR-1")
    return deliver_to(shop, "mercado_livre", status=status, channel=channel, word=word, **changes)
