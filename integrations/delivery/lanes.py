"""Lanes: who may send for a vitrine now.

A lease is taken by compare-and-set on the lane's row, so it works on any database. Each lease has
a higher ``fencing_token`` than the one before; whoever records must still hold the newest
(``hold``), so a worker that was paused past its lease can do no harm. When a lease is over is told
by ``lease_watch``: ``lease_until`` is for people to read, and changes with each renewal.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from integrations.delivery.lane_health import breaker_open, paced, throttled
from integrations.delivery.lease_watch import LeaseWatch, Seen
from integrations.models import Lane, StatusUpdate, UpdateState
from vitrines.models import Vitrine

#: Past this without a renewal, another worker takes over.
LEASE = timedelta(seconds=settings.LANE_LEASE_SECONDS)
#: Often enough that a slow database costs no lease.
RENEW_EVERY = LEASE / 6

#: What this process knows of the leases of others.
WATCH = LeaseWatch(LEASE.total_seconds())


class LeaseLost(Exception):
    """Another worker holds the lane now: whatever this one has in hand is not recorded."""


@dataclass
class Lease:
    vitrine_id: int
    owner: str
    fencing_token: int
    watch: LeaseWatch = field(default_factory=lambda: WATCH, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.renewed_at = self.watch.clock()

    def good(self) -> bool:
        """Whether nobody can have taken the lane over yet. Asked by any thread before it sends."""
        return self.watch.clock() < self.renewed_at + self.watch.length


def lane_of(vitrine: Vitrine) -> Lane:
    lane, _ = Lane.objects.get_or_create(vitrine=vitrine)
    return lane


def acquire(
    *, vitrine_id: int, owner: str, now: datetime, watch: LeaseWatch = WATCH
) -> Lease | None:
    """Take the lane if it is free or its holder is dead; None if somebody holds it.

    What a holder that died had in flight goes back to the queue, in the same transaction: it may
    have reached the platform, and is sent again under the same Idempotency-Key.
    """
    seen = _seen(vitrine_id)
    if not watch.may_be_taken(vitrine_id, seen):
        return None
    lease = Lease(vitrine_id, owner, seen.fencing_token + 1, watch)
    with transaction.atomic():
        taken = Lane.objects.filter(
            vitrine_id=vitrine_id, fencing_token=seen.fencing_token, lease_until=seen.lease_until
        ).update(owner=owner, lease_until=now + LEASE, fencing_token=lease.fencing_token)
        if not taken:
            return None
        put_back(StatusUpdate.objects.filter(vitrine_id=vitrine_id), due_at=now)
    return lease


def bury_dead_holders(*, owner: str, now: datetime, watch: LeaseWatch = WATCH) -> None:
    """End the leases of holders that died with something in flight, so that it is in the queue
    again and whichever worker comes next may take the lane at once; in a lane that is paused, a
    person may settle it. Only who watched for the length of a lease knows that a holder died."""
    in_flight = StatusUpdate.objects.filter(state=UpdateState.SENDING, vitrine=OuterRef("vitrine"))
    for lane in Lane.objects.filter(Exists(in_flight)).order_by("vitrine"):
        if watch.may_be_taken(lane.vitrine_id, _as_seen(lane)):
            lease = acquire(vitrine_id=lane.vitrine_id, owner=owner, now=now, watch=watch)
            if lease is not None:
                release(lease)


def put_back(updates: QuerySet[StatusUpdate], **changes: Any) -> int:
    """Those of them that are in flight go back to the queue; returns their number.

    They keep their ``fencing_token`` unless ``changes`` says otherwise: a request may have been
    made of which there is no record, so nobody may say that they were never tried.

    Locked by key first: whoever hands on turns meanwhile (``outbox.give_turns``) locks so, too.
    """
    in_flight = updates.filter(state=UpdateState.SENDING).order_by("pk")
    ids = list(in_flight.select_for_update(of=("self",)).values_list("pk", flat=True))
    back = StatusUpdate.objects.filter(pk__in=ids)
    return back.update(state=UpdateState.PENDING, **changes)


def hold(lease: Lease) -> Lane:
    """The lane's row, locked until the transaction ends, if the lease is still the newest."""
    lane = _mine(lease).select_for_update(of=("self",)).select_related("vitrine").first()
    if lane is None:
        raise _lost(lease)
    return lane


def renew(lease: Lease, *, now: datetime) -> None:
    renewed_at = lease.watch.clock()
    kept = _mine(lease).update(lease_until=now + LEASE)
    if not kept:
        raise _lost(lease)
    lease.renewed_at = renewed_at


def release(lease: Lease) -> None:
    """Nothing is in flight any more. Known here even if it could not be written."""
    lease.watch.note_ended(lease.vitrine_id, lease.fencing_token)
    _mine(lease).update(owner="", lease_until=None)


def may_send(lane: Lane, now: datetime) -> bool:
    """Whether nothing stops the lane: a pause, the platform's "wait", an open breaker."""
    return (
        lane.paused_at is None
        and lane.vitrine.published
        and not throttled(lane, now)
        and not breaker_open(lane, now)
    )


def due_heads(now: datetime) -> QuerySet[StatusUpdate]:
    return StatusUpdate.objects.filter(state=UpdateState.PENDING, turn=True, due_at__lte=now)


def due_vitrines(now: datetime, *, watch: LeaseWatch = WATCH) -> list[Vitrine]:
    """Vitrines with something to send now, or in flight by a worker that died, and a lane that
    may be drained."""
    return [vitrine for vitrine in _with_work(now) if _is_free(vitrine, watch)]


def held_vitrines(now: datetime, *, watch: LeaseWatch = WATCH) -> list[Vitrine]:
    """As ``due_vitrines``, but with a lane that somebody holds, or held when they died."""
    return [vitrine for vitrine in _with_work(now) if not _is_free(vitrine, watch)]


def _with_work(now: datetime) -> list[Vitrine]:
    """And a lane that nothing stops."""
    of_vitrine = {"vitrine": OuterRef("pk")}
    in_flight = StatusUpdate.objects.filter(state=UpdateState.SENDING, **of_vitrine)
    found = (
        Vitrine.objects.filter(published=True, lane__paused_at=None)
        .filter(Exists(due_heads(now).filter(**of_vitrine)) | Exists(in_flight))
        .select_related("lane")
        .order_by("code")
    )
    return [vitrine for vitrine in found if _may_be_drained(vitrine, now)]


def _may_be_drained(vitrine: Vitrine, now: datetime) -> bool:
    lane = getattr(vitrine, "lane", None)
    return lane is None or (may_send(lane, now) and not paced(lane, now))


def _is_free(vitrine: Vitrine, watch: LeaseWatch) -> bool:
    lane = getattr(vitrine, "lane", None)
    return lane is None or watch.may_be_taken(vitrine.pk, _as_seen(lane))


def _seen(vitrine_id: int) -> Seen:
    lane, _ = Lane.objects.get_or_create(vitrine_id=vitrine_id)
    return _as_seen(lane)


def _as_seen(lane: Lane) -> Seen:
    return Seen(lane.fencing_token, lane.lease_until)


def _mine(lease: Lease) -> QuerySet[Lane]:
    return Lane.objects.filter(
        vitrine_id=lease.vitrine_id, owner=lease.owner, fencing_token=lease.fencing_token
    )


def _lost(lease: Lease) -> LeaseLost:
    return LeaseLost(f"vitrine {lease.vitrine_id} was leased to another worker")
