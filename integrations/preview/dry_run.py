"""The requests that a sending would make, without making any. No network, database or clock.

They are rendered by the same functions that the sending uses, in its order. Where a later request
reads what an answer gave, the file's ``examples`` stand for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from integrations.channels.registry import CHANNELS
from integrations.delivery.authentication import auth_kind
from integrations.delivery.context import AccessToken, RenderContext
from integrations.delivery.masking import Masker
from integrations.delivery.render import (
    RenderedRequest,
    applies,
    items,
    render,
    request_key,
)
from integrations.delivery.signing import signed
from integrations.pretty import laid_out
from integrations.preview.sample import (
    OCCURRED_AT,
    facts_in,
    sample_vitrine,
    with_required,
    with_required_secrets,
)
from vitrines.platforms import Platform
from vitrines.platforms.language import RenderError
from vitrines.platforms.parts import RuleText, XPathRule
from vitrines.platforms.steps import Need, Probe, Request, Send, Step
from vitrines.statuses import SCREEN_ORDER, OrderStatus

Role = Literal["step", "lookup", "probe", "token", "list_statuses"]

#: Stands for the access token that an exchange would give. Long, so that it masks nothing else.
TOKEN = AccessToken("token-de-acesso-de-exemplo", "token-de-renovacao-de-exemplo")


@dataclass(frozen=True)
class ShownRequest:
    """A request for people: masked, the body laid out."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class PreviewedRequest:
    #: From 1; 0 for a request that belongs to no step.
    step: int
    role: Role
    #: Which item of a ``for_each``, from 1.
    item: int | None
    #: Unmasked: for tests, never for a screen.
    request: RenderedRequest
    #: The condition that lets it be made.
    when: str = ""
    #: Of a probe: the rule by which its step need not be made.
    found: str = ""

    def masked(self, masker: Masker) -> ShownRequest:
        request = self.request
        content_type = request.headers.get("Content-Type", "")
        # Masked again once laid out: what was percent-encoded twice reads otherwise then.
        body = masker.text(laid_out(masker.body(request.body), content_type))
        headers = masker.headers(request.headers.items())
        return ShownRequest(request.method, masker.text(request.url), headers, body)


@dataclass(frozen=True)
class PassedOver:
    """A step or a probe that would not be made, and the condition that says so."""

    step: int
    condition: str
    role: Role = "step"


@dataclass(frozen=True)
class Preview:
    requests: tuple[PreviewedRequest, ...] = ()
    #: Why the next request cannot be made, as the sending would say it; empty if all could.
    problem: str = ""
    #: In which step; 0 before the first.
    problem_step: int = 0
    passed_over: tuple[PassedOver, ...] = ()
    #: Texts to mask: the secrets and what was made of them.
    sensitive: tuple[str, ...] = ()
    invoice_xml: str = ""

    def masker(self) -> Masker:
        return Masker(self.sensitive, invoice_xml=self.invoice_xml)


@dataclass(frozen=True, kw_only=True)
class PreviewedSend(Preview):
    status: OrderStatus
    channel: str
    #: ``status`` or ``tracking``, as an update's.
    kind: str
    #: Without these facts the update would be held.
    needs: tuple[Need, ...] = ()
    #: How many steps the file has for it.
    steps: int = 1


def preview_platform(
    platform: Platform,
    *,
    params: Mapping[str, str],
    secrets: Mapping[str, str],
    facts: Mapping[str, Any],
    mapping: Mapping[OrderStatus, Mapping[str, str]],
) -> list[PreviewedSend]:
    """Each status of ``mapping`` through each channel that the platform offers for it.

    ``facts`` is what templates may read, without ``mapping``; the order takes each status in turn.
    What is sent only for a tracking that comes without a change of status is at the end.
    """
    told = [
        (send, "status", status)
        for status in SCREEN_ORDER
        if status in mapping
        for channel in platform.channels_for(status)
        if (send := platform.find_send("status", channel, status)) is not None
    ]
    late = [
        (send, "tracking", OrderStatus.EMBARCADO)
        for send in platform.sends
        if send.late_tracking and not send.statuses and OrderStatus.EMBARCADO in mapping
    ]
    return [
        preview_send(
            platform,
            send,
            kind=kind,
            context=facts_in(facts, status) | {"mapping": mapping[status]},
            params=params,
            secrets=secrets,
        )
        for send, kind, status in told + late
    ]


def preview_send(
    platform: Platform,
    send: Send,
    *,
    kind: str,
    context: Mapping[str, Any],
    params: Mapping[str, str],
    secrets: Mapping[str, str],
    captured: Mapping[str, Any] | None = None,
) -> PreviewedSend:
    """The requests in order, up to the first that cannot be rendered.

    Required parameters and secrets without a value have a stand-in.
    """
    known = dict(context.get("captured") or {}) if captured is None else dict(captured)
    run = _Run(platform, context, params, secrets, known)
    try:
        run.send(send)
    except RenderError as error:
        run.problem = str(error)
    invoice = context.get("invoice")
    channel = CHANNELS[send.channel]
    return PreviewedSend(
        status=OrderStatus(context["order"]["status"]),
        channel=send.channel,
        kind=kind,
        needs=channel.needs if send.needs is None else send.needs,
        steps=len(send.steps),
        requests=tuple(run.requests),
        problem=run.problem,
        problem_step=run.step if run.problem else 0,
        passed_over=tuple(run.passed_over),
        sensitive=run.sensitive,
        invoice_xml=(invoice or {}).get("xml") or "",
    )


def preview_list_statuses(
    platform: Platform,
    *,
    params: Mapping[str, str],
    secrets: Mapping[str, str],
    vitrine: Mapping[str, str] | None = None,
) -> Preview | None:
    """The question which statuses the store has; None where the platform cannot be asked."""
    if platform.list_statuses is None:
        return None
    run = _Run(platform, {"vitrine": vitrine or sample_vitrine()}, params, secrets, {})
    try:
        run.question(platform.list_statuses)
    except RenderError as error:
        run.problem = str(error)
    return Preview(tuple(run.requests), run.problem, sensitive=run.sensitive)


@dataclass
class _Run:
    platform: Platform
    context: Mapping[str, Any]
    params: Mapping[str, str]
    secrets: Mapping[str, str]
    captured: dict[str, Any]
    requests: list[PreviewedRequest] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    problem: str = ""
    step: int = 0
    token: AccessToken | None = None

    def __post_init__(self) -> None:
        self.params = with_required(self.platform, self.params)
        self.secrets = with_required_secrets(self.platform, self.secrets)

    @property
    def sensitive(self) -> tuple[str, ...]:
        derived = [text for made in self.requests for text in made.request.sensitive]
        return (*self.secrets.values(), TOKEN.access, TOKEN.refresh, *derived)

    def send(self, send: Send) -> None:
        self._check_params()
        self._obtain_token()
        before = len(self.requests)
        for self.step, step in enumerate(send.steps, start=1):
            self._steps(step)
        if len(self.requests) == before:
            raise RenderError("Nenhum passo do arquivo da plataforma se aplica a este envio.")

    def question(self, request: Request) -> None:
        self._check_params()
        self._obtain_token()
        given = replace(self._given(), scopes=self.platform.names.list_statuses)
        rendered = signed(render(request, given), given, at=OCCURRED_AT, nonce=_nonce)
        self.requests.append(PreviewedRequest(0, "list_statuses", None, rendered))

    def _check_params(self) -> None:
        problem = self.platform.params_problem(self.params, self.secrets)
        if problem:
            raise RenderError(problem)

    def _obtain_token(self) -> None:
        auth, given = self.platform.auth, self._given()
        if auth.exchange is None or auth_kind(auth, given.params) != "token_exchange":
            return
        about_no_order = {name: given.context[name] for name in ("params", "vitrine")}
        given = replace(given, context=about_no_order, scopes=self.platform.names.token_request)
        rendered = render(auth.exchange, given, proven=False)
        self.requests.append(PreviewedRequest(0, "token", None, rendered))
        self.token = TOKEN

    def _given(self) -> RenderContext:
        return RenderContext.of(
            self.platform,
            context=self.context,
            params=self.params,
            secrets=self.secrets,
            captured=self.captured,
            token=self.token,
        )

    def _steps(self, step: Step) -> None:
        given, key = self._given(), self.context["event"]["update_id"]
        chosen = items(step, given)
        if chosen is None:
            if applies(step, given):
                self._make(step, given, request_key(key, self.step))
                self._capture(step.capture)
            else:
                self.passed_over.append(PassedOver(self.step, step.when or ""))
            return
        made = 0
        for place, item in enumerate(chosen, start=1):
            one = self._given().with_item(item)
            if applies(step, one):
                self._make(step, one, request_key(key, self.step, place), place)
                made += 1
        if made:
            self._capture(step.capture, items=made)
        else:
            empty = f"{step.for_each} está vazio"
            condition = step.when if chosen and step.when else empty
            self.passed_over.append(PassedOver(self.step, condition))

    def _make(self, step: Step, given: RenderContext, key: str, item: int | None = None) -> None:
        if step.probe is not None and applies(step.probe, given):
            self._render(step.probe, given, "probe", "", item)
            self._capture(step.probe.capture)
            given = given.with_captured(self.captured)
        elif step.probe is not None and item in {None, 1}:
            self.passed_over.append(PassedOver(self.step, step.probe.when or "", "probe"))
        role: Role = "lookup" if step.lookup else "step"
        self._render(step, given, role, "" if step.lookup else key, item)

    def _render(
        self, asked: Step | Probe, given: RenderContext, role: Role, key: str, item: int | None
    ) -> None:
        request = render(asked, given, idempotency_key=key)
        request = signed(request, given, at=self.context["event"]["occurred_at"], nonce=_nonce)
        found = _rule_text(asked.found) if isinstance(asked, Probe) else ""
        self.requests.append(
            PreviewedRequest(self.step, role, item, request, asked.when or "", found)
        )

    def _capture(self, names: Iterable[str], items: int | None = None) -> None:
        """Examples stand for what the answer would give; from a ``for_each``, one for each item."""
        for name in names:
            example = self.platform.examples.get(name, f"exemplo-{name}")
            if items is not None and not isinstance(example, list):
                example = [example] * items
            self.captured[name] = example


def _nonce() -> str:
    """A preview is the same each time."""
    return "0" * 32


def _rule_text(rule: RuleText) -> str:
    return rule.xpath if isinstance(rule, XPathRule) else rule
