"""What a replay would do, before anything is done: how many, which not and why, three examples.

The guards are those of the run itself. What only a look at each update can tell (the same bytes,
a missing fact) is left out by the run, with its reason.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from django.db.models import Count, Q

from integrations.delivery.decisions import decide
from integrations.delivery.outbox import facts_of
from integrations.delivery.parcels import Desk, LaneNotSendable, build_parcels, open_desk
from integrations.models import (
    LeftOut,
    ReplayMode,
    StatusUpdate,
    UpdateKind,
    UpdateReason,
    UpdateState,
)
from integrations.preview.dry_run import PreviewedSend, preview_send
from integrations.replay.acting import missing_for, refusal_of
from integrations.replay.guards import goes_behind, with_left_out
from integrations.replay.sameness import differs, recorded_requests, resends_of
from integrations.replay.selection import Plan
from status_mapping.queries import outbound_rows
from status_mapping.translation import Outbound, outbound
from vitrines.models import Vitrine
from vitrines.platforms import PlatformFileError, UnknownPlatform, get_platform
from vitrines.statuses import OrderStatus

EXAMPLES = 3
#: The pairs of vitrine and status that examples are looked for in.
_PAIRS = 20


@dataclass(frozen=True)
class Group:
    """Updates that are alike to a replay."""

    vitrine: Vitrine
    status: OrderStatus
    state: UpdateState
    reason: str
    left_out: LeftOut | None
    number: int


@dataclass(frozen=True)
class Tally:
    """A row of a table: how many were selected, and how many of them may go."""

    label: str
    selected: int
    to_go: int


@dataclass(frozen=True)
class Example:
    update: StatusUpdate
    #: A new update repeats it, under a key of its own.
    is_new: bool
    #: What would be asked; None where ``why_not`` says why nothing would, or ``problem`` why the
    #: vitrine cannot send now.
    send: PreviewedSend | None = None
    why_not: LeftOut | None = None
    problem: str = ""


@dataclass(frozen=True)
class ReplayPreview:
    plan: Plan
    groups: tuple[Group, ...]
    examples: tuple[Example, ...]

    @property
    def selected(self) -> int:
        return sum(group.number for group in self.groups)

    @property
    def to_go(self) -> int:
        return sum(group.number for group in self.groups if group.left_out is None)

    @property
    def left_out(self) -> list[tuple[LeftOut, int]]:
        """Most first."""
        numbers: Counter[LeftOut] = Counter()
        for group in self.groups:
            if group.left_out is not None:
                numbers[group.left_out] += group.number
        return numbers.most_common()

    @property
    def by_vitrine(self) -> list[Tally]:
        return _tallies(self.groups, lambda group: group.vitrine.code)

    @property
    def by_cause(self) -> list[Tally]:
        return _tallies(self.groups, lambda group: cause_label(group.state, group.reason))


def preview(plan: Plan) -> ReplayPreview:
    """A fixed number of queries for each vitrine, whatever is selected."""
    groups = tuple(_groups(plan))
    return ReplayPreview(plan, groups, tuple(_examples(plan, groups)))


def cause_label(state: UpdateState, reason: str) -> str:
    """``Aguardando: sem mapeamento``, as the list of updates says it."""
    refused = reason == UpdateReason.REJECTED
    named = "Falhou" if state == UpdateState.FAILED and not refused else str(state.label)
    told = str(UpdateReason(reason).label).removeprefix("aguardando ") if reason else ""
    plain = not told or reason in (UpdateReason.ACCEPTED, UpdateReason.CANCELLED, "superseded")
    return named if plain or refused else f"{named}: {told}"


def _groups(plan: Plan) -> Iterable[Group]:
    alike = ("vitrine", "status", "state", "reason", "left_out")
    rows = list(
        with_left_out(plan.rows, plan.mode)
        .values_list(*alike)
        .annotate(number=Count("pk"))
        .order_by("vitrine_id", "status", "state", "reason", "left_out")
    )
    vitrines = Vitrine.objects.in_bulk({pk for pk, *_ in rows})
    refusals = {pk: _Refusals(vitrine, plan.mode) for pk, vitrine in vitrines.items()}
    for vitrine_id, status, state, reason, left_out, number in rows:
        about = OrderStatus(status)
        yield Group(
            vitrines[vitrine_id],
            about,
            UpdateState(state),
            reason,
            LeftOut(left_out) if left_out else refusals[vitrine_id].of(about),
            number,
        )


class _Refusals:
    """What keeps all of one status of a vitrine out: no platform file, or today's DE-PARA."""

    def __init__(self, vitrine: Vitrine, mode: ReplayMode) -> None:
        self.rows = outbound_rows(vitrine) if mode is ReplayMode.DECIDE else None
        try:
            self.code_required: bool | None = get_platform(vitrine.platform).mapping.code
        except (UnknownPlatform, PlatformFileError):
            self.code_required = None

    def of(self, status: OrderStatus) -> LeftOut | None:
        if self.code_required is None:
            return LeftOut.NO_PLATFORM
        if self.rows is None:
            return None
        match outbound(self.rows.get(status), code_required=self.code_required):
            case Outbound.UNMAPPED:
                return LeftOut.UNMAPPED
            case Outbound.INACTIVE:
                return LeftOut.INACTIVE
        return None


def _tallies(groups: Iterable[Group], label: Callable[[Group], str]) -> list[Tally]:
    selected: Counter[Hashable] = Counter()
    to_go: Counter[Hashable] = Counter()
    for group in groups:
        selected[label(group)] += group.number
        to_go[label(group)] += group.number if group.left_out is None else 0
    return [Tally(str(name), number, to_go[name]) for name, number in selected.most_common()]


def _examples(plan: Plan, groups: Iterable[Group]) -> Iterable[Example]:
    pairs = {(g.vitrine.pk, int(g.status)) for g in groups if g.left_out is None}
    if not pairs:
        return []
    among = reduce(or_, (Q(vitrine=pk, status=status) for pk, status in sorted(pairs)[:_PAIRS]))
    rows = with_left_out(plan.rows.filter(among), plan.mode).filter(left_out="")
    rows = rows.select_related("order__vitrine", "event", "tracking").order_by("pk")
    return [_example(update, plan.mode) for update in rows[:EXAMPLES]]


def _example(update: StatusUpdate, mode: ReplayMode) -> Example:
    is_new = goes_behind(update)
    try:
        desk = open_desk(update.order.vitrine)
    except LaneNotSendable as error:
        return Example(update, is_new, problem=str(error))
    decided = mode is ReplayMode.DECIDE
    refusal = _decided(update, desk) if decided else missing_for(update, desk.platform)
    if refusal is not None:
        return Example(update, is_new, why_not=refusal)
    if mode is ReplayMode.RESEND:
        update.resends = resends_of(update, recorded_requests([update.pk]).get(update.pk, {}))
    (parcel,) = build_parcels([update], desk).values()
    if mode is ReplayMode.RESEND and (not parcel.resends or differs(parcel)):
        refusal = LeftOut.DIFFERENT if parcel.resends else LeftOut.NO_RECORD
        return Example(update, is_new, why_not=refusal)
    send = preview_send(
        parcel.platform,
        parcel.send,
        kind=update.kind,
        context=parcel.context,
        params=parcel.params,
        secrets=parcel.secrets,
    )
    return Example(update, is_new, _under_a_new_key(send) if is_new else send)


def _decided(update: StatusUpdate, desk: Desk) -> LeftOut | None:
    """Give the update, which is not saved, today's decision."""
    status = OrderStatus(update.status)
    row = outbound_rows(desk.vitrine).get(status)
    decision = decide(
        kind=UpdateKind(update.kind),
        status=status,
        row=row,
        platform=desk.platform,
        facts=facts_of(update.order),
    )
    if row is None or decision.state != UpdateState.PENDING:
        return refusal_of(decision)
    update.channel, update.platform_status = decision.channel, row.platform_status
    update.ez_core_status_id, update.ez_core_flow_id = row.ez_core_status_id, row.ez_core_flow_id
    return None


def _under_a_new_key(send: PreviewedSend) -> PreviewedSend:
    """The key is made when it is queued."""
    shown = []
    for made in send.requests:
        headers = dict(made.request.headers)
        if "Idempotency-Key" in headers:
            headers["Idempotency-Key"] = "(nova)"
        shown.append(replace(made, request=replace(made.request, headers=headers)))
    return replace(send, requests=tuple(shown))
