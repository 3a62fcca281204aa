"""An order's facts as a sending would have them, without an update being written."""

import uuid
from dataclasses import replace
from datetime import datetime

from integrations.delivery.parcels import Desk, build_parcels
from integrations.delivery.sending import Parcel
from integrations.models import StatusUpdate, UpdateKind
from integrations.preview.sample import Facts, facts_in
from status_mapping.translation import MappingRow
from vitrines.models import Order
from vitrines.statuses import OrderStatus


def order_facts(order: Order, desk: Desk, *, at: datetime) -> Facts:
    """All that templates may read of the order, but for ``mapping``. Any sending would do."""
    send = desk.platform.sends[0]
    row = MappingRow(send.statuses[0])
    return draft_parcel(order, desk, channel=send.channel, row=row, key=uuid.uuid4(), at=at).context


def draft_parcel(
    order: Order, desk: Desk, *, channel: str, row: MappingRow, key: uuid.UUID, at: datetime
) -> Parcel:
    """The parcel that tells the status of ``row``; the platform must offer it by ``channel``."""
    draft = StatusUpdate(
        uuid=key,
        order=order,
        kind=UpdateKind.STATUS,
        status=row.status,
        channel=channel,
        platform_status=row.platform_status,
        ez_core_status_id=row.ez_core_status_id,
        ez_core_flow_id=row.ez_core_flow_id,
        created_at=at,
    )
    (parcel,) = build_parcels([draft], desk).values()
    return replace(parcel, context=facts_in(parcel.context, OrderStatus(row.status)))
