"""A revision brought back: whole, as values to be saved."""

from status_mapping.restoring import restore
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from tests.status_mapping.platforms import make_platform
from vitrines.statuses import OrderStatus

PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PREPARING = OrderStatus.EM_PREPARACAO
SENT = OrderStatus.DESPACHADO


def shown(proposal, status):
    cells = proposal.statuses[status.name].cells
    return {name: value for name, value in cells.items() if value}


def test_what_the_revision_had_takes_the_place_of_what_is_stored():
    now = MappingTables((StatusRow(PAID, "APPROVED", also_receives=("ok",)),))
    then = MappingTables((StatusRow(PAID, "PAID", active=False),))

    proposal = restore(now, then, make_platform())

    assert shown(proposal, PAID) == {"platform_status": "PAID"}
    assert proposal.notes == {}


def test_a_status_that_the_revision_did_not_map_is_not_mapped_again():
    now = MappingTables((StatusRow(PAID, "PAID"), StatusRow(PREPARING, "PICKING")))

    proposal = restore(now, MappingTables((StatusRow(PAID, "PAID"),)), make_platform())

    assert shown(proposal, PREPARING) == {}


def test_a_status_that_was_declared_not_sent_is_declared_again():
    now = MappingTables((StatusRow(PAID, "PAID"),))

    proposal = restore(now, MappingTables((StatusRow(PAID, active=False),)), make_platform())

    assert shown(proposal, PAID) == {"not_sent": True}


def test_types_come_back_and_those_that_came_later_are_to_be_removed():
    now = MappingTables(payment_types=(PaymentType("Pix", "17"), PaymentType("voucher", "9")))
    then = MappingTables(
        payment_types=(PaymentType("boleto", "5"), PaymentType("pix", "12")),
        delivery_types=(DeliveryType("sedex", "2"),),
    )

    proposal = restore(now, then, make_platform())

    rows = proposal.types["payment_types"]
    assert [(r.cells["word"], r.cells["erp_code"], r.origin, r.removed) for r in rows] == [
        ("pix", "12", "pix", False),
        ("voucher", "9", "voucher", True),
        ("boleto", "5", "", False),
    ]
    assert [r.cells["word"] for r in proposal.types["delivery_types"]] == ["sedex"]


def test_a_channel_that_the_platform_no_longer_offers_is_left_out_with_a_note():
    platform = make_platform(channels={"url": [SENT.name]})
    now = MappingTables((StatusRow(SENT, "SHIPPED", channel="url"),))
    then = MappingTables((StatusRow(SENT, "INVOICED", channel="xml"),))

    proposal = restore(now, then, platform)

    assert shown(proposal, SENT) == {
        "platform_status": "INVOICED",
        "channel": "url",
        "active": True,
    }
    assert proposal.notes == {
        "DESPACHADO": ["Envio XML ficou de fora: Exemplo não o oferece neste status."]
    }


def test_ids_that_the_platform_has_no_column_for_are_left_out_with_a_note():
    then = MappingTables((StatusRow(PAID, "PAID", ez_core_status_id="4", ez_core_flow_id="10"),))

    proposal = restore(MappingTables(), then, make_platform(ez_core="none"))

    assert shown(proposal, PAID) == {"platform_status": "PAID", "active": True}
    assert proposal.notes == {
        "PAGAMENTO_CONFIRMADO": [
            "ID Status EZ Core e ID Fluxo EZ Core ficaram de fora: Exemplo não usa."
        ]
    }


def test_ids_that_the_revision_did_not_have_are_emptied():
    now = MappingTables((StatusRow(PAID, "PAID", ez_core_status_id="4"),))

    proposal = restore(
        now, MappingTables((StatusRow(PAID, "PAID"),)), make_platform(ez_core="optional")
    )

    assert shown(proposal, PAID) == {"platform_status": "PAID", "active": True}
