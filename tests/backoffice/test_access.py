"""Who may open which page, and who may do what."""

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import ApiToken, UpdateReason, UpdateState
from tests.factories import (
    make_order,
    make_replay_run,
    make_update,
    make_user,
    make_vitrine,
)
from tests.people import GROUPS, client_of, signed_in

pytestmark = pytest.mark.django_db

READ_PAGES = [
    "order_list",
    "order_detail",
    "update_list",
    "update_detail",
    "replay_list",
    "replay_detail",
    "search",
    "vitrines:list",
    "vitrines:detail",
    "status_mapping:edit",
    "status_mapping:history",
    "connection",
    "alarm_list",
    "alarm_settings",
    "late_orders",
    "orphan_list",
    "token_list",
]
WRITE_PAGES = {
    "vitrines:edit": ["Mapeamento", "Administração"],
    "vitrines:create": ["Administração"],
    "token_issue": ["Administração"],
}
#: Pages that say nothing of whether there is what they are about: 404 to whoever may not see it.
HIDDEN_PAGES = ["order_detail", "update_detail"]
#: What an incomplete POST gets from those who may: the form again (200, 422) or a message (302).
DEEDS = {
    "correct_tracking": (422, ["Operação", "Mapeamento", "Administração"]),
    "give_invoice": (422, ["Operação", "Mapeamento", "Administração"]),
    "update_decide": (302, ["Operação", "Mapeamento", "Administração"]),
    "update_retry": (302, ["Operação", "Mapeamento", "Administração"]),
    "replay_new": (302, ["Operação", "Mapeamento", "Administração"]),
    "replay_cancel": (302, ["Operação", "Mapeamento", "Administração"]),
    "update_cancel": (302, ["Operação", "Mapeamento", "Administração"]),
    "lane_pause": (302, ["Operação", "Mapeamento", "Administração"]),
    "lane_resume": (302, ["Operação", "Mapeamento", "Administração"]),
    "vitrines:edit": (200, ["Mapeamento", "Administração"]),
    "vitrines:create": (200, ["Administração"]),
    "connection": (200, ["Administração"]),
    "alarm_settings": (200, ["Mapeamento", "Administração"]),
    "deadlines": (302, ["Mapeamento", "Administração"]),
    "alarm_test": (302, ["Mapeamento", "Administração"]),
    "token_issue": (200, ["Administração"]),
    "token_revoke": (302, ["Administração"]),
}


@pytest.fixture
def addresses():
    vitrine = make_vitrine()
    order = make_order(vitrine)
    update = make_update(order, state=UpdateState.FAILED, reason=UpdateReason.REJECTED)
    run = make_replay_run(vitrine)
    token = ApiToken.objects.create(name="erp", digest="a" * 64, hint="vit_abc")
    arguments = {
        "order_detail": [vitrine.code, order.number],
        "correct_tracking": [vitrine.code, order.number],
        "give_invoice": [vitrine.code, order.number],
        "update_detail": [update.pk],
        "update_decide": [update.pk],
        "update_retry": [update.pk],
        "update_cancel": [update.pk],
        "replay_detail": [run.pk],
        "replay_cancel": [run.pk],
        "token_revoke": [token.pk],
    }
    of_a_vitrine = [
        "vitrines:detail",
        "vitrines:edit",
        "status_mapping:edit",
        "status_mapping:history",
        "connection",
        "alarm_settings",
        "deadlines",
        "alarm_test",
        "lane_pause",
        "lane_resume",
    ]
    arguments |= {name: [vitrine.code] for name in of_a_vitrine}
    names = {"painel", *READ_PAGES, *WRITE_PAGES, *DEEDS}
    return {name: reverse(name, args=arguments.get(name)) for name in names}


def _statuses(client, addresses, names, method="get"):
    return {name: getattr(client, method)(addresses[name]).status_code for name in names}


@pytest.mark.parametrize("group", GROUPS)
def test_pages_answer_the_group_that_may_open_them(addresses, group):
    names = ["painel", *READ_PAGES, *WRITE_PAGES]
    allowed = dict.fromkeys(["painel", *READ_PAGES], 200)
    allowed |= {name: 200 if group in who else 403 for name, who in WRITE_PAGES.items()}
    assert _statuses(client_of(group), addresses, names) == allowed


@pytest.mark.parametrize("group", GROUPS)
def test_deeds_are_refused_to_a_group_that_may_not_do_them(addresses, group):
    expected = {name: done if group in who else 403 for name, (done, who) in DEEDS.items()}
    assert _statuses(client_of(group), addresses, DEEDS, "post") == expected


@pytest.mark.parametrize("group", ["Consulta", "Operação"])
def test_saving_the_de_para_is_refused_below_mapeamento(addresses, group):
    assert client_of(group).post(addresses["status_mapping:edit"]).status_code == 403


def test_user_without_a_group_sees_only_the_painel(addresses):
    client = signed_in(make_user("novata"))
    names = [*READ_PAGES, *WRITE_PAGES]
    expected = dict.fromkeys(names, 403) | dict.fromkeys(HIDDEN_PAGES, 404)
    assert _statuses(client, addresses, names) == expected
    painel = client.get(addresses["painel"])
    assert painel.status_code == 200
    assert "Seu usuário ainda não tem um perfil" in painel.content.decode()


def test_visitor_is_sent_to_the_login_from_every_page(addresses):
    client = Client()
    for name in ["painel", *READ_PAGES, *WRITE_PAGES]:
        response = client.get(addresses[name])
        assert response.status_code == 302, name
        assert response["Location"].startswith("/entrar/?next="), name


def test_menu_shows_only_what_the_user_may_open():
    seen = client_of("Consulta").get("/").content.decode()
    for address in ("/pedidos/", "/atualizacoes/", "/vitrines/", "/tokens/"):
        assert f'href="{address}"' in seen
    assert 'href="/admin/"' not in seen

    unseen = signed_in(make_user("novata")).get("/").content.decode()
    for address in ("/pedidos/", "/atualizacoes/", "/vitrines/", "/tokens/", "/admin/"):
        assert f'href="{address}"' not in unseen
