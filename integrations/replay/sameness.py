"""The same bytes: what is known of what was sent, and whether it would be sent again.

The requests themselves are kept masked and cut, so nothing could be sent from them. Each try
keeps the digest of what every step told (``RenderedRequest.digest``); a *Reenviar* takes the
latest ones along, and the sending refuses to make a request of another digest.
"""

from collections.abc import Collection, Mapping
from typing import Any

from integrations.delivery.context import AccessToken, RenderContext
from integrations.delivery.render import applies, render, step_name
from integrations.delivery.sending import Parcel
from integrations.models import DeliveryAttempt, StatusUpdate
from vitrines.platforms.language import RenderError


def recorded_requests(update_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """By update: the digest of each step's request as it was sent last. One query."""
    found: dict[int, dict[str, str]] = {}
    tries = DeliveryAttempt.objects.filter(update__in=update_ids).order_by("id")
    for update_id, steps in tries.values_list("update_id", "steps"):
        for step in steps:
            if "digest" in step:
                found.setdefault(update_id, {})[step["step"]] = step["digest"]
    return found


def resends_of(update: StatusUpdate, requests: Mapping[str, str]) -> dict[str, Any]:
    """What ``StatusUpdate.resends`` holds. A body may have told the update's own id."""
    was = update.resends or {}
    return {"update_id": was.get("update_id", str(update.uuid)), "requests": dict(requests)}


def differs(parcel: Parcel) -> bool:
    """Whether the first thing to be told is known to differ from what ``parcel.resends`` says.

    What depends on an answer is judged when it is sent.
    """
    given = RenderContext.of(
        parcel.platform,
        context=parcel.context,
        params=parcel.params,
        secrets=parcel.secrets,
        captured=parcel.context.get("captured") or {},
        token=AccessToken("-"),
    )
    try:
        for number, step in enumerate(parcel.send.steps, start=1):
            if step.lookup or step.for_each is not None:
                return False
            if applies(step, given):
                asked_first = step.probe is not None and applies(step.probe, given)
                told = (parcel.resends or {}).get(step_name(number))
                return not asked_first and told != render(step, given).digest
    except RenderError:
        return True
    return False
