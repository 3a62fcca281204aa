"""What the store answers: to platforms' requests, to its own admin, and when told to misbehave."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from integrations.simulated_store import pages
from integrations.simulated_store.dialects import (
    Dialect,
    NotUnderstood,
    PlatformRequest,
    dialect_of,
)
from integrations.simulated_store.faults import (
    Fault,
    FaultKind,
    FaultPlan,
    InvalidFault,
    fault_from,
    fault_id_from,
)
from integrations.simulated_store.state import StoreState, Told

JSON = "application/json; charset=utf-8"
_ORDER_PATH = re.compile(r"/_loja/pedidos/([^/]+)")


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    #: Break the connection with a TCP reset and send none of the above.
    reset: bool = False


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = field(repr=False, default=b"")

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").lower()


class StoreApp:
    """Answers one request at a time; every method may be called from any thread."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self.state = StoreState(clock=clock)
        self.faults = FaultPlan()
        self._reads: dict[str, Callable[[Request], Answer]] = {
            "/": self._admin_page,
            "/loja.css": lambda request: Answer(200, pages.stylesheet(), "text/css; charset=utf-8"),
            "/healthz": lambda request: json_answer(200, {"status": "ok"}),
            "/_loja/pedidos": lambda request: json_answer(200, {"orders": self.state.orders()}),
            "/_loja/falhas": lambda request: json_answer(
                200, {"faults": [fault.as_dict() for fault in self.faults.active()]}
            ),
        }
        self._writes: dict[str, Callable[[Request], Answer]] = {
            "/_loja/falhas": self._switch_on,
            "/_loja/falhas/desligar": self._switch_off,
            "/_loja/limpar": self._forget,
        }

    def answer(self, request: Request) -> Answer:
        dialect = dialect_of(request.path)
        if dialect is not None:
            return self._answer_platform(dialect, request)
        return self._answer_own_pages(request)

    # -- what platforms are asked ---------------------------------------------------------------

    def _answer_platform(self, dialect: Dialect, request: Request) -> Answer:
        if request.method not in dialect.methods:
            return json_answer(405, {"error": "Método não permitido."})
        asked = PlatformRequest(
            method=request.method,
            path=request.path,
            query=request.query,
            content_type=request.content_type,
            authorization=request.headers.get("authorization", ""),
            body=request.body,
        )
        delay_ms, fault = self.faults.take(dialect.shop_of(asked))
        if delay_ms:
            time.sleep(delay_ms / 1000)
        key = request.headers.get("idempotency-key", "")[:120]
        answer = dialect.answer_to_question(asked)
        if answer is not None:
            return _misbehave(dialect, fault) or json_answer(*answer)
        try:
            told = dialect.understand(asked)
        except NotUnderstood as error:
            return _misbehave(dialect, fault) or json_answer(*dialect.refused(error))
        return self._believe(dialect, told, key, fault)

    def _believe(self, dialect: Dialect, told: Told, key: str, fault: Fault | None) -> Answer:
        failure = _misbehave(dialect, fault)
        if failure is not None:
            self.state.note_failure(told, key=key, what=_in_words(fault))
            return failure
        fresh = self.state.apply(told, key=key)
        if fault is not None and fault.kind is FaultKind.DROP_ANSWER:
            return Answer(0, reset=True)
        return json_answer(*dialect.accepted(told, repeated=not fresh))

    # -- the store's own pages ------------------------------------------------------------------

    def _answer_own_pages(self, request: Request) -> Answer:
        match = _ORDER_PATH.fullmatch(request.path)
        if match and request.method == "GET":
            return self._one_order(unquote(match[1]), dict(parse_qsl(request.query)))
        if request.path not in self._reads and request.path not in self._writes:
            return json_answer(404, {"error": "Endereço desconhecido."})
        if request.method == "POST" and not _from_here(request):
            return json_answer(403, {"error": "Pedido de outro endereço."})
        routes = {"GET": self._reads, "HEAD": self._reads, "POST": self._writes}
        handler = routes.get(request.method, {}).get(request.path)
        return handler(request) if handler else json_answer(405, {"error": "Método não permitido."})

    def _one_order(self, order_id: str, query: dict[str, str]) -> Answer:
        shop = query.get("loja")
        found = [
            order
            for order in self.state.orders()
            if order["order"] == order_id and shop in (None, order["shop"])
        ]
        if not found:
            return json_answer(404, {"error": "Pedido desconhecido."})
        if len(found) > 1:
            return json_answer(409, {"error": "Mais de uma loja tem este pedido: informe ?loja=."})
        return json_answer(200, found[0])

    def _admin_page(self, request: Request, *, error: str = "", status: int = 200) -> Answer:
        page = pages.admin_page(
            orders=self.state.orders(),
            faults=self.faults.active(),
            query=dict(parse_qsl(request.query)),
            error=error,
        )
        return Answer(status, page.encode(), "text/html; charset=utf-8")

    def _switch_on(self, request: Request) -> Answer:
        try:
            fault = self.faults.add(fault_from(_fields(request)))
        except InvalidFault as error:
            return self._invalid(request, str(error))
        return _done(request, fault.as_dict())

    def _switch_off(self, request: Request) -> Answer:
        """One switch by its id; all of them without one."""
        try:
            fault_id = fault_id_from(_fields(request))
        except InvalidFault as error:
            return self._invalid(request, str(error))
        if fault_id is None:
            self.faults.clear()
        else:
            self.faults.remove(fault_id)
        return _done(request, {"ok": True})

    def _forget(self, request: Request) -> Answer:
        self.state.clear()
        self.faults.clear()
        return _done(request, {"ok": True})

    def _invalid(self, request: Request, message: str) -> Answer:
        if _wants_page(request):
            return self._admin_page(request, error=message, status=422)
        return json_answer(422, {"error": message})


def _misbehave(dialect: Dialect, fault: Fault | None) -> Answer | None:
    """The answer of a failure that keeps the store from believing; None if there is none."""
    match fault.kind if fault else None:
        case FaultKind.SERVER_ERROR:
            return json_answer(500, {"ok": False, "erro": "Erro interno da loja (simulado)."})
        case FaultKind.THROTTLE if fault:
            return json_answer(
                429,
                {"ok": False, "erro": "Muitas requisições (simulado)."},
                headers=(("Retry-After", str(fault.retry_after)),),
            )
        case FaultKind.ERROR_IN_BODY if fault:
            return json_answer(*dialect.error_in_body(fault.message))
        case FaultKind.UNAUTHORIZED:
            return json_answer(401, {"ok": False, "erro": "Credencial recusada (simulado)."})
        case FaultKind.RESET:
            return Answer(0, reset=True)
    return None


def _in_words(fault: Fault | None) -> str:
    if fault is None:
        return ""
    if fault.kind is FaultKind.ERROR_IN_BODY:
        return f"respondeu 200 com o erro “{fault.message}”"
    return {
        FaultKind.SERVER_ERROR: "respondeu 500",
        FaultKind.THROTTLE: f"respondeu 429, esperar {fault.retry_after} s",
        FaultKind.UNAUTHORIZED: "respondeu 401",
        FaultKind.RESET: "derrubou a conexão",
    }.get(fault.kind, fault.kind.label)


def json_answer(
    status: int, value: dict[str, Any], *, headers: tuple[tuple[str, str], ...] = ()
) -> Answer:
    return Answer(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers)


def _wants_page(request: Request) -> bool:
    return "x-www-form-urlencoded" in request.content_type


def _done(request: Request, value: dict[str, Any]) -> Answer:
    """Back to the page for a form, JSON for anything else."""
    if _wants_page(request):
        return Answer(303, headers=(("Location", "/"),))
    return json_answer(200, value)


def _fields(request: Request) -> dict[str, Any]:
    if _wants_page(request):
        return dict(parse_qsl(request.body.decode("utf-8", "replace")))
    try:
        value = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise InvalidFault("O corpo não é um JSON válido.") from None
    if not isinstance(value, dict):
        raise InvalidFault("O corpo deve ser um objeto JSON.")
    return value


def _from_here(request: Request) -> bool:
    """A page of another origin, open in the same browser, may not flip the switches."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
