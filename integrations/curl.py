"""A recorded request as a command for curl that is safe to paste into a shell. Pure.

The record is masked and cut (``delivery.masking``): a secret stays masked, and ``Curl`` says what
to put in and what is missing. Every word is quoted for a POSIX shell, so nothing in it is run;
what a terminal would obey (control characters) was replaced when it was recorded, and is here.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.delivery.masking import clean
from vitrines.secrets import MASK

#: A token of RFC 9110. Whatever else may be called a header: curl reads files by ``@name``.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
#: What curl counts by itself; the body that is masked has another length.
_COUNTED = frozenset({"content-length", "transfer-encoding", "host", "connection"})
#: ``delivery.masking`` writes these where it leaves something out.
_LEFT_OUT = re.compile(r"\[XML da NF-e, \d+ caracteres\]|… \[cortado; \d+ caracteres ao todo\]\Z")
#: C1 controls and what turns the direction of a text: some terminals obey them.
_TERMINAL = re.compile("[\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Curl:
    command: str
    #: There are masked values in it: whoever runs it puts the secrets in.
    masked: bool = False
    #: The request was not kept whole, so this is not all that was sent.
    incomplete: bool = False
    mask: str = MASK


def curl_of(step: Mapping[str, Any]) -> Curl | None:
    """Of one recorded step; None where the request was not kept, or leads to no web address."""
    url, method = _plain(step.get("url")), str(step.get("method") or "GET")
    headers: Mapping[str, Any] = step.get("request_headers") or {}
    body = step.get("request_body")
    kept = bool(headers) or body is not None
    if not kept or not _ADDRESS.match(url) or not _TOKEN.fullmatch(method):
        return None
    lines = ["curl --globoff --path-as-is", *_asked(method, url)]
    lines += _header_lines(headers, has_body=body is not None)
    if body is not None:
        lines.append(f"--data-raw {_quoted(_plain(body))}")
    command = " \\\n  ".join(lines)
    kept_of_it = [url, *map(str, headers.values()), str(body or "")]
    return Curl(command, MASK in command, any(map(_LEFT_OUT.search, kept_of_it)))


def _asked(method: str, url: str) -> Iterator[str]:
    """The address goes out as it is: ``--globoff`` and ``--path-as-is`` keep curl from reading
    patterns ([1-9], {a,b}) in it and from folding ``/../``."""
    yield "--head" if method == "HEAD" else f"--request {_quoted(method)}"
    yield f"--url {_quoted(url)}"


def _header_lines(headers: Mapping[str, Any], *, has_body: bool) -> Iterator[str]:
    told = set()
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or name.lower() in _COUNTED:
            continue
        told.add(name.lower())
        text = re.sub(r"[\r\n]+", " ", _plain(value)).strip()
        # curl takes "Name:" for a header to leave out, "Name;" for one without a value.
        yield f"--header {_quoted(f'{name}: {text}' if text else f'{name};')}"
    if has_body and "content-type" not in told:
        yield "--header 'Content-Type:'"


def _quoted(word: str) -> str:
    """Quoted even where a POSIX shell asks for none: zsh reads ``=word`` as a path."""
    quoted = shlex.quote(word)
    return quoted if quoted != word else f"'{word}'"


def _plain(value: Any) -> str:
    return _TERMINAL.sub("\ufffd", clean(str(value or "")))
