"""The two vitrines of the sample data: one on the generic platform, one on Linx Commerce."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from integrations.connections import save_connection
from integrations.delivery.lanes import lane_of
from status_mapping.operations import save_mapping
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from vitrines.models import LogPolicy, Vitrine
from vitrines.operations import create_vitrine
from vitrines.platforms import get_platform
from vitrines.statuses import OrderStatus as S


@dataclass(frozen=True)
class Shop:
    code: str
    description: str
    platform: str
    prefix: str
    #: Values of the platform's parameters; ``{store}`` stands for the simulated store's address.
    params: tuple[tuple[str, str], ...]
    secrets: tuple[tuple[str, str], ...]
    mapping: MappingTables


PAYMENT_TYPES = (
    PaymentType("credit_card", "CC", "Cartão de crédito"),
    PaymentType("pix", "PX", "Pix"),
    PaymentType("boleto", "BB", "Boleto bancário", active=False),
)
DELIVERY_TYPES = (
    DeliveryType("sedex", "SDX", "Sedex", carrier="Correios"),
    DeliveryType("pickup", "RET", "Retirada na loja", pickup=True),
)

#: Problemas has no row yet: an order that meets one waits until somebody maps it.
SAO_PAULO = Shop(
    code="LOJA-SP",
    description="Loja São Paulo",
    platform="generic",
    prefix="VT",
    params=(
        ("base_url", "{store}/lojas/LOJA-SP"),
        ("auth_kind", "bearer"),
        ("success_rule", "status == `200` && body.ok"),
    ),
    secrets=(("auth_secret", "chave-da-loja-simulada"),),
    mapping=MappingTables(
        statuses=(
            StatusRow(S.AGUARDANDO_PAGAMENTO, "pending", also_receives=("new",)),
            StatusRow(S.PAGAMENTO_CONFIRMADO, "paid", also_receives=("approved", "pago")),
            StatusRow(S.EM_PREPARACAO, "picking"),
            StatusRow(S.DESPACHADO, "invoiced"),
            StatusRow(S.EMBARCADO, "shipped"),
            StatusRow(S.ENTREGUE, "delivered"),
            StatusRow(S.CANCELADO, "canceled", also_receives=("cancelled",)),
        ),
        payment_types=PAYMENT_TYPES,
        delivery_types=DELIVERY_TYPES,
    ),
)

#: Em preparação is declared inactive here, and cancelled orders are let in.
RIO = Shop(
    code="LOJA-RJ",
    description="Loja Rio de Janeiro",
    platform="linx_commerce",
    prefix="",
    params=(
        ("base_url", "{store}"),
        ("username", "LOJA-RJ"),
        ("ez_core_status_field", "OrderStatusID"),
        ("ez_core_flow_field", "OrderFlowID"),
    ),
    secrets=(("password", "senha-da-loja-simulada"),),
    mapping=MappingTables(
        statuses=(
            StatusRow(
                S.AGUARDANDO_PAGAMENTO,
                "WAITING_PAYMENT",
                ez_core_status_id="1",
                ez_core_flow_id="10",
            ),
            StatusRow(S.PAGAMENTO_CONFIRMADO, "PAID", ez_core_status_id="2", ez_core_flow_id="10"),
            StatusRow(
                S.EM_PREPARACAO,
                "PICKING",
                active=False,
                ez_core_status_id="3",
                ez_core_flow_id="10",
            ),
            StatusRow(S.DESPACHADO, "INVOICED", ez_core_status_id="4", ez_core_flow_id="10"),
            StatusRow(S.EMBARCADO, "SHIPPED", ez_core_status_id="5", ez_core_flow_id="10"),
            StatusRow(S.ENTREGUE, "DELIVERED", ez_core_status_id="6", ez_core_flow_id="10"),
            StatusRow(
                S.CANCELADO,
                "CANCELED",
                processa_inclusao=True,
                ez_core_status_id="7",
                ez_core_flow_id="11",
            ),
            StatusRow(S.PROBLEMAS, "DELIVERY_ISSUE", ez_core_status_id="8", ez_core_flow_id="10"),
        ),
        payment_types=PAYMENT_TYPES[:2],
        delivery_types=DELIVERY_TYPES[:1],
    ),
)

SHOPS = (SAO_PAULO, RIO)


def open_shops(*, store_url: str, author: User, now: datetime) -> list[Vitrine]:
    """Register both vitrines, connect them to the simulated store and save their DE-PARA."""
    return [_open(shop, store_url, author, now) for shop in SHOPS]


def _open(shop: Shop, store_url: str, author: User, now: datetime) -> Vitrine:
    vitrine = create_vitrine(
        code=shop.code,
        description=shop.description,
        platform=shop.platform,
        published=True,
        log_policy=LogPolicy.ALL,
        order_prefix=shop.prefix,
        actor=author,
        now=now,
    )
    params = get_platform(shop.platform).params
    defaults = {param.name: param.default for param in params if not param.secret}
    given = {name: value.replace("{store}", store_url) for name, value in shop.params}
    save_connection(
        vitrine=vitrine,
        params=defaults | given,
        new_secrets=dict(shop.secrets),
        removed_secrets=set(),
        known_secrets={param.name for param in params if param.secret},
        seen_version="",
        actor=author,
        now=now,
    )
    save_mapping(
        vitrine=vitrine,
        base_revision=0,
        tables=shop.mapping,
        author=author,
        reason="dados de exemplo",
        now=now,
    )
    lane_of(vitrine)
    return vitrine
