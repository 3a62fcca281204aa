"""Pages of *Produtos e Serviços › Vitrine › Vitrines*."""

from copy import copy

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from vitrines.access import signed_in
from vitrines.forms import VitrineForm
from vitrines.models import Vitrine
from vitrines.operations import CodeTaken, StaleVitrine, change_vitrine, create_vitrine
from vitrines.queries import recent_audit, vitrines_matching

PAGE_SIZE = 50


@require_safe
@permission_required("vitrines.view_vitrine", raise_exception=True)
def vitrine_list(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    page = Paginator(vitrines_matching(text), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "vitrines/list.html", {"page": page, "q": text})


@require_safe
@permission_required("vitrines.view_vitrine", raise_exception=True)
def vitrine_detail(request: HttpRequest, code: str) -> HttpResponse:
    vitrine = get_object_or_404(Vitrine, code=code)
    context = {"vitrine": vitrine, "audit": recent_audit(vitrine, limit=8)}
    return render(request, "vitrines/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("vitrines.add_vitrine", raise_exception=True)
def vitrine_create(request: HttpRequest) -> HttpResponse:
    form = VitrineForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        try:
            create_vitrine(code=code, **form.values, actor=signed_in(request), now=timezone.now())
        except CodeTaken as taken:
            form.add_error("code", str(taken))
        else:
            messages.success(
                request, f"Vitrine {code} cadastrada. Informe agora os parâmetros de envio."
            )
            return redirect("vitrines:detail", code)
    return render(request, "vitrines/form.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("vitrines.change_vitrine", raise_exception=True)
def vitrine_edit(request: HttpRequest, code: str) -> HttpResponse:
    vitrine = get_object_or_404(Vitrine, code=code)
    form = VitrineForm(request.POST if request.method == "POST" else None, instance=copy(vitrine))
    if request.method == "POST" and form.is_valid():
        try:
            changed = change_vitrine(
                vitrine=vitrine,
                values=form.values,
                seen_version=form.cleaned_data["version"],
                actor=signed_in(request),
                now=timezone.now(),
            )
        except StaleVitrine as stale:
            form.tell_stale(stale.current)
        else:
            messages.success(request, "Vitrine salva." if changed else "Nada mudou.")
            return redirect("vitrines:detail", vitrine.code)
    return render(request, "vitrines/form.html", {"form": form, "vitrine": vitrine})
