"""The review of a DE-PARA that is not saved yet. It reads, and changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf

from integrations.delivery.parcels import Desk, LaneNotSendable, open_desk
from integrations.mapping_review.counts import (
    LOOKED_AT,
    LatestOrders,
    first_stuck,
    latest_orders,
    open_orders,
    waiting_updates,
)
from integrations.mapping_review.effects import RowEffect, effect_of
from integrations.mapping_review.examples import Example, examples_of
from integrations.mapping_review.fates import Fate, HeldUpdate, fate_of
from integrations.mapping_review.stops import until_it_sends
from integrations.wording import thousands
from status_mapping.cells import STATUSES
from status_mapping.changes import RowChange, changes_between
from status_mapping.inbound import inbound_words
from status_mapping.pending import PendingWord, held_words
from status_mapping.platform_statuses import known_statuses
from status_mapping.tables import MappingTables
from status_mapping.translation import fold_word
from status_mapping.warnings import MappingWarning, warnings_of
from vitrines.models import Vitrine
from vitrines.platforms import Platform
from vitrines.statuses import OrderStatus


@dataclass(frozen=True)
class ReviewedRow:
    """A row of *Status de Pedidos* that would change."""

    change: RowChange
    effect: RowEffect
    #: Refused by the platform, and offered to be decided again.
    rejected: int

    @property
    def status(self) -> OrderStatus:
        return self.effect.status


@dataclass(frozen=True)
class Review:
    rows: Sequence[ReviewedRow]
    #: Of the tables of types.
    types: Sequence[RowChange]
    warnings: Sequence[MappingWarning]
    #: Words by which orders wait, and that the new tables know.
    found_words: Sequence[PendingWord]
    examples: Sequence[Example]
    #: Why nothing could be rendered.
    refusal: str = ""
    #: When the lane goes on, where it sends nothing now.
    until: str = ""
    #: There are more orders, or updates, than were looked through.
    orders_cut_short: bool = False
    updates_cut_short: bool = False

    @property
    def changes(self) -> int:
        return len(self.rows) + len(self.types)

    @property
    def leaving(self) -> int:
        return sum(row.effect.leaving for row in self.rows)

    @property
    def looked_at(self) -> str:
        return thousands(LOOKED_AT)


def review_of(
    vitrine: Vitrine,
    platform: Platform,
    *,
    before: MappingTables,
    after: MappingTables,
    now: datetime,
) -> Review:
    changes = changes_between(before, after)
    changed = {OrderStatus[c.key]: c for c in changes if c.table == STATUSES}
    latest, waiting = latest_orders(vitrine), waiting_updates(vitrine, changed)
    orders = open_orders(latest, changed)
    fates = _fates(waiting.held, after, platform)
    desk, refusal = _desk_of(vitrine)
    until = until_it_sends(vitrine, usable=desk is not None, now=now)
    rows = [
        ReviewedRow(
            change,
            effect_of(
                status=status,
                before=before.row(status),
                after=after.row(status),
                platform=platform,
                orders=orders[status],
                held=[fate for fate in fates if fate.update.status == status],
                queued=waiting.queued.get(int(status), 0),
                failed=waiting.failed.get(int(status), 0),
                until=until,
            ),
            waiting.rejected.get(int(status), 0),
        )
        for status, change in changed.items()
    ]
    differing = [row.status for row in rows if row.effect.sends_differ]
    known = inbound_words(after.statuses)
    return Review(
        rows=rows,
        types=[change for change in changes if change.table != STATUSES],
        warnings=warnings_of(after, platform, known_statuses(vitrine, platform)),
        found_words=[w for w in held_words(vitrine, before) if fold_word(w.word) in known],
        examples=_examples(desk, differing, latest, before, after, now) if desk else (),
        refusal=refusal,
        until=until,
        orders_cut_short=latest.cut_short,
        updates_cut_short=waiting.cut_short,
    )


def _fates(held: Sequence[HeldUpdate], after: MappingTables, platform: Platform) -> list[Fate]:
    """What the sweep and then the turns of each order will make of what is held."""
    fates = [fate_of(update, after.row(update.status), platform) for update in held]
    stuck = first_stuck(
        {fate.update.order_id for fate in fates if fate.queued},
        strict=platform.strict,
        let_go={fate.update.pk for fate in fates if not fate.goes_on_waiting},
    )
    return [
        replace(fate, behind=stuck.get(fate.update.order_id, inf) < fate.update.sequence)
        for fate in fates
    ]


def _examples(
    desk: Desk,
    statuses: Sequence[OrderStatus],
    latest: LatestOrders,
    before: MappingTables,
    after: MappingTables,
    now: datetime,
) -> list[Example]:
    rows = [{row.status: row for row in tables.statuses} for tables in (before, after)]
    return examples_of(desk, statuses, latest, before=rows[0], after=rows[1], at=now)


def _desk_of(vitrine: Vitrine) -> tuple[Desk | None, str]:
    """Or why nothing can be rendered: the review is worth having all the same."""
    try:
        return open_desk(vitrine), ""
    except LaneNotSendable as error:
        return None, str(error)
