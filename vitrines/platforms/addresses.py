"""URL templates. Only a parameter of kind ``url`` at the very start stands as it is; every other
placeholder is percent-encoded, so that no value can move the request to another host or path."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from vitrines.platforms.language import (
    Hole,
    MissingValue,
    RenderError,
    Template,
    parse,
)
from vitrines.platforms.scope import Scope, TemplateError

_LEADING_PARAM = re.compile(r"\{\{\s*params\.(\w+)\s*\}\}")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
#: Worth a closer look.
_DOT_BEGINS = re.compile(r"(?:[/\\]|%2f|%5c)(?:\.|%2e)", re.IGNORECASE)


@dataclass(frozen=True)
class UrlTemplate:
    base_param: str | None
    rest: Template

    def render(self, context: Mapping[str, Any]) -> str:
        written = ""
        for part in self.rest.parts:
            written += part if isinstance(part, str) else _encoded(part, context, written)
        base = ""
        if self.base_param is not None:
            base = str(context["params"].get(self.base_param, "")).rstrip("/")
            if not base:
                raise MissingValue(f"“{{{{ params.{self.base_param} }}}}”")
        url = base + written
        if _DOT_BEGINS.search(url) and _has_dot_segment(url):
            raise RenderError("O endereço teria um trecho “.” ou “..” no caminho.")
        return url


def _has_dot_segment(url: str) -> bool:
    # Decoded first: a proxy in front of the store may turn %2F into a path of its own.
    return bool({".", ".."} & set(re.split(r"[/\\]", unquote(urlsplit(url).path))))


def _encoded(hole: Hole, context: Mapping[str, Any], written: str) -> str:
    text = hole.text(context)
    if not text and "?" not in written:
        # An empty path segment would be another resource; in the query it is just empty.
        raise MissingValue(hole.placeholder)
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as error:
        raise RenderError(f"{hole.placeholder} não cabe em um endereço.") from error


@lru_cache(maxsize=1024)
def parse_url(source: str, scope: Scope, url_params: frozenset[str]) -> UrlTemplate:
    """A URL template, or ``TemplateError`` if a value could decide which host is called."""
    try:
        return _parse_url(source.strip(), scope, url_params)
    except TemplateError as error:
        # A line of what may be an address and a path put together would mean nothing.
        raise error.at(line=0) from error


def _parse_url(source: str, scope: Scope, url_params: frozenset[str]) -> UrlTemplate:
    leading = _LEADING_PARAM.match(source)
    base_param = leading[1] if leading and leading[1] in url_params else None
    rest = parse(source[leading.end() :] if leading and base_param else source, scope)
    literal = "".join(part for part in rest.parts if isinstance(part, str))
    if re.search(r"[\s\x00-\x1f\x7f\\]", literal):
        raise TemplateError(
            "a URL may hold no spaces, control characters or backslashes",
            "O endereço não pode ter espaços, caracteres de controle nem barras invertidas.",
        )
    if base_param is not None:
        _check_after_base(rest)
    else:
        _check_authority(rest)
    return UrlTemplate(base_param, rest)


def _check_after_base(rest: Template) -> None:
    first = rest.parts[0] if rest.parts else "/"
    if not (isinstance(first, str) and first[0] in "/?"):
        raise TemplateError(
            "after the base parameter, a URL goes on with / or ?",
            "Depois do endereço da loja, o modelo continua com “/” ou “?”.",
        )


def _check_authority(template: Template) -> None:
    """The host is written out, or comes from parameters; never from an order's data."""
    first = template.parts[0] if template.parts else ""
    if not (isinstance(first, str) and _SCHEME.match(first)):
        raise TemplateError(
            "a URL starts with http://, https:// or a parameter of kind url",
            "O endereço começa com https:// ou com o parâmetro do endereço da loja.",
        )
    seen = ""
    for part in template.parts:
        if isinstance(part, str):
            seen += part
            if re.search(r"[/?#]", seen.split("://", 1)[1]):
                return
        elif part.names != {"params"}:
            raise TemplateError(
                f"the host of a URL may depend on params only, not on {part.placeholder}",
                f"O servidor do endereço não pode depender de {part.placeholder}.",
            )
