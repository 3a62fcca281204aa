"""What holds for every address, Django's admin and its own pages included."""

from collections.abc import Callable
from urllib.parse import unquote

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

GetResponse = Callable[[HttpRequest], HttpResponse]


def no_nul_in_addresses(get_response: GetResponse) -> GetResponse:
    """Refuse an address with a NUL: PostgreSQL would refuse it later, as an error of ours.

    The API says so itself, in its own words.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        asked = request.path_info + unquote(request.META.get("QUERY_STRING", ""))
        if "\0" in asked and not asked.startswith("/api/"):
            raise BadRequest("NUL in the address")
        return get_response(request)

    return middleware


def pages_stay_private(get_response: GetResponse) -> GetResponse:
    """What a person sees when signed in is kept by no proxy, and by no browser after signing out.

    A view that says otherwise is left alone.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response

    return middleware
