"""*Testar envio*: the form that sends one, the latest tests, and what came back of each."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from integrations.delivery.parcels import LaneNotSendable
from integrations.models import Lane, SendTest
from integrations.preview_forms import SendTestForm
from integrations.send_tests import NotTestable, send_test
from vitrines.access import signed_in
from vitrines.models import Vitrine

LATEST = 10


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("integrations.view_sendtest", raise_exception=True)
def send_tests(request: HttpRequest, code: str) -> HttpResponse:
    vitrine = get_object_or_404(Vitrine, code=code)
    may_send = request.user.has_perm("integrations.send_test")
    if request.method == "POST" and not may_send:
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else None
    form = SendTestForm(posted, vitrine=vitrine, initial=request.GET.dict())
    if posted is not None and form.is_valid():
        test = _sent(request, form)
        if test is not None:
            return redirect("send_test_result", code, test.pk)
    tests = SendTest.objects.filter(vitrine=vitrine).select_related("order__vitrine")
    context = {
        "vitrine": vitrine,
        "form": form,
        "may_send": may_send,
        "lane": Lane.objects.filter(vitrine=vitrine).first(),
        "tests": tests.defer("steps")[:LATEST],
    }
    return render(request, "integrations/send_tests.html", context)


def _sent(request: HttpRequest, form: SendTestForm) -> SendTest | None:
    """The test that this form made, now or when it was posted before; None with the error told."""
    assert form.order is not None  # noqa: S101 - a valid form names one
    try:
        test = send_test(
            order=form.order,
            status=form.cleaned_data["status"],
            channel=form.cleaned_data["envio"],
            key=form.cleaned_data["key"],
            actor=signed_in(request),
            now=timezone.now(),
        )
    except (NotTestable, LaneNotSendable) as refusal:
        form.add_error(None, str(refusal))
        return None
    if test.vitrine_id != form.vitrine.pk:
        form.add_error("key", "Este formulário já foi usado. Abra a página de novo.")
        return None
    if not test.outcome:
        messages.info(request, "Este teste já estava sendo enviado: não foi enviado outra vez.")
    return test


@never_cache
@require_safe
@permission_required("integrations.view_sendtest", raise_exception=True)
def send_test_result(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    tests = SendTest.objects.select_related("order__vitrine", "vitrine")
    test = get_object_or_404(tests, pk=pk, vitrine__code=code)
    return render(request, "integrations/send_test.html", {"vitrine": test.vitrine, "test": test})
