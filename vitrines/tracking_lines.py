"""Trackings whose code a person has put right: which row is in force in the place of which.

A row keeps the code that it was told with; ``Tracking.replaces`` points from the right one to it.
All rows of one order in, rows out: nothing is read here.
"""

from collections.abc import Collection

from vitrines.models import Tracking


def in_force(rows: Collection[Tracking]) -> list[Tracking]:
    """Of all rows of an order, those that no other one stands in the place of."""
    replaced = {row.replaces_id for row in rows}
    return [row for row in rows if row.pk is None or row.pk not in replaced]


def in_place_of(row: Tracking, rows: Collection[Tracking]) -> Tracking:
    """What is in force in the place of a row, which may be the row itself."""
    by_replaced = {other.replaces_id: other for other in rows if other.replaces_id is not None}
    while row.pk in by_replaced:
        row = by_replaced[row.pk]
    return row


def in_place_of_which(row: Tracking, rows: Collection[Tracking]) -> list[Tracking]:
    """The row and all that it stands in the place of, the latest first."""
    by_key = {other.pk: other for other in rows if other.pk is not None}
    line = [row]
    while (earlier := line[-1].replaces_id) is not None:
        line.append(by_key[earlier])
    return line
