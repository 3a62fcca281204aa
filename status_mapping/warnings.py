"""What may be saved and is still worth a second look, one line each. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from status_mapping.inbound import InboundWord, inbound_words
from status_mapping.known_statuses import KnownStatuses
from status_mapping.tables import MappingTables, StatusRow
from status_mapping.translation import fold_word
from status_mapping.validation import shown_word
from vitrines.platforms import Platform
from vitrines.statuses import OrderStatus


@dataclass(frozen=True)
class MappingWarning:
    """``status`` is the row that the warning speaks of."""

    status: OrderStatus
    field: str
    message: str


def warnings_of(
    tables: MappingTables, platform: Platform, known: KnownStatuses
) -> list[MappingWarning]:
    words = inbound_words(tables.statuses)
    return [
        warning
        for row in tables.normalised().statuses
        for warning in (
            *_without_code(row, platform),
            *_not_offered(row, platform, known),
            *_without_ez_core(row, platform),
            *_claimed_by_another(row, words),
        )
    ]


def _without_code(row: StatusRow, platform: Platform) -> Iterable[MappingWarning]:
    if row.active and platform.mapping.code and not row.platform_status:
        message = "Ativo sem status da plataforma: as atualizações aguardam até haver um."
        yield MappingWarning(row.status, "platform_status", message)


def _not_offered(
    row: StatusRow, platform: Platform, known: KnownStatuses
) -> Iterable[MappingWarning]:
    """Codes are compared exactly: they are sent exactly."""
    codes, value = known.codes, getattr(row, known.column)
    if not codes or not value or value in codes:
        return
    meant = [code for code in codes if fold_word(code) == fold_word(value)]
    hint = f" O dela é “{meant[0]}”." if meant else ""
    word = f"“{shown_word(value)}”"
    if known.fetched_at is None:
        message = f"{platform.label} não oferece o status {word}.{hint}"
    else:
        message = f"{word} não está entre os status que {platform.label} informou.{hint}"
    yield MappingWarning(row.status, known.column, message)


def _without_ez_core(row: StatusRow, platform: Platform) -> Iterable[MappingWarning]:
    if not row.active or platform.mapping.ez_core != "required":
        return
    ids = {
        "ez_core_status_id": ("ID Status EZ Core", row.ez_core_status_id),
        "ez_core_flow_id": ("ID Fluxo EZ Core", row.ez_core_flow_id),
    }
    missing = {field: caption for field, (caption, value) in ids.items() if not value}
    if missing:
        message = f"{platform.label} pede {' e '.join(missing.values())} neste status."
        yield MappingWarning(row.status, next(iter(missing)), message)


def _claimed_by_another(row: StatusRow, words: dict[str, InboundWord]) -> Iterable[MappingWarning]:
    """The row's own platform status means another row when an order comes in."""
    found = words.get(fold_word(row.platform_status)) if row.platform_status else None
    if found is None or found.status == row.status:
        return
    other = found.status.label
    why = "que a lista em “também recebe”" if found.explicit else "que usa a mesma palavra"
    message = f"Pedido recebido com “{shown_word(row.platform_status)}” entra como {other}, {why}."
    yield MappingWarning(row.status, "platform_status", message)
