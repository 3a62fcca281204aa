"""An order that went all the way, for previews that are made without one. Pure.

Everything is fixed, times and numbers too, so that one file is always previewed in one way.
"""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from integrations.delivery.invoice_facts import InvoiceFacts
from integrations.nfe_sample import sample_nfe
from vitrines.platforms import Platform
from vitrines.platforms.parts import Param
from vitrines.platforms.steps import Send
from vitrines.statuses import SCREEN_ORDER, OrderStatus

Facts = dict[str, Any]

UPDATE_ID = "7d4f5e0c-8a51-4f0e-9a53-1c2b3d4e5f60"
#: Of what the last event told, and of a signature.
OCCURRED_AT = datetime(2026, 11, 23, 14, 40, tzinfo=UTC)
_PLACED_AT = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
_INVOICED_AT = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
_TOTAL = Decimal("199.90")
#: For an address that has neither a value nor an example.
_STORE = "https://loja.exemplo.com.br"

#: How a file reads a status that its store knows by a number.
_WANTS_NUMBER = re.compile(r"mapping\.platform_status\s*\|\s*int\b")

#: By what the ERP tells each status, in the words of ``EventKind``.
_EVENT_KINDS: dict[OrderStatus, str] = {
    OrderStatus.AGUARDANDO_PAGAMENTO: "order_received",
    OrderStatus.PAGAMENTO_CONFIRMADO: "payment_confirmed",
    OrderStatus.EM_PREPARACAO: "reserved",
    OrderStatus.DESPACHADO: "invoiced",
    OrderStatus.EMBARCADO: "boarded",
    OrderStatus.ENTREGUE: "delivered",
    OrderStatus.CANCELADO: "cancelled",
    OrderStatus.PROBLEMAS: "problem",
}


def sample_params(platform: Platform) -> dict[str, str]:
    """A value for every parameter that has no default, as far as the file gives one."""
    plain = [param for param in platform.params if not (param.secret or param.default)]
    return {param.name: value for param in plain if (value := stand_in(param))}


def with_required(platform: Platform, params: Mapping[str, str]) -> dict[str, str]:
    """The given values; what is required and missing has its stand-in."""
    wanted = [param for param in platform.params if param.required and not param.secret]
    missing = [param for param in wanted if not (params.get(param.name) or param.default)]
    return {**params, **{param.name: value for param in missing if (value := stand_in(param))}}


def stand_in(param: Param) -> str:
    """The file's example; else, of what is required, the first choice or an address."""
    if param.example or not param.required:
        return param.example
    if param.kind == "choice":
        return param.choice_values[0]
    return _STORE if param.kind == "url" else ""


def sample_secrets(platform: Platform) -> dict[str, str]:
    return {param.name: secret_stand_in(param) for param in platform.params if param.secret}


def with_required_secrets(platform: Platform, secrets: Mapping[str, str]) -> dict[str, str]:
    missing = [p for p in platform.params if p.secret and p.required and not secrets.get(p.name)]
    return {**secrets, **{param.name: secret_stand_in(param) for param in missing}}


def secret_stand_in(param: Param) -> str:
    """Base64, since some signatures decode their secret first. It is masked wherever it shows."""
    return param.example or base64.b64encode(f"segredo de exemplo {param.name}".encode()).decode()


def sample_mapping(platform: Platform) -> dict[OrderStatus, Facts]:
    """A DE-PARA row for each status: the file's suggestion, else any word the platform has."""
    return {status: row_of(platform, _word(platform, status)) for status in SCREEN_ORDER}


def row_of(platform: Platform, word: str) -> Facts:
    ids = ("4", "10") if platform.mapping.ez_core != "none" else ("", "")
    return {
        "platform_status": word,
        "ez_core_status_id": ids[0],
        "ez_core_flow_id": ids[1],
    }


def _word(platform: Platform, status: OrderStatus) -> str:
    mapping = platform.mapping
    suggestion = mapping.suggestions.get(status)
    if suggestion is not None and (suggestion.code or not mapping.code):
        return suggestion.code
    if not mapping.code:
        return ""
    if mapping.statuses:
        return mapping.statuses[0].code
    sends = platform.model_dump_json(include={"sends"})
    return str(int(status) + 1) if _WANTS_NUMBER.search(sends) else status.name.lower()


def sample_note(platform: Platform, send: Send, status: OrderStatus) -> str:
    """What to know of the word that a preview of a file shows; empty if it is the file's own."""
    suggestion = platform.mapping.suggestions.get(status)
    if suggestion is not None and not suggestion.active:
        return "A sugestão do arquivo deixa esta linha inativa: só sai se alguém a ativar."
    suggested = suggestion is not None and suggestion.code
    if suggested or "mapping.platform_status" not in send.model_dump_json():
        return ""
    word = _word(platform, status)
    return f"O arquivo não sugere palavra para este status: “{word}” só ocupa o lugar dela."


def facts_in(facts: Mapping[str, Any], status: OrderStatus) -> Facts:
    """The same order as it is once it has ``status``."""
    order = {
        **facts["order"],
        "status": int(status),
        "status_label": status.label,
        "status_name": status.name,
    }
    event = {**facts["event"], "kind": facts["event"]["kind"] or _EVENT_KINDS[status]}
    return {**facts, "order": order, "event": event}


def sample_facts() -> Facts:
    """The order: an authorised NF-e, two volumes. What depends on its status: ``facts_in``."""
    trackings = [_tracking("1", "SQ458226057BR"), _tracking("2", "SQ458226065BR")]
    return {
        "order": {
            "number": "100482",
            "display_number": "VT-100482",
            "platform_id": "5550100482",
            "platform_status": "paid",
            "placed_at": _PLACED_AT,
            "total": str(_TOTAL),
            "payment_type": "pix",
            "delivery_type": "sedex",
        },
        "invoice": _invoice(),
        "tracking": trackings[-1],
        "trackings": trackings,
        "vitrine": sample_vitrine(),
        "event": {"kind": "", "occurred_at": OCCURRED_AT, "update_id": UPDATE_ID},
    }


def sample_vitrine() -> Facts:
    return {
        "code": "LOJA-EXEMPLO",
        "description": "Loja de exemplo",
        "integration_id": "3f0a9b1e-52c4-4b7d-8e6f-90a1b2c3d4e5",
    }


def _tracking(volume: str, code: str) -> Facts:
    return {
        "code": code,
        "carrier": "Correios",
        "url": f"https://rastreio.exemplo.com.br/{code}",
        "volume": volume,
        "carrier_event": "posted",
        "description": "Objeto postado",
        "occurred_at": OCCURRED_AT,
        "delivered": False,
    }


@lru_cache(maxsize=1)
def _invoice() -> InvoiceFacts:
    note = sample_nfe(
        number=12345, order_number="100482", total=_TOTAL, issued_at=_INVOICED_AT, signed=False
    )
    return InvoiceFacts(
        {
            "number": note.number,
            "series": note.series,
            "key": note.key,
            "issued_at": _INVOICED_AT,
            "total": str(note.total),
            "xml_bytes": note.xml,
        }
    )
