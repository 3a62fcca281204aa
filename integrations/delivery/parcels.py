"""Everything a sender thread needs, read from the database beforehand as plain data."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.conf import settings

from integrations.delivery.context import AccessToken
from integrations.delivery.invoice_facts import InvoiceFacts
from integrations.delivery.rates import Pace
from integrations.delivery.sending import Parcel
from integrations.models import CapturedValue, Connection, StatusUpdate
from status_mapping.translation import MappingRow
from vitrines.models import Invoice, LogPolicy, Tracking, Vitrine
from vitrines.platforms import (
    Platform,
    PlatformFileError,
    UnknownPlatform,
    get_platform,
    notice_changes,
)
from vitrines.secrets import SecretUnreadable
from vitrines.statuses import OrderStatus
from vitrines.tracking_lines import in_force, in_place_of

logger = logging.getLogger(__name__)


class LaneNotSendable(Exception):
    """The vitrine's platform file or connection cannot be used; says what to mend."""


@dataclass(frozen=True)
class Desk:
    """What all parcels of one vitrine share."""

    vitrine: Vitrine
    platform: Platform
    params: dict[str, Any]
    secrets: dict[str, str] = field(repr=False)

    @property
    def window(self) -> int:
        """Updates in flight at the same time."""
        return self.platform.limits.concurrency

    @cached_property
    def params_problem(self) -> str:
        return self.platform.params_problem(self.params, self.secrets)

    @cached_property
    def facts(self) -> dict[str, str]:
        return vitrine_facts(self.vitrine)

    @cached_property
    def pace(self) -> Pace:
        return Pace.of(self.platform, self.params)


def open_desk(vitrine: Vitrine) -> Desk:
    """Read the platform and the connection of a vitrine; raises ``LaneNotSendable``.

    A platform's file may have changed since it was read, and be valid no more.
    """
    notice_changes()
    try:
        platform = get_platform(vitrine.platform)
        connection = Connection.objects.filter(vitrine=vitrine).first() or Connection()
        secrets = connection.secrets_for(platform.name)
    except PlatformFileError as error:
        # Its faults are for whoever wrote the file, in the words of ``manage.py check``.
        logger.error("the lane of %s stops: %s", vitrine.code, error)
        raise LaneNotSendable(
            "Um arquivo de plataforma tem erros: manage.py check_platform os mostra."
        ) from error
    except (UnknownPlatform, SecretUnreadable) as error:
        raise LaneNotSendable(str(error)) from error
    return Desk(vitrine, platform, connection.params, secrets)


def unsendable(update: StatusUpdate, desk: Desk) -> str | None:
    """Why an update cannot be rendered at all, in words for a person."""
    if update.platform != desk.platform.name:
        return (
            f"Esta atualização foi decidida para o exportador “{update.platform}”, e a vitrine "
            f"agora usa “{desk.platform.label}”. Decida de novo."
        )
    if desk.platform.find_send(update.kind, update.channel, OrderStatus(update.status)) is None:
        return "O arquivo da plataforma já não oferece este envio. Escolha outro no DE-PARA."
    return None


def build_parcels(
    updates: Iterable[StatusUpdate], desk: Desk, token: AccessToken | None = None
) -> dict[int, Parcel]:
    """Parcels by update id, in a fixed number of queries. ``updates`` come with order and event."""
    updates = list(updates)
    order_ids = [update.order_id for update in updates]
    invoices: dict[int, Invoice] = {}
    for invoice in Invoice.objects.filter(order_id__in=order_ids, cancelled_at=None).order_by(
        "issued_at", "id"
    ):
        invoices[invoice.order_id or 0] = invoice  # the latest valid note wins
    trackings: dict[int, list[Tracking]] = defaultdict(list)
    for tracking in Tracking.objects.filter(order_id__in=order_ids).order_by("id"):
        trackings[tracking.order_id].append(tracking)
    captured: dict[int, dict[str, Any]] = defaultdict(dict)
    values = CapturedValue.objects.filter(order_id__in=order_ids)
    for order_id, name, value in values.values_list("order_id", "name", "value"):
        captured[order_id][name] = value
    return {
        update.pk: _parcel(
            update,
            desk,
            token,
            invoices.get(update.order_id),
            trackings[update.order_id],
            captured[update.order_id],
        )
        for update in updates
    }


def _parcel(
    update: StatusUpdate,
    desk: Desk,
    token: AccessToken | None,
    invoice: Invoice | None,
    trackings: list[Tracking],
    captured: dict[str, Any],
) -> Parcel:
    send = desk.platform.find_send(update.kind, update.channel, OrderStatus(update.status))
    assert send is not None, "the caller has asked unsendable() first"  # noqa: S101
    context = {
        "order": _order(update),
        "invoice": _invoice(invoice) if invoice else None,
        "tracking": _tracking_of(update, trackings),
        "trackings": [_tracking(tracking) for tracking in in_force(trackings)],
        "mapping": mapping_facts(update),
        "vitrine": desk.facts,
        "event": {
            "kind": update.event.kind if update.event else "",
            "occurred_at": update.event.occurred_at if update.event else update.created_at,
            "update_id": str((update.resends or {}).get("update_id", update.uuid)),
        },
        "captured": captured,
    }
    return Parcel(
        update_id=update.pk,
        idempotency_key=str(update.uuid),
        platform=desk.platform,
        send=send,
        context=context,
        params=desk.params,
        secrets=desk.secrets,
        allow_private=settings.ALLOW_PRIVATE_DESTINATIONS,
        keep_accepted_bodies=desk.vitrine.log_policy == LogPolicy.ALL,
        params_problem=desk.params_problem,
        token=token,
        resends=None if update.resends is None else update.resends["requests"],
    )


def mapping_facts(mapped: StatusUpdate | MappingRow) -> dict[str, str]:
    return {
        "platform_status": mapped.platform_status,
        "ez_core_status_id": mapped.ez_core_status_id,
        "ez_core_flow_id": mapped.ez_core_flow_id,
    }


def vitrine_facts(vitrine: Vitrine) -> dict[str, str]:
    return {
        "code": vitrine.code,
        "description": vitrine.description,
        "integration_id": str(vitrine.integration_id),
    }


def _order(update: StatusUpdate) -> dict[str, Any]:
    order, status = update.order, OrderStatus(update.status)
    return {
        "number": order.number,
        "display_number": order.display_number,
        "platform_id": order.platform_id,
        "platform_status": order.platform_status,
        "placed_at": order.placed_at,
        "total": None if order.total is None else str(order.total),
        "status": int(status),
        "status_label": status.label,
        "status_name": status.name,
        "payment_type": order.payment_type,
        "delivery_type": order.delivery_type,
    }


def _invoice(invoice: Invoice) -> InvoiceFacts:
    return InvoiceFacts(
        {
            "number": invoice.number,
            "series": invoice.series,
            "key": invoice.chave_nfe,
            "issued_at": invoice.issued_at,
            "total": str(invoice.total),
            "xml_bytes": bytes(invoice.xml) or None,
        }
    )


def _tracking_of(update: StatusUpdate, trackings: list[Tracking]) -> dict[str, Any] | None:
    """The tracking that the update is about, or what was put in its place since; else the order's
    latest."""
    for tracking in trackings:
        if tracking.pk == update.tracking_id:
            return _tracking(in_place_of(tracking, trackings))
    latest = in_force(trackings)[-1:]
    return _tracking(latest[0]) if latest else None


def _tracking(tracking: Tracking) -> dict[str, Any]:
    return {
        "code": tracking.code,
        "carrier": tracking.carrier,
        "url": tracking.url,
        "volume": tracking.volume,
        "carrier_event": tracking.carrier_event,
        "description": tracking.description,
        "occurred_at": tracking.occurred_at,
        "delivered": tracking.delivered_at is not None,
    }
