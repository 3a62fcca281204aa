"""Atualizações by cause: one cause, one row, one button."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations import grouped_causes
from integrations.grouped_causes import GROUPED
from integrations.models import UpdateReason, UpdateState
from tests.factories import make_order, make_update, make_vitrine
from tests.integrations.people import READER, sign_in
from tests.integrations.replay.pages import html_of
from tests.integrations.updates.rows import held, refused
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

CAUSES = "/atualizacoes/?agrupar=causa"


def rows_of(response):
    return [
        (each.reason.value, each.vitrine.code, each.message, each.told_number)
        for each in response.context["causes"]
    ]


@pytest.fixture
def causes(vitrine):
    """Three refusals for one reason, one for another, one of another vitrine; two held."""
    other = make_vitrine("LOJA-RJ")
    refused(vitrine, "Order 100482 not found")
    refused(vitrine, "OrderInvoice.Code is required")
    refused(vitrine, "Order 7 not found")
    refused(vitrine, "Order 100483 not found", status=OrderStatus.EMBARCADO)
    refused(other, "Order 3 not found")
    held(vitrine)
    held(vitrine, status=OrderStatus.DESPACHADO)
    # What waits for nobody is no cause.
    make_update(make_order(vitrine, "1"), state=UpdateState.SENT, reason=UpdateReason.ACCEPTED)
    make_update(make_order(vitrine, "2"))


def test_one_cause_is_one_row_with_failures_first_and_most_first(causes, operator):
    response = operator.get(CAUSES)

    assert rows_of(response) == [
        ("rejected", "LOJA-SP", "Order … not found", "3"),
        ("rejected", "LOJA-RJ", "Order … not found", "1"),
        ("rejected", "LOJA-SP", "OrderInvoice.Code is required", "1"),
        ("unmapped", "LOJA-SP", "", "2"),
    ]
    assert "7 ao todo." in html_of(response)


@pytest.mark.parametrize(
    ("query", "reasons"),
    [
        ("vitrine=LOJA-RJ", ["rejected"]),
        ("state=held", ["unmapped"]),
        ("reason=unmapped", ["unmapped"]),
        ("status=7", ["rejected"]),
        ("state=sent", []),
        ("since=2027-01-01", []),
    ],
)
def test_filter_of_the_list_narrows_the_causes(query, reasons, causes, operator):
    response = operator.get(f"{CAUSES}&{query}")

    assert [row[0] for row in rows_of(response)] == reasons


def test_cause_tells_its_statuses_its_age_and_the_newest_of_it(vitrine, operator):
    now = timezone.now()
    refused(vitrine, "não", created_at=now - timedelta(days=3, hours=1))
    newest = refused(vitrine, "não", status=OrderStatus.EMBARCADO, created_at=now)

    response = operator.get(CAUSES)

    [cause] = response.context["causes"]
    html = html_of(response)
    assert cause.statuses == (OrderStatus.DESPACHADO, OrderStatus.EMBARCADO)
    assert cause.example == newest
    assert "há 3 dias" in html
    assert f'<a href="/atualizacoes/{newest.pk}/">#{newest.pk}</a>' in html


def test_only_message_of_a_reason_is_replayed_by_the_filter(vitrine, operator):
    refused(vitrine, "não")
    refused(vitrine, "não")

    html = html_of(operator.get(CAUSES))

    filtered = "about=filter&amp;vitrine=LOJA-SP&amp;state=failed&amp;reason=rejected"
    assert f'href="/atualizacoes/reprocessar/?{filtered}&amp;mode=renderizar"' in html
    assert "Reprocessar estas 2…" in html


def test_one_message_among_others_is_replayed_by_naming_its_updates(vitrine, operator):
    one, two = refused(vitrine, "falta 1"), refused(vitrine, "falta 2")
    refused(vitrine, "outra coisa")

    html = html_of(operator.get(CAUSES))

    named = f"about=chosen&amp;sel={two.pk},{one.pk}&amp;mode=renderizar"
    assert f'href="/atualizacoes/reprocessar/?{named}"' in html
    assert f'href="/atualizacoes/?sel={two.pk},{one.pk}&amp;marcadas=1"' in html


def test_more_than_an_address_can_name_says_how_many_the_button_is_about(
    vitrine, operator, monkeypatch
):
    monkeypatch.setattr(grouped_causes, "MOST_TICKED", 2)
    for number in range(3):
        refused(vitrine, f"falta {number}")
    refused(vitrine, "outra coisa")

    html = html_of(operator.get(CAUSES))

    assert "Reprocessar as 2 mais novas…" in html


@pytest.mark.parametrize(
    ("reason", "button", "address"),
    [
        ("unmapped", "Mapear", "/vitrines/LOJA-SP/configuracoes-adicionais/"),
        ("waiting_invoice_xml", "Informar o XML…", "/pedidos/LOJA-SP/{number}/"),
        ("waiting_tracking", "Informar o rastreio…", "/pedidos/LOJA-SP/{number}/"),
    ],
)
def test_held_has_the_button_that_ends_it(reason, button, address, vitrine, operator):
    update = held(vitrine, reason)

    html = html_of(operator.get(CAUSES))

    wanted = address.format(number=update.order.number)
    assert button in html
    assert f'<a class="btn btn-sm btn-brand" href="{wanted}">' in html


def test_several_that_lack_a_fact_lead_to_their_list(vitrine, operator):
    held(vitrine, "waiting_tracking")
    held(vitrine, "waiting_tracking")

    html = html_of(operator.get(CAUSES))

    query = "vitrine=LOJA-SP&amp;state=held&amp;reason=waiting_tracking"
    assert f'<a class="btn btn-sm btn-brand" href="/atualizacoes/?{query}">' in html


def test_wrong_configuration_leads_to_the_parameters_first(vitrine, operator):
    refused(vitrine, "sem endereço", reason="config")

    html = html_of(operator.get(CAUSES))

    assert 'href="/vitrines/LOJA-SP/envio/"' in html
    assert "Reprocessar esta…" in html


def test_channel_that_is_not_offered_leads_to_the_mapping_and_is_decided_again(vitrine, operator):
    """The parameters have nothing to do with it, and today's file would refuse the same again."""
    refused(vitrine, "VTEX não oferece envio por URL", reason="not_offered")

    html = html_of(operator.get(CAUSES))

    assert 'configuracoes-adicionais/#status-de-pedidos">' in html
    assert "Escolher outro envio" in html
    assert "Corrigir o envio" not in html
    assert "reason=not_offered&amp;mode=decidir" in html


def test_who_may_only_look_is_led_to_the_list(client):
    refused(make_vitrine())
    sign_in(client, *READER)

    html = html_of(client.get(CAUSES))

    assert "Reprocessar" not in html
    assert "Ver na lista" in html


def test_reason_with_more_than_is_read_says_so_and_hides_no_other(vitrine, operator, monkeypatch):
    monkeypatch.setattr(grouped_causes, "MOST_READ", 2)
    for _ in range(3):
        held(vitrine)
    refused(vitrine, "não")

    response = operator.get(CAUSES)

    assert rows_of(response) == [
        ("rejected", "LOJA-SP", "não", "1"),
        ("unmapped", "LOJA-SP", "", "2+"),
    ]
    html = html_of(response)
    assert "3+ ao todo." in html
    assert "onde há mais, o número leva um +" in html
    assert '<span class="hint">mais de</span>' in html


def test_messages_that_are_each_of_their_own_kind_fold_into_one_number(
    vitrine, operator, monkeypatch
):
    monkeypatch.setattr(grouped_causes, "MOST_ROWS", 2)
    for word in ("um", "dois", "três", "quatro"):
        refused(vitrine, f"erro {word}")

    response = operator.get(CAUSES)

    assert len(rows_of(response)) == 2
    assert "4 ao todo. 2 delas têm mensagens raras" in html_of(response)


def test_no_cause_says_that_nothing_waits(vitrine, operator):
    assert "Nada falhou e nada aguarda" in html_of(operator.get(CAUSES))


def test_no_cause_with_a_filter_offers_to_clear_it(causes, operator):
    html = html_of(operator.get(f"{CAUSES}&state=sent&sel=1"))

    assert "Nenhum resultado para este filtro" in html
    assert '<a href="?agrupar=causa&amp;sel=1">Limpar filtros</a>' in html


def test_every_reason_that_something_fails_or_is_held_for_is_grouped():
    closed = {
        UpdateReason.ACCEPTED,
        UpdateReason.ALREADY_APPLIED,
        UpdateReason.INACTIVE,
        UpdateReason.REGRESSION,
        UpdateReason.ECHO,
        UpdateReason.SUPERSEDED,
        UpdateReason.CANCELLED,
    }

    assert {reason for _, reason in GROUPED} == set(UpdateReason) - closed


@pytest.mark.parametrize("count", [1, 3])
def test_causes_cost_the_same_with_more(count, operator, django_assert_num_queries):
    for number in range(count):
        vitrine = make_vitrine(f"LOJA-{number}")
        refused(vitrine, "não")
        refused(vitrine, "sim")
        held(vitrine)

    with django_assert_num_queries(15):
        response = operator.get(CAUSES)

    assert len(rows_of(response)) == 3 * count
