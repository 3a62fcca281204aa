"""The requests of a platform file: what is asked, and how the answer is to be read."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from vitrines.platforms.parts import (
    AsParam,
    Channel,
    ChosenRule,
    Name,
    Part,
    RuleText,
    StatusName,
    Text,
    XPathRule,
    shape_without_xpath,
)
from vitrines.statuses import SCREEN_ORDER

METHODS: tuple[str, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: What an admin may choose; a GraphQL body is the file's own.
BODY_KINDS: tuple[str, ...] = ("json", "xml", "form", "raw")

Need = Literal["invoice", "invoice.xml", "tracking"]
Method = Annotated[
    Annotated[Literal["GET", "POST", "PUT", "PATCH", "DELETE"], Tag("<text>")] | AsParam,
    Discriminator(shape_without_xpath),
]
BodyKind = Annotated[
    Annotated[Literal["json", "xml", "form", "raw", "graphql"], Tag("<text>")] | AsParam,
    Discriminator(shape_without_xpath),
]


class Body(Part):
    """A body whose kind and template are chosen by parameters."""

    kind: BodyKind
    template: Text


class Request(Part):
    """One HTTP request."""

    method: Method = "POST"
    url: Text | None = None
    path: Text | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    json_text: Text | None = Field(default=None, alias="json")
    xml: Text | None = None
    form: Text | None = None
    raw: Text | None = None
    #: A query or mutation, sent as it is written; values go through ``variables``, a JSON text.
    graphql: str | None = None
    variables: str | None = None
    body: Body | None = None
    content_type: Text | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> "Request":
        if (self.url is None) == (self.path is None):
            raise ValueError("give either url, or path together with the platform's base_url")
        if len(self._bodies) + bool(self.body) > 1:
            raise ValueError("give at most one of json, xml, form, raw, graphql and body")
        if self.variables is not None and self.graphql is None:
            raise ValueError("variables go with graphql")
        return self

    @property
    def _bodies(self) -> Mapping[str, Text]:
        texts: dict[str, Text | None] = {
            "json": self.json_text,
            "xml": self.xml,
            "form": self.form,
            "raw": self.raw,
            "graphql": self.graphql,
        }
        return {kind: text for kind, text in texts.items() if text is not None}

    @cached_property
    def payload(self) -> Body | None:
        """The body, whichever of the keys said it."""
        for kind, template in self._bodies.items():
            return Body.model_validate({"kind": kind, "template": template})
        return self.body

    @property
    def payload_key(self) -> str:
        """The key that said the body, for messages."""
        return next(iter(self._bodies), "body")


class Answers(Part):
    """How the answers of a platform are read; a step may say otherwise, key by key."""

    success: ChosenRule | None = None
    already_applied: RuleText | None = None
    #: "No" about this order only, where the HTTP status would stop the vitrine or be retried.
    rejected: RuleText | None = None
    #: A refused credential that does not come as 401 or 403.
    auth_refused: RuleText | None = None
    #: "Not now", said with a status that otherwise means "no".
    transient: RuleText | None = None
    error_message: RuleText | None = None


class Probe(Request):
    """Asked before a step that must not be made twice: is it already there?"""

    method: Method = "GET"
    when: str | None = None
    #: The step need not be made: it counts as already applied.
    found: RuleText
    #: What counts as an answer to the question. Anything else is a failure of the step.
    success: RuleText | None = None
    error_message: RuleText | None = None
    capture: dict[Name, RuleText] = Field(default_factory=dict)


class Step(Request, Answers):
    """One HTTP request of a sending."""

    #: It only asks, so that later steps know: it tells the platform nothing.
    lookup: bool = False
    when: str | None = None
    #: An expression that gives a list: the step is made once for each ``item``.
    for_each: str | None = None
    probe: Probe | None = None
    capture: dict[Name, RuleText] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _question_is_one(self) -> "Step":
        if self.lookup and (self.already_applied is not None or self.probe is not None):
            raise ValueError("a lookup tells nothing: it has neither already_applied nor a probe")
        return self


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


class ListStatuses(Request):
    """Where the platform tells which statuses its store has."""

    method: Method = "GET"
    success: RuleText | None = None
    error_message: RuleText | None = None
    #: Finds a list of ``{code, label}``; codes may be numbers. XPath gives texts, no such pairs.
    statuses: RuleText
    #: The column of the DE-PARA that the codes go into.
    column: Literal["platform_status", "ez_core_status_id"] = "platform_status"

    @field_validator("statuses")
    @classmethod
    def _finds_pairs(cls, rule: RuleText) -> RuleText:
        if isinstance(rule, XPathRule):
            raise ValueError(
                "XPath finds no list of {code, label}: write a JMESPath rule over a JSON answer, "
                "or list the statuses in mapping.statuses and leave [list_statuses] out"
            )
        return rule
