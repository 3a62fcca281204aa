"""What keeps an update out of a replay, as one expression: what is counted is what is done.

The *place* of an update is where it stands in its order's story: its ``sequence``, or for a repeat
that of what it repeats. A status is never told after one that stands later.
"""

from typing import TYPE_CHECKING, TypedDict

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan

from integrations.models import (
    OPEN,
    LeftOut,
    ReplayMode,
    StatusUpdate,
    UpdateKind,
    UpdateReason,
    UpdateState,
)

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

_PLACE = Coalesce("place", "sequence")
#: In a subquery: that of the update which is asked about.
_OWN_PLACE = Coalesce(OuterRef("place"), OuterRef("sequence"))
_NOT_DECIDED_TO_SEND = (UpdateState.HELD, UpdateState.SKIPPED)
#: The store shows it, as far as we know: from us, from itself, or from somebody's hands.
_SHOWN = Q(state__in=(UpdateState.SENT, UpdateState.CANCELLED)) | Q(reason=UpdateReason.ECHO)
_UNFINISHED = Q(state__in=(*OPEN, UpdateState.HELD, UpdateState.FAILED))
_TOLD = Q(state=UpdateState.SENT)


class _Guarded(TypedDict):
    left_out: str
    goes_behind: bool


def with_left_out(
    updates: QuerySet[StatusUpdate], mode: ReplayMode
) -> "QuerySet[WithAnnotations[StatusUpdate, _Guarded]]":
    """Annotated with ``left_out``: a value of ``LeftOut``, or empty if it may be replayed; and
    with ``goes_behind``: a new update repeats it, behind everything that its order has.

    That is so for what the store was told, and for what was skipped while something that stands
    before it was repeated since: in its own place that repeat would go out after it.
    """
    later_shown = Exists(_later_statuses().filter(_SHOWN))
    later_waits = Exists(_later_statuses().filter(_UNFINISHED))
    behind = _TOLD | (Q(state=UpdateState.SKIPPED) & Q(Exists(_repeats_after())))
    whens = [
        _when(Q(state__in=OPEN), LeftOut.IN_QUEUE),
        _when(Q(state=UpdateState.CANCELLED), LeftOut.SETTLED),
        _when(Q(reason=UpdateReason.ECHO), LeftOut.ECHO),
        _when(Q(state=UpdateState.SUPERSEDED), LeftOut.REGRESSION),
        _when(Q(reason=UpdateReason.REGRESSION), LeftOut.REGRESSION),
        *_of_mode(mode),
        _when(Q(Exists(_newer_repeats())), LeftOut.REPEATED),
        # A tracking that the store never got is still told, however late; one that it did get and
        # is told again carries the status of its time.
        _when((Q(kind=UpdateKind.STATUS) | _TOLD) & Q(later_shown), LeftOut.REGRESSION),
        _when(behind & Q(later_waits), LeftOut.LATER_WAITS),
    ]
    return updates.annotate(
        left_out=Case(*whens, default=Value(""), output_field=CharField()),
        goes_behind=Case(When(behind, then=True), default=False),
    )


def left_out_of(guarded: StatusUpdate) -> LeftOut | None:
    """Of an update that was read ``with_left_out``."""
    why = guarded.left_out  # type: ignore[attr-defined]
    return LeftOut(why) if why else None


def goes_behind(guarded: StatusUpdate) -> bool:
    behind: bool = guarded.goes_behind  # type: ignore[attr-defined]
    return behind


def _of_mode(mode: ReplayMode) -> list[When]:
    if mode is ReplayMode.DECIDE:
        return []
    return [
        _when(Q(state__in=_NOT_DECIDED_TO_SEND), LeftOut.NOTHING_TO_SEND),
        _when(~Q(platform=F("vitrine__platform")), LeftOut.OTHER_PLATFORM),
    ]


def _of_order() -> QuerySet[StatusUpdate]:
    return StatusUpdate.objects.filter(order=OuterRef("order")).order_by()


def _later_statuses() -> QuerySet[StatusUpdate]:
    return _of_order().filter(GreaterThan(_PLACE, _OWN_PLACE), kind=UpdateKind.STATUS)


def _newer_repeats() -> QuerySet[StatusUpdate]:
    return _of_order().filter(Exact(_PLACE, _OWN_PLACE), sequence__gt=OuterRef("sequence"))


def _repeats_after() -> QuerySet[StatusUpdate]:
    return _of_order().filter(place__isnull=False, sequence__gt=OuterRef("sequence"))


def _when(condition: Q, reason: LeftOut) -> When:
    return When(condition, then=Value(reason.value))
