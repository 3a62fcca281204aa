"""A document → a vitrine: judged whole first, then stored whole, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import capfirst

from integrations.connections import (
    StaleConnection,
    StoredConnection,
    save_connection,
    stored_connection,
)
from integrations.portable.checks import (
    code_problems,
    connection_problems,
    mapping_problems,
    resolve_secrets,
    vitrine_problems,
)
from integrations.portable.differences import (
    Section,
    field_lines,
    mapping_sections,
    secret_lines,
)
from integrations.portable.document import InvalidFile, Problem
from integrations.portable.exporting import known_params, known_secrets
from integrations.portable.reading import Draft, read_draft
from status_mapping.changes import changes_between
from status_mapping.operations import StaleRevision, save_mapping
from status_mapping.queries import stored_mapping
from status_mapping.tables import MappingTables
from vitrines.models import LogPolicy, Vitrine
from vitrines.operations import (
    EDITABLE,
    CodeTaken,
    StaleVitrine,
    change_vitrine,
    create_vitrine,
    version_of,
)
from vitrines.platforms import Platform, all_platforms

STALE = (StaleVitrine, StaleConnection, StaleRevision)


class ImportRefused(Exception):
    """Nothing was stored: the vitrine was changed after it was compared with the file."""


@dataclass(frozen=True)
class Present:
    """What is stored of the vitrine now; without a ``vitrine``, nothing."""

    vitrine: Vitrine | None = None
    connection: StoredConnection = field(default_factory=StoredConnection)
    params: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    tables: MappingTables = field(default_factory=MappingTables)
    revision: int = 0


@dataclass(frozen=True)
class Plan:
    """A file that may be imported, beside what is stored now."""

    fields: Mapping[str, Any]
    #: The code in the file, which may be imported under another one.
    source: str
    platform: Platform
    params: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    #: The environment variable that each secret was taken from.
    variables: Mapping[str, str]
    tables: MappingTables
    present: Present

    @property
    def code(self) -> str:
        return str(self.fields["code"])

    @property
    def creates(self) -> bool:
        return self.present.vitrine is None

    @property
    def changes_connection(self) -> bool:
        now = self.present
        return _differ(now.params, self.params) or _differ(now.secrets, self.secrets)

    @property
    def sections(self) -> list[Section]:
        """Before → after, for a person; empty when nothing changes."""
        now = self.present
        own = field_lines(_fields_in_words(now.vitrine, self.fields), new=self.creates)
        sections = [Section("Vitrine", tuple(own))] if own else []
        if self.changes_connection:
            params = [
                (param.label, now.params.get(param.name, ""), self.params.get(param.name, ""))
                for param in self.platform.params
            ]
            lines = field_lines(params, new=self.creates)
            lines += secret_lines(self.platform.params, now.secrets, self.secrets, self.variables)
            sections.append(Section("Envio", tuple(lines)))
        return sections + mapping_sections(changes_between(now.tables, self.tables))


def plan_import(
    raw: bytes, *, code: str, environ: Mapping[str, str], confirm_platform: bool
) -> Plan:
    """Judge everything and store nothing; ``InvalidFile`` tells all that is wrong.

    ``code`` replaces the one in the file unless it is empty. ``environ`` has the secrets. Another
    platform for a vitrine that exists must be confirmed, as on its form.
    """
    draft, problems = read_draft(raw)
    source = draft.vitrine["code"] if draft.vitrine else ""
    fields = draft.vitrine | {"code": code or source} if draft.vitrine else {}
    own = [*vitrine_problems(draft.vitrine or {}), *code_problems(code)]
    secrets, unresolved = resolve_secrets(draft.secrets or {}, environ, source)
    problems += own + unresolved
    platform = all_platforms().get(fields.get("platform", ""))
    present = _present(fields["code"], platform) if fields and not own else Present()
    if platform is not None:
        if present.vitrine and not confirm_platform:
            problems += _platform_change(present.vitrine, platform)
        problems += _content_problems(draft, platform, present, secrets)
    if problems or platform is None:
        raise InvalidFile(problems)
    return Plan(
        fields=fields,
        source=source,
        platform=platform,
        params=draft.params or {},
        secrets=secrets,
        variables=draft.secrets or {},
        tables=(draft.tables or MappingTables()).normalised(),
        present=present,
    )


def _present(code: str, platform: Platform | None) -> Present:
    vitrine = Vitrine.objects.filter(code=code).first()
    if vitrine is None:
        return Present()
    connection = stored_connection(vitrine)
    mapping = stored_mapping(vitrine)
    # What was kept for another platform is not there for this one, though it has the same name.
    same = platform is not None and vitrine.platform == platform.name
    return Present(
        vitrine=vitrine,
        connection=connection,
        params=known_params(connection, platform),
        secrets=known_secrets(connection, platform) if same else {},
        tables=mapping.tables,
        revision=mapping.number,
    )


def _platform_change(vitrine: Vitrine, platform: Platform) -> list[Problem]:
    if vitrine.platform == platform.name:
        return []
    change = f"{_platform_label(vitrine.platform)} para {platform.label}"
    return [
        Problem(
            "vitrine.platform",
            f"Isto troca o exportador de {change}; o que já está na fila foi decidido com o "
            "anterior. Confirme com --confirm-platform.",
        )
    ]


def _content_problems(
    draft: Draft, platform: Platform, present: Present, secrets: Mapping[str, str]
) -> list[Problem]:
    """A vitrine that nobody has filled in yet has no parameters to judge."""
    found: list[Problem] = []
    filled = draft.params or draft.secrets or present.params or present.secrets
    if draft.params is not None and draft.secrets is not None and filled:
        missing = draft.secrets.keys() - secrets.keys()
        found += connection_problems(platform, draft.params, secrets, missing)
    if draft.tables is not None:
        found += mapping_problems(draft.tables, platform)
    return found


@transaction.atomic
def carry_out(plan: Plan, *, actor_label: str, now: datetime) -> list[str]:
    """Store what differs, in one transaction, and say what was done.

    Raises ``ImportRefused`` if somebody changed the vitrine since it was compared with the file.
    """
    try:
        vitrine, done = _store_vitrine(plan, actor_label, now)
        if plan.changes_connection:
            save_connection(
                vitrine=vitrine,
                params=plan.params,
                new_secrets=plan.secrets,
                removed_secrets=plan.present.secrets.keys() - plan.secrets.keys(),
                known_secrets={param.name for param in plan.platform.params if param.secret},
                seen_version=plan.present.connection.version,
                actor=None,
                actor_label=actor_label,
                now=now,
            )
            done.append("Parâmetros de envio salvos.")
        revision = save_mapping(
            vitrine=vitrine,
            base_revision=plan.present.revision,
            tables=plan.tables,
            author=None,
            author_label=actor_label,
            reason=f"Importado do arquivo de {plan.source}",
            now=now,
        )
    except (CodeTaken, Vitrine.DoesNotExist, *STALE) as stale:
        raise ImportRefused(
            f"A vitrine {plan.code} foi alterada enquanto era comparada com o arquivo. "
            "Nada foi gravado; importe de novo."
        ) from stale
    if revision is not None:
        done.append(f"DE-PARA salvo: revisão {revision.number}.")
    return done


def _store_vitrine(plan: Plan, actor_label: str, now: datetime) -> tuple[Vitrine, list[str]]:
    vitrine = plan.present.vitrine
    if vitrine is None:
        created = create_vitrine(**plan.fields, actor=None, actor_label=actor_label, now=now)
        return created, [f"Vitrine {created.code} cadastrada."]
    changed = change_vitrine(
        vitrine=vitrine,
        values={name: plan.fields[name] for name in EDITABLE},
        seen_version=version_of(vitrine),
        actor=None,
        actor_label=actor_label,
        now=now,
    )
    # What is stored next is stored for the platform that it has now.
    vitrine.refresh_from_db()
    return vitrine, [f"Vitrine {vitrine.code} alterada."] if changed else []


def _fields_in_words(
    vitrine: Vitrine | None, fields: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    return [
        (
            capfirst(str(Vitrine._meta.get_field(name).verbose_name)),  # type: ignore[union-attr]
            _in_words(name, getattr(vitrine, name)) if vitrine else "",
            _in_words(name, fields[name]),
        )
        for name in EDITABLE
    ]


def _in_words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "sim" if value else "não"
    if name == "platform":
        return _platform_label(value)
    return str(LogPolicy(value).label) if name == "log_policy" else str(value)


def _platform_label(name: str) -> str:
    platform = all_platforms().get(name)
    return platform.label if platform else f"{name} (arquivo da plataforma ausente)"


def _differ(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """A name without a value is the same as none."""
    return any(before.get(name, "") != after.get(name, "") for name in {*before, *after})
