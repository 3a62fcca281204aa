"""The bytes of a file → what it says, section by section. Pure: no Django, no clock.

What does not have the right shape is a problem with its place; a section without one can be
judged further, so that a person is told of everything at once.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from integrations.portable.document import FORMAT, InvalidFile, Problem, path_of
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from vitrines.statuses import OrderStatus

#: Ten times what the fullest vitrine takes.
MAX_BYTES = 2_000_000

_REASONS = {
    "missing": "Falta esta chave.",
    "extra_forbidden": "Chave desconhecida.",
    "string_type": "Deve ser um texto.",
    "bool_type": "Deve ser true ou false.",
    "int_type": "Deve ser um número inteiro.",
    "list_type": "Deve ser uma lista.",
    "dict_type": "Deve ser um objeto.",
    "model_type": "Deve ser um objeto.",
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Vitrine(_Part):
    code: str
    description: str
    platform: str
    published: bool
    log_policy: str
    order_prefix: str


class _StatusRow(_Part):
    platform_status: str = ""
    channel: str = ""
    active: bool = True
    processa_inclusao: bool = False
    ez_core_status_id: str = ""
    ez_core_flow_id: str = ""
    also_receives: list[str] = Field(default_factory=list)


class _PaymentType(_Part):
    word: str
    erp_code: str
    label: str = ""
    active: bool = True


class _DeliveryType(_PaymentType):
    pickup: bool = False
    carrier: str = ""


class _Mapping(_Part):
    statuses: dict[str, _StatusRow]
    payment_types: list[_PaymentType]
    delivery_types: list[_DeliveryType]


@dataclass
class Draft:
    """A section that is None has problems, or is not there."""

    vitrine: dict[str, Any] | None = None
    params: dict[str, str] | None = None
    secrets: dict[str, str] | None = None
    tables: MappingTables | None = None


_SECTIONS: dict[str, TypeAdapter[Any]] = {
    "format": TypeAdapter(int),
    "vitrine": TypeAdapter(_Vitrine),
    "params": TypeAdapter(dict[str, str]),
    "secrets": TypeAdapter(dict[str, str]),
    "mapping": TypeAdapter(_Mapping),
}


def read_draft(raw: bytes) -> tuple[Draft, list[Problem]]:
    """Raises ``InvalidFile`` when it is no JSON object of this format."""
    data, problems = _parse(raw)
    problems += [
        Problem(path_of(key), _REASONS["extra_forbidden"]) for key in data if key not in _SECTIONS
    ]
    found: dict[str, Any] = {}
    for name, adapter in _SECTIONS.items():
        if name not in data:
            problems.append(Problem(name, _REASONS["missing"]))
            continue
        try:
            found[name] = adapter.validate_python(data[name], strict=True)
        except ValidationError as error:
            problems += _shape_problems(name, error)
    if found.get("format", FORMAT) != FORMAT:
        raise InvalidFile([Problem("format", f"Aqui se lê o formato {FORMAT}.")])
    return _draft(found, problems), problems


def _parse(raw: bytes) -> tuple[dict[str, Any], list[Problem]]:
    if len(raw) > MAX_BYTES:
        raise InvalidFile([Problem("", f"O arquivo passa de {MAX_BYTES // 1_000_000} MB.")])
    repeated: list[Problem] = []

    def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        whole = dict(pairs)
        if len(whole) < len(pairs):
            repeated.extend(
                Problem("", f"A chave “{path_of(name)}” aparece {times} vezes em um objeto.")
                for name, times in Counter(name for name, _ in pairs).items()
                if times > 1
            )
        return whole

    try:
        data = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=once)
    except UnicodeDecodeError as error:
        raise InvalidFile([Problem("", f"Não é texto UTF-8 (byte {error.start}).")]) from error
    except json.JSONDecodeError as error:
        where = f"linha {error.lineno}, coluna {error.colno}"
        raise InvalidFile([Problem("", f"Não é JSON válido ({where}).")]) from error
    except (RecursionError, ValueError) as error:
        raise InvalidFile(
            [Problem("", "O JSON é profundo demais ou tem um número enorme.")]
        ) from error
    if not isinstance(data, dict):
        raise InvalidFile([Problem("", "O arquivo deve ser um objeto JSON.")])
    return data, repeated


def _shape_problems(section: str, error: ValidationError) -> Iterable[Problem]:
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        reason = _REASONS.get(fault["type"], "Valor inválido.")
        yield Problem(path_of(section, *fault["loc"]), reason)


def _draft(found: dict[str, Any], problems: list[Problem]) -> Draft:
    draft = Draft(params=found.get("params"), secrets=found.get("secrets"))
    if "vitrine" in found:
        fields = found["vitrine"].model_dump()
        draft.vitrine = {name: _trimmed(value) for name, value in fields.items()}
    if "mapping" in found:
        unknown = found["mapping"].statuses.keys() - OrderStatus.__members__.keys()
        known = ", ".join(OrderStatus.__members__)
        problems += [
            Problem(path_of("mapping", "statuses", name), f"Status desconhecido; há {known}.")
            for name in sorted(unknown)
        ]
        draft.tables = _tables(found["mapping"])
    return draft


def _tables(mapping: _Mapping) -> MappingTables:
    """In the order of the file, which the places of problems are counted in."""
    return MappingTables(
        statuses=tuple(
            StatusRow(
                OrderStatus[name],
                **row.model_dump() | {"also_receives": tuple(row.also_receives)},
            ).normalised()
            for name, row in mapping.statuses.items()
            if name in OrderStatus.__members__
        ),
        payment_types=tuple(PaymentType(**_cells(row)) for row in mapping.payment_types),
        delivery_types=tuple(DeliveryType(**_cells(row)) for row in mapping.delivery_types),
    )


def _cells(row: _PaymentType) -> dict[str, Any]:
    return {name: _trimmed(value) for name, value in row.model_dump().items()}


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value
