"""Every request that a platform file makes, over the situations that change what it makes.

Rendered by the preview, so without a network: what an answer would give stands in the file's own
``examples``, or in what a situation says that the answers gave.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.channels.base import Facts
from integrations.channels.registry import CHANNELS
from integrations.delivery.render import RenderedRequest
from integrations.preview.dry_run import PreviewedRequest, PreviewedSend, preview_send
from integrations.preview.sample import (
    facts_in,
    sample_facts,
    sample_mapping,
    sample_params,
    sample_secrets,
)
from vitrines.platforms import Platform
from vitrines.statuses import SCREEN_ORDER, OrderStatus

_NEVER_THE_SAME = {"Idempotency-Key", "Authorization"}


@dataclass(frozen=True)
class Situation:
    """How an order differs from the sample order, its vitrine from the sample parameters and from
    the suggested DE-PARA, and what the platform's answers gave from the file's examples."""

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    #: The platform's word for every status; empty: the suggested ones.
    word: str = ""
    #: Those that the situation makes a difference to.
    statuses: Collection[OrderStatus] = SCREEN_ORDER

    def context(self) -> dict[str, Any]:
        context = sample_facts()
        for name, changes in self.facts.items():
            whole = not isinstance(changes, Mapping)
            context[name] = changes if whole else {**context.get(name, {}), **changes}
        return context


@dataclass(frozen=True)
class MadeSend:
    """One sending in one situation."""

    situation: str
    #: Which of the file's ``[[send]]``, from 0.
    place: int
    preview: PreviewedSend

    def __str__(self) -> str:
        shown = self.preview
        return f"{self.situation}-{shown.kind}-{shown.status.name}-{shown.channel}"

    def requests(self) -> Iterator[tuple[str, RenderedRequest]]:
        for one in self.preview.requests:
            item = f".{one.item}" if one.item is not None else ""
            yield f"{self}-{one.role}{one.step}{item}", one.request


def sends_made(platform: Platform, situations: Sequence[Situation]) -> list[MadeSend]:
    """Each status by each channel, and each tracking that comes late, in every situation.

    Without those that would be held, for a fact that the situation lacks.
    """
    return [
        made
        for situation in situations
        for status in situation.statuses
        for kind, channel in (
            *(("status", channel) for channel in platform.channels_for(status)),
            ("tracking", "tracking"),
        )
        if (made := _made(platform, situation, kind, channel, status)) is not None
    ]


def requests_made(sends: Sequence[MadeSend]) -> dict[str, RenderedRequest]:
    """Each different request once, under the name of where it is made first."""
    different: dict[tuple[object, ...], tuple[str, RenderedRequest]] = {}
    for name, asked in (named for send in sends for named in send.requests()):
        headers = {key: asked.headers[key] for key in asked.headers.keys() - _NEVER_THE_SAME}
        key = (asked.method, asked.url, asked.body, frozenset(headers.items()))
        different.setdefault(key, (name, asked))
    return dict(different.values())


def _made(
    platform: Platform, situation: Situation, kind: str, channel: str, status: OrderStatus
) -> MadeSend | None:
    context = situation.context()
    facts = Facts(
        has_invoice=context["invoice"] is not None,
        has_invoice_xml=context["invoice"] is not None,
        has_tracking=context["tracking"] is not None,
    )
    send = platform.find_send(kind, channel, status)
    if send is None or CHANNELS[channel].missing(send, facts):
        return None
    preview = preview_send(
        platform.model_copy(update={"examples": {**platform.examples, **situation.answers}}),
        send,
        kind=kind,
        context=facts_in(context, status) | {"mapping": _mapping(platform, situation, status)},
        params={**sample_params(platform), **situation.params},
        secrets=sample_secrets(platform),
    )
    return MadeSend(situation.name, platform.sends.index(send), preview)


def _mapping(platform: Platform, situation: Situation, status: OrderStatus) -> dict[str, Any]:
    suggested = sample_mapping(platform)[status]
    return {**suggested, "platform_status": situation.word or suggested["platform_status"]}


def steps_never_made(platform: Platform, sends: Sequence[MadeSend]) -> list[str]:
    """The file's steps and probes that no situation reached: ``send[2].steps[0].probe``."""
    made = {_key(one.place, request) for one in sends for request in one.preview.requests}
    return [key for key in _written(platform) if key not in made]


def _key(place: int, request: PreviewedRequest) -> str:
    step = f"send[{place}].steps[{request.step - 1}]"
    return f"{step}.probe" if request.role == "probe" else step


def _written(platform: Platform) -> Iterator[str]:
    for place, send in enumerate(platform.sends):
        for number, step in enumerate(send.steps):
            yield f"send[{place}].steps[{number}]"
            if step.probe is not None:
                yield f"send[{place}].steps[{number}].probe"
