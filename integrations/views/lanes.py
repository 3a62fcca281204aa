from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations.models import Lane
from integrations.operations import pause_lane, resume_lane
from integrations.views.buttons import back_to, typed_reason
from vitrines.access import signed_in
from vitrines.models import Vitrine


@require_POST
@permission_required("integrations.change_lane", raise_exception=True)
def pause(request: HttpRequest, code: str) -> HttpResponse:
    vitrine = get_object_or_404(Vitrine, code=code)
    reason, now = typed_reason(request, at_most=300), timezone.now()
    if not reason:
        messages.error(request, "Diga o motivo da pausa: quem for retomar precisa saber.")
    elif _paused(vitrine):
        told = f"Os envios da vitrine {code} já estavam pausados: vale o motivo que está na página."
        messages.warning(request, told)
    else:
        pause_lane(vitrine=vitrine, actor=signed_in(request), reason=reason, now=now)
        messages.success(request, f"Os envios da vitrine {code} estão pausados.")
    return redirect(back_to(request, reverse("vitrines:detail", args=[code])))


@require_POST
@permission_required("integrations.change_lane", raise_exception=True)
def resume(request: HttpRequest, code: str) -> HttpResponse:
    vitrine = get_object_or_404(Vitrine, code=code)
    reason, paused = typed_reason(request, at_most=300), _paused(vitrine)
    resume_lane(vitrine=vitrine, actor=signed_in(request), reason=reason, now=timezone.now())
    told = "foram retomados" if paused else "não esperam mais: saem agora"
    messages.success(request, f"Os envios da vitrine {code} {told}.")
    return redirect(back_to(request, reverse("vitrines:detail", args=[code])))


def _paused(vitrine: Vitrine) -> bool:
    return Lane.objects.filter(vitrine=vitrine, paused_at__isnull=False).exists()
