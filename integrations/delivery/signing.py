"""Signatures: what proves who sends, made of the finished request. Pure, given time and nonce.

The packages that sign are argued for in decision 0011.
"""

import base64
import binascii
import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from oauthlib.oauth1 import Client
from standardwebhooks import Webhook

from integrations.delivery.authentication import auth_kind, auth_text
from integrations.delivery.context import RenderContext
from integrations.delivery.render import (
    RenderedRequest,
    check_header,
)
from vitrines.platforms.auth import Auth
from vitrines.platforms.language import RenderError, as_text, parse

# It logs what it signs at DEBUG, and that may hold an access token.
logging.getLogger("oauthlib").setLevel(logging.INFO)

_FORM = "application/x-www-form-urlencoded"
#: RFC 3986: what may stand in a path, and the percent of what is encoded already.
_IN_PATH = "%/:@!$&'()*+,;=~-._"

Nonce = Callable[[], str]
Headers = Mapping[str, str]


def new_nonce() -> str:
    return secrets.token_hex(16)


def signed(
    request: RenderedRequest, given: RenderContext, *, at: datetime, nonce: Nonce = new_nonce
) -> RenderedRequest:
    """The request with its signature; unchanged where the platform wants none.

    To be called right before the request is made: platforms refuse an old timestamp. Raises
    ``RenderError`` if there is no secret to sign with, or it cannot be used.
    """
    sign = _SIGNERS.get(auth_kind(given.platform.auth, given.params))
    if sign is None:
        return request
    headers = sign(_Signing(request, given, given.platform.auth, at, nonce))
    for name, value in headers.items():
        check_header(name, value)
    return replace(request, headers={**request.headers, **headers})


@dataclass(frozen=True)
class _Signing:
    request: RenderedRequest
    given: RenderContext
    auth: Auth
    at: datetime
    nonce: Nonce

    @property
    def timestamp(self) -> int:
        """Seconds since 1970."""
        return int(self.at.timestamp())

    @property
    def body(self) -> bytes:
        return self.request.body or b""

    def text(self, source: str) -> str:
        return auth_text(source, self.given)


# OAuth 1.0a (RFC 5849)


def _oauth1(signing: _Signing) -> Headers:
    """Parameters of the query and of a form are signed, other bodies are not (section 3.4.1.3)."""
    auth, request = signing.auth, signing.request
    form = _is_form(request)
    method: Any = request.method
    client = Client(
        signing.text(auth.consumer_key),
        client_secret=signing.text(auth.consumer_secret),
        # Without a token, the consumer speaks for itself ("two-legged").
        resource_owner_key=signing.text(auth.access_token) if auth.access_token else None,
        resource_owner_secret=signing.text(auth.access_secret) if auth.access_secret else None,
        signature_method=auth.signature,
        nonce=signing.nonce(),
        timestamp=str(signing.timestamp),
    )
    try:
        _, headers, _ = client.sign(
            _plain_url(request.url),
            method,
            body=signing.body.decode() if form else None,
            headers={"Content-Type": _FORM} if form else {},
        )
    except ValueError as error:
        raise RenderError(f"A assinatura OAuth não pôde ser feita: {error}") from error
    return {"Authorization": headers["Authorization"]}


def _is_form(request: RenderedRequest) -> bool:
    content_type = request.headers.get("Content-Type", "").split(";")[0]
    return request.body is not None and content_type.strip().lower() == _FORM


def _plain_url(url: str) -> str:
    """The URL with every sign encoded that the signing library would refuse, as in ``a[0]=1``:
    both sides sign what the parameters decode to."""
    parts = urlsplit(url)
    query = urlencode(parse_qsl(parts.query, keep_blank_values=True), quote_via=quote)
    return urlunsplit((parts.scheme, parts.netloc, quote(parts.path, safe=_IN_PATH), query, ""))


# HMAC over a message of the platform's own


def _hmac(signing: _Signing) -> Headers:
    auth = signing.auth
    parts = urlsplit(signing.request.url)
    told: dict[str, Any] = {
        "body": signing.body,
        "method": signing.request.method,
        "path": (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        "timestamp": signing.timestamp,
    }
    message = _message(signing, told)
    digest = hmac.new(signing.text(auth.secret).encode(), message, auth.algorithm).digest()
    signature = digest.hex() if auth.encoding == "hex" else base64.b64encode(digest).decode()
    scope = signing.given.platform.names.signing
    context = {**signing.given.for_auth, "request": {**told, "signature": signature}}
    return {
        parse(name, scope).text(context): parse(value, scope).text(context)
        for name, value in auth.headers.items()
    }


def _message(signing: _Signing, told: Mapping[str, Any]) -> bytes:
    """What is signed; the body stands in it byte for byte."""
    context = {**signing.given.for_auth, "request": told}
    message = b""
    for part in parse(signing.auth.message, signing.given.platform.names.signing).parts:
        if isinstance(part, str):
            message += part.encode()
        else:
            value = part.evaluate(context)
            message += value if isinstance(value, bytes) else as_text(value, part).encode()
    return message


# Standard Webhooks (https://www.standardwebhooks.com)


def _standard_webhooks(signing: _Signing) -> Headers:
    try:
        text = signing.body.decode()
    except UnicodeDecodeError as error:
        raise RenderError(
            "O corpo não está em UTF-8, e a assinatura Standard Webhooks só cobre texto em UTF-8."
        ) from error
    # The update's own id, so that a repetition is recognised; a question has none.
    message_id = signing.request.headers.get("Idempotency-Key") or signing.nonce()
    return webhook_headers(signing.text(signing.auth.secret), message_id, text, at=signing.at)


def webhook_headers(secret: str, message_id: str, body: str, *, at: datetime) -> Headers:
    """Raises ``RenderError`` if nothing can be signed with the secret."""
    webhook = Webhook(webhook_key(secret))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": webhook.sign(message_id, at.astimezone(UTC), body),
    }


def webhook_key(secret: str) -> bytes:
    """The library would leave out what is not base64 and sign with the rest."""
    text = secret.removeprefix("whsec_").rstrip("=")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RenderError(
            "O segredo dos webhooks não é base64. Copie-o inteiro, como a loja o mostra (whsec_…)."
        ) from error
    if not key:
        raise RenderError("O segredo dos webhooks está vazio depois de “whsec_”.")
    return key


_SIGNERS: dict[str, Callable[[_Signing], Headers]] = {
    "oauth1": _oauth1,
    "hmac": _hmac,
    "standard_webhooks": _standard_webhooks,
}
