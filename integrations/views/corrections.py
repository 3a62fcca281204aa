"""The forms under *Corrigir* on an order's page."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from integrations import corrections
from integrations.correction_forms import InvoiceForm, TrackingForm
from integrations.correction_words import invoice_told, tracking_told
from integrations.corrections import CorrectionRefused, TrackingChanged
from integrations.intake.facts import InvalidFact
from integrations.intake.nfe import InvalidInvoice
from integrations.views.orders import order_or_404, order_page, order_url
from vitrines.access import signed_in
from vitrines.facts import InvoiceOfAnotherOrder
from vitrines.models import Order
from vitrines.platforms import PlatformFileError, UnknownPlatform

_METHODS = ["GET", "HEAD", "POST"]
#: The page of the order comes back with what was wrong.
_PERMISSIONS = ["vitrines.view_order", "vitrines.correct_order"]


@require_http_methods(_METHODS)
@permission_required(_PERMISSIONS, raise_exception=True)
def correct_tracking(request: HttpRequest, vitrine: str, number: str) -> HttpResponse:
    """A GET is a reload of a page that told what was wrong: it leads back to the form."""
    order = order_or_404(vitrine, number)
    if request.method != "POST":
        return redirect(f"{order_url(order)}#rastreio")
    form = TrackingForm(request.POST, trackings=corrections.trackings_of(order))

    def store() -> str:
        try:
            done = corrections.correct_tracking(
                order=order,
                typed=form.typed,
                corrects=form.cleaned_data["corrects"],
                seen=form.seen_row,
                key=form.cleaned_data["key"],
                actor=signed_in(request),
                now=timezone.now(),
            )
        except TrackingChanged as refusal:
            form.tell_stale(refusal.now)
            raise
        return tracking_told(done)

    if form.is_valid() and _stored(request, order, form, store, field="code"):
        return redirect(order_url(order))
    return order_page(request, order, tracking_form=form, status=422)


@require_http_methods(_METHODS)
@permission_required(_PERMISSIONS, raise_exception=True)
def give_invoice(request: HttpRequest, vitrine: str, number: str) -> HttpResponse:
    order = order_or_404(vitrine, number)
    if request.method != "POST":
        return redirect(f"{order_url(order)}#nota")
    form = InvoiceForm(request.POST, request.FILES)

    def store() -> str:
        done = corrections.give_invoice(
            order=order,
            xml=form.cleaned_data["xml"],
            key=form.cleaned_data["key"],
            actor=signed_in(request),
            now=timezone.now(),
        )
        return invoice_told(done)

    if form.is_valid() and _stored(request, order, form, store, field=form.xml_field):
        return redirect(order_url(order))
    return order_page(request, order, invoice_form=form, status=422)


def _stored(
    request: HttpRequest, order: Order, form: Form, store: Callable[[], str], *, field: str
) -> bool:
    """Store it and say what happens next; what refuses it is told beside its field."""
    try:
        messages.success(request, store())
    except CorrectionRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else field, refusal.message)
    except InvalidInvoice as refusal:
        where = "" if refusal.field == "xml" else f" ({refusal.field})"
        form.add_error(field, f"{refusal.message}{where}")
    except InvalidFact as refusal:
        form.add_error(field, " ".join(refusal.fields.values()))
    except InvoiceOfAnotherOrder as refusal:
        form.add_error(field, str(refusal))
    except (UnknownPlatform, PlatformFileError):
        told = f"O arquivo do exportador “{order.vitrine.platform}” está ausente ou com erro."
        form.add_error(None, f"{told} Nada mudou; reponha o arquivo e tente de novo.")
    return not form.errors
