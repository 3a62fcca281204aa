"""What a list is narrowed by. The filter lives in the address, so a view of it can be shared."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet

from integrations.explaining.causes import Situation
from integrations.models import Event, StatusUpdate, UpdateReason, UpdateState
from integrations.periods import created_within
from integrations.queries import BY_TIME
from integrations.replay.selection import Selection
from vitrines.models import Inclusion, Order, Vitrine
from vitrines.statuses import CHOICES


class ListFilter(forms.Form):
    """Fields left empty narrow nothing; one that makes no sense is shown and narrows nothing."""

    vitrine = forms.ModelChoiceField(
        label="Vitrine",
        queryset=Vitrine.objects.order_by("code"),
        to_field_name="code",
        required=False,
        empty_label="Todas",
    )
    status = forms.TypedChoiceField(
        label="Status no ERP",
        choices=[("", "Todos"), *CHOICES],
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            select = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = (
                "form-select form-select-sm" if select else "form-control form-control-sm"
            )
        self.full_clean()

    @property
    def narrows(self) -> bool:
        return any(value not in (None, "") for value in self.cleaned_data.values())

    def _value(self, name: str) -> Any:
        return self.cleaned_data.get(name)


class PeriodFilter(ListFilter):
    """Of the days on which a row was created, both included."""

    since = forms.DateField(
        label="De", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), required=False
    )
    until = forms.DateField(
        label="Até", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), required=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", "Anterior ao início do período.")
        return data


class OrderFilter(PeriodFilter):
    field_order = ("vitrine", "status", "inclusion", "situation", "since", "until")

    inclusion = forms.ChoiceField(
        label="Inclusão", choices=[("", "Todas"), *Inclusion.choices], required=False
    )
    situation = forms.ChoiceField(
        label="Situação",
        choices=[("", "Todas"), *((s.value, s.label) for s in Situation)],
        required=False,
    )

    def apply(self, orders: QuerySet[Order]) -> QuerySet[Order]:
        if self._value("vitrine"):
            orders = orders.filter(vitrine=self._value("vitrine"))
        if self._value("status") is not None:
            orders = orders.filter(status=self._value("status"))
        if self._value("inclusion"):
            orders = orders.filter(inclusion=self._value("inclusion"))
        if self._value("inclusion") in (Inclusion.NOT_INCLUDED, Inclusion.HELD):
            # SQLite has to be told in the words of the index of the few.
            orders = orders.exclude(inclusion=Inclusion.INCLUDED)
        return created_within(orders, self._value("since"), self._value("until"))

    @property
    def sorted_by(self) -> Sequence[str]:
        """Newest first; a period is one stretch of an index by time."""
        return BY_TIME if self._value("since") or self._value("until") else ("id",)

    @property
    def wanted_situation(self) -> Situation | None:
        """Not applied: no index knows it, see ``listing.sifted``."""
        wanted = self._value("situation")
        return Situation(wanted) if wanted else None


class OrphanFilter(ListFilter):
    #: What an event tells is decided only with its order. (None leaves out a field.)
    status = None  # type: ignore[assignment]

    def apply(self, orphans: QuerySet[Event]) -> QuerySet[Event]:
        vitrine = self._value("vitrine")
        return orphans.filter(vitrine=vitrine) if vitrine else orphans


#: FAILED holds what the platform refused and what failed otherwise; a row names which.
_STATES = [
    (value, "Recusado ou falhou" if value == UpdateState.FAILED else label)
    for value, label in UpdateState.choices
]


class UpdateFilter(PeriodFilter):
    field_order = ("vitrine", "status", "state", "reason", "since", "until")

    state = forms.ChoiceField(label="Estado", choices=[("", "Todos"), *_STATES], required=False)
    reason = forms.ChoiceField(
        label="Motivo", choices=[("", "Todos"), *UpdateReason.choices], required=False
    )
    #: Of a cause: what its messages have in common.
    message = forms.CharField(label="Mensagem", widget=forms.HiddenInput, required=False)

    @property
    def selection(self) -> Selection:
        """What the fields that make sense select."""
        data = self.cleaned_data
        vitrine = data.get("vitrine")
        return Selection(
            vitrine=vitrine.code if vitrine else "",
            status=data.get("status"),
            state=data.get("state", ""),
            reason=data.get("reason", ""),
            since=data.get("since"),
            until=data.get("until"),
            message=data.get("message", ""),
        )

    def apply(self, updates: QuerySet[StatusUpdate]) -> QuerySet[StatusUpdate]:
        return self.selection.narrow(updates)
