"""The only door to the outside: one request, one answer, within limits. Nothing else calls out.

A request goes by ``requests``' adapter, without the session around it (decision 0021): no redirect
is followed, no proxy or ``.netrc`` of the environment is read, no cookie is kept. TLS certificates
are always checked. A private, loopback, link-local or metadata address is refused when it is
connected to (``guarded``), however the URL spells it.
"""

import logging
import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from http.client import HTTPException, IncompleteRead
from socket import gaierror
from ssl import SSLError
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidURL
from requests.structures import CaseInsensitiveDict
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    InvalidHeader,
    NewConnectionError,
)

from integrations.delivery.answer_text import decoded
from integrations.delivery.destinations import refusal
from integrations.delivery.guarded import (
    NO_ADDRESS,
    POOLS,
    Call,
    DestinationRefused,
    HandshakeTimedOut,
    Permit,
    RequestNotTaken,
    always,
    limited_by,
)
from integrations.delivery.masking import Masker
from integrations.delivery.outcomes import Outcome
from integrations.delivery.render import RenderedRequest
from vitrines.platforms.rules import Answer

#: Of an answer, after decompression. Bytes.
ANSWER_LIMIT = 256 * 1024
#: Scheme and host; path and query.
_URL = re.compile(r"([^/?#]*//[^/?#]*)([^#]*)")

# urllib3 tells of URLs, down to a header that it cannot read, and a URL may hold a key.
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Timeouts:
    """Seconds."""

    connect: float
    read: float
    total: float


class CallFailed(Exception):
    """There is no answer. ``outcome`` says what that means, the text is for the screen."""

    def __init__(self, outcome: Outcome, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


@dataclass
class StepRecord:
    """What was asked and answered in one step, for people to read."""

    request: RenderedRequest
    #: Which of the platform file's steps it is: ``2``, or ``2.1`` for the first item of one that
    #: is made for each. Empty for a question, which tells the platform nothing.
    step: str = ""
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
            **({"step": self.step, "digest": request.digest} if self.step else {}),
            **kept,
        }


class _Adapter(HTTPAdapter):
    """``requests``' own, by what it offers to subclasses; what it would ask for again at every
    request (proxies, cookies, whose connections these are) is left out or remembered."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS
        self._pools: dict[str, Any] = {}

    def get_connection_with_tls_context(
        self, request: PreparedRequest, *args: Any, **kwargs: Any
    ) -> Any:
        origin = _divided(request.url or "")[0]
        pool = self._pools.get(origin)
        if pool is None:
            pool = super().get_connection_with_tls_context(request, *args, **kwargs)
            self._pools[origin] = pool
        return pool

    def request_url(self, request: PreparedRequest, proxies: object) -> str:
        return request.path_url

    def build_response(self, req: PreparedRequest, resp: BaseHTTPResponse) -> Response:
        response = Response()
        response.status_code = resp.status
        response.headers = CaseInsensitiveDict(resp.headers)
        response.raw = resp
        return response

    def close(self) -> None:
        super().close()
        self._pools.clear()


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
        """``timeouts``: else those of the settings. ``budget``: seconds for all calls together,
        from now on."""
        self._timeouts = timeouts or Timeouts(**settings.SEND_TIMEOUTS)
        self._ends_at = math.inf if budget is None else time.monotonic() + budget
        self._adapters = {
            allowed: _Adapter(pool_connections=pool_size, pool_maxsize=pool_size)
            for allowed in (False, True)
        }

    def exchange(
        self, request: RenderedRequest, *, allow_private: bool, permitted: Permit = always
    ) -> Answer:
        """Send the request once. Raises ``CallFailed`` if no whole answer came, ``ValueError`` for
        a header that would begin another one.

        ``permitted`` is asked once the connection is made, right before the first byte is sent;
        where it says no, ``NoLongerPermitted`` is raised instead.
        """
        started = time.monotonic()
        limits = self._limits_at(started)
        call = Call(started + limits.total, limits.connect, limits.read, allow_private, permitted)
        prepared = _prepared(request, allow_private=allow_private)
        try:
            with limited_by(call):
                return self._exchange(prepared, call)
        except DestinationRefused as error:
            raise CallFailed(Outcome.REFUSED_DESTINATION, str(error)) from error
        except (OSError, HTTPError) as error:
            message = _sentence(error, request.url, limits, time.monotonic() - started)
            raise CallFailed(Outcome.TRANSIENT, message) from error

    def _exchange(self, prepared: PreparedRequest, call: Call) -> Answer:
        adapter = self._adapters[call.allow_private]
        response = adapter.send(prepared, stream=True, timeout=(call.connect, call.read))
        try:
            body, whole = _read(response.raw)
        finally:
            response.close()
        headers = dict(response.headers.lower_items())
        text = decoded(body, headers.get("content-type", ""))
        return Answer(response.status_code, headers, text, cut=not whole)

    def _limits_at(self, moment: float) -> Timeouts:
        left = self._ends_at - moment
        if left <= 0:
            raise CallFailed(Outcome.TRANSIENT, "O tempo dado ao envio acabou antes desta chamada.")
        if left >= self._timeouts.total:
            return self._timeouts
        return replace(self._timeouts, total=math.ceil(left * 10) / 10)

    def close(self) -> None:
        for adapter in self._adapters.values():
            adapter.close()


def _prepared(request: RenderedRequest, *, allow_private: bool) -> PreparedRequest:
    """Only what a request of ours has: no cookies, no credentials of the address, no hooks."""
    origin, target = _divided(request.url)
    prepared = PreparedRequest()
    prepared.method = request.method
    prepared.url = _asked(origin, allow_private) + target
    prepared.headers = CaseInsensitiveDict(request.headers)
    prepared.body = request.body or None
    prepared.prepare_content_length(prepared.body)
    return prepared


def _divided(url: str) -> tuple[str, str]:
    """Scheme and host, and what is asked of it; without the fragment."""
    found = _URL.match(url)
    if found is None:
        return url, "/"
    target = found[2]
    return found[1], target if target.startswith("/") else f"/{target}"


@lru_cache(maxsize=256)
def _asked(origin: str, allow_private: bool) -> str:
    """The same, with the host in ASCII. Judged by what is written; ``guarded`` judges the addresses
    that it stands for."""
    refused = refusal(origin, None, allow_private=allow_private)
    if refused is not None:
        raise CallFailed(Outcome.REFUSED_DESTINATION, refused)
    asked = PreparedRequest()
    try:
        asked.prepare_url(origin, None)
    except InvalidURL as error:
        raise CallFailed(Outcome.REFUSED_DESTINATION, NO_ADDRESS) from error
    return _divided(asked.url or "")[0]


def _read(raw: BaseHTTPResponse) -> tuple[bytes, bool]:
    """The answer's bytes up to the limit, and whether that was all of it. What is left is never
    read: the connection goes with it."""
    body = raw.read(ANSWER_LIMIT + 1, decode_content=True)
    return body[:ANSWER_LIMIT], len(body) <= ANSWER_LIMIT


# What went wrong


#: ``[SSL: CERTIFICATE_VERIFY_FAILED]`` before the words, ``(_ssl.c:1006)`` after them.
_IN_OPENSSL = re.compile(r"\[SSL: \w+\]|\(_ssl\.c:\d+\)")
_NO_HTTP = "{host} respondeu algo que não é HTTP válido."
_CUT_OFF = "{host} interrompeu a conexão antes de responder por inteiro."
#: The first that is found among an error and its causes.
_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (gaierror, "O nome {host} não foi encontrado (DNS)."),
    (SSLError, "A conexão segura (TLS) com {host} falhou: {detail}"),
    (ConnectionRefusedError, "{host} recusou a conexão."),
    # In urllib3 this one is a ConnectTimeoutError too.
    (NewConnectionError, "Não foi possível conectar a {host}: {detail}"),
    (ConnectTimeoutError, "{host} não atendeu à conexão em {limits.connect:g} s."),
    (HandshakeTimedOut, "{host} não concluiu a conexão segura (TLS) em {limits.connect:g} s."),
    (RequestNotTaken, "{host} não leu o envio em {limits.connect:g} s."),
    (TimeoutError, "{host} não respondeu em {limits.read:g} s."),
    (DecodeError, "{host} mandou uma resposta compactada que não se abre."),
    # In http.client these two are HTTPExceptions too.
    (ConnectionError, _CUT_OFF),
    (IncompleteRead, _CUT_OFF),
    (HTTPException, _NO_HTTP),
    (InvalidHeader, _NO_HTTP),
    (BaseException, _CUT_OFF),
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
    """The system's own words, from the error that lies deepest; not where in it they are said."""
    texts = [str(link.args[-1]) for link in chain if isinstance(link, OSError) and link.args]
    return _IN_OPENSSL.sub("", texts[-1] if texts else str(chain[-1])).strip()[:200]
