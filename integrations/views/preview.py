"""*Pré-visualizar*: the requests that a DE-PARA would make, saved or as it is on the screen."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from integrations.delivery.parcels import Desk, LaneNotSendable, open_desk
from integrations.preview.drafts import order_facts
from integrations.preview.sample import sample_facts
from integrations.preview.vitrine import StatusPreview, preview_vitrine, unready
from integrations.preview.words import ShownStep, shown_tokens
from integrations.preview_forms import OrderForm
from status_mapping.forms import SaveForm
from status_mapping.mapping_form import NO_TYPES, MappingForm
from status_mapping.page import posted_form
from status_mapping.queries import latest_revision_number, outbound_rows
from status_mapping.translation import MappingRow
from vitrines.models import Vitrine
from vitrines.statuses import OrderStatus

SEES = (
    "status_mapping.view_statusmapping",
    "integrations.view_connection",
    "vitrines.view_order",
)


@dataclass
class PreviewPage:
    vitrine: Vitrine
    desk: Desk
    order_form: OrderForm
    revision: int
    #: The posted DE-PARA, where it is not the saved one that is shown.
    form: MappingForm | None = None
    previews: list[StatusPreview] = field(default_factory=list)

    @property
    def tokens(self) -> list[ShownStep]:
        return shown_tokens(send for found in self.previews for send in found.sends)

    @property
    def unready(self) -> list[tuple[str, str]]:
        return unready(self.desk)

    @property
    def unsaved(self) -> int:
        return sum(row.unsaved for row in self.form.statuses) if self.form else 0

    @property
    def typed(self) -> list[tuple[str, str]]:
        """The posted DE-PARA once more, for the form that chooses another order."""
        if self.form is None:
            return []
        data = {"base_revision": str(self.form.save["base_revision"].value())}
        for row in self.form.statuses:
            names = [row.add_prefix(name) for name in row.fields]
            data |= {name: row.data[name] for name in names if name in row.data}
        return list(data.items())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(SEES, raise_exception=True)
def preview(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows the saved DE-PARA, POST the one that was posted; nothing is saved or sent."""
    vitrine = get_object_or_404(Vitrine, code=code)
    try:
        desk = open_desk(vitrine)
    except LaneNotSendable as error:
        context = {"vitrine": vitrine, "refusal": str(error)}
        return render(request, "integrations/preview.html", context)
    given = request.POST if request.method == "POST" else request.GET
    page = PreviewPage(
        vitrine, desk, OrderForm(given, vitrine=vitrine), latest_revision_number(vitrine)
    )
    page.order_form.full_clean()
    if request.method == "POST":
        page.form = _posted(request, desk)
    valid = page.form is None or page.form.error_count == 0
    if valid:
        page.previews = preview_vitrine(desk, rows=_rows(page), facts=_facts(page))
    context = {"vitrine": vitrine, "page": page}
    return render(request, "integrations/preview.html", context, status=200 if valid else 422)


def _posted(request: HttpRequest, desk: Desk) -> MappingForm:
    """Only *Status de Pedidos* is read: what is typed in the tables of types sends nothing."""
    about = SaveForm(request.POST)
    if "base_revision" in about.errors:
        raise BadRequest("base_revision")
    base: int = about.cleaned_data["base_revision"]
    data = {name: value for name, value in request.POST.items() if name.startswith("status-")}
    data |= {"base_revision": str(base), **NO_TYPES}
    form = posted_form(desk.vitrine, desk.platform, data, base_revision=base)
    form.is_valid()
    return form


def _rows(page: PreviewPage) -> Mapping[OrderStatus, MappingRow]:
    if page.form is None:
        return outbound_rows(page.vitrine)
    return {row.status: row for row in page.form.posted.normalised().statuses}


def _facts(page: PreviewPage) -> Mapping[str, object]:
    order = page.order_form.order
    return sample_facts() if order is None else order_facts(order, page.desk, at=timezone.now())
