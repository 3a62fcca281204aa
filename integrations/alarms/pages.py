"""Where in the back office an alarm is mended."""

from django.urls import reverse

from integrations.alarms.kinds import Kind


def page_of(kind: Kind | None, vitrine_code: str) -> str:
    """Its path; that of the vitrine's alarms for a test."""
    match kind:
        case None:
            return reverse("alarm_settings", args=[vitrine_code])
        case Kind.AUTH_REFUSED:
            return reverse("connection", args=[vitrine_code])
        case Kind.HELD_OR_FAILED:
            return f"{reverse('update_list')}?vitrine={vitrine_code}"
        case Kind.LATE_ORDERS:
            return f"{reverse('late_orders')}?vitrine={vitrine_code}"
        case _:
            return reverse("vitrines:detail", args=[vitrine_code])


def absolute(path: str, site: str) -> str:
    """With the address of the site; empty if that was not said."""
    return f"{site}{path}" if site else ""
