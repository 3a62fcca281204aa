"""Lanes: who may send for a vitrine now.

A lease is taken by compare-and-set on the lane's row, so it works on any database. Each lease has
a higher ``fencing_token`` than the one before; whoever records must still hold the newest
(``hold``), so a worker that was paused past its lease can do no harm.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from integrations.models import Lane, StatusUpdate, UpdateState
from vitrines.models import Vitrine

#: A holder renews well before this; past it, another worker takes over.
LEASE = timedelta(seconds=30)
RENEW_EVERY = timedelta(seconds=5)


class LeaseLost(Exception):
    """Another worker holds the lane now: whatever this one has in hand is not recorded."""


@dataclass(frozen=True)
class Lease:
    vitrine_id: int
    owner: str
    fencing_token: int


def lane_of(vitrine: Vitrine) -> Lane:
    lane, _ = Lane.objects.get_or_create(vitrine=vitrine)
    return lane


def acquire(*, vitrine_id: int, owner: str, now: datetime) -> Lease | None:
    """Take the lane if it is free or its lease ran out; None if somebody holds it.

    What a holder that died had in flight goes back to the queue, in the same transaction: it may
    have reached the platform, and is sent again under the same Idempotency-Key.
    """
    Lane.objects.get_or_create(vitrine_id=vitrine_id)
    with transaction.atomic():
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        taken = Lane.objects.filter(free, vitrine_id=vitrine_id).update(
            owner=owner, lease_until=now + LEASE, fencing_token=F("fencing_token") + 1
        )
        if not taken:
            return None
        token = Lane.objects.values_list("fencing_token", flat=True).get(vitrine_id=vitrine_id)
        StatusUpdate.objects.filter(vitrine_id=vitrine_id, state=UpdateState.SENDING).update(
            state=UpdateState.PENDING, due_at=now, fencing_token=None
        )
    return Lease(vitrine_id, owner, token)


def hold(lease: Lease) -> Lane:
    """The lane's row, locked until the transaction ends, if the lease is still the newest."""
    lane = _mine(lease).select_for_update(of=("self",)).select_related("vitrine").first()
    if lane is None:
        raise LeaseLost(f"vitrine {lease.vitrine_id} was leased to another worker")
    return lane


def renew(lease: Lease, *, now: datetime) -> None:
    kept = _mine(lease).update(lease_until=now + LEASE)
    if not kept:
        raise LeaseLost(f"vitrine {lease.vitrine_id} was leased to another worker")


def release(lease: Lease) -> None:
    _mine(lease).update(owner="", lease_until=None)


def _mine(lease: Lease) -> QuerySet[Lane]:
    return Lane.objects.filter(
        vitrine_id=lease.vitrine_id, owner=lease.owner, fencing_token=lease.fencing_token
    )


def due_heads(now: datetime) -> QuerySet[StatusUpdate]:
    return StatusUpdate.objects.filter(state=UpdateState.PENDING, turn=True, due_at__lte=now)


def due_vitrines(now: datetime) -> QuerySet[Vitrine]:
    """Vitrines with something to send now, or in flight by a worker that died, and a lane that
    may be drained."""
    of_vitrine = {"vitrine": OuterRef("pk")}
    in_flight = StatusUpdate.objects.filter(state=UpdateState.SENDING, **of_vitrine)
    free = Q(lane=None) | Q(lane__lease_until=None) | Q(lane__lease_until__lte=now)
    throttled = Q(lane__throttled_until__gt=now)
    paced = Q(lane__paced_until__gt=now)
    broken = Q(lane__breaker_open_until__gt=now)
    return (
        Vitrine.objects.filter(free, published=True, lane__paused_at=None)
        .exclude(throttled)
        .exclude(paced)
        .exclude(broken)
        .filter(Exists(due_heads(now).filter(**of_vitrine)) | Exists(in_flight))
    )
