"""One step of a platform file, with an order's facts, as the HTTP request it stands for.

No network and no clock: the same step and context give the same bytes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from integrations.delivery.authentication import Proof, prove
from integrations.delivery.context import RenderContext
from vitrines.platforms.addresses import parse_url
from vitrines.platforms.documents import (
    CONTENT_TYPES,
    Document,
    parse_document,
    parse_graphql,
)
from vitrines.platforms.filters import OMIT
from vitrines.platforms.inspection import RESERVED_HEADERS, address_source
from vitrines.platforms.language import RenderError, as_text, parse, parse_expression
from vitrines.platforms.parts import resolve
from vitrines.platforms.steps import BODY_KINDS, Probe, Request, Step

_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_DEFAULT_HEADERS = {
    "User-Agent": "vitrine-backoffice",
    "Accept": "application/json, application/xml;q=0.9, */*;q=0.8",
}

#: A step made more often than this for one update is a mistake in the file.
MOST_ITEMS = 100


@dataclass(frozen=True)
class RenderedRequest:
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None
    #: Texts made from secrets, to be masked beside the secrets themselves.
    sensitive: tuple[str, ...] = ()
    #: What the templates alone made, without what proves who sends it: see ``digest``.
    content: tuple[str, str, str, bytes] = field(default=("", "", "", b""), compare=False)

    @property
    def digest(self) -> str:
        """Tells whether two requests say the same: SHA-256 of method, address, kind and body,
        without credentials, signatures and tokens."""
        *texts, body = self.content
        return sha256("\n".join(texts).encode(errors="replace") + b"\n" + body).hexdigest()


def applies(step: Step | Probe, given: RenderContext) -> bool:
    """Whether the ``when`` of a step or probe lets it be made."""
    if step.when is None:
        return True
    hole = parse_expression(step.when, given.scopes.address)
    return bool(hole.evaluate(given.condition_context))


def items(step: Step, given: RenderContext) -> list[Any] | None:
    """What the step is made for, one after another; None for a step that is made once."""
    if step.for_each is None:
        return None
    hole = parse_expression(step.for_each, given.scopes.address)
    value = hole.evaluate(given.condition_context)
    if not isinstance(value, list | tuple):
        raise RenderError(f"{hole.placeholder} não é uma lista.")
    if len(value) > MOST_ITEMS:
        raise RenderError(f"{hole.placeholder} tem mais de {MOST_ITEMS} itens.")
    return list(value)


def request_key(key: str, step: int, item: int | None = None) -> str:
    """The Idempotency-Key of one request of an update; steps and items count from 1.

    Two requests under one key would be one request to a platform that honours it.
    """
    key = key if step == 1 else f"{key}-{step}"
    return key if item is None else f"{key}.{item}"


def step_name(step: int, item: int | None = None) -> str:
    """What a step's request is called in the record of a try: ``2``, or ``2.1`` for an item."""
    return str(step) if item is None else f"{step}.{item}"


def render(
    request: Request, given: RenderContext, *, idempotency_key: str = "", proven: bool = True
) -> RenderedRequest:
    """The request, or ``RenderError`` with a sentence that names the placeholder.

    ``proven`` off: without the platform's authentication, for the request that obtains it.
    """
    method = resolve(request.method, given.params)
    proof = prove(given) if proven else Proof()
    url = address = _url(request, given)
    for name, value in proof.query:
        url += ("&" if "?" in url else "?") + f"{_quoted(name)}={_quoted(value)}"
    # GET has no body (RFC 9110), whatever a parameter's default says.
    kind, body = (None, None) if method == "GET" else _body(request, given, proof.lent)
    headers = dict(_DEFAULT_HEADERS)
    if kind is not None:
        headers["Content-Type"] = _content_type(request, given, kind)
    headers |= dict(_pairs(request.headers, given)) | dict(proof.headers)
    for name, value in headers.items():
        check_header(name, value)
    if idempotency_key:
        headers["Idempotency-Key"] = idempotency_key
    said = body
    if proof.lent and body is not None:
        _, said = _body(request, given, {name: f"auth.{name}" for name in proof.lent})
    content = (method, address, headers.get("Content-Type", ""), said or b"")
    return RenderedRequest(method, url, headers, body, proof.sensitive, content)


def _url(request: Request, given: RenderContext) -> str:
    source = address_source(request, given.platform.base_url, given.params)
    if not source:
        raise RenderError("O endereço deste envio não foi preenchido.")
    scope, context = given.scopes.address, given.context
    if scope.secrets:
        context = given.for_auth
    return parse_url(source, scope, given.platform.names.url_params).render(context)


def _body(
    request: Request, given: RenderContext, lent: Mapping[str, str]
) -> tuple[str | None, bytes | None]:
    body, scope = request.payload, given.scopes.body
    if body is None:
        return None, None
    context = given.for_auth if scope.secrets else {**given.context, "auth": lent}
    if request.graphql is not None:
        document: Document = parse_graphql(request.graphql, request.variables or "", scope)
        return "json", document.render(context)
    kind = body.kind if isinstance(body.kind, str) else resolve(body.kind, given.params)
    if kind not in BODY_KINDS:
        return None, None
    document = parse_document(kind, resolve(body.template, given.params), scope)
    return kind, document.render(context)


def _content_type(request: Request, given: RenderContext, kind: str) -> str:
    if request.content_type is None:
        return CONTENT_TYPES[kind]
    source = resolve(request.content_type, given.params)
    return parse(source, given.scopes.address).text(given.context).strip()


def _pairs(pairs: Mapping[str, str], given: RenderContext) -> list[tuple[str, str]]:
    """Rendered headers; one whose name is empty or whose value is ``OMIT`` is left out."""
    scope, context, rendered = given.scopes.headers, given.for_auth, []
    for name_source, source in pairs.items():
        name, template = parse(name_source, scope).text(context), parse(source, scope)
        hole = template.whole
        value = template.text(context) if hole is None else hole.evaluate(context)
        if name and value is not OMIT:
            rendered.append((name, value if hole is None else as_text(value, hole)))
    return rendered


def check_header(name: str, value: str) -> None:
    if not _HEADER_NAME.fullmatch(name):
        raise RenderError(f"“{name}” não serve como nome de cabeçalho.")
    if name.lower() in RESERVED_HEADERS:
        raise RenderError(f"O cabeçalho “{name}” é escrito pelo sistema.")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError as error:
        raise RenderError(f"O cabeçalho “{name}” só aceita letras e sinais comuns.") from error
    if value != value.strip() or not value.isprintable():
        raise RenderError(
            f"O cabeçalho “{name}” teria quebra de linha, caractere de controle ou espaço sobrando."
        )


def _quoted(text: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as error:
        raise RenderError("A autenticação não cabe em um endereço.") from error
