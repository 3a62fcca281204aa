"""Who is asking, and where to send them back to."""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def signed_in(request: HttpRequest) -> User:
    """The user, for the operations that keep who did what."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def typed_reason(request: HttpRequest, *, at_most: int) -> str:
    """The ``reason`` of a form as one line of plain text; empty if nothing readable is left."""
    shown = "".join(char if char.isprintable() else " " for char in request.POST.get("reason", ""))
    return " ".join(shown.split())[:at_most]


def back_to(request: HttpRequest, fallback: str) -> str:
    """The ``next`` of the form if it is an address of ours, else ``fallback``."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else fallback
