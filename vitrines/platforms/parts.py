"""The tables of a platform file, as pydantic models. README.md beside this file explains each key.

Every model is frozen and refuses keys that it does not know.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from vitrines.statuses import SCREEN_ORDER, OrderStatus

CHANNELS: tuple[str, ...] = ("xml", "tracking", "url")
METHODS: tuple[str, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE")
BODY_KINDS: tuple[str, ...] = ("json", "xml", "form", "raw")
AUTH_KINDS: tuple[str, ...] = ("none", "basic", "bearer", "headers", "query")

Channel = Literal["xml", "tracking", "url"]
Need = Literal["invoice", "invoice.xml", "tracking"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


def _status_from_name(value: Any) -> Any:
    if isinstance(value, str):
        if value not in OrderStatus.__members__:
            raise ValueError(f"'{value}' is not one of {', '.join(OrderStatus.__members__)}")
        return OrderStatus[value]
    return value


StatusName = Annotated[OrderStatus, BeforeValidator(_status_from_name)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ParamRef(Part):
    """``{ param = "name" }``: what the admin filled in that parameter stands here."""

    param: str


class XPathRule(Part):
    """``{ xpath = "…" }``: asked of an XML answer. ``$status`` is the HTTP status."""

    xpath: str
    namespaces: dict[str, str] = Field(default_factory=dict)


def _shape(value: Any) -> str:
    """Which member of a union the author meant, so that an error speaks of that one only."""
    if isinstance(value, XPathRule) or (isinstance(value, dict) and "param" not in value):
        return "<xpath>"
    return "<param>" if isinstance(value, ParamRef | dict) else "<text>"


def _shape_without_xpath(value: Any) -> str:
    return "<param>" if isinstance(value, ParamRef | dict) else "<text>"


_AsText = Annotated[str, Tag("<text>")]
_AsParam = Annotated[ParamRef, Tag("<param>")]
_AsXPath = Annotated[XPathRule, Tag("<xpath>")]

Text = Annotated[_AsText | _AsParam, Discriminator(_shape_without_xpath)]
RuleText = Annotated[_AsText | _AsXPath, Discriminator(_shape)]
ChosenRule = Annotated[_AsText | _AsXPath | _AsParam, Discriminator(_shape)]
Method = Annotated[
    Annotated[Literal["GET", "POST", "PUT", "PATCH", "DELETE"], Tag("<text>")] | _AsParam,
    Discriminator(_shape_without_xpath),
]
AuthKind = Annotated[
    Annotated[Literal["none", "basic", "bearer", "headers", "query"], Tag("<text>")] | _AsParam,
    Discriminator(_shape_without_xpath),
]
BodyKind = Annotated[
    Annotated[Literal["json", "xml", "form", "raw"], Tag("<text>")] | _AsParam,
    Discriminator(_shape_without_xpath),
]


def resolve(text: Text, values: Mapping[str, str]) -> str:
    """The text itself, or the value of the parameter that it refers to."""
    return values.get(text.param, "") if isinstance(text, ParamRef) else text


class Choice(Part):
    value: str
    label: str


class Param(Part):
    """One field of the vitrine's sending form."""

    name: Name
    label: str
    help: str = ""
    required: bool = False
    secret: bool = False
    default: str = ""
    kind: Literal["text", "url", "choice", "template", "number"] = "text"
    choices: tuple[Choice, ...] = ()
    multiline: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> "Param":
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError(f"'{self.name}': kind = \"choice\" and choices go together")
        if self.kind == "choice" and self.default not in {"", *self.choice_values}:
            raise ValueError(f"'{self.name}': default '{self.default}' is not one of its choices")
        if self.secret and (self.default or self.kind != "text"):
            raise ValueError(f"'{self.name}': a secret is of kind text and has no default")
        return self

    @property
    def choice_values(self) -> tuple[str, ...]:
        return tuple(choice.value for choice in self.choices)


class OfferedStatus(Part):
    """A status that the platform is known to have; the DE-PARA page offers it."""

    code: str
    label: str


class MappingNeeds(Part):
    """Which columns the DE-PARA of this platform has."""

    #: Its calls name a status, so an active row without one cannot be sent.
    code: bool = True
    ez_core: Literal["none", "optional", "required"] = "none"
    #: Empty: the statuses are the store's own and any word is taken.
    statuses: tuple[OfferedStatus, ...] = ()
    help: str = ""


_AUTH_KEYS: dict[str, tuple[str, ...]] = {
    "none": (),
    "basic": ("username", "password"),
    "bearer": ("token",),
    "headers": ("headers",),
    "query": ("query",),
}


class Auth(Part):
    """How a request proves who sends it. Only here and in headers do secrets render."""

    kind: AuthKind = "none"
    username: str = ""
    password: str = ""
    token: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> "Auth":
        if isinstance(self.kind, ParamRef):
            return self
        texts = ("username", "password", "token", "headers", "query")
        given = {name for name in texts if getattr(self, name)}
        if given != set(_AUTH_KEYS[self.kind]):
            wanted = ", ".join(_AUTH_KEYS[self.kind]) or "no other key"
            raise ValueError(f'kind = "{self.kind}" goes with {wanted}')
        return self


class RetryAfter(Part):
    """Where and how the platform says how long to wait."""

    header: str = "Retry-After"
    #: ``auto`` reads seconds or an HTTP date, as RFC 9110 has it.
    unit: Literal["auto", "s", "ms", "epoch", "http-date"] = "auto"


class Limits(Part):
    #: A sign of "wait" beside status 429.
    throttled: RuleText | None = None
    retry_after: RetryAfter = Field(default_factory=RetryAfter)


class Body(Part):
    """A body whose kind and template are chosen by parameters."""

    kind: BodyKind
    template: Text


class Step(Part):
    """One HTTP request of a sending."""

    method: Method = "POST"
    url: Text | None = None
    path: Text | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    json_text: Text | None = Field(default=None, alias="json")
    xml: Text | None = None
    form: Text | None = None
    raw: Text | None = None
    body: Body | None = None
    content_type: Text | None = None
    when: str | None = None
    success: ChosenRule | None = None
    already_applied: RuleText | None = None
    error_message: RuleText | None = None
    capture: dict[Name, RuleText] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of_each(self) -> "Step":
        if (self.url is None) == (self.path is None):
            raise ValueError("give either url, or path together with the platform's base_url")
        if sum(text is not None for text in self._shorthands.values()) + bool(self.body) > 1:
            raise ValueError("give at most one of json, xml, form, raw and body")
        return self

    @property
    def _shorthands(self) -> dict[str, Text | None]:
        return {"json": self.json_text, "xml": self.xml, "form": self.form, "raw": self.raw}

    @property
    def payload(self) -> Body | None:
        """The body, whichever of the keys said it."""
        for kind, template in self._shorthands.items():
            if template is not None:
                return Body.model_validate({"kind": kind, "template": template})
        return self.body


class Send(Part):
    """What is sent through one channel for some statuses."""

    channel: Channel
    statuses: tuple[StatusName, ...] = SCREEN_ORDER
    #: None: what the channel itself needs.
    needs: tuple[Need, ...] | None = None
    #: Also used for a tracking that comes without a change of status.
    late_tracking: bool = False
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _tracking_may_be_late(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("channel") == "tracking":
            return {"late_tracking": True, **data}
        return data
