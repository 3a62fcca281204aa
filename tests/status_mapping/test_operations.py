"""Salvar stores everything or nothing, numbers it, and never overwrites another person's."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from status_mapping.models import (
    DeliveryTypeMapping,
    InboundStatus,
    MappingRevision,
    PaymentTypeMapping,
    StatusMapping,
)
from status_mapping.operations import InvalidMapping, StaleRevision, save_mapping
from status_mapping.queries import inbound_rows, latest_revision_number, outbound_rows, tables_of
from status_mapping.snapshot import snapshot
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from status_mapping.translation import Outbound, inbound, outbound
from tests.factories import make_user, make_vitrine
from vitrines.models import AuditAction, AuditEntry
from vitrines.statuses import OrderStatus

NOW = datetime(2026, 11, 23, 17, 2, tzinfo=UTC)
PAID = OrderStatus.PAGAMENTO_CONFIRMADO
PREPARING = OrderStatus.EM_PREPARACAO
PROBLEM = OrderStatus.PROBLEMAS
TABLES = MappingTables(
    statuses=(
        StatusRow(PAID, "PAID", also_receives=("approved", "captured")),
        StatusRow(PREPARING, "PICKING", channel="url"),
        StatusRow(PROBLEM, active=False),
    ),
    payment_types=(PaymentType("pix", "17", "PIX"),),
    delivery_types=(DeliveryType("sedex", "2", carrier="Correios"),),
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def vitrine():
    return make_vitrine()


@pytest.fixture
def maria():
    return make_user("maria")


def save(vitrine, tables=TABLES, *, base=0, author=None, reason=""):
    return save_mapping(
        vitrine=vitrine,
        base_revision=base,
        tables=tables,
        author=author,
        reason=reason,
        now=NOW,
    )


def stored_counts():
    models = [StatusMapping, InboundStatus, PaymentTypeMapping, DeliveryTypeMapping]
    return [model.objects.count() for model in [*models, MappingRevision, AuditEntry]]


def test_save_stores_the_three_tables(vitrine):
    save(vitrine)
    assert tables_of(vitrine) == TABLES
    assert stored_counts() == [3, 4, 1, 1, 1, 1]


def test_save_numbers_a_revision_with_the_tables_before_and_after(vitrine, maria):
    save(vitrine)
    after = TABLES.without_row(PREPARING)
    revision = save(vitrine, after, base=1, author=maria, reason=" loja sem separação ")
    assert (revision.number, revision.author, revision.author_label) == (2, maria, "maria")
    assert (revision.created_at, revision.reason) == (NOW, "loja sem separação")
    assert revision.before == snapshot(TABLES)
    assert revision.after == snapshot(after)


def test_save_writes_the_audit_entry(vitrine, maria):
    save(vitrine, MappingTables((StatusRow(PAID, "PAID"),)), author=maria, reason="início")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.at) == (AuditAction.MAPPING_SAVE, maria, NOW)
    assert (entry.vitrine, entry.subject) == (vitrine, "revisão 1")
    assert entry.details == {
        "revision": 1,
        "reason": "início",
        "changes": ["Pagamento Confirmado: Status da plataforma: “PAID”; Ativo: sim"],
    }


def test_save_without_an_author_is_the_systems(vitrine):
    revision = save(vitrine)
    assert (revision.author, revision.author_label) == (None, "sistema")


def test_save_without_a_change_makes_no_revision(vitrine):
    save(vitrine)
    assert save(vitrine, TABLES, base=1) is None
    assert (MappingRevision.objects.count(), AuditEntry.objects.count()) == (1, 1)


def test_save_compares_what_is_stored_not_how_it_was_typed(vitrine):
    save(vitrine)
    typed = TABLES.with_row(StatusRow(PAID, " PAID ", also_receives=("approved ", "captured", "")))
    assert save(vitrine, typed, base=1) is None


def test_save_keeps_the_id_of_a_row_that_stays(vitrine):
    save(vitrine)
    before = StatusMapping.objects.get(status=PAID).pk
    save(vitrine, TABLES.with_row(StatusRow(PAID, "APPROVED")), base=1)
    assert StatusMapping.objects.get(status=PAID).pk == before


def test_save_can_swap_the_words_of_two_rows(vitrine):
    save(vitrine)
    swapped = TABLES.with_row(StatusRow(PAID, "PICKING")).with_row(
        StatusRow(PREPARING, "PAID", also_receives=("approved", "captured"))
    )
    save(vitrine, swapped, base=1)
    assert tables_of(vitrine) == swapped.normalised()


def test_saved_rows_translate_in_both_directions(vitrine):
    save(vitrine)
    rows, words = outbound_rows(vitrine), inbound_rows(vitrine)
    told = {status: outbound(rows.get(status), code_required=True) for status in OrderStatus}
    assert told[PAID] is Outbound.SEND
    assert told[PROBLEM] is Outbound.INACTIVE
    assert told[OrderStatus.ENTREGUE] is Outbound.UNMAPPED
    assert inbound(" Approved", words).status is PAID
    assert inbound("PICKING", words).status is PREPARING
    assert inbound("refunded", words) is None


def test_a_shared_status_is_sent_by_both_rows_and_received_by_the_first(vitrine):
    tables = MappingTables((StatusRow(PREPARING, "PROCESSING"), StatusRow(PAID, "PROCESSING")))
    save(vitrine, tables)
    sent = {status: row.platform_status for status, row in outbound_rows(vitrine).items()}
    assert sent == {PAID: "PROCESSING", PREPARING: "PROCESSING"}
    assert inbound("processing", inbound_rows(vitrine)).status is PAID


def test_save_from_a_stale_revision_changes_nothing(vitrine, maria):
    """Both loaded revision 1; the first saver wins and the second is told."""
    save(vitrine)
    first = TABLES.with_row(StatusRow(PAID, "APPROVED"))
    save(vitrine, first, base=1, author=maria)
    with pytest.raises(StaleRevision) as stale:
        save(vitrine, TABLES.with_row(StatusRow(PAID, "PAYED")), base=1)
    assert stale.value.current == 2
    assert tables_of(vitrine) == first.normalised()
    assert latest_revision_number(vitrine) == 2


def test_an_error_in_the_eighth_row_stores_nothing(vitrine):
    rows = tuple(StatusRow(status, status.name) for status in OrderStatus)
    bad = MappingTables(rows).with_row(StatusRow(PROBLEM, "X" * 121))
    with pytest.raises(InvalidMapping) as invalid:
        save(vitrine, bad)
    assert [(e.key, e.field) for e in invalid.value.errors] == [("PROBLEMAS", "platform_status")]
    assert stored_counts() == [0, 0, 0, 0, 0, 0]


def test_a_reason_that_is_too_long_stores_nothing(vitrine):
    with pytest.raises(InvalidMapping) as invalid:
        save(vitrine, reason="x" * 201)
    assert [e.message for e in invalid.value.errors] == ["Use até 200 caracteres (aqui há 201)."]
    assert stored_counts() == [0, 0, 0, 0, 0, 0]


def test_a_failure_while_writing_leaves_everything_as_it_was(vitrine):
    """The revision has no time, which the database refuses: the rows written before it go too."""
    save(vitrine)
    changed = replace(TABLES.with_row(StatusRow(PAID, "APPROVED")), payment_types=())
    with pytest.raises(IntegrityError), transaction.atomic():
        save_mapping(
            vitrine=vitrine,
            base_revision=1,
            tables=changed,
            author=None,
            reason="",
            now=None,
        )
    assert tables_of(vitrine) == TABLES
    assert latest_revision_number(vitrine) == 1


def test_two_vitrines_have_their_own_rows_and_numbers(vitrine):
    other = make_vitrine("LOJA-RJ")
    save(vitrine)
    revision = save(other, MappingTables((StatusRow(PAID, "PAID"),)))
    assert revision.number == 1
    assert tables_of(vitrine) == TABLES


# What the database itself refuses, whoever writes.


def test_one_status_cannot_have_two_rows(vitrine):
    StatusMapping.objects.create(vitrine=vitrine, status=PAID, platform_status="PAID")
    with pytest.raises(IntegrityError), transaction.atomic():
        StatusMapping.objects.create(vitrine=vitrine, status=PAID, platform_status="APPROVED")


def test_a_ninth_status_cannot_be_stored(vitrine):
    with pytest.raises(IntegrityError), transaction.atomic():
        StatusMapping.objects.create(vitrine=vitrine, status=8, platform_status="FAILED")


def test_a_word_cannot_belong_to_two_rows(vitrine):
    save(vitrine)
    other = StatusMapping.objects.get(status=PREPARING)
    with pytest.raises(IntegrityError), transaction.atomic():
        InboundStatus.objects.create(
            vitrine=vitrine, mapping=other, word="APPROVED", folded="approved"
        )


def test_two_savers_cannot_both_make_one_revision(vitrine):
    save(vitrine)
    with pytest.raises(IntegrityError), transaction.atomic():
        MappingRevision.objects.create(
            vitrine=vitrine, number=1, created_at=NOW, before={}, after={}
        )


@pytest.mark.parametrize("model", [PaymentTypeMapping, DeliveryTypeMapping])
def test_a_type_has_its_word_once(vitrine, model):
    model.objects.create(vitrine=vitrine, word="Pix", erp_code="17")
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(vitrine=vitrine, word="PIX", erp_code="18")
