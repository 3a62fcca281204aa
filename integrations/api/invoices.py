"""POST invoices: an authorised NF-e as it came from SEFAZ."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from ninja.responses import Status

from integrations.api.auth import BearerToken, Reach
from integrations.api.bodies import SINGLE_CAP, XML_TYPES, read_body
from integrations.api.events import as_dict
from integrations.api.openapi import ERRORS, xml_body
from integrations.api.schemas import EventOut, InvoiceQuery
from integrations.intake.events import receive_invoice
from integrations.intake.nfe import parse_authorised_nfe
from integrations.models import TokenScope

router = Router(tags=["Notas"])


@router.post(
    "",
    auth=BearerToken(TokenScope.EVENTS),
    response={200: EventOut, 201: EventOut, **ERRORS},
    openapi_extra=xml_body("O nfeProc autorizado, sem alterações, de até 1 MiB."),
    summary="Recebe o XML de uma NF-e autorizada",
)
def post_invoice(request: HttpRequest, query: Query[InvoiceQuery]) -> Status[dict[str, Any]]:
    """Vale como um evento invoiced. Sem ?order=, o pedido é o da nota já informada ou o xPed."""
    reach = Reach(request)
    data = read_body(request, cap=SINGLE_CAP, types=XML_TYPES)
    answer = receive_invoice(
        vitrine=reach.vitrine(query.vitrine),
        invoice=parse_authorised_nfe(data),
        order_number=query.order,
        actor_label=reach.actor_label,
        now=timezone.now(),
    )
    return Status(200 if answer.duplicate else 201, as_dict(answer))
