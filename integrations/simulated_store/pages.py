"""The store's own admin page, rendered on the server: no script, nothing from elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from integrations.simulated_store.faults import Fault, FaultKind

FOLDER = Path(__file__).parent / "assets"
LOCAL_TIME = ZoneInfo("America/Sao_Paulo")
#: Orders on one page; the others are found by the filter.
PAGE_SIZE = 50

SECURITY_HEADERS = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)

OUTCOMES = {"applied": "aplicado", "repeated": "repetido", "failed": "falhou"}


def when(iso: str | None) -> str:
    if not iso:
        return "—"
    return datetime.fromisoformat(iso).astimezone(LOCAL_TIME).strftime("%d/%m às %H:%M:%S")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["when"] = when
    return environment


def stylesheet() -> bytes:
    return (FOLDER / "loja.css").read_bytes()


def admin_page(
    *,
    orders: Sequence[dict[str, Any]],
    faults: Sequence[Fault],
    query: dict[str, str],
    error: str = "",
) -> str:
    shop, number = query.get("loja", "").strip(), query.get("pedido", "").strip()
    found = [
        order
        for order in orders
        if shop in ("", order["shop"])
        and number.casefold() in f"{order['order']} {order['number']}".casefold()
    ]
    return (
        _environment()
        .get_template("loja.html")
        .render(
            orders=found[:PAGE_SIZE],
            found=len(found),
            total=len(orders),
            shops=sorted({order["shop"] for order in orders}),
            faults=faults,
            kinds=list(FaultKind),
            outcomes=OUTCOMES,
            shop=shop,
            number=number,
            refresh=query.get("atualizar") == "sim",
            error=error,
        )
    )
