"""What proves who sends a request, as far as it is known before the request is made.

Signatures are made of the finished request: ``signing``.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from integrations.delivery.context import RenderContext
from vitrines.platforms.auth import Auth
from vitrines.platforms.language import RenderError, parse
from vitrines.platforms.parts import resolve


@dataclass(frozen=True)
class Proof:
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    #: What bodies may read as ``auth.<name>``.
    lent: Mapping[str, str] = field(default_factory=dict)
    #: Values that no secret went into, such as the store's name or the app's.
    plain: frozenset[str] = frozenset()

    @property
    def sensitive(self) -> tuple[str, ...]:
        """Texts made from secrets, to be masked beside the secrets themselves."""
        values = (*(value for _, value in (*self.headers, *self.query)), *self.lent.values())
        values = tuple(value for value in values if value not in self.plain)
        return values + tuple(value.split(" ", 1)[1] for value in values if " " in value)


def auth_kind(auth: Auth, params: Mapping[str, str]) -> str:
    return auth.kind if isinstance(auth.kind, str) else resolve(auth.kind, params)


def prove(given: RenderContext) -> Proof:
    """The headers and query parameters of the chosen kind, and what is lent to bodies."""
    auth = given.platform.auth
    kind = auth_kind(auth, given.params)
    if kind == "token_exchange" and not (given.token and given.token.access):
        raise RenderError("O token de acesso da plataforma ainda não foi obtido.")
    lent = {name: auth_text(source, given) for name, source in auth.lend.items()}
    headers, query = _pairs_of(kind, auth, given)
    return Proof(tuple(headers), tuple(query), lent, _plain(kind, auth, given))


def _pairs_of(
    kind: str, auth: Auth, given: RenderContext
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    if kind == "basic":
        pair = f"{auth_text(auth.username, given)}:{auth_text(auth.password, given)}"
        return [("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")], []
    if kind == "bearer":
        return [("Authorization", f"Bearer {auth_text(auth.token, given)}")], []
    headers, query = _templates_of(kind, auth)
    return _rendered(headers, given), _rendered(query, given)


def _templates_of(kind: str, auth: Auth) -> tuple[Mapping[str, str], Mapping[str, str]]:
    headers = auth.headers if kind in {"headers", "token_exchange"} else {}
    query = auth.query if kind in {"query", "token_exchange"} else {}
    return headers, query


def _rendered(pairs: Mapping[str, str], given: RenderContext) -> list[tuple[str, str]]:
    return [(auth_text(name, given), auth_text(value, given)) for name, value in pairs.items()]


def _plain(kind: str, auth: Auth, given: RenderContext) -> frozenset[str]:
    """The values of headers and query parameters that read neither a secret nor the token."""
    sources = [source for pairs in _templates_of(kind, auth) for source in pairs.values()]
    scope = given.platform.names.auth
    return frozenset(
        auth_text(source, given)
        for source in sources
        if all(hole.names <= {"params", "vitrine"} for hole in parse(source, scope).holes)
    )


def auth_text(source: str, given: RenderContext) -> str:
    """A text that authentication cannot do without."""
    text = parse(source, given.platform.names.auth).text(given.for_auth)
    if not text:
        raise RenderError(f"A autenticação pede “{source}”, que não foi preenchido.")
    return text
