"""Runs export_vitrine and import_vitrine as a person would, and makes a vitrine to try them on."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from integrations.connections import save_connection
from integrations.models import Connection
from status_mapping.models import MappingRevision
from status_mapping.operations import save_mapping
from status_mapping.queries import tables_of
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from tests.factories import NOW, make_vitrine
from vitrines.models import AuditEntry, Vitrine
from vitrines.statuses import OrderStatus

SECRET = "s3nh4-de-integracao"
PARAMS = {
    "base_url": "https://loja.layer.core.dcg.com.br",
    "username": "integra",
    "ez_core_status_field": "OrderStatusID",
}
TABLES = MappingTables(
    statuses=(
        StatusRow(
            OrderStatus.PAGAMENTO_CONFIRMADO,
            "PAID",
            also_receives=("approved", "captured"),
            ez_core_status_id="2",
            ez_core_flow_id="10",
        ),
        StatusRow(OrderStatus.DESPACHADO, "INVOICED", channel="tracking"),
        StatusRow(OrderStatus.CANCELADO, "CANCELED", processa_inclusao=True, active=False),
        StatusRow(OrderStatus.PROBLEMAS, active=False),
    ),
    payment_types=(PaymentType("boleto", "5"), PaymentType("pix", "17", "Pix", active=False)),
    delivery_types=(DeliveryType("retirada", "R", "Retirada", pickup=True, carrier="Própria"),),
)


def make_full_vitrine() -> Vitrine:
    vitrine = make_vitrine(platform="linx_commerce", log_policy="all", published=False)
    save_connection(
        vitrine=vitrine,
        params=PARAMS,
        new_secrets={"password": SECRET},
        removed_secrets=set(),
        known_secrets={"password"},
        seen_version="",
        actor=None,
        now=NOW,
    )
    save_mapping(vitrine=vitrine, base_revision=0, tables=TABLES, author=None, reason="", now=NOW)
    return vitrine


def exported(code: str = "LOJA-SP") -> dict[str, Any]:
    return json.loads(export(code))


def export(code: str = "LOJA-SP", **options: Any) -> str:
    out = StringIO()
    call_command("export_vitrine", code, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def put(data: Any, folder: Path) -> Path:
    """``data`` as a file: bytes and text as they are, anything else as JSON."""
    path = folder / "vitrine.json"
    if isinstance(data, bytes):
        path.write_bytes(data)
    else:
        path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def run_import(data: Any, folder: Path, **options: Any) -> list[str]:
    """The lines that it prints."""
    out = StringIO()
    call_command("import_vitrine", str(put(data, folder)), stdout=out, **options)
    return out.getvalue().splitlines()


def refused(data: Any, folder: Path, **options: Any) -> list[str]:
    """The problems that it tells; whatever was stored stays as it was."""
    before = stored()
    with pytest.raises(CommandError) as caught:
        run_import(data, folder, **options)
    assert stored() == before
    first, *problems = str(caught.value).splitlines()
    assert first.startswith("Nada foi importado: ")
    return [problem.removeprefix("- ") for problem in problems]


def stored() -> list[Any]:
    """Everything that an import could change."""
    return [
        *Vitrine.objects.values_list(),
        *((row.vitrine_id, row.params, row.secrets) for row in Connection.objects.all()),
        *(tables_of(vitrine) for vitrine in Vitrine.objects.all()),
        MappingRevision.objects.count(),
        AuditEntry.objects.count(),
    ]
