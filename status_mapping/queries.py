"""Reads of the DE-PARA, as the plain rows that the pure functions take."""

from django.db.models import Max

from status_mapping.models import InboundStatus, MappingRevision, StatusMapping
from status_mapping.translation import MappingRow
from vitrines.models import Vitrine
from vitrines.statuses import OrderStatus


def as_row(mapping: StatusMapping) -> MappingRow:
    return MappingRow(
        status=OrderStatus(mapping.status),
        platform_status=mapping.platform_status,
        channel=mapping.channel,
        active=mapping.active,
        processa_inclusao=mapping.processa_inclusao,
        ez_core_status_id=mapping.ez_core_status_id,
        ez_core_flow_id=mapping.ez_core_flow_id,
    )


def outbound_rows(vitrine: Vitrine) -> dict[OrderStatus, MappingRow]:
    rows = StatusMapping.objects.filter(vitrine=vitrine)
    return {OrderStatus(row.status): as_row(row) for row in rows}


def inbound_rows(vitrine: Vitrine) -> dict[str, MappingRow]:
    """Every word the platform may send, folded, with its row."""
    words = InboundStatus.objects.filter(vitrine=vitrine).select_related("mapping")
    return {word.folded: as_row(word.mapping) for word in words}


def latest_revision_number(vitrine: Vitrine) -> int:
    """0 before the first Salvar."""
    found = MappingRevision.objects.filter(vitrine=vitrine).aggregate(last=Max("number"))
    return found["last"] or 0
