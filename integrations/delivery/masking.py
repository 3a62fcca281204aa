"""What may be shown and stored of a request and its answer: no secret, no NF-e, no broken text."""

import base64
import html
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from vitrines.secrets import MASK

#: Characters kept of a body, and of one header.
BODY_LENGTH = 16 * 1024
HEADER_LENGTH = 1024
#: How much of an NF-e has to be seen before it is looked for.
_BEGINNING = 24
#: Characters of a secret that is looked for in ids and codes too: part of one may well equal a
#: short secret, and it has to stay what it is.
SHORTEST_IN_DATA = 8
#: Bytes; the base64 of fewer could be part of any text.
_LONG_ENOUGH = 6
_SENSITIVE_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
#: Control characters and half surrogates; PostgreSQL stores no NUL, and a screen shows none.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def clean(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)


def clean_json(value: Any) -> Any:
    """A JSON value that any database can store."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [clean_json(item) for item in value]
    if isinstance(value, dict):
        return {clean(str(key)): clean_json(item) for key, item in value.items()}
    return value


class Masker:
    """Replaces every known secret, in each form it may take on the wire, and the NF-e's XML."""

    def __init__(self, secrets: Iterable[str], *, invoice_xml: str | None = None) -> None:
        self._secret_forms = _forms_of_all(frozenset(secret for secret in secrets if secret))
        self._invoice_xml = invoice_xml or ""

    def text(self, text: str) -> str:
        if not text:
            return text
        # No encoding is shorter than the NF-e itself.
        if self._invoice_xml and len(text) >= len(self._invoice_xml):
            text = self._without_invoice(text)
        for form in self._secret_forms:
            text = text.replace(form, MASK)
        return clean(text)

    def _without_invoice(self, text: str) -> str:
        """The XML carries the consumer's data and is kept once, with the invoice."""
        note = f"[XML da NF-e, {len(self._invoice_xml)} caracteres]"
        beginnings = _beginnings(self._invoice_xml[:_BEGINNING])
        for encode, beginning in zip(_ENCODINGS, beginnings, strict=True):
            # A whole NF-e is encoded only where its beginning shows that it is there.
            if beginning in text:
                text = text.replace(encode(self._invoice_xml), note)
        return text

    def body(self, body: bytes | str | None) -> str | None:
        """Masked first and cut afterwards, so that no half secret is left at the cut."""
        if body is None:
            return None
        text = self.text(body.decode(errors="replace") if isinstance(body, bytes) else body)
        return _cut(text, BODY_LENGTH)

    def headers(self, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        return {
            clean(name): MASK
            if name.lower() in _SENSITIVE_HEADERS
            else _cut(self.text(value), HEADER_LENGTH)
            for name, value in headers
        }


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return f"{text[:length]}… [cortado; {len(text)} caracteres ao todo]"


_ENCODINGS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: quote(text, safe="", errors="replace"),
    lambda text: quote(text, errors="replace"),
    lambda text: quote_plus(text, errors="replace"),
    lambda text: base64.b64encode(text.encode(errors="replace")).decode(),
    lambda text: base64.urlsafe_b64encode(text.encode(errors="replace")).decode(),
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    # As PHP writes JSON.
    lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    lambda text: _lower_escapes(quote(text, safe="", errors="replace")),
    # A JSON document inside a string of another one.
    lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    lambda text: json.dumps(json.dumps(text, ensure_ascii=False)[1:-1], ensure_ascii=False)[1:-1],
    escape,
    lambda text: escape(text, {'"': "&quot;"}),
    # As XML is written by lxml, in a text and in an attribute.
    lambda text: escape(text, {"\r": "&#13;"}),
    lambda text: escape(text, {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}),
    # As a page says back what it was told.
    html.escape,
    lambda text: html.escape(text).replace("&#x27;", "&#39;"),
)


def _lower_escapes(text: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), text)


@lru_cache(maxsize=16)
def _beginnings(text: str) -> tuple[str, ...]:
    """In each encoding. It is all but the same for every NF-e."""
    return tuple(encode(text)[:_BEGINNING] for encode in _ENCODINGS)


@lru_cache(maxsize=256)
def _forms_of_all(secrets: frozenset[str]) -> tuple[str, ...]:
    """Longest first, so that a secret inside another one leaves no rest.

    Kept by the secrets themselves: whatever vitrine they are of, others give other forms.
    """
    forms = {form for secret in secrets for form in _forms(secret)}
    return tuple(sorted(forms, key=len, reverse=True))


def _forms(secret: str) -> set[str]:
    """As it may come back: encoded, in an address inside an address, in the middle of base64."""
    forms = {encode(secret) for encode in _ENCODINGS}
    addressed = {quote(form, safe="", errors="replace") for form in forms}
    return forms | addressed | set(_inside_base64(secret.encode(errors="replace")))


def _inside_base64(secret: bytes) -> Iterator[str]:
    """The characters that the secret alone decides, wherever in the encoded text it begins."""
    if len(secret) < _LONG_ENOUGH:
        return
    for before, undecided in enumerate((0, 2, 3)):
        decided = (before + len(secret)) * 8 // 6
        yield base64.b64encode(b"\0" * before + secret).decode()[undecided:decided]
