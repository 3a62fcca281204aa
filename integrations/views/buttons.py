"""What the forms of one button have in common: the reason typed, and where to go back to."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from integrations.wording import one_line


def typed_reason(request: HttpRequest, *, at_most: int) -> str:
    """The ``reason`` of a form as one line of plain text; empty if nothing readable is left."""
    return one_line(request.POST.get("reason", ""))[:at_most]


def back_to(request: HttpRequest, fallback: str) -> str:
    """The ``next`` of the form if it is an address of ours, else ``fallback``."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else fallback
