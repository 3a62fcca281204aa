"""What each platform's requests mean, and how that platform answers them.

Two dialects: the store's own simple one, as the ``generic`` platform speaks it when only its base
address is filled in (``/lojas/<loja>`` + ``/pedidos/<pedido>/{status,nota-fiscal,rastreio}``), and
Linx Commerce's ``UpdateOrder``.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from integrations.simulated_store.nfe import UnreadableInvoice, read_invoice
from integrations.simulated_store.state import Told, ToldInvoice, ToldTracking

LINX_PATH = "/v1/Sales/API.svc/web/UpdateOrder"
LINX_STATUSES_PATH = "/v1/Sales/API.svc/web/SearchOrderStatus"
#: As a tenant may have named them; the sample DE-PARA uses the ids 1 to 8.
LINX_STATUSES = (
    "Aguardando pagamento",
    "Pago",
    "Em separação",
    "Faturado",
    "Enviado",
    "Entregue",
    "Cancelado",
    "Problema na entrega",
    "Retirado na loja",
)
_OWN_PATH = re.compile(r"/lojas/([^/]+)/pedidos/([^/]+)/(status|nota-fiscal|rastreio)")
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]{1,120}")

JsonAnswer = tuple[int, dict[str, Any]]


class NotUnderstood(Exception):
    """The request is refused with an answer in the words of its dialect."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class PlatformRequest:
    method: str
    path: str
    query: str
    content_type: str
    authorization: str
    body: bytes


class OwnDialect:
    """Status, note and tracking as JSON, form or query; the note also as the raw NF-e XML."""

    name = "loja"
    methods = frozenset({"GET", "POST", "PUT", "PATCH"})

    @staticmethod
    def speaks(path: str) -> bool:
        return _OWN_PATH.fullmatch(path) is not None

    @staticmethod
    def shop_of(request: PlatformRequest) -> str:
        match = _OWN_PATH.fullmatch(request.path)
        return unquote(match[1]) if match else ""

    @staticmethod
    def answer_to_question(request: PlatformRequest) -> JsonAnswer | None:
        """What is asked without telling anything; None for what tells something."""
        return None

    @classmethod
    def understand(cls, request: PlatformRequest) -> Told:
        match = _OWN_PATH.fullmatch(request.path)
        if match is None:
            raise NotUnderstood(404, "Endereço desconhecido.")
        shop, order_id, endpoint = unquote(match[1]), unquote(match[2]), match[3]
        for name, value in (("loja", shop), ("pedido", order_id)):
            if not _PRINTABLE.fullmatch(value):
                raise NotUnderstood(404, f"{name}: nome inválido.")
        fields = dict(parse_qsl(request.query))
        if endpoint == "nota-fiscal" and "xml" in request.content_type:
            invoice = _invoice_of_xml(request.body)
            return Told(shop, order_id, endpoint, fields.get("status", ""), invoice=invoice)
        fields |= _fields_of_body(request)
        told = cls._told(shop, order_id, endpoint, fields)
        if not (told.status or told.invoice or told.trackings):
            raise NotUnderstood(422, f"{endpoint}: nada foi informado.")
        return told

    @staticmethod
    def _told(shop: str, order_id: str, endpoint: str, fields: dict[str, Any]) -> Told:
        return Told(
            shop=shop,
            order_id=order_id,
            endpoint=endpoint,
            status=_text(fields, "status"),
            number=_text(fields, "pedido"),
            invoice=_own_invoice(fields) if endpoint == "nota-fiscal" else None,
            trackings=_own_trackings(fields) if endpoint == "rastreio" else (),
        )

    @staticmethod
    def accepted(told: Told, *, repeated: bool) -> JsonAnswer:
        return 200, {"ok": True, "pedido": told.order_id, "repetido": repeated}

    @staticmethod
    def error_in_body(message: str) -> JsonAnswer:
        return 200, {"ok": False, "erro": message}

    @staticmethod
    def refused(error: NotUnderstood) -> JsonAnswer:
        return error.status, {"ok": False, "erro": error.message}


class LinxDialect:
    """``UpdateOrder``: one call carries status, note and tracking; it refuses with HTTP 200.
    ``SearchOrderStatus`` lists the tenant's own statuses.

    The shop is the user of the Basic credential, since each tenant has its own host there.
    """

    name = "Linx Commerce"
    methods = frozenset({"POST"})

    @staticmethod
    def speaks(path: str) -> bool:
        return path in {LINX_PATH, LINX_STATUSES_PATH}

    @staticmethod
    def shop_of(request: PlatformRequest) -> str:
        return _basic_user(request.authorization)

    @classmethod
    def answer_to_question(cls, request: PlatformRequest) -> JsonAnswer | None:
        if request.path != LINX_STATUSES_PATH:
            return None
        if not cls.shop_of(request):
            return 401, cls.error_in_body("Informe usuário e senha (Basic).")[1]
        told = [{"OrderStatusID": n, "Status": s} for n, s in enumerate(LINX_STATUSES, start=1)]
        return 200, {"Result": told, "IsValid": True, "Errors": []}

    @classmethod
    def understand(cls, request: PlatformRequest) -> Told:
        shop = cls.shop_of(request)
        if not shop:
            raise NotUnderstood(401, "Informe usuário e senha (Basic).")
        fields = _json_object(request.body)
        order_id = _text(fields, "OrderID")
        if not _PRINTABLE.fullmatch(order_id):
            raise NotUnderstood(200, "OrderID is required")
        told = Told(
            shop=shop,
            order_id=order_id,
            endpoint="UpdateOrder",
            status=_text(fields, "WorkflowType") or _text(fields, "OrderStatus"),
            invoice=_linx_invoice(fields.get("Invoice")),
            trackings=_linx_trackings(fields.get("Shipment")),
            extras=_linx_extras(fields),
        )
        if not (told.status or told.invoice or told.trackings or told.extras):
            raise NotUnderstood(200, "Nothing to update")
        return told

    @staticmethod
    def accepted(told: Told, *, repeated: bool) -> JsonAnswer:
        return 200, {"IsValid": True, "Errors": [], "Warnings": []}

    @staticmethod
    def error_in_body(message: str) -> JsonAnswer:
        error = {"ErrorMessage": message, "ErrorCode": None}
        return 200, {"IsValid": False, "Errors": [error], "Warnings": []}

    @classmethod
    def refused(cls, error: NotUnderstood) -> JsonAnswer:
        return error.status, cls.error_in_body(error.message)[1]


Dialect = type[OwnDialect] | type[LinxDialect]
DIALECTS: tuple[Dialect, ...] = (OwnDialect, LinxDialect)


def dialect_of(path: str) -> Dialect | None:
    return next((dialect for dialect in DIALECTS if dialect.speaks(path)), None)


def _fields_of_body(request: PlatformRequest) -> dict[str, Any]:
    if not request.body:
        return {}
    if "x-www-form-urlencoded" in request.content_type:
        return dict(parse_qsl(_decoded(request.body)))
    return _json_object(request.body)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(_decoded(body))
    except (ValueError, RecursionError):
        raise NotUnderstood(400, "O corpo não é um JSON válido.") from None
    if not isinstance(value, dict):
        raise NotUnderstood(400, "O corpo deve ser um objeto JSON.")
    return value


def _well_formed(text: str) -> str:
    """JSON may carry half a surrogate pair, which no answer could be encoded with."""
    return text.encode("utf-8", "replace").decode()


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotUnderstood(400, "O corpo não está em UTF-8.") from None


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None or isinstance(value, (dict, list)):
        return ""
    return _well_formed(str(value)).strip()[:500]


def _truth(fields: dict[str, Any], name: str) -> bool:
    return _text(fields, name).lower() in ("true", "1", "sim")


def _invoice_of_xml(xml: bytes) -> ToldInvoice:
    try:
        return read_invoice(xml)
    except UnreadableInvoice as error:
        raise NotUnderstood(422, str(error)) from None


def _own_invoice(fields: dict[str, Any]) -> ToldInvoice | None:
    if xml := fields.get("xml"):
        return _invoice_of_xml(str(xml).encode("utf-8", "replace"))
    number, key = _text(fields, "numero"), _text(fields, "chave")
    if not (number or key):
        return None
    return ToldInvoice(number, _text(fields, "serie"), key, with_xml=False)


def _own_trackings(fields: dict[str, Any]) -> tuple[ToldTracking, ...]:
    if not (_text(fields, "codigo") or _text(fields, "url")):
        return ()
    tracking = ToldTracking(
        volume=_text(fields, "volume") or "1",
        code=_text(fields, "codigo"),
        carrier=_text(fields, "transportadora"),
        url=_text(fields, "url"),
        delivered=_truth(fields, "entregue"),
    )
    return (tracking,)


def _basic_user(authorization: str) -> str:
    """The user of a Basic credential that has a password too; empty for anything else."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return user if user and password else ""


def _linx_invoice(invoice: Any) -> ToldInvoice | None:
    if not isinstance(invoice, dict):
        return None
    if xml := invoice.get("XML"):
        return _invoice_of_xml(str(xml).encode("utf-8", "replace"))
    code = _text(invoice, "Code")
    if not code:
        raise NotUnderstood(200, "OrderInvoice.Code is required")
    return ToldInvoice(
        number=_text(invoice, "Number") or code,
        series=_text(invoice, "Series"),
        key=code if len(code) == 44 else "",
        with_xml=False,
    )


def _linx_trackings(shipment: Any) -> tuple[ToldTracking, ...]:
    if not isinstance(shipment, dict):
        return ()
    code, url = _text(shipment, "TrackingNumber"), _text(shipment, "TrackingUrl")
    if not (code or url):
        return ()
    # UpdateOrder knows no volumes: each code stands for itself.
    return (ToldTracking(volume="", code=code, carrier="", url=url, delivered=False),)


def _linx_extras(fields: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The EZ Core ids, under the names that the sample vitrine's two parameters give them."""
    names = {"OrderStatusID": "ID Status EZ Core", "OrderFlowID": "ID Fluxo EZ Core"}
    return tuple((label, _text(fields, name)) for name, label in names.items() if fields.get(name))
