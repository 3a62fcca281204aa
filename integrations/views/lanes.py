from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations.operations import pause_lane, resume_lane
from integrations.views.buttons import back_to, typed_reason
from vitrines.access import signed_in
from vitrines.models import Vitrine


@require_POST
@permission_required("integrations.change_lane", raise_exception=True)
def pause(request: HttpRequest, code: str) -> HttpResponse:
    vitrine = get_object_or_404(Vitrine, code=code)
    reason = typed_reason(request, at_most=300)
    if reason:
        pause_lane(vitrine=vitrine, actor=signed_in(request), reason=reason, now=timezone.now())
        messages.success(request, f"Os envios da vitrine {code} estão pausados.")
    else:
        messages.error(request, "Diga o motivo da pausa: quem for retomar precisa saber.")
    return redirect(back_to(request, reverse("vitrines:detail", args=[code])))


@require_POST
@permission_required("integrations.change_lane", raise_exception=True)
def resume(request: HttpRequest, code: str) -> HttpResponse:
    vitrine = get_object_or_404(Vitrine, code=code)
    resume_lane(vitrine=vitrine, actor=signed_in(request), now=timezone.now())
    messages.success(request, f"Os envios da vitrine {code} foram retomados.")
    return redirect(back_to(request, reverse("vitrines:detail", args=[code])))
