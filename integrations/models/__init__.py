from integrations.models.alarm import (
    Alarm,
    AlarmNotice,
    AlarmSettings,
    NoticeChannel,
    NoticeState,
    Occasion,
)
from integrations.models.api_token import ApiToken, TokenScope
from integrations.models.connection import CapturedValue, Connection
from integrations.models.deadline import StatusDeadline
from integrations.models.event import Event, EventKind, EventOutcome, EventSource
from integrations.models.lane import Lane, PauseReason
from integrations.models.platform_token import PlatformToken
from integrations.models.replay import (
    LeftOut,
    ReplayItem,
    ReplayMode,
    ReplayOutcome,
    ReplayPart,
    ReplayRun,
)
from integrations.models.send_test import SendTest
from integrations.models.sending_hour import SendingHour
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
    "Alarm",
    "AlarmNotice",
    "AlarmSettings",
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
    "LeftOut",
    "NoticeChannel",
    "NoticeState",
    "Occasion",
    "PauseReason",
    "PlatformToken",
    "ReplayItem",
    "ReplayMode",
    "ReplayOutcome",
    "ReplayPart",
    "ReplayRun",
    "SendTest",
    "SendingHour",
    "StatusDeadline",
    "StatusUpdate",
    "TokenScope",
    "UpdateKind",
    "UpdateReason",
    "UpdateState",
]
