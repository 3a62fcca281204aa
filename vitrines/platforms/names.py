"""What the templates of one platform may name, place by place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from vitrines.platforms.auth import Auth
from vitrines.platforms.parts import Param
from vitrines.platforms.scope import WITHOUT_ORDER, Scope
from vitrines.platforms.steps import Send

#: Of the request that is being signed.
SIGNED = frozenset({"body", "method", "path", "timestamp", "signature"})
TOKEN = frozenset({"access", "refresh"})
ANSWER = frozenset({"status", "headers", "body"})


@dataclass(frozen=True)
class Scopes:
    """What the parts of one request may name."""

    address: Scope
    #: Also secrets.
    headers: Scope
    #: Also what authentication lends.
    body: Scope


@dataclass(frozen=True)
class Names:
    params: Mapping[str, Param]
    captured: frozenset[str]
    #: What authentication lends to bodies.
    lent: frozenset[str]

    @classmethod
    def of(cls, params: Iterable[Param], sends: Iterable[Send], auth: Auth) -> "Names":
        steps = [step for send in sends for step in send.steps]
        captured = {name for step in steps for name in step.capture}
        captured |= {name for step in steps if step.probe for name in step.probe.capture}
        by_name = {param.name: param for param in params}
        return cls(by_name, frozenset(captured), frozenset(auth.lend))

    @cached_property
    def url_params(self) -> frozenset[str]:
        return frozenset(name for name, param in self.params.items() if param.kind == "url")

    def plain(self, *, item: bool = False, each: str = "") -> Scope:
        """For addresses, conditions and rules; ``item`` inside a ``for_each``, of the list that
        ``each`` gives where that is known."""
        scope = Scope(self._named(secret=False), self.captured)
        return scope.with_item(each) if item else scope

    @cached_property
    def once(self) -> Scopes:
        """For a step that is made once."""
        return self._step(self.plain())

    @cached_property
    def per_item(self) -> Scopes:
        """For a step that is made for each item of a list, whichever it is."""
        return self.step_for_each("")

    def step_for_each(self, each: str) -> Scopes:
        """For a step that is made for each item of the list that ``each`` gives."""
        return self._step(self.plain(item=True, each=each))

    def _step(self, plain: Scope) -> Scopes:
        headers = replace(plain, secrets=self._named(secret=True))
        return Scopes(plain, headers, self._lent(plain))

    @cached_property
    def without_order(self) -> Scope:
        return Scope(self._named(secret=False), context=WITHOUT_ORDER)

    @cached_property
    def list_statuses(self) -> Scopes:
        plain = self.without_order
        return Scopes(plain, self.auth, self._lent(plain))

    @cached_property
    def token_request(self) -> Scopes:
        return Scopes(self.auth, self.auth, self.auth)

    def _lent(self, scope: Scope) -> Scope:
        return scope.with_local("auth", self.lent) if self.lent else scope

    @cached_property
    def auth(self) -> Scope:
        """For authentication, which is about no order."""
        scope = replace(self.without_order, secrets=self._named(secret=True))
        return scope.with_local("token", TOKEN)

    @cached_property
    def signing(self) -> Scope:
        """For what signs a request that was already rendered."""
        return self.auth.with_local("request", SIGNED)

    @cached_property
    def answer(self) -> Scope:
        return self.plain().with_local("answer", ANSWER)

    def _named(self, *, secret: bool) -> frozenset[str]:
        return frozenset(name for name, param in self.params.items() if param.secret == secret)
