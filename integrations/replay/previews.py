"""What a replay would do, before anything is done: how many, which not and why, three examples.

The guards are those of the run itself, and so is what a platform's file and the DE-PARA say of all
that are alike. Whether a fact is missing only a look at each tells; a few are looked at here. What
is not known before (a fact of many, the same bytes) is left out by the run, with its reason: the
number is then one at most.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q

from integrations.channels.base import Facts
from integrations.delivery.decisions import decide
from integrations.delivery.outbox import facts_of, offered
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
from integrations.replay.acting import not_sendable, not_sendable_now, refusal_of
from integrations.replay.guards import goes_behind, with_left_out
from integrations.replay.sameness import differs, recorded_requests, resends_of
from integrations.replay.selection import Plan
from status_mapping.queries import outbound_rows
from vitrines.facts import load_notes, load_volumes
from vitrines.models import Vitrine
from vitrines.platforms import Platform, PlatformFileError, UnknownPlatform, get_platform
from vitrines.statuses import OrderStatus

EXAMPLES = 3
#: The groups that examples are looked for in.
_LOOKED_IN = 20
#: Updates of which each is asked for its note and its tracking, and the groups that they are of: a
#: database takes no condition of any length.
LOOKED_AT = 1_000
_MOST_GROUPS = 100
_ALL_FACTS = Facts(has_invoice=True, has_invoice_xml=True, has_tracking=True)
_NO_FACTS = Facts(has_invoice=False, has_invoice_xml=False, has_tracking=False)


@dataclass(frozen=True)
class Group:
    """Updates that are alike to a replay."""

    vitrine: Vitrine
    kind: UpdateKind
    channel: str
    status: OrderStatus
    state: UpdateState
    reason: str
    left_out: LeftOut | None
    number: int
    #: They need a note or a tracking, and not each was asked whether its order has one.
    asks_for_facts: bool = False

    @property
    def alike(self) -> Q:
        """Whatever a platform's file and the DE-PARA say the same of."""
        return Q(vitrine=self.vitrine, kind=self.kind, channel=self.channel, status=self.status)

    @property
    def key(self) -> tuple[Hashable, ...]:
        return (
            self.vitrine.pk, self.kind, self.channel, self.status, self.state, self.reason
        )  # fmt: skip


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
    def at_most(self) -> bool:
        """Whether a look at each may leave out more than is known now."""
        asks = any(group.asks_for_facts for group in self.groups if group.left_out is None)
        return asks or self.plan.mode is ReplayMode.RESEND

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
    rows = _counted(plan)
    vitrines = Vitrine.objects.in_bulk({pk for pk, *_ in rows})
    rules = {pk: _Rules(vitrine, plan.mode) for pk, vitrine in vitrines.items()}
    groups = [_group(row, rules) for row in rows]
    lacking = _lacking(plan, groups, rules)
    if lacking is not None:
        groups = list(_parted(groups, lacking))
    examples = _examples(plan, groups, without=[update.pk for update in lacking or ()])
    return ReplayPreview(plan, tuple(groups), tuple(examples))


def cause_label(state: UpdateState, reason: str) -> str:
    """``Aguardando: sem mapeamento``, as the list of updates says it."""
    refused = reason == UpdateReason.REJECTED
    named = "Falhou" if state == UpdateState.FAILED and not refused else str(state.label)
    told = str(UpdateReason(reason).label).removeprefix("aguardando ") if reason else ""
    plain = not told or reason in (UpdateReason.ACCEPTED, UpdateReason.CANCELLED, "superseded")
    return named if plain or refused else f"{named}: {told}"


def _counted(plan: Plan) -> list[tuple[Any, ...]]:
    alike = ("vitrine", "status", "kind", "channel", "state", "reason", "left_out")
    rows = with_left_out(plan.rows, plan.mode).values_list(*alike).annotate(number=Count("pk"))
    return list(rows.order_by("vitrine_id", *alike[1:]))


def _group(row: tuple[Any, ...], rules: "Mapping[int, _Rules]") -> Group:
    pk, status, kind, channel, state, reason, left_out, number = row
    what = (UpdateKind(kind), channel, OrderStatus(status))
    refusal = rules[pk].refusal(*what, _ALL_FACTS)
    return Group(
        rules[pk].vitrine,
        *what,
        UpdateState(state),
        reason,
        LeftOut(left_out) if left_out else refusal,
        number,
        asks_for_facts=rules[pk].refusal(*what, _NO_FACTS) != refusal,
    )


def _lacking(
    plan: Plan, groups: Iterable[Group], rules: "Mapping[int, _Rules]"
) -> list[StatusUpdate] | None:
    """The updates that would go, were it not for a fact; None where there are too many to tell."""
    asking = [group for group in groups if group.left_out is None and group.asks_for_facts]
    if len(asking) > _MOST_GROUPS or sum(group.number for group in asking) > LOOKED_AT:
        return None
    if not asking:
        return []
    among = reduce(or_, (group.alike for group in asking))
    rows = with_left_out(plan.rows.filter(among), plan.mode).filter(left_out="")
    by_vitrine: dict[int, list[StatusUpdate]] = defaultdict(list)
    for update in rows.select_related("order"):
        by_vitrine[update.vitrine_id].append(update)
    return [each for pk, updates in by_vitrine.items() for each in rules[pk].lacking(updates)]


def _parted(groups: Iterable[Group], lacking: Iterable[StatusUpdate]) -> Iterator[Group]:
    """Those that lack a fact apart from the others."""
    numbers: Counter[tuple[Hashable, ...]] = Counter(
        (each.vitrine_id, each.kind, each.channel, each.status, each.state, each.reason)
        for each in lacking
    )
    for group in groups:
        missing = min(numbers[group.key], group.number) if group.left_out is None else 0
        if group.number > missing:
            yield replace(group, number=group.number - missing, asks_for_facts=False)
        if missing:
            yield replace(group, number=missing, left_out=LeftOut.WAITS_FOR_FACT)


class _Rules:
    """What a vitrine's platform file and today's DE-PARA say of all that are alike."""

    def __init__(self, vitrine: Vitrine, mode: ReplayMode) -> None:
        self.vitrine = vitrine
        self.rows = outbound_rows(vitrine) if mode is ReplayMode.DECIDE else None
        try:
            self.platform: Platform | None = get_platform(vitrine.platform)
        except (UnknownPlatform, PlatformFileError):
            self.platform = None

    def refusal(
        self, kind: UpdateKind, channel: str, status: OrderStatus, facts: Facts
    ) -> LeftOut | None:
        """Why none of them would be sent, were these the facts of each order."""
        if self.platform is None:
            return LeftOut.NO_PLATFORM
        if self.rows is None:
            return not_sendable_now(self.platform, kind, channel, status, facts)
        decision = decide(
            kind=kind,
            status=status,
            row=self.rows.get(status),
            platform=self.platform,
            facts=facts,
        )
        return None if decision.state == UpdateState.PENDING else refusal_of(decision)

    def lacking(self, updates: Iterable[StatusUpdate]) -> Iterator[StatusUpdate]:
        """Those that the facts of their orders keep out. They come with their orders."""
        updates = list(updates)
        orders = [update.order for update in updates]
        notes, volumes = load_notes(self.vitrine, orders), load_volumes(orders)
        for each in updates:
            facts = offered(each.order, notes, volumes[each.order_id])
            what = (UpdateKind(each.kind), each.channel, OrderStatus(each.status))
            if self.refusal(*what, facts) is not None:
                yield each


def _tallies(groups: Iterable[Group], label: Callable[[Group], str]) -> list[Tally]:
    selected: Counter[Hashable] = Counter()
    to_go: Counter[Hashable] = Counter()
    for group in groups:
        selected[label(group)] += group.number
        to_go[label(group)] += group.number if group.left_out is None else 0
    return [Tally(str(name), number, to_go[name]) for name, number in selected.most_common()]


def _examples(
    plan: Plan, groups: Iterable[Group], *, without: Collection[int]
) -> Iterable[Example]:
    going = [group for group in groups if group.left_out is None]
    if not going:
        return []
    among = reduce(or_, (group.alike for group in going[:_LOOKED_IN]))
    rows = with_left_out(plan.rows.filter(among), plan.mode).filter(left_out="")
    rows = (
        rows.exclude(pk__in=without)
        .select_related("order__vitrine", "event", "tracking")
        .order_by("pk")
    )
    return [_example(update, plan.mode) for update in rows[:EXAMPLES]]


def _example(update: StatusUpdate, mode: ReplayMode) -> Example:
    is_new = goes_behind(update)
    try:
        desk = open_desk(update.order.vitrine)
    except LaneNotSendable as error:
        return Example(update, is_new, problem=str(error))
    decided = mode is ReplayMode.DECIDE
    refusal = _decided(update, desk) if decided else not_sendable(update, desk.platform)
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
