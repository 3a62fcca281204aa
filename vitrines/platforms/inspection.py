"""What is wrong with the templates, rules and references of a platform. Pure.

Used twice: when a file is loaded (with the parameters' defaults) and when an admin saves the
parameters (with what was typed). A problem says which key it is in and, if the text came from a
parameter, which one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vitrines.platforms.addresses import parse_url
from vitrines.platforms.documents import parse_document
from vitrines.platforms.language import Scope, TemplateError, parse, parse_expression
from vitrines.platforms.parts import (
    AUTH_KINDS,
    BODY_KINDS,
    METHODS,
    Auth,
    Body,
    Param,
    ParamRef,
    Send,
    Step,
    Text,
    XPathRule,
    resolve,
)
from vitrines.platforms.rules import RuleError, check_rule

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


@dataclass(frozen=True)
class Names:
    """What the templates of one platform may name."""

    params: Mapping[str, Param]
    captured: frozenset[str]

    @classmethod
    def of(cls, params: tuple[Param, ...], sends: tuple[Send, ...]) -> "Names":
        captured = frozenset(name for send in sends for step in send.steps for name in step.capture)
        return cls({param.name: param for param in params}, captured)

    @property
    def url_params(self) -> frozenset[str]:
        return frozenset(name for name, param in self.params.items() if param.kind == "url")

    @property
    def scope(self) -> Scope:
        return Scope(self._named(secret=False), self.captured)

    @property
    def secret_scope(self) -> Scope:
        """For authentication and headers."""
        return Scope(self._named(secret=False), self.captured, self._named(secret=True))

    def _named(self, *, secret: bool) -> frozenset[str]:
        return frozenset(name for name, param in self.params.items() if param.secret == secret)


def problems(
    *,
    names: Names,
    auth: Auth,
    sends: tuple[Send, ...],
    base_url: Text | None,
    values: Mapping[str, str],
) -> Iterator[Problem]:
    inspector = _Inspector(names, base_url, values)
    yield from inspector.auth(auth)
    for place, send in enumerate(sends):
        for number, step in enumerate(send.steps):
            yield from inspector.step(step, f"send[{place}].steps[{number}]")


@dataclass(frozen=True)
class _Inspector:
    names: Names
    base_url: Text | None
    values: Mapping[str, str]

    def auth(self, auth: Auth) -> Iterator[Problem]:
        yield from self._choice(auth.kind, "auth.kind", AUTH_KINDS)
        for key in ("username", "password", "token"):
            yield from self._template(getattr(auth, key), f"auth.{key}", secret=True)
        for key in ("headers", "query"):
            yield from self._pairs(getattr(auth, key), f"auth.{key}")

    def step(self, step: Step, key: str) -> Iterator[Problem]:
        yield from self._choice(step.method, f"{key}.method", METHODS)
        yield from self._address(step, key)
        yield from self._pairs(step.headers, f"{key}.headers")
        if step.payload is not None:
            yield from self._body(step.payload, f"{key}.body")
        if step.content_type is not None:
            yield from self._reference(step.content_type, f"{key}.content_type")
            yield from self._template(
                resolve(step.content_type, self.values), f"{key}.content_type", secret=False
            )
        if step.when is not None:
            scope, source = self.names.scope, step.when
            yield from _try(f"{key}.when", None, lambda: parse_expression(source, scope))
        yield from self._rules(step, key)

    def _address(self, step: Step, key: str) -> Iterator[Problem]:
        text = step.url if step.url is not None else step.path
        field = "url" if step.url is not None else "path"
        assert text is not None  # noqa: S101 - Step gives one of the two
        key = f"{key}.{field}"
        yield from self._reference(text, key)
        if field == "path" and self.base_url is None:
            yield Problem(key, "path needs the platform's base_url")
            return
        if field == "path" and self.base_url is not None:
            yield from self._reference(self.base_url, "base_url")
        source = address_source(step, self.base_url, self.values)
        if source:
            names = self.names
            yield from _try(
                key, _param_of(text), lambda: parse_url(source, names.scope, names.url_params)
            )

    def _body(self, body: Body, key: str) -> Iterator[Problem]:
        yield from self._choice(body.kind, f"{key}.kind", (*BODY_KINDS, "none"))
        yield from self._reference(body.template, key)
        kind = body.kind if isinstance(body.kind, str) else resolve(body.kind, self.values)
        source, scope = resolve(body.template, self.values), self.names.scope
        if kind in BODY_KINDS and (source or isinstance(body.template, str)):
            param = _param_of(body.template)
            yield from _try(key, param, lambda: parse_document(kind, source, scope))

    def _rules(self, step: Step, key: str) -> Iterator[Problem]:
        rules: dict[str, Any] = {
            "success": step.success,
            "already_applied": step.already_applied,
            "error_message": step.error_message,
            **{f"capture.{name}": rule for name, rule in step.capture.items()},
        }
        for name, rule in rules.items():
            if isinstance(rule, ParamRef):
                yield from self._reference(rule, f"{key}.{name}")
            source = resolve(rule, self.values) if isinstance(rule, ParamRef) else rule
            if source:
                yield from rule_problems(f"{key}.{name}", _param_of(rule), source)

    def _pairs(self, pairs: Mapping[str, str], key: str) -> Iterator[Problem]:
        for name, value in pairs.items():
            if name.lower() in RESERVED_HEADERS and key.endswith("headers"):
                yield Problem(f"{key}.{name}", "this header is set by the engine")
            yield from self._template(name, f"{key}.{name}", secret=True)
            yield from self._template(value, f"{key}.{name}", secret=True)

    def _template(self, source: str, key: str, *, secret: bool) -> Iterator[Problem]:
        scope = self.names.secret_scope if secret else self.names.scope
        yield from _try(key, None, lambda: parse(source, scope))

    def _reference(self, text: Text, key: str) -> Iterator[Problem]:
        if isinstance(text, ParamRef):
            param = self.names.params.get(text.param)
            if param is None or param.secret:
                yield Problem(key, f"there is no parameter '{text.param}' that may be used here")

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


def unfilled_auth(auth: Auth, names: Names, values: Mapping[str, str]) -> Iterator[str]:
    """The parameters that the chosen authentication reads and that are empty."""
    kind = auth.kind if isinstance(auth.kind, str) else resolve(auth.kind, values)
    texts = {
        "basic": (auth.username, auth.password),
        "bearer": (auth.token,),
        "headers": (*auth.headers, *auth.headers.values()),
        "query": (*auth.query, *auth.query.values()),
    }
    for text in texts.get(kind, ()):
        for hole in parse(text, names.secret_scope).holes:
            for owner, name in hole.fields:
                if owner in {"params", "secrets"} and not values.get(name):
                    yield name


def address_source(step: Step, base_url: Text | None, values: Mapping[str, str]) -> str:
    """The URL template of a step: its own, or the platform's base with its path."""
    if step.url is not None:
        return resolve(step.url, values).strip()
    path = resolve(step.path, values).strip() if step.path is not None else ""
    base = resolve(base_url, values).strip() if base_url is not None else ""
    return f"{base.rstrip('/')}/{path.lstrip('/')}"


def rule_problems(key: str, param: str | None, rule: str | XPathRule) -> Iterator[Problem]:
    try:
        check_rule(rule)
    except RuleError as error:
        yield Problem(key, str(error), param, f"A regra não é válida: {rule}")


def _param_of(text: Any) -> str | None:
    return text.param if isinstance(text, ParamRef) else None


def _try(key: str, param: str | None, compile_it: Callable[[], object]) -> Iterator[Problem]:
    try:
        compile_it()
    except TemplateError as error:
        yield Problem(key, str(error), param, error.sentence)
