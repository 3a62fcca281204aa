"""One step of a platform file, with an order's facts, as the HTTP request it stands for.

No network and no clock: the same step and context give the same bytes.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from vitrines.platforms import Platform
from vitrines.platforms.addresses import parse_url
from vitrines.platforms.documents import CONTENT_TYPES, parse_document
from vitrines.platforms.filters import OMIT
from vitrines.platforms.inspection import RESERVED_HEADERS, address_source
from vitrines.platforms.language import RenderError, as_text, parse, parse_expression
from vitrines.platforms.parts import BODY_KINDS, Step, resolve

_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_DEFAULT_HEADERS = {
    "User-Agent": "vitrine-backoffice",
    "Accept": "application/json, application/xml;q=0.9, */*;q=0.8",
}

__all__ = ["RenderContext", "RenderError", "RenderedRequest", "applies", "render"]


@dataclass(frozen=True)
class RenderContext:
    """What the templates of one sending may read."""

    platform: Platform
    context: Mapping[str, Any]
    #: Only authentication and headers see them.
    secrets: Mapping[str, str]

    @classmethod
    def of(
        cls,
        platform: Platform,
        *,
        context: Mapping[str, Any],
        params: Mapping[str, str],
        secrets: Mapping[str, str],
        captured: Mapping[str, Any],
    ) -> "RenderContext":
        filled = {**context, "params": platform.fill(params), "captured": dict(captured)}
        return cls(platform, filled, platform.fill_secrets(secrets))

    @property
    def params(self) -> Mapping[str, str]:
        params: Mapping[str, str] = self.context["params"]
        return params

    @property
    def with_secrets(self) -> dict[str, Any]:
        return {**self.context, "secrets": self.secrets}


@dataclass(frozen=True)
class RenderedRequest:
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None
    #: Texts made from secrets, to be masked beside the secrets themselves.
    sensitive: tuple[str, ...] = ()


def applies(step: Step, given: RenderContext) -> bool:
    """Whether the step's ``when`` lets it be made. There, what was not captured yet is null."""
    if step.when is None:
        return True
    names = given.platform.names
    captured = {**dict.fromkeys(names.captured), **given.context["captured"]}
    hole = parse_expression(step.when, names.scope)
    return bool(hole.evaluate({**given.context, "captured": captured}))


def render(step: Step, given: RenderContext, *, idempotency_key: str) -> RenderedRequest:
    """The request, or ``RenderError`` with a sentence that names the placeholder."""
    method = resolve(step.method, given.params)
    auth_headers, auth_query = _auth(given)
    url = _url(step, given)
    for name, value in auth_query:
        url += ("&" if "?" in url else "?") + f"{_quoted(name)}={_quoted(value)}"
    # GET has no body (RFC 9110), whatever a parameter's default says.
    kind, body = (None, None) if method == "GET" else _body(step, given)
    headers = dict(_DEFAULT_HEADERS)
    if kind is not None:
        headers["Content-Type"] = _content_type(step, given, kind)
    headers |= dict(_pairs(step.headers, given)) | dict(auth_headers)
    for name, value in headers.items():
        _check_header(name, value)
    headers["Idempotency-Key"] = idempotency_key
    sensitive = tuple(value for _, value in (*auth_headers, *auth_query))
    sensitive += tuple(value.split(" ", 1)[1] for value in sensitive if " " in value)
    return RenderedRequest(method, url, headers, body, sensitive)


def _url(step: Step, given: RenderContext) -> str:
    names = given.platform.names
    source = address_source(step, given.platform.base_url, given.params)
    if not source:
        raise RenderError("O endereço deste envio não foi preenchido.")
    return parse_url(source, names.scope, names.url_params).render(given.context)


def _body(step: Step, given: RenderContext) -> tuple[str | None, bytes | None]:
    if step.payload is None:
        return None, None
    chosen = step.payload.kind
    kind = chosen if isinstance(chosen, str) else resolve(chosen, given.params)
    if kind not in BODY_KINDS:
        return None, None
    source = resolve(step.payload.template, given.params)
    document = parse_document(kind, source, given.platform.names.scope)
    return kind, document.render(given.context)


def _content_type(step: Step, given: RenderContext, kind: str) -> str:
    if step.content_type is None:
        return CONTENT_TYPES[kind]
    source = resolve(step.content_type, given.params)
    return parse(source, given.platform.names.scope).text(given.context).strip()


def _auth(given: RenderContext) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The headers and the query parameters that prove who sends."""
    auth = given.platform.auth
    kind = auth.kind if isinstance(auth.kind, str) else resolve(auth.kind, given.params)
    if kind == "basic":
        pair = f"{_given(auth.username, given)}:{_given(auth.password, given)}"
        return [("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")], []
    if kind == "bearer":
        return [("Authorization", f"Bearer {_given(auth.token, given)}")], []
    chosen = auth.headers if kind == "headers" else auth.query if kind == "query" else {}
    pairs = [(_given(name, given), _given(value, given)) for name, value in chosen.items()]
    return (pairs, []) if kind == "headers" else ([], pairs)


def _given(source: str, given: RenderContext) -> str:
    """A text that authentication cannot do without."""
    text = parse(source, given.platform.names.secret_scope).text(given.with_secrets)
    if not text:
        raise RenderError(f"A autenticação pede «{source}», que não foi preenchido.")
    return text


def _pairs(pairs: Mapping[str, str], given: RenderContext) -> list[tuple[str, str]]:
    """Rendered headers; one whose name is empty or whose value is ``OMIT`` is left out."""
    scope, context, rendered = given.platform.names.secret_scope, given.with_secrets, []
    for name_source, source in pairs.items():
        name, template = parse(name_source, scope).text(context), parse(source, scope)
        hole = template.whole
        value = template.text(context) if hole is None else hole.evaluate(context)
        if name and value is not OMIT:
            rendered.append((name, value if hole is None else as_text(value, hole)))
    return rendered


def _check_header(name: str, value: str) -> None:
    if not _HEADER_NAME.fullmatch(name):
        raise RenderError(f"«{name}» não serve como nome de cabeçalho.")
    if name.lower() in RESERVED_HEADERS:
        raise RenderError(f"O cabeçalho «{name}» é escrito pelo sistema.")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError as error:
        raise RenderError(f"O cabeçalho «{name}» só aceita letras e sinais comuns.") from error
    if value != value.strip() or not value.isprintable():
        raise RenderError(
            f"O cabeçalho «{name}» teria quebra de linha, caractere de controle ou espaço sobrando."
        )


def _quoted(text: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as error:
        raise RenderError("A autenticação não cabe em um endereço.") from error
