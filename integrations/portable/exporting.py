"""A vitrine of the database as a document."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from integrations.connections import StoredConnection, stored_connection
from integrations.portable.document import VITRINE_FIELDS, Document, env_name
from status_mapping.queries import tables_of
from vitrines.models import Vitrine
from vitrines.platforms import Platform, all_platforms

Value = TypeVar("Value")


class SecretsUnreadable(Exception):
    """Nothing was exported: not even the names of the secrets can be read."""


def document_of(vitrine: Vitrine) -> Document:
    """As stored. What was left over by a former platform is in effect nowhere and stays out."""
    stored = stored_connection(vitrine)
    if stored.unreadable:
        raise SecretsUnreadable(stored.unreadable)
    platform = all_platforms().get(vitrine.platform)
    return Document(
        vitrine={name: getattr(vitrine, name) for name in VITRINE_FIELDS},
        params=known_params(stored, platform),
        secrets={name: env_name(vitrine.code, name) for name in known_secrets(stored, platform)},
        tables=tables_of(vitrine),
    )


def known_params(stored: StoredConnection, platform: Platform | None) -> dict[str, str]:
    names = [p.name for p in platform.params if not p.secret] if platform else None
    return {name: str(value) for name, value in _in_order(stored.params, names)}


def known_secrets(stored: StoredConnection, platform: Platform | None) -> dict[str, str]:
    names = [p.name for p in platform.params if p.secret] if platform else None
    return {name: value for name, value in _in_order(stored.secrets, names) if value}


def _in_order(values: Mapping[str, Value], names: Iterable[str] | None) -> list[tuple[str, Value]]:
    """In the order of the platform's file; all of them by name where the file is not here."""
    wanted = sorted(values) if names is None else names
    return [(name, values[name]) for name in wanted if name in values]
