"""Replay: the preview that starts one, the runs, and one run with its progress."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.listing import listing
from integrations.models import LeftOut, ReplayMode, ReplayOutcome, ReplayRun
from integrations.replay.previews import preview
from integrations.replay.progress import (
    MODE_SENTENCES,
    items_for_list,
    progress_of,
    progress_of_runs,
    selection_in_words,
)
from integrations.replay.runs import ReplayNotCancelled, ReplayNotStarted, cancel, going_on, start
from integrations.replay.selection import Plan
from integrations.replay_forms import (
    NothingSelected,
    ReplayForm,
    mode_in,
    selection_in,
    sign_plan,
)
from integrations.ticked import ticked_in
from integrations.views.parts import wants_part
from vitrines.access import signed_in

#: How often what a run came to is fetched again while it goes on. Seconds.
REFRESH = 3


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("integrations.replay_statusupdate", raise_exception=True)
def replay_new(request: HttpRequest) -> HttpResponse:
    """GET: what would be done, nothing of it is done. POST: do what was shown."""
    if request.method == "POST":
        return _confirm(request)
    try:
        selection = selection_in(request.GET)
    except NothingSelected as refusal:
        messages.error(request, str(refusal))
        return redirect(_list_address(request.GET))
    plan = Plan.freeze(mode_in(request.GET), selection, now=timezone.now())
    return _show(request, plan, ReplayForm(initial={"plan": sign_plan(plan)}))


def _confirm(request: HttpRequest) -> HttpResponse:
    form = ReplayForm(request.POST)
    valid = form.is_valid()
    plan = form.cleaned_data.get("plan")
    if plan is None:
        messages.error(request, "A pré-visualização venceu: veja de novo o que seria feito.")
        return redirect(_list_address(request.GET))
    if valid:
        try:
            run = start(
                plan,
                reason=form.cleaned_data["reason"],
                per_minute=form.cleaned_data["per_minute"],
                actor=signed_in(request),
                now=timezone.now(),
            )
        except ReplayNotStarted as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("replay_detail", run.pk)
    return _show(request, plan, form)


def _show(request: HttpRequest, plan: Plan, form: ReplayForm) -> HttpResponse:
    modes = []
    for mode in ReplayMode:
        query = request.GET.copy()
        query["mode"] = mode.value
        modes.append((mode, MODE_SENTENCES[mode], query.urlencode()))
    shown = preview(plan)
    context = {
        "preview": shown,
        "going_on": going_on({group.vitrine for group in shown.groups}),
        "form": form,
        "modes": modes,
        "words": selection_in_words(plan.selection),
        "back": _list_address(request.GET),
    }
    return render(request, "integrations/replay_new.html", context)


def _list_address(query: QueryDict) -> str:
    """The list as it was filtered, with what was ticked."""
    names = ("vitrine", "status", "state", "reason", "since", "until", "message")
    kept = {name: query[name] for name in names if query.get(name)}
    if told := ticked_in(query).told:
        kept["sel"] = told
    return reverse("update_list") + (f"?{urlencode(kept, safe=',')}" if kept else "")


@require_safe
@permission_required("integrations.view_replayrun", raise_exception=True)
def replay_list(request: HttpRequest) -> HttpResponse:
    # Of a message a selection names thousands.
    runs = ReplayRun.objects.defer("selection").prefetch_related("parts__vitrine")
    page = listing(runs, request.GET)
    rows = progress_of_runs(page.object_list)
    return render(request, "integrations/replay_list.html", {"page": page, "rows": rows})


@never_cache
@require_safe
@permission_required("integrations.view_replayrun", raise_exception=True)
def replay_detail(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(ReplayRun, pk=pk)
    progress = progress_of(run, now=timezone.now())
    shown = _shown_items(request)
    page = listing(items_for_list(run, **shown), request.GET)
    context = {
        "run": run,
        "progress": progress,
        "plan": Plan.of(run),
        "words": selection_in_words(Plan.of(run).selection),
        "page": page,
        "narrowed": bool(shown),
        # A page further back stays as it is: somebody reads it.
        "refresh": REFRESH if progress.going and not page.newer else None,
    }
    if wants_part(request, "andamento"):
        return render(request, "integrations/_replay_run.html", context | {"beside": True})
    return render(request, "integrations/replay_detail.html", context)


def _shown_items(request: HttpRequest) -> dict[str, str]:
    asked = {"outcome": ReplayOutcome.values, "reason": LeftOut.values}
    given = {name: request.GET.get(name, "") for name in asked}
    return {name: value for name, value in given.items() if value in asked[name]}


@require_POST
@permission_required("integrations.replay_statusupdate", raise_exception=True)
def replay_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(ReplayRun, pk=pk)
    try:
        cancel(run, actor=signed_in(request), now=timezone.now())
    except ReplayNotCancelled as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Cancelado: o que ainda não tinha sido tentado saiu da fila.")
    return redirect("replay_detail", run.pk)
