"""A person who puts right what the ERP told of the shop's order, and what came of it."""

import json
import uuid
from decimal import Decimal

from integrations.corrections import TypedTracking, correct_tracking, give_invoice, typed_of
from integrations.nfe_sample import sample_nfe
from vitrines.models import Tracking

WRONG, RIGHT, THIRD = "SQ458226065BR", "SQ458226057BR", "SW371675211BR"


def correct(shop, actor, code=RIGHT, *, row=None, seen=None, key=None, carrier="Correios", url=""):
    return correct_tracking(
        order=shop.order,
        typed=TypedTracking(code, carrier, url),
        corrects=row.pk if row else None,
        seen=seen or (typed_of(row) if row else None),
        key=key or uuid.uuid4(),
        actor=actor,
        now=shop.now,
    )


def told(httpserver):
    """The codes that the store was told, in turn."""
    bodies = [json.loads(request.get_data() or b"{}") for request, _ in httpserver.log]
    return [body["codigo"] for body in bodies if "codigo" in body]


def rows(shop):
    found = Tracking.objects.filter(order=shop.order).order_by("pk")
    return [(row.volume, row.code, row.replaces and row.replaces.code) for row in found]


def row_of(shop, code):
    return Tracking.objects.get(order=shop.order, code=code)


def states(shop):
    return [(u.kind, u.state, u.reason) for u in shop.order.status_updates.order_by("sequence")]


def note_for(shop, order_number="VT-100482", number=29_248):
    return sample_nfe(
        number=number,
        series=3,
        order_number=order_number,
        total=Decimal("199.90"),
        issued_at=shop.now,
    )


def give(shop, actor, xml, key=None):
    return give_invoice(
        order=shop.order, xml=xml, key=key or uuid.uuid4(), actor=actor, now=shop.now
    )
