"""A cause in words: one sentence, a smaller line under it, and the next action.

Each cause has one function, found in ``WORDS``; they are pure but for the time zone.
"""

from collections.abc import Callable
from dataclasses import replace

from integrations.explaining.causes import Cause
from integrations.explaining.sentences import failed, settled, waiting
from integrations.explaining.sentences.story import ActionCode, Story, Words

__all__ = ["WORDS", "ActionCode", "Story", "Words", "words_for"]

WORDS: dict[Cause, Callable[[Story], Words]] = {
    Cause.ACCEPTED: settled.accepted,
    Cause.ALREADY_APPLIED: settled.already_applied,
    Cause.NO_EVENT_YET: settled.no_event_yet,
    Cause.NOT_INCLUDED_CANCELLED: settled.not_included_cancelled,
    Cause.NOT_INCLUDED_INACTIVE: settled.not_included_inactive,
    Cause.INBOUND_UNMAPPED: settled.inbound_unmapped,
    Cause.UNMAPPED: waiting.unmapped,
    Cause.INACTIVE: settled.inactive,
    Cause.WAITING_INVOICE_XML: waiting.waiting_invoice_xml,
    Cause.WAITING_TRACKING: waiting.waiting_tracking,
    Cause.QUEUED_BEHIND: waiting.queued_behind,
    Cause.RETRYING: waiting.retrying,
    Cause.THROTTLED: waiting.throttled,
    Cause.BREAKER_OPEN: waiting.breaker_open,
    Cause.LANE_PAUSED: waiting.lane_paused,
    Cause.AUTH_REFUSED: waiting.auth_refused,
    Cause.REJECTED: failed.rejected,
    Cause.EXHAUSTED: failed.exhausted,
    Cause.DESTINATION_REFUSED: failed.destination_refused,
    Cause.CONFIG_ERROR: failed.config_error,
    Cause.REGRESSION_BLOCKED: settled.regression_blocked,
    Cause.SUPERSEDED: settled.superseded,
    Cause.CANCELLED_BY_PERSON: settled.cancelled_by_person,
    Cause.ECHO: settled.echo,
}


def words_for(story: Story) -> Words:
    behind = story.decision.behind
    if behind is not None:
        story = replace(story, ahead=words_for(replace(story, decision=behind)))
    return WORDS[story.decision.cause](story)
