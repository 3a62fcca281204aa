"""Atualizações grouped by cause: one cause, one row, one button.

Only what failed or is held is grouped: nothing else waits for somebody. A reason is read by its
index, newest first and up to ``MOST_READ``, so the page costs the same however many there are; a
row of a reason that has more says so.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode

from integrations.message_shape import shape_of, told_shape
from integrations.models import ReplayMode, StatusUpdate, UpdateReason, UpdateState
from integrations.replay.selection import MOST_READ, Selection
from integrations.wording import thousands
from vitrines.models import Vitrine
from vitrines.statuses import OrderStatus

#: Of each reason: where nearly every message is of its own kind, the rest is told as one number.
MOST_ROWS = 25

#: Whatever fails or is held, in the order of urgency: what failed first.
GROUPED = (
    (UpdateState.FAILED, UpdateReason.REJECTED),
    (UpdateState.FAILED, UpdateReason.EXHAUSTED),
    (UpdateState.FAILED, UpdateReason.CONFIG),
    (UpdateState.FAILED, UpdateReason.NOT_OFFERED),
    (UpdateState.FAILED, UpdateReason.DESTINATION_REFUSED),
    (UpdateState.HELD, UpdateReason.UNMAPPED),
    (UpdateState.HELD, UpdateReason.WAITING_INVOICE_XML),
    (UpdateState.HELD, UpdateReason.WAITING_TRACKING),
)


@dataclass
class _Gathered:
    """What is found of one vitrine and message while the rows of a reason are read."""

    state: UpdateState
    reason: UpdateReason
    vitrine: int
    message: str
    newest: int
    more: bool
    since: datetime
    number: int = 0
    statuses: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class CauseGroup:
    """Updates of one vitrine that stand still for one cause. Has a badge as an update has."""

    state: UpdateState
    reason: UpdateReason
    vitrine: Vitrine
    #: What the platform says, without what differs from order to order.
    message: str
    number: int
    #: When the oldest of them was created.
    since: datetime
    #: The newest of them.
    example: StatusUpdate
    statuses: tuple[OrderStatus, ...]
    #: The filter of the list that selects them.
    query: str
    #: There are older ones of this reason, which were not read.
    more: bool
    #: Others of its vitrine and reason have another message, so the filter names its own.
    has_siblings: bool

    @property
    def told_number(self) -> str:
        return f"{thousands(self.number)}{'+' if self.more else ''}"

    @property
    def replay_query(self) -> str:
        """In the mode that the button Reenviar of one takes; the preview offers the others. Another
        channel is one that today's DE-PARA says."""
        decides = self.reason in (UpdateReason.CONFIG, UpdateReason.NOT_OFFERED)
        mode = ReplayMode.DECIDE if decides else ReplayMode.RENDER
        return f"about=filter&{self.query}&mode={mode.value}"

    @property
    def said(self) -> str:
        return told_shape(self.message)


@dataclass(frozen=True)
class GroupedCauses:
    groups: tuple[CauseGroup, ...]
    #: Updates that were read and whose group has no row on the page.
    without_a_row: int
    most_read: str = thousands(MOST_READ)

    def __iter__(self) -> Iterator[CauseGroup]:
        return iter(self.groups)

    @property
    def told_number(self) -> str:
        number = sum(group.number for group in self.groups) + self.without_a_row
        return f"{thousands(number)}{'+' if self.more else ''}"

    @property
    def more(self) -> bool:
        return any(group.more for group in self.groups)


def grouped_causes(selection: Selection) -> GroupedCauses:
    """A query for each reason and one for the examples."""
    found: list[_Gathered] = []
    without_a_row = 0
    messages: Counter[tuple[UpdateReason, int]] = Counter()
    for state, reason in GROUPED:
        if selection.state in ("", state) and selection.reason in ("", reason):
            gathered = _gather(selection, state, reason)
            messages.update((reason, each.vitrine) for each in gathered)
            found += gathered[:MOST_ROWS]
            without_a_row += sum(each.number for each in gathered[MOST_ROWS:])
    examples = StatusUpdate.objects.select_related("order__vitrine").in_bulk(
        [each.newest for each in found]
    )
    groups = tuple(
        _group(
            each,
            selection,
            examples[each.newest],
            has_siblings=messages[each.reason, each.vitrine] > 1,
        )
        for each in found
        # It may have been removed since it was read.
        if each.newest in examples
    )
    return GroupedCauses(groups, without_a_row)


def _gather(selection: Selection, state: UpdateState, reason: UpdateReason) -> list[_Gathered]:
    """By vitrine and message, most first."""
    updates = selection.narrow(StatusUpdate.objects.filter(state=state, reason=reason))
    columns = ("pk", "vitrine_id", "status", "detail", "created_at")
    rows = list(updates.order_by("-created_at", "-id").values_list(*columns)[: MOST_READ + 1])
    more = len(rows) > MOST_READ
    shapes: dict[str, str] = {}
    gathered: dict[tuple[int, str], _Gathered] = {}
    for pk, vitrine, status, detail, created_at in rows[:MOST_READ]:
        # What is held is so for reasons of ours, which need no message.
        if detail not in shapes:
            shapes[detail] = shape_of(detail) if state == UpdateState.FAILED else ""
        key = (vitrine, shapes[detail])
        each = gathered.setdefault(key, _Gathered(state, reason, *key, pk, more, created_at))
        each.number += 1
        each.since = created_at
        each.statuses.add(status)
    return sorted(gathered.values(), key=lambda each: -each.number)


def _group(
    each: _Gathered, selection: Selection, example: StatusUpdate, *, has_siblings: bool
) -> CauseGroup:
    vitrine = example.order.vitrine
    only = replace(
        selection,
        state=each.state.value,
        reason=each.reason.value,
        vitrine=vitrine.code,
        message=each.message if has_siblings else "",
    )
    return CauseGroup(
        state=each.state,
        reason=each.reason,
        vitrine=vitrine,
        message=each.message,
        number=each.number,
        since=each.since,
        example=example,
        statuses=tuple(OrderStatus(status) for status in sorted(each.statuses)),
        query=urlencode(only.as_json()),
        more=each.more,
        has_siblings=has_siblings,
    )
