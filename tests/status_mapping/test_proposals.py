"""What is offered for review over the stored DE-PARA, and what of it does not fit."""

from status_mapping.cells import DELIVERY_TYPES, EMPTY_TYPE, PAYMENT_TYPES, cells_of
from status_mapping.merge import MergedRow
from status_mapping.proposals import propose, suggested_tables
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from status_mapping.validation import errors_of
from tests.status_mapping.platforms import make_platform
from vitrines.platforms import all_platforms, get_platform
from vitrines.statuses import OrderStatus

PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PREPARING = OrderStatus.EM_PREPARACAO
INVOICED = OrderStatus.DESPACHADO
PROBLEM = OrderStatus.PROBLEMAS

LINX = get_platform("linx_commerce")
SUGGESTING = make_platform(
    channels={"url": ["PAGAMENTO_CONFIRMADO", "EM_PREPARACAO"], "xml": ["DESPACHADO"]},
    suggestions={
        "PAGAMENTO_CONFIRMADO": {"code": "approved", "also_receives": ["payment-approved"]},
        "DESPACHADO": {"code": "invoiced", "channel": "xml"},
        "PROBLEMAS": {"active": False},
    },
)


def tables(*rows, **types):
    return MappingTables(statuses=rows, **types)


def shown(row):
    """The cells of a row as the page shows them."""
    return cells_of(tables(row)).statuses[row.status.name]


def test_suggestions_are_those_of_the_statuses_without_a_row():
    stored = tables(StatusRow(PAID, "pago"))
    assert suggested_tables(stored, SUGGESTING) == tables(
        StatusRow(INVOICED, "invoiced", channel="xml"), StatusRow(PROBLEM, active=False)
    )


def test_suggestions_leave_a_declared_row_alone():
    stored = tables(*(StatusRow(status, active=False) for status in OrderStatus))
    assert suggested_tables(stored, SUGGESTING) == MappingTables()


def test_a_platform_without_suggestions_has_none():
    assert suggested_tables(MappingTables(), make_platform()) == MappingTables()


def test_suggestions_of_every_platform_may_be_saved_as_they_are():
    faults = {
        name: errors_of(suggested_tables(MappingTables(), platform), platform)
        for name, platform in all_platforms().items()
    }
    assert {name: found for name, found in faults.items() if found} == {}


def test_suggestions_fill_their_rows_and_keep_the_others():
    stored = tables(StatusRow(PAID, "pago"))
    proposal = propose(stored, suggested_tables(stored, SUGGESTING), SUGGESTING)
    empty = cells_of(MappingTables()).statuses
    assert proposal.statuses == {name: MergedRow(row) for name, row in empty.items()} | {
        "PAGAMENTO_CONFIRMADO": MergedRow(shown(StatusRow(PAID, "pago"))),
        "DESPACHADO": MergedRow(shown(StatusRow(INVOICED, "invoiced", channel="xml"))),
        "PROBLEMAS": MergedRow(shown(StatusRow(PROBLEM, active=False))),
    }
    assert proposal.notes == {}


def test_a_suggested_word_of_a_mapped_row_is_left_out():
    stored = tables(
        StatusRow(PREPARING, "Payment-Approved"), StatusRow(PROBLEM, "x", also_receives=("erro",))
    )
    offered = tables(StatusRow(PAID, "pago", also_receives=("payment-approved", "ERRO", "ok")))
    proposal = propose(stored, offered, SUGGESTING)
    assert proposal.statuses["PAGAMENTO_CONFIRMADO"].cells["also_receives"] == "ok"
    assert proposal.notes == {
        "PAGAMENTO_CONFIRMADO": [
            "“payment-approved” ficou de fora: já é de Em preparação.",
            "“ERRO” ficou de fora: já é de Problemas.",
        ]
    }


def test_a_channel_that_is_not_offered_is_left_out_and_said():
    stored = tables(StatusRow(INVOICED, "nf", channel="xml"))
    offered = tables(StatusRow(INVOICED, "invoiced", channel="tracking"))
    proposal = propose(stored, offered, SUGGESTING)
    assert proposal.statuses["DESPACHADO"].cells == shown(
        StatusRow(INVOICED, "invoiced", channel="xml")
    )
    assert proposal.notes == {
        "DESPACHADO": ["Envio Rastreio ficou de fora: Exemplo não o oferece neste status."]
    }


def test_ez_core_ids_are_left_out_where_the_platform_has_no_columns():
    offered = tables(
        StatusRow(PAID, "PAID", ez_core_status_id="2", ez_core_flow_id="10"),
        StatusRow(PREPARING, "PICKING", ez_core_status_id="3"),
    )
    proposal = propose(MappingTables(), offered, SUGGESTING)
    assert proposal.statuses["PAGAMENTO_CONFIRMADO"].cells == shown(StatusRow(PAID, "PAID"))
    assert proposal.notes == {
        "PAGAMENTO_CONFIRMADO": [
            "ID Status EZ Core e ID Fluxo EZ Core ficaram de fora: Exemplo não usa."
        ],
        "EM_PREPARACAO": ["ID Status EZ Core ficou de fora: Exemplo não usa."],
    }


def test_ez_core_ids_that_the_source_does_not_have_are_kept():
    stored = tables(StatusRow(PAID, "PAID", ez_core_status_id="2", ez_core_flow_id="10"))
    proposal = propose(stored, tables(StatusRow(PAID, "pago", ez_core_flow_id="11")), LINX)
    assert proposal.statuses["PAGAMENTO_CONFIRMADO"].cells == shown(
        StatusRow(PAID, "pago", ez_core_status_id="2", ez_core_flow_id="11")
    )
    assert proposal.notes == {}


def test_a_missing_code_is_kept_where_the_platform_asks_for_one():
    stored, offered = tables(StatusRow(PAID, "PAID")), tables(StatusRow(PAID))
    asks = propose(stored, offered, SUGGESTING)
    assert asks.statuses["PAGAMENTO_CONFIRMADO"].cells == shown(StatusRow(PAID, "PAID"))
    assert asks.notes == {
        "PAGAMENTO_CONFIRMADO": ["Veio sem status da plataforma, que Exemplo pede: ficou “PAID”."]
    }
    free = propose(stored, offered, make_platform(code=False))
    assert free.statuses["PAGAMENTO_CONFIRMADO"].cells == shown(StatusRow(PAID))
    assert free.notes == {}


def test_a_declared_row_is_copied_as_such():
    stored = tables(StatusRow(PROBLEM, "erro", ez_core_status_id="8"))
    proposal = propose(stored, tables(StatusRow(PROBLEM, active=False)), LINX)
    assert proposal.statuses["PROBLEMAS"] == MergedRow(shown(StatusRow(PROBLEM, active=False)))


def test_a_row_of_which_nothing_fits_is_not_sent_either():
    offered = tables(StatusRow(INVOICED, channel="tracking", active=False))
    proposal = propose(MappingTables(), offered, SUGGESTING)
    assert proposal.statuses["DESPACHADO"].cells == shown(StatusRow(INVOICED, active=False))


def test_types_are_copied_over_the_stored_ones_and_after_them():
    stored = MappingTables(
        payment_types=(PaymentType("cheque", "CH"), PaymentType("PIX", "99")),
        delivery_types=(DeliveryType("moto", "M"),),
    )
    offered = MappingTables(
        payment_types=(PaymentType("boleto", "5"), PaymentType("pix", "17", "Pix", active=False)),
        delivery_types=(DeliveryType("sedex", "2", pickup=True, carrier="Correios"),),
    )
    proposal = propose(stored, offered, SUGGESTING)
    pay, deliver = EMPTY_TYPE[PAYMENT_TYPES], EMPTY_TYPE[DELIVERY_TYPES]
    assert proposal.types == {
        PAYMENT_TYPES: [
            MergedRow(pay | {"word": "cheque", "erp_code": "CH"}, "cheque"),
            MergedRow({"word": "PIX", "erp_code": "17", "label": "Pix", "active": False}, "pix"),
            MergedRow(pay | {"word": "boleto", "erp_code": "5"}),
        ],
        DELIVERY_TYPES: [
            MergedRow(deliver | {"word": "moto", "erp_code": "M"}, "moto"),
            MergedRow(
                deliver | {"word": "sedex", "erp_code": "2", "pickup": True, "carrier": "Correios"}
            ),
        ],
    }


def test_what_the_source_does_not_have_is_counted_as_kept():
    stored = MappingTables(
        statuses=(StatusRow(PAID, "PAID"), StatusRow(PROBLEM, "erro")),
        payment_types=(PaymentType("cheque", "CH"), PaymentType("PIX", "99")),
    )
    offered = MappingTables((StatusRow(PAID, "pago"),), (PaymentType("pix", "17"),))
    proposal = propose(stored, offered, SUGGESTING)
    assert (proposal.kept_statuses, proposal.kept_types) == ((PROBLEM,), 1)
