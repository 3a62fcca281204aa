"""What came of a scene, compared with what was meant, and how it is printed."""

from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from django.utils import timezone

from integrations.demo.expectations import Seen, compare
from integrations.demo.stage import Stage
from integrations.demo.steps import Scene
from integrations.explain import explain_order
from vitrines.orders import find_order
from vitrines.statuses import OrderStatus

WIDTH = 96
INDENT = 10


@dataclass(frozen=True)
class Result:
    scene: Scene
    order_name: str
    stored: dict[str, Any]
    seen: Seen
    sentence: str
    differences: tuple[str, ...]


def result_of(stage: Stage, scene: Scene, *, problems: list[str], meant: Seen | None) -> Result:
    """Read the order on both sides; ``problems`` are those found while the scene was played."""
    order = find_order(stage.vitrines[scene.vitrine], scene.number)
    stored = stage.stored(scene)
    if order is None:
        seen = _seen(stored, None, "")
        return Result(scene, scene.number, stored, seen, "", (*problems, "o pedido não existe"))
    explanation = explain_order(order, now=timezone.now() + stage.ahead)
    seen = _seen(stored, order.status, str(explanation.cause))
    wrong = compare(seen, meant) if meant else ["nada foi combinado para este pedido"]
    return Result(
        scene, order.display_number, stored, seen, explanation.sentence, (*problems, *wrong)
    )


def lines_of(result: Result) -> list[str]:
    """One order as a block of text: the store's side, why, and what differs."""
    scene, seen = result.scene, result.seen
    mark = "DIFERE" if result.differences else "ok"
    name = f"{scene.vitrine}  {result.order_name}"
    erp = seen.erp_status.label if seen.erp_status is not None else "fora do ERP"
    return [
        f"{name:<22}{scene.title:<{WIDTH - 29}}{mark:>7}",
        *_field("ERP", erp),
        *_field("Loja", seen.store_status or "nenhum status"),
        *_field("Nota", _invoice_line(result.stored)),
        *_field("Rastreio", _tracking_line(result.stored)),
        *_field("Por quê", result.sentence),
        *[line for difference in result.differences for line in _field("  ≠", difference)],
        "",
    ]


def _seen(stored: dict[str, Any], erp_status: int | None, cause: str) -> Seen:
    return Seen(
        store_status=stored["status"],
        invoice=_invoice_kind(stored),
        trackings=tuple(
            f"{told['volume']}:{told['code']}{'*' if told['delivered'] else ''}"
            for told in stored["trackings"]
        ),
        requests=sum(1 for entry in stored["history"] if entry["endpoint"] != "loja"),
        erp_status=None if erp_status is None else OrderStatus(erp_status),
        cause=cause,
    )


def _invoice_kind(stored: dict[str, Any]) -> str:
    if not stored["invoices"]:
        return ""
    return "xml" if any(invoice["with_xml"] for invoice in stored["invoices"]) else "number"


def _invoice_line(stored: dict[str, Any]) -> str:
    return "; ".join(
        f"NF-e {invoice['number']}, série {invoice['series']}"
        f"{', com XML' if invoice['with_xml'] else ''}"
        for invoice in stored["invoices"]
    )


def _tracking_line(stored: dict[str, Any]) -> str:
    return "; ".join(_one_tracking(told) for told in stored["trackings"])


def _one_tracking(told: dict[str, Any]) -> str:
    volume = f"volume {told['volume']}: " if told["volume"] else ""
    return f"{volume}{told['code'] or told['url']}{' (entregue)' if told['delivered'] else ''}"


def _field(label: str, text: str) -> list[str]:
    if not text:
        return []
    first, *rest = wrap(text, WIDTH - INDENT - 3) or [""]
    return [f"   {label:<{INDENT}}{first}", *[f"   {'':<{INDENT}}{line}" for line in rest]]
