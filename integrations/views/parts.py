"""Pages that htmx asks for a part of, to put it in place of the one that is shown.

Without JavaScript nobody asks, and the whole page says the same. Pages are kept by no cache
(``pages_stay_private``), so none can mistake one for the other.
"""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


def wants_part(request: HttpRequest, element: str) -> bool:
    """Whether only what stands in the element of this id is wanted."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and htmx.target == element
