"""What may not be saved, and what is only warned of."""

import pytest

from status_mapping.known_statuses import KnownStatuses
from status_mapping.models import (
    DeliveryTypeMapping,
    InboundStatus,
    MappingRevision,
    PaymentTypeMapping,
    StatusMapping,
)
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from status_mapping.validation import LIMITS, CellError, errors_of, text_error
from status_mapping.warnings import warnings_of
from tests.status_mapping.platforms import make_platform
from vitrines.statuses import OrderStatus

PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PREPARING = OrderStatus.EM_PREPARACAO
INVOICED = OrderStatus.DESPACHADO
PLATFORM = make_platform(channels={"xml": ["DESPACHADO"], "url": ["PAGAMENTO_CONFIRMADO"]})


def errors(*rows, platform=PLATFORM, **types):
    return errors_of(MappingTables(statuses=rows, **types), platform)


def warnings(*rows, platform=PLATFORM, known=None):
    known = known or KnownStatuses(platform.mapping.statuses)
    found = warnings_of(MappingTables(statuses=rows), platform, known)
    return [(warning.status, warning.message) for warning in found]


def test_limits_are_those_of_the_columns():
    columns = {
        "platform_status": (StatusMapping, "platform_status"),
        "also_receives": (InboundStatus, "folded"),
        "ez_core_status_id": (StatusMapping, "ez_core_status_id"),
        "ez_core_flow_id": (StatusMapping, "ez_core_flow_id"),
        "word": (PaymentTypeMapping, "word"),
        "erp_code": (PaymentTypeMapping, "erp_code"),
        "label": (PaymentTypeMapping, "label"),
        "carrier": (DeliveryTypeMapping, "carrier"),
        "reason": (MappingRevision, "reason"),
    }
    assert {
        field: model._meta.get_field(name).max_length for field, (model, name) in columns.items()
    } == LIMITS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("PAID", None),
        ("á" * 120, None),
        ("A" * 121, "Use até 120 caracteres (aqui há 121)."),
        # Its folded form, which is stored too, has two letters for one.
        ("ß" * 61, "Use até 120 caracteres (aqui há 122)."),
        ("PA\x07ID", "Contém um caractere invisível (U+0007). Apague e digite de novo."),
        ("PA\x00ID", "Contém um caractere invisível (U+0000). Apague e digite de novo."),
        ("PAID\u200b", "Contém um caractere invisível (U+200B). Apague e digite de novo."),
        ("PA\u2028ID", "Contém um caractere invisível (U+2028). Apague e digite de novo."),
    ],
)
def test_text_names_the_limit_or_the_character(text, message):
    assert text_error("platform_status", text) == message


def test_a_word_listed_in_two_rows_is_an_error_beside_both():
    rows = (
        StatusRow(PAID, also_receives=("Approved",)),
        StatusRow(PREPARING, also_receives=("approved",)),
    )
    assert errors(*rows) == [
        CellError(
            "statuses",
            "PAGAMENTO_CONFIRMADO",
            "also_receives",
            "“Approved” também está em Em preparação: deixe em uma só.",
        ),
        CellError(
            "statuses",
            "EM_PREPARACAO",
            "also_receives",
            "“approved” também está em Pagamento Confirmado: deixe em uma só.",
        ),
    ]


def test_a_channel_that_the_platform_does_not_offer_is_an_error():
    assert errors(StatusRow(PAID, "PAID", channel="xml")) == [
        CellError(
            "statuses",
            "PAGAMENTO_CONFIRMADO",
            "channel",
            "Exemplo não oferece este envio para Pagamento Confirmado.",
        )
    ]
    assert errors(StatusRow(INVOICED, "INVOICED", channel="xml")) == []


def test_a_status_with_two_rows_is_an_error():
    assert errors(StatusRow(PAID, "A"), StatusRow(PAID, "B")) == [
        CellError(
            "statuses",
            "PAGAMENTO_CONFIRMADO",
            "platform_status",
            "Pagamento Confirmado tem mais de uma linha.",
        )
    ]


def test_a_type_needs_its_word_and_its_code_and_has_its_word_once():
    found = errors(
        payment_types=(PaymentType("pix", "17"), PaymentType("PIX", ""), PaymentType("", "3")),
        delivery_types=(DeliveryType("sedex", "2", carrier="C" * 81),),
    )
    assert [(e.table, e.key, e.field, e.message) for e in found] == [
        ("payment_types", 1, "erp_code", "Informe o código no ERP."),
        ("payment_types", 2, "word", "Informe a palavra da plataforma ou remova a linha."),
        ("payment_types", 0, "word", "“pix” está em mais de uma linha desta tabela."),
        ("payment_types", 1, "word", "“PIX” está em mais de uma linha desta tabela."),
        ("delivery_types", 0, "carrier", "Use até 80 caracteres (aqui há 81)."),
    ]


def test_more_types_than_the_table_takes_are_an_error():
    types = tuple(PaymentType(f"tipo {n}", "1") for n in range(301))
    assert errors(payment_types=types) == [
        CellError("payment_types", 300, "word", "A tabela aceita até 300 linhas.")
    ]


def test_a_whole_mapping_has_neither_errors_nor_warnings():
    rows = (StatusRow(PAID, "PAID", also_receives=("approved",)), StatusRow(INVOICED, "INVOICED"))
    assert errors(*rows) == []
    assert warnings(*rows) == []


def test_an_active_row_without_a_code_is_warned_of():
    message = "Ativo sem status da plataforma: as atualizações aguardam até haver um."
    assert warnings(StatusRow(PAID)) == [(PAID, message)]
    assert warnings(StatusRow(PAID, active=False)) == []
    assert warnings(StatusRow(PAID), platform=make_platform(code=False)) == []


def test_a_status_that_the_platform_does_not_offer_is_warned_of():
    platform = make_platform(statuses=[{"code": "PAID", "label": "Pago"}])
    assert warnings(StatusRow(PAID, "PAID"), platform=platform) == []
    assert warnings(StatusRow(PAID, "APPROVED"), platform=platform) == [
        (PAID, "Exemplo não oferece o status “APPROVED”.")
    ]
    assert warnings(StatusRow(PAID, "paid"), platform=platform) == [
        (PAID, "Exemplo não oferece o status “paid”. O dela é “PAID”.")
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (StatusRow(PAID, "A", ez_core_status_id="1", ez_core_flow_id="2"), []),
        (StatusRow(PAID, "A", active=False), []),
        (
            StatusRow(PAID, "A", ez_core_status_id="1"),
            [(PAID, "Exemplo pede ID Fluxo EZ Core neste status.")],
        ),
        (
            StatusRow(PAID, "A"),
            [(PAID, "Exemplo pede ID Status EZ Core e ID Fluxo EZ Core neste status.")],
        ),
    ],
)
def test_a_missing_ez_core_id_is_warned_of_where_it_is_required(row, expected):
    assert warnings(row, platform=make_platform(ez_core="required")) == expected
    assert warnings(row, platform=make_platform(ez_core="optional")) == []


def test_a_shared_status_is_warned_of_in_the_row_that_does_not_get_it():
    rows = (StatusRow(PAID, "PROCESSING"), StatusRow(PREPARING, "processing"))
    assert warnings(*rows) == [
        (
            PREPARING,
            "Pedido recebido com “processing” entra como Pagamento Confirmado, "
            "que usa a mesma palavra.",
        )
    ]


def test_a_status_that_another_row_lists_is_warned_of():
    rows = (StatusRow(PAID, "PAID"), StatusRow(PREPARING, "PICKING", also_receives=("paid",)))
    assert warnings(*rows) == [
        (
            PAID,
            "Pedido recebido com “PAID” entra como Em preparação, que a lista em “também recebe”.",
        )
    ]
