from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from integrations.alarms.deadlines import deadline_of
from integrations.captured_values import shown_values
from integrations.correction_forms import InvoiceForm, TrackingForm
from integrations.explain import Explanation, explain_order, summarise_orders
from integrations.filters import OrderFilter
from integrations.listing import Listing, listing, sifted
from integrations.queries import orders_for_list, orders_in_situation, orders_that_may_be
from vitrines.access import hidden_without
from vitrines.models import Order, Tracking, Vitrine
from vitrines.orders import find_order
from vitrines.tracking_lines import in_force, in_place_of


@permission_required("vitrines.view_order", raise_exception=True)
def order_list(request: HttpRequest) -> HttpResponse:
    form = OrderFilter(request.GET)
    page = _page(form, request)
    rows = summarise_orders(page.object_list, now=timezone.now())
    context = {"form": form, "page": page, "rows": rows}
    return render(request, "integrations/order_list.html", context)


def _page(form: OrderFilter, request: HttpRequest) -> Listing[Order]:
    orders, situation = form.apply(orders_for_list()), form.wanted_situation
    if situation is None:
        return listing(orders, request.GET, by=form.sorted_by)
    return sifted(
        orders_that_may_be(orders, situation),
        request.GET,
        by=form.sorted_by,
        sift=lambda ids: orders_in_situation(orders_for_list().filter(pk__in=ids), situation),
    )


@hidden_without("vitrines.view_order")
def order_detail(request: HttpRequest, vitrine: str, number: str) -> HttpResponse:
    """Any spelling of the number finds the order: with the prefix, with leading zeros."""
    return order_page(request, order_or_404(vitrine, number))


def order_or_404(vitrine: str, number: str) -> Order:
    order = find_order(get_object_or_404(Vitrine, code=vitrine), number)
    if order is None:
        raise Http404(f"{vitrine}: no order {number}")
    return order


def order_url(order: Order) -> str:
    return reverse("order_detail", args=[order.vitrine.code, order.number])


def order_page(
    request: HttpRequest,
    order: Order,
    *,
    tracking_form: TrackingForm | None = None,
    invoice_form: InvoiceForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """With a form that was refused, or with empty ones for whoever may correct the order."""
    now = timezone.now()
    explanation = explain_order(order, now=now)
    context: dict[str, Any] = {
        "order": order,
        "late": deadline_of(order, now=now),
        "explanation": explanation,
        "captured": shown_values(order),
        "followed": in_force(explanation.trackings),
    }
    if request.user.has_perm("vitrines.correct_order"):
        context |= {
            "tracking_form": tracking_form or _tracking_form(request, explanation),
            "invoice_form": invoice_form or InvoiceForm(),
            "correcting": _correcting(request, explanation, tracking_form, invoice_form),
            "replaced": _replaced(explanation),
        }
    return render(request, "integrations/order_detail.html", context, status=status)


def _tracking_form(request: HttpRequest, explanation: Explanation) -> TrackingForm:
    """For the row that the address names, else for the latest; ``novo`` adds one."""
    trackings = in_force(explanation.trackings)
    named = request.GET.get("rastreio", "")
    row = next((row for row in trackings if str(row.pk) == named), None)
    if row is None and named != "novo":
        row = trackings[-1] if trackings else None
    return TrackingForm(trackings=trackings, row=row)


def _correcting(
    request: HttpRequest,
    explanation: Explanation,
    tracking_form: TrackingForm | None,
    invoice_form: InvoiceForm | None,
) -> bool:
    """Whether the forms start unfolded: one was refused or asked for, or is the next action."""
    refused = tracking_form is not None or invoice_form is not None
    asked = "corrigir" in request.GET or "rastreio" in request.GET
    return refused or asked or explanation.action.permission == "vitrines.correct_order"


def _replaced(explanation: Explanation) -> list[tuple[Tracking, Tracking]]:
    """The codes that were put right, each with what is in force in its place."""
    rows = explanation.trackings
    followed = in_force(rows)
    return [(row, in_place_of(row, rows)) for row in rows if row not in followed]
