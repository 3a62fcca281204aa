"""What becomes of one thing to tell: sent, held or skipped, and by which channel.

Plain values in, a value out. ``outbox`` gathers the facts and writes the row.
"""

from dataclasses import dataclass

from integrations.channels.base import Facts
from integrations.channels.registry import CHANNELS
from integrations.models import UpdateKind, UpdateReason, UpdateState
from status_mapping.channels import usual_channel
from status_mapping.models import Channel
from status_mapping.translation import MappingRow, Outbound, outbound
from vitrines.platforms import Platform
from vitrines.statuses import OrderStatus


@dataclass(frozen=True)
class Decision:
    state: UpdateState
    reason: UpdateReason | None = None
    detail: str = ""
    channel: str = ""


def decide(
    *,
    kind: UpdateKind,
    status: OrderStatus,
    row: MappingRow | None,
    platform: Platform,
    facts: Facts,
) -> Decision:
    """The DE-PARA first, then what the platform offers, then what the sending needs."""
    match outbound(row, code_required=platform.mapping.code):
        case Outbound.UNMAPPED:
            return Decision(UpdateState.HELD, UpdateReason.UNMAPPED)
        case Outbound.INACTIVE:
            return Decision(UpdateState.SKIPPED, UpdateReason.INACTIVE)
    channel = _channel(kind, status, row, platform)
    if not channel:
        return Decision(UpdateState.SKIPPED, UpdateReason.NOT_OFFERED)
    send = platform.find_send(kind.value, channel, status)
    if send is None:
        label = Channel(channel).label
        return Decision(
            UpdateState.FAILED,
            UpdateReason.NOT_OFFERED,
            f"{platform.label} não oferece envio por {label} para {status.label}. "
            "Escolha outro envio no DE-PARA.",
            channel,
        )
    missing = CHANNELS[channel].missing(send, facts)
    if missing is not None:
        return Decision(UpdateState.HELD, UpdateReason(missing), channel=channel)
    return Decision(UpdateState.PENDING, channel=channel)


def _channel(
    kind: UpdateKind, status: OrderStatus, row: MappingRow | None, platform: Platform
) -> str:
    """A tracking goes by the tracking channel only; a status by the row's, or the usual one."""
    if kind is UpdateKind.TRACKING:
        offered = platform.find_send(kind.value, Channel.TRACKING, status) is not None
        return Channel.TRACKING.value if offered else ""
    offered_channels = platform.channels_for(status)
    if not offered_channels:
        return ""
    if row is not None and row.channel:
        return row.channel
    return usual_channel(status, offered_channels) or ""
