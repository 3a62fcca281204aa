"""What is wrong with the templates, rules and references of a platform. Pure.

Used twice: when a file is loaded (with the parameters' defaults) and when an admin saves the
parameters (with what was typed). A problem says which key it is in and, if the text came from a
parameter, which one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from vitrines.platforms.addresses import parse_url
from vitrines.platforms.auth import AUTH_KINDS, Auth, TokenRequest
from vitrines.platforms.documents import parse_document, parse_graphql
from vitrines.platforms.language import parse, parse_expression
from vitrines.platforms.limits import Limits, countable
from vitrines.platforms.names import Names, Scopes
from vitrines.platforms.parts import MappingNeeds, Param, ParamRef, RuleText, Text, resolve
from vitrines.platforms.rule_checks import RuleError, check_rule
from vitrines.platforms.scope import Scope, TemplateError
from vitrines.platforms.steps import (
    BODY_KINDS,
    METHODS,
    Answers,
    ListStatuses,
    Probe,
    Request,
    Send,
    Step,
)

#: Ours to set: a file or an admin could break the framing or the guard of a request with them.
RESERVED_HEADERS = frozenset(
    [
        "connection",
        "content-length",
        "host",
        "idempotency-key",
        "te",
        "transfer-encoding",
        "upgrade",
    ]
)


@dataclass(frozen=True)
class Problem:
    key: str
    reason: str
    param: str | None = None
    #: For the screen; only what a parameter can cause has one.
    sentence: str = ""
    #: Where inside the key's text: a piece of it, or a line of it, from 1.
    fragment: str = ""
    line: int = 0


class Inspected(Protocol):
    """The platform, as far as it is inspected."""

    @property
    def names(self) -> Names: ...
    @property
    def params(self) -> tuple[Param, ...]: ...
    @property
    def base_url(self) -> Text | None: ...
    @property
    def auth(self) -> Auth: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def mapping(self) -> MappingNeeds: ...
    @property
    def list_statuses(self) -> ListStatuses | None: ...
    @property
    def examples(self) -> dict[str, Any]: ...
    @property
    def sends(self) -> tuple[Send, ...]: ...


def problems(platform: Inspected, values: Mapping[str, str]) -> list[Problem]:
    """Each once, in the order of the file's tables."""
    return list(dict.fromkeys(_problems(platform, values)))


def _problems(platform: Inspected, values: Mapping[str, str]) -> Iterator[Problem]:
    inspector = _Inspector(platform.names, platform.base_url, values)
    yield from inspector.auth(platform.auth)
    yield from inspector.limits(platform.limits)
    plain = platform.names.plain()
    yield from inspector.rules(_answer_rules(platform.answers), "answers", plain)
    for place, send in enumerate(platform.sends):
        for number, step in enumerate(send.steps):
            yield from inspector.step(step, f"send[{place}].steps[{number}]")
    if platform.list_statuses is not None:
        yield from inspector.list_statuses(platform.list_statuses)
        yield from _column(platform.list_statuses, platform.mapping)
    for name in platform.examples:
        if name not in platform.names.captured:
            yield Problem(f"examples.{name}", f"nothing captures '{name}'")


@dataclass(frozen=True)
class _Inspector:
    names: Names
    base_url: Text | None
    values: Mapping[str, str]

    def auth(self, auth: Auth) -> Iterator[Problem]:
        yield from self._choice(auth.kind, "auth.kind", AUTH_KINDS)
        yield from self._kinds_to_choose(auth)
        scope = self.names.auth
        for key in _AUTH_TEXTS:
            yield from _template(getattr(auth, key), f"auth.{key}", scope)
        signed = self.names.signing
        yield from _template(auth.message, "auth.message", signed)
        yield from self._pairs(auth.headers, "auth.headers", signed if auth.secret else scope)
        yield from self._pairs(auth.query, "auth.query", scope)
        yield from self._pairs(auth.lend, "auth.lend", scope)
        for key in ("exchange", "renewal"):
            request = getattr(auth, key)
            if request is not None:
                yield from self._token_request(request, f"auth.{key}")

    def _kinds_to_choose(self, auth: Auth) -> Iterator[Problem]:
        """Whichever kind the admin chooses, the file has its keys."""
        param = self.names.params.get(auth.kind.param) if isinstance(auth.kind, ParamRef) else None
        for kind in param.choice_values if param is not None else ():
            missing = auth.missing_for(kind) if kind in AUTH_KINDS else []
            if missing:
                yield Problem("auth.kind", f"the choice '{kind}' needs {', '.join(missing)}")

    def _token_request(self, request: TokenRequest, key: str) -> Iterator[Problem]:
        yield from self._request(request, key, self.names.token_request)
        found = ("success", "error_message", "access_token", "refresh_token", "expires_in")
        rules = {name: getattr(request, name) for name in found}
        yield from self.rules(rules, key, self.names.without_order)

    def limits(self, limits: Limits) -> Iterator[Problem]:
        yield from self.rules({"throttled": limits.throttled}, "limits", self.names.plain())
        if limits.retry_after.wait is not None:
            key = "limits.retry_after.wait"
            yield from _expression(limits.retry_after.wait, key, self.names.answer)
        for place, rate in enumerate(limits.rates):
            key = f"limits.rates[{place}].requests"
            if isinstance(rate.requests, ParamRef):
                yield from self._number(rate.requests, key)

    def step(self, step: Step, key: str) -> Iterator[Problem]:
        names, each = self.names, step.for_each or ""
        item = step.for_each is not None
        plain = names.plain(item=item, each=each)
        if item:
            yield from _expression(each, f"{key}.for_each", names.plain())
        if step.when is not None:
            yield from _expression(step.when, f"{key}.when", plain)
        scopes = names.step_for_each(each) if item else names.once
        yield from self._request(step, key, scopes)
        yield from self.rules(_answer_rules(step), key, plain)
        yield from self.rules(step.capture, f"{key}.capture", plain)
        if step.probe is not None:
            yield from self._probe(step.probe, f"{key}.probe", scopes)

    def _probe(self, probe: Probe, key: str, scopes: Scopes) -> Iterator[Problem]:
        plain = scopes.address
        if probe.when is not None:
            yield from _expression(probe.when, f"{key}.when", plain)
        yield from self._request(probe, key, scopes)
        rules = {name: getattr(probe, name) for name in ("found", "success", "error_message")}
        yield from self.rules(rules, key, plain)
        yield from self.rules(probe.capture, f"{key}.capture", plain)

    def list_statuses(self, request: ListStatuses) -> Iterator[Problem]:
        key = "list_statuses"
        yield from self._request(request, key, self.names.list_statuses)
        found = ("success", "error_message", "statuses")
        rules = {name: getattr(request, name) for name in found}
        yield from self.rules(rules, key, self.names.without_order)

    # One request

    def _request(self, request: Request, key: str, scopes: Scopes) -> Iterator[Problem]:
        yield from self._choice(request.method, f"{key}.method", METHODS)
        yield from self._address(request, key, scopes.address)
        yield from self._pairs(request.headers, f"{key}.headers", scopes.headers)
        yield from self._body(request, key, scopes.body)
        if request.content_type is not None:
            yield from self._reference(request.content_type, f"{key}.content_type")
            source, param = (
                resolve(request.content_type, self.values),
                _param_of(request.content_type),
            )
            yield from _template(source, f"{key}.content_type", scopes.address, param)

    def _address(self, request: Request, key: str, scope: Scope) -> Iterator[Problem]:
        text = request.url if request.url is not None else request.path
        field = "url" if request.url is not None else "path"
        assert text is not None  # noqa: S101 - Request gives one of the two
        key = f"{key}.{field}"
        yield from self._reference(text, key)
        if field == "path" and self.base_url is None:
            yield Problem(key, "path needs the platform's base_url")
            return
        if field == "path" and self.base_url is not None:
            in_base = list(self._base(self.base_url, scope))
            if in_base:
                yield from in_base
                return
        source = address_source(request, self.base_url, self.values)
        if source:
            url_params = self.names.url_params
            yield from _try(key, _param_of(text), lambda: parse_url(source, scope, url_params))

    def _base(self, base_url: Text, scope: Scope) -> Iterator[Problem]:
        yield from self._reference(base_url, "base_url")
        source, url_params = resolve(base_url, self.values), self.names.url_params
        if source:
            param = _param_of(base_url)
            yield from _try("base_url", param, lambda: parse_url(source, scope, url_params))

    def _body(self, request: Request, key: str, scope: Scope) -> Iterator[Problem]:
        if request.graphql is not None:
            query, variables = request.graphql, request.variables or ""
            # The query is no template: only its variables can be wrong.
            key = f"{key}.variables"
            yield from _try(key, None, lambda: parse_graphql(query, variables, scope))
            return
        body, key = request.payload, f"{key}.{request.payload_key}"
        if body is None:
            return
        yield from self._choice(body.kind, f"{key}.kind", (*BODY_KINDS, "none"))
        key = f"{key}.template" if body is request.body else key
        yield from self._reference(body.template, key)
        kind = body.kind if isinstance(body.kind, str) else resolve(body.kind, self.values)
        source = resolve(body.template, self.values)
        if kind in BODY_KINDS and (source or isinstance(body.template, str)):
            param = _param_of(body.template)
            yield from _try(key, param, lambda: parse_document(kind, source, scope))

    def rules(
        self, rules: Mapping[str, RuleText | ParamRef | None], key: str, scope: Scope
    ) -> Iterator[Problem]:
        for name, rule in rules.items():
            if isinstance(rule, ParamRef):
                yield from self._reference(rule, f"{key}.{name}")
            source = resolve(rule, self.values) if isinstance(rule, ParamRef) else rule
            if source:
                yield from _rule_problems(f"{key}.{name}", _param_of(rule), source, scope)

    def _pairs(self, pairs: Mapping[str, str], key: str, scope: Scope) -> Iterator[Problem]:
        for name, value in pairs.items():
            if name.lower() in RESERVED_HEADERS and key.endswith("headers"):
                yield Problem(f"{key}.{name}", "this header is set by the engine")
            yield from _template(name, f"{key}.{name}", scope)
            yield from _template(value, f"{key}.{name}", scope)

    # References to parameters

    def _reference(self, text: Text, key: str) -> Iterator[Problem]:
        if isinstance(text, ParamRef):
            param = self.names.params.get(text.param)
            if param is None or param.secret:
                yield Problem(key, f"there is no parameter '{text.param}' that may be used here")

    def _number(self, reference: ParamRef, key: str) -> Iterator[Problem]:
        param = self.names.params.get(reference.param)
        if param is None or param.kind != "number" or not param.default:
            reason = f"'{reference.param}' is not a parameter of kind number with a default"
            yield Problem(key, reason)
            return
        value = self.values.get(param.name, "")
        if not countable(value):
            sentence = "Informe um número inteiro, de 1 a 999999."
            yield Problem(key, f"{value!r} is not a whole number", param.name, sentence)

    def _choice(
        self, value: str | ParamRef, key: str, allowed: tuple[str, ...]
    ) -> Iterator[Problem]:
        if isinstance(value, str):
            return
        param = self.names.params.get(value.param)
        if param is None or param.kind != "choice":
            yield Problem(key, f"'{value.param}' is not a parameter of kind choice")
        elif not set(param.choice_values) <= set(allowed):
            yield Problem(key, f"the choices of '{value.param}' are not all in {allowed}")


_AUTH_TEXTS = (
    "username",
    "password",
    "token",
    "consumer_key",
    "consumer_secret",
    "access_token",
    "access_secret",
    "secret",
)


def _column(asked: ListStatuses, mapping: MappingNeeds) -> Iterator[Problem]:
    if asked.column != "platform_status" and mapping.ez_core == "none":
        reason = "the DE-PARA of this platform has no such column (mapping.ez_core)"
        yield Problem("list_statuses.column", reason)


def unfilled_auth(auth: Auth, names: Names, values: Mapping[str, str]) -> Iterator[str]:
    """The parameters that the chosen authentication reads and that are empty."""
    kind = auth.kind if isinstance(auth.kind, str) else resolve(auth.kind, values)
    texts = {
        "basic": (auth.username, auth.password),
        "bearer": (auth.token,),
        "headers": (*auth.headers, *auth.headers.values()),
        "query": (*auth.query, *auth.query.values()),
        "oauth1": (
            *(auth.consumer_key, auth.consumer_secret),
            *(auth.access_token, auth.access_secret),
        ),
        "token_exchange": _bodies_of(auth.exchange),
        "hmac": (auth.secret,),
        "standard_webhooks": (auth.secret,),
    }
    for text in texts.get(kind, ()):
        for hole in parse(text, names.signing).holes:
            given = {name for owner, name in hole.fields if owner in {"params", "secrets"}}
            # A hole that reads several, or a token, has a choice.
            if len(given) == len(hole.fields) == 1 and not values.get(*given):
                yield from given


def _bodies_of(request: TokenRequest | None) -> tuple[str, ...]:
    """What a token request carries, as text; what may be missing from it says so by a filter."""
    body = request.payload if request is not None else None
    if body is None or not isinstance(body.template, str) or "omit_if_empty" in body.template:
        return ()
    return (body.template,)


def address_source(request: Request, base_url: Text | None, values: Mapping[str, str]) -> str:
    """The URL template of a request: its own, or the platform's base with its path."""
    if request.url is not None:
        return resolve(request.url, values).strip()
    path = resolve(request.path, values).strip() if request.path is not None else ""
    base = resolve(base_url, values).strip() if base_url is not None else ""
    return f"{base.rstrip('/')}/{path.lstrip('/')}"


def _answer_rules(answers: Answers) -> dict[str, RuleText | ParamRef | None]:
    return {name: getattr(answers, name) for name in Answers.model_fields}


def _rule_problems(key: str, param: str | None, rule: RuleText, scope: Scope) -> Iterator[Problem]:
    try:
        check_rule(rule, scope)
    except RuleError as error:
        sentence = f"A regra não é válida: {rule}"
        yield Problem(key, str(error), param, sentence, line=error.line)


def _param_of(text: Any) -> str | None:
    return text.param if isinstance(text, ParamRef) else None


def _template(source: str, key: str, scope: Scope, param: str | None = None) -> Iterator[Problem]:
    yield from _try(key, param, lambda: parse(source, scope))


def _expression(source: str, key: str, scope: Scope) -> Iterator[Problem]:
    yield from _try(key, None, lambda: parse_expression(source, scope))


def _try(key: str, param: str | None, compile_it: Callable[[], object]) -> Iterator[Problem]:
    try:
        compile_it()
    except TemplateError as error:
        sentence = f"Linha {error.line}: {error.sentence}" if error.line > 1 else error.sentence
        yield Problem(key, str(error), param, sentence, error.fragment, error.line)
