"""Which updates a replay is about: named one by one, or by a filter, and frozen at one moment."""

import uuid
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Self

from django.db.models import Max, Q, QuerySet
from django.utils.dateparse import parse_date

from integrations.message_shape import shape_of
from integrations.models import ReplayMode, ReplayRun, StatusUpdate
from integrations.periods import created_within
from vitrines.models import Vitrine

#: Updates that may be named one by one.
MOST_NAMED = 1_000
#: Updates whose messages are read to find those of one shape: the newest.
MOST_READ = 5_000
#: That a database can be asked for.
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Selection:
    """What is left empty narrows nothing. Named updates are taken whatever the rest says."""

    #: Code of the vitrine.
    vitrine: str = ""
    status: int | None = None
    state: str = ""
    reason: str = ""
    #: Days on which the updates were created, both included.
    since: date | None = None
    until: date | None = None
    #: Its shape, see ``message_shape``. No column knows it, so the newest ``MOST_READ`` of what the
    #: rest selects are read.
    message: str = ""
    updates: tuple[int, ...] = ()

    @property
    def narrows(self) -> bool:
        return bool(self.as_json())

    def narrow(self, updates: QuerySet[StatusUpdate]) -> QuerySet[StatusUpdate]:
        if self.updates:
            return updates.filter(pk__in=self.updates)
        updates = self._narrow_by_columns(updates)
        return updates.filter(pk__in=self._of_message(updates)) if self.message else updates

    @property
    def fixed(self) -> Self:
        """With those named that its message selects now."""
        if self.updates or not self.message:
            return self
        found = self._of_message(self._narrow_by_columns(StatusUpdate.objects.all()))
        return replace(self, updates=tuple(sorted(found)))

    def _of_message(self, updates: QuerySet[StatusUpdate]) -> list[int]:
        wanted = shape_of(self.message)
        newest = updates.order_by("-created_at", "-id").values_list("pk", "detail")[:MOST_READ]
        return [pk for pk, detail in newest if shape_of(detail) == wanted]

    def _narrow_by_columns(self, updates: QuerySet[StatusUpdate]) -> QuerySet[StatusUpdate]:
        if self.vitrine:
            # By its id, so that the index of the list serves.
            vitrine = Vitrine.objects.filter(code=self.vitrine).values("pk")[:1]
            updates = updates.filter(vitrine=vitrine)
        if self.status is not None:
            updates = updates.filter(status=self.status)
        if self.state:
            updates = updates.filter(state=self.state)
        if self.reason:
            updates = updates.filter(reason=self.reason)
        return created_within(updates, self.since, self.until)

    def as_json(self) -> dict[str, Any]:
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in given.items()
            if value not in (None, "", ())
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        known = {each.name: stored[each.name] for each in fields(cls) if each.name in stored}
        for name in ("since", "until"):
            if name in known:
                known[name] = parse_date(known[name])
        if "updates" in known:
            known["updates"] = tuple(known["updates"])
        return cls(**known)


@dataclass(frozen=True)
class Plan:
    """What was counted and shown, and is then done: no more, whatever happens meanwhile.

    An update belongs to it that existed when it was frozen and has not been closed, or decided
    again, since: what moves on in the meantime falls out, and nothing comes in.
    """

    mode: ReplayMode
    selection: Selection
    #: The latest update at that moment.
    up_to: int
    as_of: datetime
    #: Of the run that it becomes.
    key: uuid.UUID

    @classmethod
    def freeze(cls, mode: ReplayMode, selection: Selection, *, now: datetime) -> Self:
        newest = StatusUpdate.objects.aggregate(pk=Max("pk"))["pk"] or 0
        return cls(mode, selection.fixed, newest, now, uuid.uuid4())

    @classmethod
    def of(cls, run: ReplayRun) -> Self:
        return cls.from_json(run.selection | {"mode": run.mode, "key": str(run.key)})

    @property
    def rows(self) -> QuerySet[StatusUpdate]:
        chosen = self.selection.narrow(StatusUpdate.objects.order_by())
        still = Q(finished_at=None) | Q(finished_at__lte=self.as_of)
        return chosen.filter(still, pk__lte=self.up_to, decided_at__lte=self.as_of)

    def as_json(self) -> dict[str, Any]:
        """All of it, as ``from_json`` takes it."""
        return {"mode": self.mode.value, "key": str(self.key), **self.frozen_as_json()}

    def frozen_as_json(self) -> dict[str, Any]:
        """What a run keeps as its ``selection``."""
        moment = {"up_to": self.up_to, "as_of": self.as_of.isoformat()}
        return {**self.selection.as_json(), **moment}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(
            ReplayMode(stored["mode"]),
            Selection.from_json(stored),
            stored["up_to"],
            datetime.fromisoformat(stored["as_of"]),
            uuid.UUID(stored["key"]),
        )
