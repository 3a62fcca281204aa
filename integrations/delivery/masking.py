"""What may be shown and stored of a request and its answer: no secret, no NF-e, no broken text."""

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from vitrines.secrets import MASK

#: Characters kept of a body, and of one header.
BODY_LENGTH = 16 * 1024
HEADER_LENGTH = 1024
_SENSITIVE_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
#: Control characters and half surrogates; PostgreSQL stores no NUL, and a screen shows none.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def clean(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)


def clean_json(value: Any) -> Any:
    """A JSON value that any database can store."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_json(item) for item in value]
    if isinstance(value, dict):
        return {clean(str(key)): clean_json(item) for key, item in value.items()}
    return value


class Masker:
    """Replaces every known secret, in each form it may take on the wire, and the NF-e's XML."""

    def __init__(self, secrets: Iterable[str], *, invoice_xml: str | None = None) -> None:
        replacements = {form: MASK for secret in secrets if secret for form in _forms(secret)}
        if invoice_xml:
            # It carries the consumer's data and is kept once, with the invoice.
            note = f"[XML da NF-e, {len(invoice_xml)} caracteres]"
            replacements.update(dict.fromkeys(_forms(invoice_xml), note))
        #: Longest first, so that a secret inside another one leaves no rest.
        self._replacements = sorted(replacements.items(), key=lambda pair: -len(pair[0]))

    def text(self, text: str) -> str:
        for form, replacement in self._replacements:
            text = text.replace(form, replacement)
        return clean(text)

    def body(self, body: bytes | str | None) -> str | None:
        """Masked first and cut afterwards, so that no half secret is left at the cut."""
        if body is None:
            return None
        text = self.text(body.decode(errors="replace") if isinstance(body, bytes) else body)
        if len(text) <= BODY_LENGTH:
            return text
        return f"{text[:BODY_LENGTH]}… [cortado; {len(text)} caracteres ao todo]"

    def headers(self, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        return {
            clean(name): MASK
            if name.lower() in _SENSITIVE_HEADERS
            else self.text(value)[:HEADER_LENGTH]
            for name, value in headers
        }


def _forms(value: str) -> set[str]:
    encoded = value.encode(errors="replace")
    xml = escape(value)
    return {
        value,
        quote(encoded, safe=""),
        quote(encoded),
        quote_plus(encoded),
        base64.b64encode(encoded).decode(),
        base64.urlsafe_b64encode(encoded).decode(),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        xml,
        xml.replace('"', "&quot;"),
    }
