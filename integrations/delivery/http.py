"""The only door to the outside: one request, one answer, within limits. Nothing else calls out.

No redirect is followed, no proxy or ``.netrc`` of the environment is read, no cookie is kept, TLS
certificates are always checked. A private, loopback, link-local or metadata address is refused
when it is connected to (``guarded``), however the URL spells it.
"""

import logging
import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
)

from integrations.delivery.destinations import refusal
from integrations.delivery.guarded import POOLS, DestinationRefused, call_limits
from integrations.delivery.masking import Masker
from integrations.delivery.outcomes import Outcome
from integrations.delivery.render import RenderedRequest
from vitrines.platforms.rules import Answer

#: Of an answer, after decompression. Bytes.
ANSWER_LIMIT = 256 * 1024
_CHUNK = 16 * 1024

_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE | re.ASCII)
_XML_DECLARATION = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<\?xml\s[^<>]{,200}?\bencoding\s*=\s*[\"']([\w.:-]+)[\"']"
)

# urllib3 logs each URL at DEBUG, and a URL may hold a key.
logging.getLogger("urllib3").setLevel(logging.INFO)


@dataclass(frozen=True)
class Timeouts:
    """Seconds."""

    connect: float = 5.0
    read: float = 20.0
    total: float = 60.0


class CallFailed(Exception):
    """There is no answer. ``outcome`` says what that means, the text is for the screen."""

    def __init__(self, outcome: Outcome, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


@dataclass
class StepRecord:
    """What was asked and answered in one step, for people to read."""

    request: RenderedRequest
    answer: Answer | None = None
    ms: int = 0
    error: str = ""

    def as_json(self, masker: Masker, *, keep_contents: bool = True) -> dict[str, Any]:
        """Masked and capped. Without contents: method, URL, status and time."""
        request, answer = self.request, self.answer
        kept: dict[str, Any] = {
            "request_headers": {},
            "request_body": None,
            "response_headers": {},
            "response_body": None,
        }
        if keep_contents:
            kept["request_headers"] = masker.headers(request.headers.items())
            kept["request_body"] = masker.body(request.body)
        if keep_contents and answer is not None:
            kept["response_headers"] = masker.headers(answer.headers.items())
            kept["response_body"] = masker.body(answer.text)
        return {
            "method": request.method,
            "url": masker.text(request.url),
            "status": answer.status if answer else None,
            "ms": self.ms,
            "error": masker.text(self.error),
            **kept,
        }


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS


class Sessions:
    """Keep-alive connections, shared by the threads that send.

    There are two sets: a connection that was made to a private address while that was allowed is
    never lent to a call for which it is not.
    """

    def __init__(
        self,
        *,
        pool_size: int = 8,
        timeouts: Timeouts | None = None,
        budget: float | None = None,
    ) -> None:
        """``budget``: seconds for all calls together, from now on."""
        self._timeouts = timeouts or Timeouts()
        self._ends_at = math.inf if budget is None else time.monotonic() + budget
        self._sessions = {allowed: _session(pool_size) for allowed in (False, True)}

    def exchange(self, request: RenderedRequest, *, allow_private: bool) -> Answer:
        """Send the request once. Raises ``CallFailed`` if no whole answer came."""
        reason = refusal(request.url, None, allow_private=allow_private)
        if reason is not None:
            raise CallFailed(Outcome.REFUSED_DESTINATION, reason)
        started = time.monotonic()
        limits = self._limits_at(started)
        try:
            with call_limits(total=limits.total, read=limits.read, allow_private=allow_private):
                return self._exchange(request, self._sessions[allow_private])
        except DestinationRefused as error:
            raise CallFailed(Outcome.REFUSED_DESTINATION, str(error)) from error
        except (requests.exceptions.InvalidURL, urllib3.exceptions.LocationValueError) as error:
            message = "O endereço de destino não é válido."
            raise CallFailed(Outcome.REFUSED_DESTINATION, message) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            message = _sentence(error, request.url, limits, time.monotonic() - started)
            raise CallFailed(Outcome.TRANSIENT, message) from error

    def _exchange(self, request: RenderedRequest, session: requests.Session) -> Answer:
        prepared = requests.Request(
            request.method, request.url, headers=request.headers, data=request.body
        ).prepare()
        timeout = (self._timeouts.connect, self._timeouts.read)
        response = session.send(
            prepared, timeout=timeout, allow_redirects=False, stream=True, verify=True
        )
        try:
            raw, whole = _read(response.raw)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(
                response.status_code,
                headers,
                _decode(raw, headers.get("content-type", "")),
                cut=not whole,
            )
        finally:
            response.close()

    def _limits_at(self, moment: float) -> Timeouts:
        left = self._ends_at - moment
        if left <= 0:
            raise CallFailed(Outcome.TRANSIENT, "O tempo dado ao envio acabou antes desta chamada.")
        if left >= self._timeouts.total:
            return self._timeouts
        return replace(self._timeouts, total=math.ceil(left * 10) / 10)

    def close(self) -> None:
        for session in self._sessions.values():
            session.close()


def _session(pool_size: int) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Adapter(pool_connections=pool_size, pool_maxsize=pool_size, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _read(raw: urllib3.BaseHTTPResponse) -> tuple[bytes, bool]:
    """The answer's bytes up to the limit, and whether that was all of it."""
    read = b""
    while len(read) <= ANSWER_LIMIT:
        chunk = raw.read1(_CHUNK, decode_content=True)
        if not chunk:
            raw.release_conn()
            return read, True
        read += chunk
    # Never read on: what is left could be anything. The connection goes with it.
    return read[:ANSWER_LIMIT], False


def _decode(raw: bytes, content_type: str) -> str:
    """By the charset that is declared, else by what an XML document says of itself, else UTF-8.
    Never raises; half a pair of surrogates, which is no character, is replaced, too."""
    declared = _CHARSET.search(content_type)
    encoding = declared[1] if declared else _xml_encoding(raw)
    try:
        text = raw.decode(encoding, errors="replace")
    except (LookupError, UnicodeError):  # an encoding that is none, or that replaces nothing
        text = raw.decode("utf-8", errors="replace")
    return text.removeprefix("\ufeff").encode("utf-8", errors="replace").decode("utf-8")


def _xml_encoding(raw: bytes) -> str:
    """What the XML declaration names, unless it could not be read in that: a program that writes
    UTF-8 may well call it UTF-16."""
    declared = _XML_DECLARATION.match(raw)
    if declared is None:
        return "utf-8"
    try:
        told = declared[0].decode(encoding := declared[1].decode("ascii"))
    except (LookupError, UnicodeError):
        return "utf-8"
    return encoding if "<?xml" in told else "utf-8"


#: The first that is found among an error and its causes.
_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (NameResolutionError, "O nome {host} não foi encontrado (DNS)."),
    (SSLError, "A conexão segura (TLS) com {host} falhou: {detail}"),
    (ConnectionRefusedError, "{host} recusou a conexão."),
    # In urllib3 this one is a ConnectTimeoutError too.
    (NewConnectionError, "Não foi possível conectar a {host}: {detail}"),
    (ConnectTimeoutError, "{host} não atendeu à conexão em {limits.connect:g} s."),
    (TimeoutError, "{host} não respondeu em {limits.read:g} s."),
    (DecodeError, "{host} mandou uma resposta compactada que não se abre."),
    (BaseException, "{host} interrompeu a conexão antes de responder por inteiro."),
)


def _sentence(error: Exception, url: str, limits: Timeouts, elapsed: float) -> str:
    """What went wrong with the connection, for someone who has to decide whom to call."""
    host = urlsplit(url).hostname or url
    if elapsed >= limits.total:
        return f"A resposta de {host} passou do limite de {limits.total:g} s."
    chain = list(_chain(error))
    for kind, sentence in _SENTENCES:
        for link in chain:
            if isinstance(link, kind):
                return sentence.format(host=host, limits=limits, detail=_detail(chain))
    raise AssertionError("the last kind fits every error")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it came from, wherever the libraries put it."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [getattr(link, "reason", None), link.__cause__, link.__context__, *link.args]


def _detail(chain: list[BaseException]) -> str:
    """The system's own words, from the error that lies deepest."""
    texts = [str(link.args[-1]) for link in chain if isinstance(link, OSError) and link.args]
    return (texts[-1] if texts else str(chain[-1]))[:200]
