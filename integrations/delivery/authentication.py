"""What proves who sends a request, as far as it is known before the request is made.

Signatures are made of the finished request: ``signing``.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from integrations.delivery.context import RenderContext
from vitrines.platforms.auth import Auth
from vitrines.platforms.language import RenderError, parse
from vitrines.platforms.parts import resolve

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Proof:
    headers: Pairs = ()
    query: Pairs = ()
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
    if kind == "basic":
        pair = f"{auth_text(auth.username, given)}:{auth_text(auth.password, given)}"
        return Proof(_authorization("Basic", base64.b64encode(pair.encode()).decode()), lent=lent)
    if kind == "bearer":
        return Proof(_authorization("Bearer", auth_text(auth.token, given)), lent=lent)
    headers = auth.headers if kind in {"headers", "token_exchange"} else {}
    query = auth.query if kind in {"query", "token_exchange"} else {}
    return Proof(
        _rendered(headers, given),
        _rendered(query, given),
        lent,
        frozenset(_plain([*headers.values(), *query.values()], given)),
    )


def _authorization(scheme: str, credentials: str) -> Pairs:
    return (("Authorization", f"{scheme} {credentials}"),)


def _rendered(pairs: Mapping[str, str], given: RenderContext) -> Pairs:
    return tuple((auth_text(name, given), auth_text(text, given)) for name, text in pairs.items())


def _plain(sources: Iterable[str], given: RenderContext) -> Iterator[str]:
    """What the texts that read neither a secret nor the token come to."""
    scope = given.platform.names.auth
    for source in sources:
        if all(hole.names <= {"params", "vitrine"} for hole in parse(source, scope).holes):
            yield auth_text(source, given)


def auth_text(source: str, given: RenderContext) -> str:
    """A text that authentication cannot do without."""
    text = parse(source, given.platform.names.auth).text(given.for_auth)
    if not text:
        raise RenderError(f"A autenticação pede “{source}”, que não foi preenchido.")
    return text
