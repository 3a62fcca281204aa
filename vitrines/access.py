"""Who is asking, and what is not theirs to see."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def signed_in(request: HttpRequest) -> User:
    """The user, for the operations that keep who did what."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def hidden_without(permission: str) -> Callable[[View[P]], View[P]]:
    """404 to a signed-in user without it: a link says nothing of whether there is such a thing."""

    def hide(view: View[P]) -> View[P]:
        @login_required
        @wraps(view)
        def seen(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise Http404(f"needs {permission}")
            return view(request, *args, **kwargs)

        return seen

    return hide
