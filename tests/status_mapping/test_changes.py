"""The snapshot of a revision, and what changed between two of them in words."""

import json

import pytest

from status_mapping.cells import EMPTY_STATUS, status_cells, status_row
from status_mapping.changes import CHANNEL_LABELS, changes_between
from status_mapping.models import Channel
from status_mapping.snapshot import snapshot, tables_from
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from vitrines.statuses import OrderStatus

PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PROBLEM = OrderStatus.PROBLEMAS
TABLES = MappingTables(
    statuses=(
        StatusRow(PROBLEM, active=False),
        StatusRow(PAID, "PAID", also_receives=("approved",), ez_core_status_id="2"),
    ),
    payment_types=(PaymentType("pix", "17"),),
    delivery_types=(DeliveryType("sedex", "2", "Sedex", carrier="Correios"),),
)


def told(before, after):
    return [str(change) for change in changes_between(before, after)]


def test_snapshot_has_the_documented_shape():
    assert snapshot(TABLES) == {
        "statuses": {
            "PAGAMENTO_CONFIRMADO": {
                "platform_status": "PAID",
                "channel": "",
                "active": True,
                "processa_inclusao": False,
                "ez_core_status_id": "2",
                "ez_core_flow_id": "",
                "also_receives": ["approved"],
            },
            "PROBLEMAS": {
                "platform_status": "",
                "channel": "",
                "active": False,
                "processa_inclusao": False,
                "ez_core_status_id": "",
                "ez_core_flow_id": "",
                "also_receives": [],
            },
        },
        "payment_types": [{"word": "pix", "erp_code": "17", "label": "", "active": True}],
        "delivery_types": [
            {
                "word": "sedex",
                "erp_code": "2",
                "label": "Sedex",
                "active": True,
                "pickup": False,
                "carrier": "Correios",
            }
        ],
    }


def test_snapshot_survives_json():
    assert tables_from(json.loads(json.dumps(snapshot(TABLES)))) == TABLES.normalised()


def test_snapshot_of_an_older_shape_takes_the_defaults():
    data = {"statuses": {"PAGAMENTO_CONFIRMADO": {"platform_status": "PAID"}}}
    assert tables_from(data) == MappingTables((StatusRow(PAID, "PAID"),))


def test_normalised_trims_and_lists_each_word_once():
    row = StatusRow(PAID, " PAID ", also_receives=(" a ", "B", "", "A"))
    assert row.normalised() == StatusRow(PAID, "PAID", also_receives=("a", "B"))


def test_a_row_is_stored_once_anything_in_it_is_filled():
    for name, value in {"channel": "xml", "also_receives": "x", "ez_core_flow_id": "1"}.items():
        assert status_row(PROBLEM, EMPTY_STATUS | {name: value}) is not None
    assert status_row(PROBLEM, EMPTY_STATUS | {"processa_inclusao": True}) is not None


def test_a_row_with_nothing_in_it_is_stored_only_when_declared():
    assert status_row(PROBLEM, EMPTY_STATUS) is None
    declared = status_row(PROBLEM, EMPTY_STATUS | {"not_sent": True})
    assert declared == StatusRow(PROBLEM, active=False)
    assert status_cells(declared) == EMPTY_STATUS | {"not_sent": True}


def test_a_declaration_ends_once_the_row_is_filled():
    row = status_row(PROBLEM, EMPTY_STATUS | {"not_sent": True, "platform_status": "X"})
    assert status_cells(row)["not_sent"] is False


def test_changes_of_nothing_are_none():
    assert told(TABLES, TABLES) == []


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (
            TABLES.with_row(StatusRow(PAID, "APPROVED", channel="xml", active=False)),
            "Pagamento Confirmado: Status da plataforma: “PAID” → “APPROVED”; "
            "Também recebe: “approved” → vazio; Envio: padrão → XML; "
            "ID Status EZ Core: “2” → vazio; Ativo: sim → não",
        ),
        (
            TABLES.without_row(PAID),
            "Pagamento Confirmado: ficou sem mapeamento (era Status da plataforma: “PAID”; "
            "Também recebe: “approved”; ID Status EZ Core: “2”; Ativo: sim)",
        ),
        (
            TABLES.without_row(PROBLEM),
            "Problemas: ficou sem mapeamento (era Não enviar este status: sim)",
        ),
        (
            TABLES.with_row(StatusRow(PROBLEM, "FAILED")),
            "Problemas: Status da plataforma: vazio → “FAILED”; Ativo: não → sim; "
            "Não enviar este status: sim → não",
        ),
        (
            TABLES.with_row(StatusRow(OrderStatus.CANCELADO, "CANCELED", processa_inclusao=True)),
            "Cancelado: Status da plataforma: “CANCELED”; Ativo: sim; Processa Inclusão: sim",
        ),
    ],
)
def test_changes_of_a_status_are_told_cell_by_cell(after, expected):
    assert told(TABLES, after) == [expected]


def test_changes_of_types_are_told_by_their_word():
    after = MappingTables(
        statuses=TABLES.statuses,
        payment_types=(PaymentType("PIX", "17", active=False), PaymentType("boleto", "5")),
    )
    assert told(TABLES, after) == [
        "“boleto”: linha incluída (Código no ERP: “5”; Ativo: sim)",
        "“PIX”: Palavra da plataforma: “pix” → “PIX”; Ativo: sim → não",
        "“sedex”: linha removida (era Código no ERP: “2”; Descrição: “Sedex”; "
        "Transportadora: “Correios”; Ativo: sim)",
    ]


def test_channels_have_the_labels_of_the_model():
    assert {"": "padrão", **dict(Channel.choices)} == CHANNEL_LABELS
