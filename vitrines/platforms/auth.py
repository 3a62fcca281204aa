"""How a request proves who sends it. Only here and in headers do secrets render."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from vitrines.platforms.parts import AsParam, Name, ParamRef, Part, RuleText, shape_without_xpath
from vitrines.platforms.steps import Request

AUTH_KINDS: tuple[str, ...] = (
    "none",
    "basic",
    "bearer",
    "headers",
    "query",
    "token_exchange",
    "oauth1",
    "hmac",
    "standard_webhooks",
)

AuthKind = Annotated[
    Annotated[
        Literal[
            "none",
            "basic",
            "bearer",
            "headers",
            "query",
            "token_exchange",
            "oauth1",
            "hmac",
            "standard_webhooks",
        ],
        Tag("<text>"),
    ]
    | AsParam,
    Discriminator(shape_without_xpath),
]

#: Per kind, the keys that it needs and those that it may have.
_AUTH_KEYS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "none": (frozenset(), frozenset()),
    "basic": (frozenset({"username", "password"}), frozenset()),
    "bearer": (frozenset({"token"}), frozenset()),
    "headers": (frozenset({"headers"}), frozenset()),
    "query": (frozenset({"query"}), frozenset()),
    "token_exchange": (frozenset({"exchange"}), frozenset({"renewal", "headers", "query"})),
    "oauth1": (
        frozenset({"consumer_key", "consumer_secret"}),
        frozenset({"access_token", "access_secret", "signature"}),
    ),
    "hmac": (frozenset({"secret", "headers"}), frozenset({"message", "algorithm", "encoding"})),
    "standard_webhooks": (frozenset({"secret"}), frozenset()),
}


class TokenRequest(Request):
    """Asks for an access token. All of it may read ``secrets`` and ``token``."""

    success: RuleText | None = None
    error_message: RuleText | None = None
    access_token: RuleText
    refresh_token: RuleText | None = None
    #: Finds a number of seconds.
    expires_in: RuleText | None = None
    #: Seconds; where the answer does not say.
    lifetime: Annotated[int, Field(ge=60)] = 3600


class Auth(Part):
    kind: AuthKind = "none"
    # basic, bearer
    username: str = ""
    password: str = ""
    token: str = ""
    # headers, query; also how the others put their token or signature
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)
    # token_exchange
    exchange: TokenRequest | None = None
    #: Made instead of ``exchange`` while a refresh token is known.
    renewal: TokenRequest | None = None
    # oauth1
    consumer_key: str = ""
    consumer_secret: str = ""
    access_token: str = ""
    access_secret: str = ""
    signature: Literal["HMAC-SHA256", "HMAC-SHA1"] = "HMAC-SHA256"
    # hmac, standard_webhooks
    secret: str = ""
    #: What is signed; may read ``request``.
    message: str = "{{ request.body }}"
    algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    #: With any kind: values that bodies may read as ``auth.<name>``, for platforms that want the
    #: credential inside the document.
    lend: dict[Name, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> "Auth":
        if isinstance(self.kind, ParamRef):
            return self
        needed, allowed = _AUTH_KEYS[self.kind]
        given = {name for name in self.model_fields_set - {"kind", "lend"} if getattr(self, name)}
        missing, surplus = self.missing_for(self.kind), sorted(given - needed - allowed)
        if missing:
            raise ValueError(f'kind = "{self.kind}" needs {", ".join(missing)}')
        if surplus:
            raise ValueError(f'kind = "{self.kind}" has no use for {", ".join(surplus)}')
        return self

    def missing_for(self, kind: str) -> list[str]:
        """The keys that a kind needs and that were not given."""
        needed, _ = _AUTH_KEYS[kind]
        return sorted(name for name in needed if not getattr(self, name))
