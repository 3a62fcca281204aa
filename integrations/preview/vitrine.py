"""What a vitrine would send for each status, by a DE-PARA that need not be saved yet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from integrations.channels.base import Facts
from integrations.channels.registry import CHANNELS
from integrations.delivery.decisions import decide
from integrations.delivery.parcels import Desk, mapping_facts
from integrations.models import UpdateKind, UpdateReason, UpdateState
from integrations.preview.dry_run import PreviewedSend, preview_send
from integrations.preview.sample import facts_in
from status_mapping.translation import MappingRow
from vitrines.statuses import SCREEN_ORDER, OrderStatus


@dataclass(frozen=True)
class StatusPreview:
    """One row of the DE-PARA and what it makes."""

    status: OrderStatus
    row: MappingRow | None
    #: Why nothing would be sent for this order, in words; empty if it would.
    silent: str = ""
    #: By the channel that the row chooses.
    chosen: PreviewedSend | None = None
    #: By the other channels that the platform offers for the status.
    others: tuple[PreviewedSend, ...] = ()

    @property
    def sends(self) -> tuple[PreviewedSend, ...]:
        return (self.chosen, *self.others) if self.chosen else self.others

    def through(self, channel: str) -> "StatusPreview":
        """Only what goes by one channel."""
        chosen = self.chosen if self.chosen and self.chosen.channel == channel else None
        others = tuple(send for send in self.others if send.channel == channel)
        return replace(self, chosen=chosen, others=others)


def preview_vitrine(
    desk: Desk, *, rows: Mapping[OrderStatus, MappingRow], facts: Mapping[str, Any]
) -> list[StatusPreview]:
    """The eight statuses in the order of the screen, by ``rows``, for the order of ``facts``."""
    return [preview_row(desk, status, rows.get(status), facts) for status in SCREEN_ORDER]


def preview_row(
    desk: Desk, status: OrderStatus, row: MappingRow | None, facts: Mapping[str, Any]
) -> StatusPreview:
    """What ``row`` makes of one status, for the order of ``facts``."""
    known = _known(facts)
    decision = decide(
        kind=UpdateKind.STATUS, status=status, row=row, platform=desk.platform, facts=known
    )
    if row is None or not decision.channel:
        return StatusPreview(status, row, _silence(decision.reason))
    context = facts_in(facts, status) | {"mapping": mapping_facts(row)}
    sends = {}
    for channel in desk.platform.channels_for(status):
        send = desk.platform.find_send("status", channel, status)
        if send is not None and CHANNELS[channel].missing(send, known) is None:
            sends[channel] = preview_send(
                desk.platform,
                send,
                kind="status",
                context=context,
                params=desk.params,
                secrets=desk.secrets,
            )
    silent = ""
    if decision.state != UpdateState.PENDING:
        silent = decision.detail or _silence(decision.reason)
    chosen = sends.pop(decision.channel, None)
    return StatusPreview(status, row, silent, chosen, tuple(sends.values()))


def unready(desk: Desk) -> list[tuple[str, str]]:
    """Parameters that keep the vitrine from sending at all: (label, what is wrong)."""
    errors = desk.platform.validate_params(desk.params, desk.secrets)
    return [(p.label, errors[p.name]) for p in desk.platform.params if p.name in errors]


def _known(facts: Mapping[str, Any]) -> Facts:
    invoice = facts["invoice"]
    return Facts(
        has_invoice=invoice is not None,
        has_invoice_xml=bool(invoice and invoice["xml"]),
        has_tracking=any(tracking["code"] or tracking["url"] for tracking in facts["trackings"]),
    )


def _silence(reason: UpdateReason | None) -> str:
    match reason:
        case UpdateReason.UNMAPPED:
            return "aguarda: sem mapeamento"
        case UpdateReason.INACTIVE:
            return "não envia: inativo"
        case UpdateReason.NOT_OFFERED:
            return "não envia: a plataforma não oferece este envio"
        case UpdateReason.WAITING_INVOICE_XML:
            return "aguarda: o pedido ainda não tem o XML da nota"
        case UpdateReason.WAITING_TRACKING:
            return "aguarda: o pedido ainda não tem rastreio"
        case _:
            return ""
