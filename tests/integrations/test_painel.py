"""The Painel: what waits for a person, by cause, with the way to it."""

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
    UpdateReason,
    UpdateState,
)
from integrations.needs_a_person import held_orders, waiting_causes
from tests.factories import CHAVE_NFE, NOW, make_order, make_update, make_vitrine
from tests.people import client_of
from vitrines.models import Inclusion, InclusionReason, Invoice

pytestmark = pytest.mark.django_db

EMPTY = "Nada espera por você"


def _failed(vitrine, number, reason=UpdateReason.REJECTED, state=UpdateState.FAILED):
    return make_update(make_order(vitrine, number), state=state, reason=reason)


def _held_order(vitrine, number):
    return make_order(
        vitrine,
        number,
        status=None,
        inclusion=Inclusion.HELD,
        inclusion_reason=InclusionReason.UNMAPPED,
    )


def _painel():
    return client_of("Consulta").get("/").content.decode()


def test_painel_with_nothing_to_do_says_so():
    vitrine = make_vitrine()
    make_update(make_order(vitrine), state=UpdateState.SENT, reason=UpdateReason.ACCEPTED)
    make_update(make_order(vitrine, "2"), state=UpdateState.PENDING)
    make_update(make_order(vitrine, "3"), state=UpdateState.SKIPPED, reason=UpdateReason.ECHO)
    assert EMPTY in _painel()


def test_causes_are_counted_by_vitrine_with_failures_first():
    one, two = make_vitrine("LOJA-1"), make_vitrine("LOJA-2")
    _failed(one, "1", UpdateReason.UNMAPPED, UpdateState.HELD)
    _failed(one, "2")
    _failed(two, "3")
    _failed(two, "4")
    assert [(c.state, c.reason, c.total, c.by_vitrine) for c in waiting_causes()] == [
        ("failed", "rejected", 3, (("LOJA-2", 2), ("LOJA-1", 1))),
        ("held", "unmapped", 1, (("LOJA-1", 1),)),
    ]


def test_each_cause_leads_to_its_list():
    _failed(make_vitrine(), "1")
    html = _painel()
    assert 'href="/atualizacoes/?state=failed&amp;reason=rejected"' in html
    assert 'href="/atualizacoes/?state=failed&amp;reason=rejected&amp;vitrine=LOJA-SP"' in html


@pytest.mark.parametrize(
    ("state", "reason", "title"),
    [
        ("failed", "rejected", "Recusadas pela plataforma"),
        ("failed", "exhausted", "Tentativas esgotadas"),
        ("failed", "config", "Erro de configuração"),
        ("failed", "destination_refused", "Endereço de destino não permitido"),
        ("held", "unmapped", "Status sem mapeamento"),
        ("held", "waiting_invoice_xml", "Aguardando o XML da nota"),
        ("held", "waiting_tracking", "Aguardando o rastreio"),
        ("held", "not_offered", "A plataforma não oferece este envio"),
    ],
)
def test_every_reason_has_its_title(state, reason, title):
    _failed(make_vitrine(), "1", UpdateReason(reason), UpdateState(state))
    assert [cause.title for cause in waiting_causes()] == [title]


def test_held_orders_are_counted_and_lead_to_the_list():
    vitrine = make_vitrine()
    _held_order(vitrine, "1")
    _held_order(vitrine, "2")
    make_order(vitrine, "3")
    assert held_orders() == (("LOJA-SP", 2),)
    assert 'href="/pedidos/?inclusion=held&amp;vitrine=LOJA-SP"' in _painel()


def test_paused_vitrine_is_shown_with_its_reason():
    vitrine = make_vitrine()
    Lane.objects.create(
        vitrine=vitrine, paused_at=timezone.now(), pause_reason=PauseReason.AUTH_REFUSED
    )
    html = _painel()
    assert "credencial recusada pela plataforma" in html
    assert EMPTY not in html


def test_unpublished_vitrine_is_shown_only_while_something_waits():
    vitrine = make_vitrine(published=False)
    client = client_of("Consulta")
    assert EMPTY in client.get("/").content.decode()
    make_update(make_order(vitrine))
    make_update(make_order(vitrine, "2"))
    assert "2 atualizações esperam a publicação." in client.get("/").content.decode()


def test_unwell_platform_is_told_but_asks_for_nobody():
    soon = timezone.now() + timedelta(minutes=5)
    Lane.objects.create(
        vitrine=make_vitrine(), breaker_open_until=soon, breaker_opened_at=timezone.now()
    )
    html = _painel()
    assert "Plataformas instáveis" in html
    assert EMPTY in html


def test_orphans_are_listed_without_the_xml():
    vitrine = make_vitrine()
    Event.objects.create(
        vitrine=vitrine,
        source=EventSource.ERP,
        external_id="e1",
        kind=EventKind.INVOICED,
        order_number="999",
        occurred_at=NOW,
        received_at=NOW,
        outcome=EventOutcome.ORPHAN,
    )
    Invoice.objects.create(
        vitrine=vitrine,
        order_number="1000",
        chave_nfe=CHAVE_NFE,
        number=29248,
        series=3,
        issued_at=NOW,
        total="199.90",
        xml=b"<nfeProc>Maria da Silva</nfeProc>",
    )
    html = _painel()
    assert "1 evento · 1 nota" in html
    assert "999" in html
    assert CHAVE_NFE in html
    assert "Maria" not in html


@pytest.mark.parametrize("number", [1, 3])
def test_painel_asks_the_database_the_same_for_one_row_and_three(django_assert_num_queries, number):
    client = client_of("Consulta")
    for place in range(number):
        vitrine = make_vitrine(f"LOJA-{place}")
        _failed(vitrine, "1")
        _held_order(vitrine, "2")
        Lane.objects.create(
            vitrine=vitrine, paused_at=timezone.now(), pause_reason=PauseReason.MANUAL
        )
    with django_assert_num_queries(14):
        # session, user, permissions (2), group; causes, held orders, orphans (4: counts and
        # newest), paused, unpublished, unwell
        client.get("/")
