"""Keys to the HTTP API: list, issue (the key is shown once) and revoke."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.forms import TokenForm
from integrations.models import ApiToken
from integrations.tokens import issue_token, revoke_token
from vitrines.access import signed_in


@require_safe
@permission_required("integrations.view_apitoken", raise_exception=True)
def token_list(request: HttpRequest) -> HttpResponse:
    """Tokens in force first, then the revoked ones."""
    tokens = ApiToken.objects.prefetch_related("vitrines").select_related("created_by")
    ordered = tokens.order_by(F("revoked_at").desc(nulls_first=True), "-id")
    return render(request, "integrations/token_list.html", {"tokens": ordered})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("integrations.add_apitoken", raise_exception=True)
def token_issue(request: HttpRequest) -> HttpResponse:
    """The answer to the POST is the only page that ever holds the key, so it is no redirect."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        token, key = issue_token(**form.cleaned_data, actor=signed_in(request), now=timezone.now())
        return render(request, "integrations/token_issued.html", {"token": token, "key": key})
    return render(request, "integrations/token_issue.html", {"form": form})


@require_POST
@permission_required("integrations.change_apitoken", raise_exception=True)
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk)
    revoke_token(token=token, actor=signed_in(request), now=timezone.now())
    messages.success(request, f"O token {token.name} foi revogado e não abre mais a API.")
    return redirect("token_list")
