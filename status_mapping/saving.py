"""What pressing Salvar does with what was posted, on the page itself or after a review."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import BadRequest

from status_mapping.forms import SaveForm
from status_mapping.mapping_form import MappingForm
from status_mapping.models import MappingRevision
from status_mapping.operations import InvalidMapping, StaleRevision, save_mapping
from status_mapping.page import MappingPage, merged_page, posted_form, posted_page
from status_mapping.queries import latest_revision_number
from vitrines.audit import Actor
from vitrines.models import Vitrine
from vitrines.platforms import Platform


@dataclass(frozen=True)
class Posted:
    """The form as it came, judged, and what is posted beside the rows."""

    form: MappingForm
    valid: bool
    base_revision: int
    reason: str


@dataclass(frozen=True)
class Refused:
    """Nothing was saved: the page with what was typed, and the HTTP status that says why."""

    page: MappingPage
    status: int


def read_posted(vitrine: Vitrine, platform: Platform, data: Mapping[str, Any]) -> Posted:
    """Raises ``BadRequest`` where the page does not tell what it was loaded with."""
    about = SaveForm(data)
    if "base_revision" in about.errors:
        raise BadRequest("base_revision")
    base, reason = about.cleaned_data["base_revision"], about.cleaned_data["reason"]
    form = posted_form(vitrine, platform, data, base_revision=base)
    return Posted(form, form.is_valid(), base, reason)


def refusal_of(vitrine: Vitrine, platform: Platform, posted: Posted) -> Refused | None:
    """Why Salvar would not save it now: errors (422), or somebody saved meanwhile (409)."""
    if not posted.valid:
        return Refused(posted_page(vitrine, platform, posted.form), 422)
    if posted.base_revision != latest_revision_number(vitrine):
        return _stale(vitrine, platform, posted)
    return None


def save_posted(
    vitrine: Vitrine, platform: Platform, posted: Posted, *, author: Actor, now: datetime
) -> MappingRevision | Refused | None:
    """The new revision; None if nothing differs from what is stored."""
    if not posted.valid:
        return Refused(posted_page(vitrine, platform, posted.form), 422)
    try:
        return save_mapping(
            vitrine=vitrine,
            base_revision=posted.base_revision,
            tables=posted.form.posted,
            author=author,
            reason=posted.reason,
            now=now,
        )
    except InvalidMapping as invalid:  # the exportador was changed while this was being judged
        posted.form.refuse(invalid.errors)
        return Refused(posted_page(vitrine, platform, posted.form), 422)
    except StaleRevision:
        return _stale(vitrine, platform, posted)


def _stale(vitrine: Vitrine, platform: Platform, posted: Posted) -> Refused:
    page = merged_page(
        vitrine,
        platform,
        posted.form,
        base_revision=posted.base_revision,
        reason=posted.reason,
    )
    return Refused(page, 409)
