"""Atualizações by cause: one cause, one row, one button."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from integrations import grouped_causes
from integrations.grouped_causes import GROUPED
from integrations.models import UpdateReason, UpdateState
from integrations.replay import selection
from integrations.replay.selection import Plan
from integrations.ticked import MOST_TICKED
from integrations.wording import ago_at_least
from tests.factories import NOW, make_order, make_update, make_vitrine
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


def addresses_of(html, *, of):
    """Where the number of the cause with this message leads to, and its button."""
    [row] = [row for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL) if of in row]
    links = re.findall(r'class="(?:how-many|btn btn-sm btn-brand)" href="([^"]+)"', row)
    return [unescape(link) for link in links]


def test_number_of_one_message_among_others_leads_to_just_these(vitrine, operator):
    """However many: an address that named them could name 200."""
    these = {refused(vitrine, f"Order {n} not found").pk for n in range(MOST_TICKED + 50)}
    refused(vitrine, "outra coisa")
    refused(make_vitrine("LOJA-RJ"), "Order 1 not found")

    html = html_of(operator.get(f"{CAUSES}&vitrine=LOJA-SP"))

    listed, replayed = addresses_of(html, of="Order … not found")
    page = operator.get(listed)
    assert page.context["page"].count == len(these) == 250
    assert page.context["ticked"].updates == ()
    assert "“Order … not found”" in html_of(page)
    assert "Reprocessar estas 250…" in html
    assert set(operator.get(replayed).context["preview"].plan.selection.updates) == these


def test_number_and_button_of_a_cause_keep_what_is_ticked(vitrine, operator):
    refused(vitrine, "falta 1")
    refused(vitrine, "outra coisa")

    html = html_of(operator.get(f"{CAUSES}&sel=1,2"))

    listed, replayed = addresses_of(html, of="falta …")
    assert operator.get(listed).context["ticked"].updates == (1, 2)
    assert operator.get(replayed).context["back"].endswith("&sel=1,2")


def test_filter_of_a_message_goes_along_with_the_other_filters_until_it_is_taken_away(
    vitrine, operator
):
    refused(vitrine, "falta 1", status=OrderStatus.EMBARCADO)
    refused(vitrine, "falta 2")
    refused(vitrine, "outra coisa")
    query = urlencode({"state": "failed", "message": "falta …"})

    html = html_of(operator.get(f"/atualizacoes/?{query}"))
    narrowed = operator.get(f"/atualizacoes/?{query}&status=7")

    assert '<input type="hidden" name="message" value="falta …"' in html
    assert '<a href="?state=failed" data-ticks>Ver as de qualquer mensagem</a>' in html
    assert "Pré-visualizar todas as 2 do filtro" in html
    assert narrowed.context["page"].count == 1


def test_filter_of_a_message_reads_the_newest_only_and_says_so(vitrine, operator, monkeypatch):
    monkeypatch.setattr(selection, "MOST_READ", 2)
    for number in range(3):
        refused(vitrine, f"falta {number}")

    response = operator.get("/atualizacoes/?" + urlencode({"message": "falta …"}))

    assert response.context["page"].count == 2
    assert "entre as 5.000 mais novas do filtro" in html_of(response)


@pytest.mark.parametrize("count", [1, 60])
def test_filter_of_a_message_costs_the_same_however_many_there_are(
    count, vitrine, operator, django_assert_num_queries
):
    for number in range(count):
        refused(vitrine, f"falta {number}")
    query = urlencode({"vitrine": "LOJA-SP", "reason": "rejected", "message": "falta …"})

    with django_assert_num_queries(10):
        operator.get(f"/atualizacoes/?{query}")


def test_platform_that_said_nothing_is_a_cause_of_its_own(vitrine, operator):
    silent = refused(vitrine, "")
    refused(vitrine, "outra coisa")

    response = operator.get(CAUSES)

    assert rows_of(response)[0] == ("rejected", "LOJA-SP", "outra coisa", "1")
    assert rows_of(response)[1] == ("rejected", "LOJA-SP", "(sem mensagem)", "1")
    listed, _ = addresses_of(html_of(response), of="(sem mensagem)")
    assert list(operator.get(listed).context["page"]) == [silent]


def test_message_of_a_plan_is_frozen_as_the_updates_that_say_it_now(vitrine, operator):
    one = refused(vitrine, "falta 1")
    query = urlencode({"about": "filter", "state": "failed", "message": "falta …"})

    response = operator.get(f"/atualizacoes/reprocessar/?{query}")
    refused(vitrine, "falta 2")

    plan = response.context["preview"].plan
    assert list(plan.rows) == [one]
    assert Plan.from_json(plan.as_json()) == plan
    assert "Estado: <b>Recusado ou falhou</b> · Mensagem: <b>“falta …”</b>" in html_of(response)


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
    assert f'<a class="btn btn-sm btn-brand" href="/atualizacoes/?{query}" data-ticks>' in html


def test_wrong_configuration_leads_to_the_parameters_first(vitrine, operator):
    refused(vitrine, "sem endereço", reason="config")

    html = html_of(operator.get(CAUSES))

    assert 'href="/vitrines/LOJA-SP/envio/"' in html
    assert "Reprocessar esta…" in html
    # As the button Reenviar of one: it may have failed by the row of the DE-PARA.
    [_, replayed] = addresses_of(html, of="sem endereço")
    assert operator.get(replayed).context["preview"].plan.mode == "decidir"


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
    assert "há mais de " in html


@pytest.mark.parametrize(
    ("age", "told"),
    [
        ({"days": 6, "hours": 1}, "há mais de 6 dias"),
        ({"hours": 3}, "há mais de 3 h"),
        ({"minutes": 5}, "há mais de 5 min"),
        ({"seconds": 5}, "agora ou antes"),
    ],
)
def test_age_of_the_oldest_that_was_read_says_that_there_are_older_ones(age, told):
    assert ago_at_least(NOW - timedelta(**age), NOW) == told


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
