"""The Painel as it is shown: what waits with the way to it, and the figures beside it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.models import (
    Event,
    EventKind,
    EventOutcome,
    EventSource,
    Lane,
    PauseReason,
    SendingHour,
    StatusDeadline,
    UpdateReason,
    UpdateState,
)
from integrations.sending_tally import hour_of
from tests.factories import NOW, make_order, make_update, make_vitrine
from tests.html_rules import read_page
from tests.people import GROUPS, client_of
from vitrines.models import Inclusion, InclusionReason
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

EMPTY = "Nada espera por você"
NO_SENDINGS = "Nenhum envio em 24 h"


def failed(vitrine, number, reason=UpdateReason.REJECTED, state=UpdateState.FAILED, **fields):
    return make_update(make_order(vitrine, number), state=state, reason=reason, **fields)


def accepted(vitrine, number, *, at):
    return make_update(
        make_order(vitrine, number),
        state=UpdateState.SENT,
        reason=UpdateReason.ACCEPTED,
        created_at=at,
        finished_at=at,
    )


def held_order(vitrine, number):
    return make_order(
        vitrine,
        number,
        status=None,
        inclusion=Inclusion.HELD,
        inclusion_reason=InclusionReason.UNMAPPED,
    )


def orphan(vitrine):
    return Event.objects.create(
        vitrine=vitrine,
        source=EventSource.ERP,
        external_id=f"e{vitrine.pk}",
        kind=EventKind.INVOICED,
        order_number="999",
        occurred_at=NOW,
        received_at=NOW,
        outcome=EventOutcome.ORPHAN,
    )


def painel(group="Consulta"):
    html = client_of(group).get("/").content.decode()
    assert read_page(html).faults == []
    return html


def test_painel_without_a_vitrine_says_where_to_begin():
    assert 'href="/vitrines/nova/">Cadastre a primeira vitrine</a>' in painel("Administração")
    assert "Quem administra o sistema cadastra as vitrines" in painel("Consulta")


def test_painel_with_nothing_to_do_says_so_and_shows_the_figures():
    vitrine = make_vitrine()
    make_update(make_order(vitrine), state=UpdateState.SENT, reason=UpdateReason.ACCEPTED)
    make_update(make_order(vitrine, "2"), created_at=timezone.now() - timedelta(hours=3))

    html = painel()

    assert EMPTY in html
    assert NO_SENDINGS in html
    assert '<a href="/atualizacoes/?state=pending">1</a>' in html
    assert "o mais antigo há 3 h" in html


def test_each_row_has_its_count_its_age_and_one_button():
    vitrine = make_vitrine()
    failed(vitrine, "1", created_at=timezone.now() - timedelta(hours=3))
    failed(vitrine, "2", created_at=timezone.now() - timedelta(hours=1))

    html = painel()

    listed = "/atualizacoes/?vitrine=LOJA-SP&amp;state=failed&amp;reason=rejected"
    assert f'<a href="{listed}">2</a>' in html
    assert "mais antigo <time" in html
    assert ">há 3 h</time>" in html
    assert html.count('class="btn btn-sm btn-brand" href=') == 1
    assert f'class="btn btn-sm btn-brand" href="{listed}">Ver recusadas' in html
    assert EMPTY not in html


def test_button_is_shown_to_whoever_may_press_it_and_a_link_to_the_others():
    vitrine = make_vitrine()
    failed(vitrine, "1", UpdateReason.EXHAUSTED)
    held_order(vitrine, "2")
    Lane.objects.create(
        vitrine=vitrine, paused_at=timezone.now(), pause_reason=PauseReason.AUTH_REFUSED
    )
    words = {
        'look" href="/vitrines/LOJA-SP/envio/">Ver os parâmetros': "Consulta Operação Mapeamento",
        'btn btn-sm btn-brand" href="/vitrines/LOJA-SP/envio/">Corrigir cred': "Administração",
        'look" href="/atualizacoes/?vitrine=LOJA-SP': "Consulta",
        'btn btn-sm btn-brand" href="/atualizacoes/reprocessar/?about=filter': (
            "Operação Mapeamento Administração"
        ),
        ">Ver o DE-PARA": "Consulta Operação",
        ">Mapear status": "Mapeamento Administração",
    }
    shown = {group: painel(group) for group in GROUPS}
    assert {
        word: " ".join(group for group, html in shown.items() if word in html) for word in words
    } == words


def test_every_way_leads_to_a_page_that_its_user_may_open():
    vitrine = make_vitrine()
    for number, (state, reason) in enumerate(
        [
            ("failed", "rejected"),
            ("failed", "exhausted"),
            ("failed", "config"),
            ("failed", "not_offered"),
            ("held", "unmapped"),
            ("held", "waiting_invoice_xml"),
            ("held", "waiting_tracking"),
        ]
    ):
        failed(vitrine, str(number), UpdateReason(reason), UpdateState(state))
    held_order(vitrine, "100")
    orphan(vitrine)
    hidden = make_vitrine("FORA", published=False)
    make_update(make_order(hidden))
    Lane.objects.create(vitrine=vitrine, paused_at=timezone.now(), pause_reason=PauseReason.MANUAL)
    for group in GROUPS:
        client = client_of(group)
        context = client.get("/").context
        ways = {row.way.url for each in context["asking"] for row in each.rows}
        ways |= {row.list_url for each in context["asking"] for row in each.rows}
        assert {way: client.get(way).status_code for way in ways} == dict.fromkeys(ways, 200)


def test_what_is_only_good_to_know_asks_for_nobody():
    soon = timezone.now() + timedelta(minutes=5)
    Lane.objects.create(
        vitrine=make_vitrine(), breaker_open_until=soon, breaker_opened_at=timezone.now()
    )
    html = painel()
    assert "Plataformas instáveis" in html
    assert EMPTY in html


def test_orphans_lead_to_the_list_of_those_of_their_vitrine():
    orphan(make_vitrine())
    html = painel()
    assert '<a href="/orfaos/?vitrine=LOJA-SP">1</a>' in html
    assert 'btn btn-sm btn-quiet" href="/orfaos/?vitrine=LOJA-SP">Ver órfãos' in html


def test_chart_is_drawn_and_told_in_words_and_numbers():
    vitrine, this_hour = make_vitrine(), hour_of(timezone.now())
    SendingHour.objects.create(
        vitrine=vitrine,
        hour=this_hour,
        accepted=1200,
        accepted_first_try=1100,
        refused=50,
        postponed=7,
        took_4=1200,
    )
    html = painel()
    name = f"{timezone.localtime(this_hour):%H} h"

    assert f"<title>{name}: 1.200 aceitos, 7 adiados, 50 recusados</title>" in html
    patterns = ("accepted", "retried", "postponed", "refused")
    assert [html.count(f'id="p-{name}"') for name in patterns] == [1, 1, 1, 1]
    assert [html.count(f'fill="url(#p-{name})"') for name in patterns] == [2, 1, 2, 2]
    numbers = "".join(f'<td class="num">{n}</td>' for n in ("1.200", "0", "7", "50"))
    assert f'<th scope="row" class="nowrap">{name}</th>{numbers}' in html
    assert "88% <span" in html
    assert "de 1.250 concluídos" in html
    assert "<dd>1,4 s</dd>" in html
    assert NO_SENDINGS not in html


def test_silent_vitrine_says_so():
    vitrine, now = make_vitrine(), timezone.now()
    SendingHour.objects.bulk_create(
        SendingHour(vitrine=vitrine, hour=hour_of(now) - timedelta(hours=age), accepted=5)
        for age in range(5, 5 + 8 * 24)
    )
    accepted(vitrine, "1", at=now - timedelta(hours=5))
    html = painel()
    assert "Vitrines em silêncio" in html
    assert "último aceito <time" in html
    assert ">há 5 h</time>" in html
    assert "O ERP não informou nada desde então." in html
    assert EMPTY not in html


def test_order_that_is_late_is_named_with_the_way_to_all_that_are():
    vitrine = make_vitrine()
    StatusDeadline.objects.create(vitrine=vitrine, status=OrderStatus.EM_PREPARACAO, minutes=60)
    since = timezone.now() - timedelta(hours=3)
    order = make_order(vitrine, "7", status=OrderStatus.EM_PREPARACAO, status_at=since)
    make_update(order, OrderStatus.EM_PREPARACAO, created_at=since, due_at=since)

    page = client_of("Consulta").get("/").content.decode()

    assert "Pedidos fora do prazo" in page
    assert f'href="/pedidos/fora-do-prazo/?vitrine={vitrine.code}&amp;status=2"' in page
    assert f'href="/pedidos/{vitrine.code}/7/"' in page


@pytest.mark.parametrize("number", [1, 3])
def test_painel_asks_the_database_the_same_for_one_vitrine_and_three(
    django_assert_num_queries, number
):
    client, now = client_of("Consulta"), timezone.now()
    for place in range(number):
        vitrine = make_vitrine(f"LOJA-{place}")
        failed(vitrine, "1")
        held_order(vitrine, "2")
        orphan(vitrine)
        Lane.objects.create(vitrine=vitrine, breaker_open_until=now + timedelta(hours=1))
        SendingHour.objects.bulk_create(
            SendingHour(vitrine=vitrine, hour=hour_of(now) - timedelta(hours=age), accepted=5)
            for age in range(5, 5 + 8 * 24)
        )
        accepted(vitrine, "3", at=now - timedelta(hours=5))
    with django_assert_num_queries(11):
        # session, user, permissions (2), group; all that waits, who is quiet, their hours, the last
        # words of who is silent, deadlines, the hours of the day
        client.get("/")
