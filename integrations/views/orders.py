from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from integrations.captured_values import shown_values
from integrations.explain import explain_order, summarise_orders
from integrations.filters import OrderFilter
from integrations.queries import PAGE_SIZE, orders_for_list
from vitrines.models import Vitrine
from vitrines.orders import find_order


@permission_required("vitrines.view_order", raise_exception=True)
def order_list(request: HttpRequest) -> HttpResponse:
    form = OrderFilter(request.GET)
    page = Paginator(form.apply(orders_for_list()), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = summarise_orders(page.object_list, now=timezone.now())
    context = {"form": form, "page": page, "rows": rows}
    return render(request, "integrations/order_list.html", context)


@permission_required("vitrines.view_order", raise_exception=True)
def order_detail(request: HttpRequest, vitrine: str, number: str) -> HttpResponse:
    """Any spelling of the number finds the order: with the prefix, with leading zeros."""
    found = get_object_or_404(Vitrine, code=vitrine)
    order = find_order(found, number)
    if order is None:
        raise Http404(f"{vitrine}: no order {number}")
    context = {
        "order": order,
        "explanation": explain_order(order, now=timezone.now()),
        "captured": shown_values(order),
    }
    return render(request, "integrations/order_detail.html", context)
