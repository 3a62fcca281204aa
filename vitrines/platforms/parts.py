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

from vitrines.statuses import OrderStatus

CHANNELS: tuple[str, ...] = ("xml", "tracking", "url")

Channel = Literal["xml", "tracking", "url"]
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


def shape_without_xpath(value: Any) -> str:
    return "<param>" if isinstance(value, ParamRef | dict) else "<text>"


_AsText = Annotated[str, Tag("<text>")]
AsParam = Annotated[ParamRef, Tag("<param>")]
_AsXPath = Annotated[XPathRule, Tag("<xpath>")]

Text = Annotated[_AsText | AsParam, Discriminator(shape_without_xpath)]
RuleText = Annotated[_AsText | _AsXPath, Discriminator(_shape)]
ChosenRule = Annotated[_AsText | _AsXPath | AsParam, Discriminator(_shape)]


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
    #: Stands in the form's placeholder and in previews made without a vitrine.
    example: str = ""
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


class Suggestion(Part):
    """A row that the DE-PARA page offers for a status that is not mapped yet."""

    code: str = ""
    active: bool = True
    #: Empty: the usual channel of the status.
    channel: Literal["", "xml", "tracking", "url"] = ""
    also_receives: tuple[str, ...] = ()


class MappingNeeds(Part):
    """Which columns the DE-PARA of this platform has."""

    #: Its calls name a status, so an active row without one cannot be sent.
    code: bool = True
    ez_core: Literal["none", "optional", "required"] = "none"
    #: Empty: the statuses are the store's own and any word is taken.
    statuses: tuple[OfferedStatus, ...] = ()
    suggestions: dict[StatusName, Suggestion] = Field(default_factory=dict)
    help: str = ""
