"""A scripted store on loopback, and one sending of a shipped platform file to it.

The file is used as it is, except that every ``https://host`` at the start of its ``base_url`` and
``url`` keys becomes the address of the local store (paths stay). Parameters that a test does not
name take their ``example``, those of kind ``url`` the local address with the path of the example;
secrets read ``secret-<name>``.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from integrations.delivery.context import AccessToken
from integrations.delivery.http import Sessions
from integrations.delivery.sending import Parcel, SendResult, deliver
from tests.platform_samples import sample_context
from vitrines.platforms import SHIPPED, Platform
from vitrines.platforms.shared_steps import with_shared_steps
from vitrines.statuses import OrderStatus

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
UPDATE = "0b5f"


@dataclass(frozen=True)
class Asked:
    """One request, as the store received it."""

    method: str
    #: Path and query exactly as they came, percent-encoding included.
    target: str
    headers: Mapping[str, str]
    #: JSON parsed, other bodies as text, None without one.
    body: Any

    @property
    def line(self) -> str:
        return f"{self.method} {self.target}"


@dataclass
class ScriptedShop:
    """Answers in turn what ``answers`` were given; a request too many gets HTTP 599."""

    server: HTTPServer
    sessions: Sessions
    requests: list[Asked] = field(default_factory=list)
    _script: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.expect_request(re.compile(".*")).respond_with_handler(self._answer)

    @property
    def address(self) -> str:
        return self.server.url_for("").rstrip("/")

    def answers(self, *answers: Any) -> None:
        """What comes next: ``answer(…)``, a status alone, or what a 200 says in JSON."""
        self._script += [_as_response(one) for one in answers]

    @property
    def lines(self) -> list[str]:
        """``"GET /orders/1"`` of every request so far."""
        return [asked.line for asked in self.requests]

    @property
    def bodies(self) -> list[Any]:
        return [asked.body for asked in self.requests]

    @property
    def unused(self) -> int:
        """Answers that nobody asked for."""
        return len(self._script)

    def _answer(self, request: Request) -> Response:
        self.requests.append(_asked(request))
        return self._script.pop(0) if self._script else Response("unexpected request", 599)


def answer(body: Any = None, status: int = 200, **headers: str) -> Response:
    """JSON unless ``body`` is a text; ``Retry_After="5"`` gives the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is None:
        return Response(status=status, headers=named)
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/plain" if isinstance(body, str) else "application/json"
    return Response(text, status, {"Content-Type": kind, **named})


def _as_response(one: Any) -> Response:
    if isinstance(one, Response):
        return one
    # A bool is a JSON answer (Adobe says ``true``), an int a status.
    if isinstance(one, int) and not isinstance(one, bool):
        return answer(status=one)
    return answer(json.dumps(one), Content_Type="application/json")


def _asked(request: Request) -> Asked:
    text = request.get_data(as_text=True)
    try:
        body = json.loads(text) if text else None
    except ValueError:
        body = text
    target = request.environ["REQUEST_URI"]
    return Asked(request.method, target, dict(request.headers), body)


def told(result: SendResult) -> tuple[str, str, int | None]:
    """What it came to: outcome, message, HTTP status of the last request."""
    return result.outcome, result.message, result.http_status


# The platform


def platform_at(shop: ScriptedShop, name: str) -> Platform:
    """A shipped file, its hosts replaced by the local store."""
    return _platform_at(shop.address, name)


@cache
def _platform_at(address: str, name: str) -> Platform:
    data, wrong_uses = with_shared_steps(tomllib.loads((SHIPPED / f"{name}.toml").read_text()))
    assert wrong_uses == []
    return Platform.model_validate(_moved(data, address))


def _moved(node: Any, address: str) -> Any:
    if isinstance(node, list):
        return [_moved(item, address) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: re.sub(r"^https://[^/]+", address, value)
        if key in {"base_url", "url"} and isinstance(value, str)
        else _moved(value, address)
        for key, value in node.items()
    }


def filled(platform: Platform, shop: ScriptedShop, given: Mapping[str, str]) -> dict[str, str]:
    """The parameters: those given, else defaults, else the file's examples."""
    params = {}
    for param in platform.params:
        if param.secret:
            continue
        if param.kind == "url" and (param.required or param.default):
            path = urlsplit(param.example or param.default).path
            params[param.name] = shop.address + path.rstrip("/")
        elif param.required and not param.default:
            params[param.name] = param.example
    return params | dict(given)


def deliver_to(
    shop: ScriptedShop,
    platform: str,
    *,
    status: OrderStatus,
    channel: str,
    kind: str = "status",
    word: str = "SHIPPED",
    params: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    captured: Mapping[str, Any] | None = None,
    token: str = "",
    **facts: Any,
) -> SendResult:
    """Send one update of a sample order for real.

    ``word`` is the store's word in the DE-PARA. ``facts`` change ``sample_context`` by top-level
    name: a mapping is merged (``order={"platform_id": ""}``), anything else replaces.
    """
    file = platform_at(shop, platform)
    send = file.find_send(kind, channel, status)
    assert send is not None, f"{platform} sends nothing by {channel} for {status.name}"
    parcel = Parcel(
        update_id=1,
        idempotency_key=UPDATE,
        platform=file,
        send=send,
        context=context_of(status, word, captured or {}, facts),
        params=filled(file, shop, params or {}),
        secrets={
            **{p.name: f"secret-{p.name}" for p in file.params if p.secret},
            **(secrets or {}),
        },
        allow_private=True,
        keep_accepted_bodies=True,
        token=AccessToken(token) if token else None,
    )
    return deliver(parcel, sessions=shop.sessions, now=lambda: NOW)


def context_of(
    status: OrderStatus, word: str, captured: Mapping[str, Any], facts: Mapping[str, Any]
) -> dict[str, Any]:
    context = sample_context(captured=dict(captured))
    context["order"] |= {
        "status": int(status),
        "status_label": status.label,
        "status_name": status.name,
    }
    context["mapping"] = {
        "platform_status": word,
        "ez_core_status_id": "",
        "ez_core_flow_id": "",
    }
    for name, value in facts.items():
        merged = isinstance(value, Mapping) and isinstance(context.get(name), Mapping)
        context[name] = {**context[name], **value} if merged else value
    return context
