"""Reads of the DE-PARA, as the plain rows that the pure functions take."""

from dataclasses import dataclass

from django.db.models import Max, QuerySet

from status_mapping.models import (
    DeliveryTypeMapping,
    InboundStatus,
    MappingRevision,
    PaymentTypeMapping,
    StatusMapping,
)
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
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


def tables_of(vitrine: Vitrine) -> MappingTables:
    """The whole DE-PARA as stored: what the page edits and ``save_mapping`` takes."""
    explicit: dict[int, list[str]] = {}
    for word in InboundStatus.objects.filter(vitrine=vitrine, explicit=True):
        explicit.setdefault(word.mapping_id, []).append(word.word)
    return MappingTables(
        statuses=tuple(
            StatusRow(**vars(as_row(row)), also_receives=tuple(explicit.get(row.pk, ())))
            for row in StatusMapping.objects.filter(vitrine=vitrine)
        ),
        payment_types=tuple(
            PaymentType(row.word, row.erp_code, row.label, row.active)
            for row in PaymentTypeMapping.objects.filter(vitrine=vitrine)
        ),
        delivery_types=tuple(
            DeliveryType(row.word, row.erp_code, row.label, row.active, row.pickup, row.carrier)
            for row in DeliveryTypeMapping.objects.filter(vitrine=vitrine)
        ),
    ).normalised()


@dataclass(frozen=True)
class Stored:
    """The tables, and the revision that whoever changes them must save over."""

    tables: MappingTables
    #: Without what it holds; None before the first Salvar.
    revision: MappingRevision | None

    @property
    def number(self) -> int:
        return self.revision.number if self.revision else 0


def stored_mapping(vitrine: Vitrine) -> Stored:
    """For whoever reads the tables to change them.

    The revision is read first. What somebody saves between the two is then taken for newer than
    what was read, and merged; the other way round it would be reverted, and nobody told.
    """
    revisions = MappingRevision.objects.filter(vitrine=vitrine).defer("before", "after")
    latest = revisions.order_by("-number").first()
    return Stored(tables_of(vitrine), latest)


def revisions_since(vitrine: Vitrine, number: int) -> QuerySet[MappingRevision]:
    """What was saved after revision ``number``, oldest first."""
    return MappingRevision.objects.filter(vitrine=vitrine, number__gt=number).order_by("number")


def find_revision(vitrine: Vitrine, number: str) -> MappingRevision | None:
    """By its number as an address names it."""
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        return None
    return MappingRevision.objects.filter(vitrine=vitrine, number=int(number)).first()
