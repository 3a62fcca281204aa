"""What a person types to start a replay, and the plan that goes with the form."""

from typing import Any

from django import forms
from django.core import signing
from django.http import QueryDict

from integrations.filters import UpdateFilter
from integrations.models import ReplayMode
from integrations.models.replay import FASTEST
from integrations.replay.runs import USUAL_PACE
from integrations.replay.selection import LARGEST_ID, MOST_NAMED, Plan, Selection
from integrations.ticked import named_in
from integrations.wording import one_line, thousands

_SALT = "integrations.replay.plan"
#: Seconds that a preview holds.
_HOLDS = 60 * 60


class NothingSelected(Exception):
    """The address selects nothing that could be replayed; says why in Portuguese."""


def selection_in(query: QueryDict) -> Selection:
    """What the list's form asks for: the updates that are ticked, or the whole filter."""
    if query.get("about") == "filter":
        return _filtered(query)
    ids = named_in(query)
    if not ids:
        raise NothingSelected("Marque ao menos uma atualização, ou use o filtro.")
    if len(ids) > MOST_NAMED:
        raise NothingSelected(
            f"São no máximo {thousands(MOST_NAMED)} de cada vez; para mais, use o filtro."
        )
    if not all(
        pk.isascii() and pk.isdigit() and len(pk) < 20 and int(pk) <= LARGEST_ID for pk in ids
    ):
        raise NothingSelected("O endereço não diz quais atualizações são.")
    return Selection(updates=tuple(sorted({int(pk) for pk in ids})))


def _filtered(query: QueryDict) -> Selection:
    form = UpdateFilter(query)
    if form.errors:
        # On the list a field that makes no sense narrows nothing. Here that would mean more.
        labels = ", ".join(str(form[name].label) for name in form.errors)
        raise NothingSelected(f"O filtro tem erro em {labels}: corrija-o na lista.")
    if not form.selection.narrows:
        raise NothingSelected("Filtre a lista antes: sem filtro, seriam todas as que existem.")
    return form.selection


def mode_in(query: QueryDict) -> ReplayMode:
    chosen = query.get("mode")
    return ReplayMode(chosen) if chosen in ReplayMode.values else ReplayMode.RENDER


def sign_plan(plan: Plan) -> str:
    return signing.dumps(plan.as_json(), salt=_SALT, compress=True)


class ReplayForm(forms.Form):
    """Confirms a preview: ``plan`` is what was shown, signed, and counts one time."""

    reason = forms.CharField(
        label="Motivo",
        max_length=300,
        help_text="Fica no histórico de cada pedido.",
        error_messages={"required": "Diga o motivo: quem olhar o pedido depois precisa saber."},
    )
    per_minute = forms.IntegerField(
        label="Por minuto, em cada vitrine",
        min_value=1,
        max_value=FASTEST,
        initial=USUAL_PACE,
        help_text=f"De 1 a {thousands(FASTEST)}. Entram na fila aos poucos: o que acontece agora "
        "espera só por algumas.",
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"),
            f"Informe um número inteiro de 1 a {thousands(FASTEST)}.",
        ),
    )
    plan = forms.CharField(widget=forms.HiddenInput)

    def clean_reason(self) -> str:
        reason = one_line(self.cleaned_data["reason"])
        if not reason:
            raise forms.ValidationError(self.fields["reason"].error_messages["required"])
        return reason

    def clean_plan(self) -> Plan:
        try:
            stored: dict[str, Any] = signing.loads(
                self.cleaned_data["plan"], salt=_SALT, max_age=_HOLDS
            )
        except signing.BadSignature as error:
            raise forms.ValidationError(
                "A pré-visualização venceu: veja de novo o que seria feito."
            ) from error
        return Plan.from_json(stored)
