"""*Revisar*: what the DE-PARA on the screen would do, and saving it from there."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from integrations.mapping_review.redeciding import redecide_rejected
from integrations.mapping_review.review import review_of
from integrations.models import ReplayRun
from integrations.wording import count
from status_mapping.models import MappingRevision
from status_mapping.queries import tables_of
from status_mapping.saving import Refused, read_posted, refusal_of, save_posted
from status_mapping.views.mapping import show, tell_saved
from vitrines.access import signed_in
from vitrines.models import Vitrine
from vitrines.platforms import UnknownPlatform, get_platform
from vitrines.statuses import SCREEN_ORDER, OrderStatus

SEES = (
    "status_mapping.change_statusmapping",
    "integrations.view_connection",
    "vitrines.view_order",
)
#: The boxes of what is sent again: statuses, by their code.
AGAIN = "reenviar"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(SEES, raise_exception=True)
def review(request: HttpRequest, code: str) -> HttpResponse:
    """What was posted and what it would do; nothing is saved or sent.

    Errors and a stale form are shown where they are mended, as Salvar shows them.
    """
    vitrine = get_object_or_404(Vitrine, code=code)
    try:
        platform = get_platform(vitrine.platform)
    except UnknownPlatform:
        return redirect("status_mapping:edit", code)
    if request.method != "POST":
        return redirect("status_mapping:edit", code)
    posted = read_posted(vitrine, platform, request.POST)
    refused = refusal_of(vitrine, platform, posted)
    if refused is not None:
        return show(request, refused.page, status=refused.status)
    found = review_of(
        vitrine,
        platform,
        before=tables_of(vitrine),
        after=posted.form.posted.normalised(),
        now=timezone.now(),
    )
    context = {"vitrine": vitrine, "review": found, "form": posted.form}
    return render(request, "integrations/mapping_review.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(SEES, raise_exception=True)
def save(request: HttpRequest, code: str) -> HttpResponse:
    """Salvar as on the page itself; then what was ticked is decided again, or nothing is saved."""
    vitrine = get_object_or_404(Vitrine, code=code)
    again = _ticked(request)
    if again and not request.user.has_perm("integrations.replay_statusupdate"):
        raise PermissionDenied
    try:
        platform = get_platform(vitrine.platform)
    except UnknownPlatform:
        return redirect("status_mapping:edit", code)
    if request.method != "POST":
        return redirect("status_mapping:edit", code)
    posted = read_posted(vitrine, platform, request.POST)
    author, now = signed_in(request), timezone.now()
    runs: list[tuple[OrderStatus, ReplayRun]] = []
    with transaction.atomic():
        saved = save_posted(vitrine, platform, posted, author=author, now=now)
        if isinstance(saved, MappingRevision):
            runs = redecide_rejected(revision=saved, statuses=again, actor=author, now=now)
    if isinstance(saved, Refused):
        return show(request, saved.page, status=saved.status)
    tell_saved(request, saved)
    _tell_again(request, again, runs)
    return redirect("status_mapping:edit", code)


def _ticked(request: HttpRequest) -> list[OrderStatus]:
    codes = set(request.POST.getlist(AGAIN))
    return [status for status in SCREEN_ORDER if str(int(status)) in codes]


def _tell_again(
    request: HttpRequest, again: list[OrderStatus], runs: list[tuple[OrderStatus, ReplayRun]]
) -> None:
    for status, run in runs:
        number = count(run.selected, "recusada é decidida", "recusadas são decididas")
        address = reverse("replay_detail", args=[run.pk])
        told = format_html(
            '{}: {} de novo, no <a href="{}">reprocessamento {}</a>.',
            status.label,
            number,
            address,
            run.pk,
        )
        messages.success(request, told)
    started = {status for status, _ in runs}
    for status in again:
        if status not in started:
            messages.info(request, f"{status.label}: não havia recusadas a decidir de novo.")
