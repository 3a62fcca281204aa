"""What of a file may not be imported, section by section, each with its place."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from integrations.connections import TEMPLATE_MAX, TEXT_MAX, connection_errors
from integrations.portable.document import (
    ENV_NAME,
    ENV_PREFIX,
    OWN_SECRETS,
    Problem,
    env_name,
    path_of,
)
from status_mapping.tables import MappingTables
from status_mapping.validation import errors_of
from vitrines.models import Vitrine
from vitrines.platforms import Platform, all_platforms
from vitrines.platforms.parts import Param


def vitrine_problems(fields: Mapping[str, Any]) -> Iterable[Problem]:
    """Those of all fields, or none of no fields."""
    for name, value in fields.items():
        if isinstance(value, str) and (message := _unwritable(value)):
            yield Problem(path_of("vitrine", name), message)
    for name, message in _refused(fields).items():
        yield Problem(path_of("vitrine", name), message)
    if fields and fields["platform"] not in all_platforms():
        known = ", ".join(sorted(all_platforms()))
        yield Problem("vitrine.platform", f"Não há exportador com este nome; há {known}.")


def code_problems(code: str) -> Iterable[Problem]:
    """Of the option that replaces the code in the file; empty, it does not."""
    if message := _refused({"code": code}).get("code") if code else None:
        yield Problem("--code", message)


def _refused(fields: Mapping[str, Any]) -> dict[str, str]:
    others = {column.name for column in Vitrine._meta.fields} - fields.keys()
    try:
        Vitrine(**fields).clean_fields(exclude=others)
    except ValidationError as error:
        return {name: " ".join(messages) for name, messages in error.message_dict.items()}
    return {}


def resolve_secrets(
    secrets: Mapping[str, str], environ: Mapping[str, str], code: str
) -> tuple[dict[str, str], list[Problem]]:
    """The values of the variables that the file names; no problem tells a value."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for name, reference in secrets.items():
        variable = reference.removeprefix(ENV_PREFIX)
        if not reference.startswith(ENV_PREFIX) or not ENV_NAME.fullmatch(variable):
            problem = _plain_secret(name, code)
        elif variable in OWN_SECRETS:
            problem = f"{variable} é segredo deste sistema, não de uma loja: use outro nome."
        elif not environ.get(variable, "").strip():
            state = "está vazia" if variable in environ else "não existe"
            problem = f"A variável de ambiente {variable} {state}: defina-a e importe de novo."
        else:
            found[name] = environ[variable].strip()
            continue
        problems.append(Problem(path_of("secrets", name), problem))
    return found, problems


def _plain_secret(name: str, code: str) -> str:
    derived = ENV_NAME.fullmatch(name) and not _refused({"code": code})
    variable = env_name(code, name) if derived else "NOME"
    return (
        f"Um segredo não fica no arquivo. Escreva “{ENV_PREFIX}{variable}” e ponha o valor nessa "
        "variável de ambiente."
    )


def connection_problems(
    platform: Platform,
    params: Mapping[str, str],
    secrets: Mapping[str, str],
    unresolved: Iterable[str],
) -> Iterable[Problem]:
    """``unresolved`` secrets have their problem already."""
    known = {param.name: param for param in platform.params}
    told = set(unresolved)
    for section, names in (("params", params), ("secrets", [*secrets, *unresolved])):
        for name in names:
            message = _misplaced(known.get(name), section, platform)
            if message:
                told.add(name)
                yield Problem(path_of(section, name), message)
    for name, value in {**params, **secrets}.items():
        message = None if name in told else _unfit(known[name], value)
        if message:
            told.add(name)
            yield Problem(_place(known[name]), message)
    fitting = {name: value for name, value in params.items() if name not in told}
    for name, message in connection_errors(platform, fitting, secrets).items():
        if name not in told:
            yield Problem(_place(known[name]), message)


def mapping_problems(tables: MappingTables, platform: Platform) -> Iterable[Problem]:
    for error in errors_of(tables, platform):
        yield Problem(path_of("mapping", error.table, error.key, error.field), error.message)


def _misplaced(param: Param | None, section: str, platform: Platform) -> str | None:
    if param is None:
        return (
            f"{platform.label} não tem este {'segredo' if section == 'secrets' else 'parâmetro'}."
        )
    if param.secret and section == "params":
        return f"É um segredo: passe para “secrets”, como “{ENV_PREFIX}NOME”."
    if not param.secret and section == "secrets":
        return "Não é um segredo: passe para “params”."
    return None


def _unfit(param: Param, value: str) -> str | None:
    limit = TEMPLATE_MAX if param.multiline else TEXT_MAX
    if len(value) > limit:
        return f"Use até {limit} caracteres (aqui há {len(value)})."
    return _unwritable(value)


def _unwritable(text: str) -> str | None:
    """No database takes these: NUL and halves of a character."""
    for char in text:
        if char == "\0" or unicodedata.category(char) == "Cs":
            return f"Contém um caractere que não pode ser gravado (U+{ord(char):04X})."
    return None


def _place(param: Param) -> str:
    section = "secrets" if param.secret else "params"
    return f"{path_of(section, param.name)} ({param.label})"
