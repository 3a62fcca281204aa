from integrations.models.api_token import ApiToken, TokenScope
from integrations.models.connection import CapturedValue, Connection
from integrations.models.event import Event, EventKind, EventOutcome, EventSource
from integrations.models.lane import Lane, PauseReason
from integrations.models.platform_token import PlatformToken
from integrations.models.send_test import SendTest
from integrations.models.status_update import (
    OPEN,
    WAITING_FACTS,
    AttemptClass,
    DeliveryAttempt,
    StatusUpdate,
    UpdateKind,
    UpdateReason,
    UpdateState,
)

__all__ = [
    "OPEN",
    "WAITING_FACTS",
    "ApiToken",
    "AttemptClass",
    "CapturedValue",
    "Connection",
    "DeliveryAttempt",
    "Event",
    "EventKind",
    "EventOutcome",
    "EventSource",
    "Lane",
    "PauseReason",
    "PlatformToken",
    "SendTest",
    "StatusUpdate",
    "TokenScope",
    "UpdateKind",
    "UpdateReason",
    "UpdateState",
]
