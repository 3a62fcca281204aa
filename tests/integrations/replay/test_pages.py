"""Replay on the screen: choosing on the list, the preview, starting."""

import re
from urllib.parse import urlencode

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from integrations.models import ReplayRun, StatusUpdate, UpdateState
from integrations.replay import previews
from integrations.replay.advancing import advance_replays
from tests.factories import NOW, make_order, make_update, make_vitrine
from tests.integrations.people import READER, sign_in
from tests.integrations.replay.pages import NEW, REPLAYER, RUNS, html_of, said
from tests.integrations.replay.replaying import DISPATCHED, PAID, WHY, replay
from vitrines.models import AuditEntry

pytestmark = pytest.mark.django_db


def form_of(response):
    """What the form of a preview posts, with a reason."""
    return {
        "plan": response.context["form"]["plan"].value(),
        "reason": WHY,
        "per_minute": "600",
    }


# Choosing on the list


def test_list_offers_the_modes_and_a_box_for_each_update(failed, operator):
    html = html_of(operator.get("/atualizacoes/?state=failed&vitrine=LOJA-SP"))

    boxes = re.findall(r'name="update" value="(\d+)"', html)
    assert boxes == [str(update.pk) for update in failed[::-1]]
    assert re.findall(r'name="mode" value="(\w+)"', html) == ["reenviar", "renderizar", "decidir"]
    assert '<input type="hidden" name="state" value="failed">' in html
    assert '<input type="hidden" name="vitrine" value="LOJA-SP">' in html
    assert "Pré-visualizar todas as 2 do filtro" in html


@pytest.mark.parametrize("query", ["", "since=2026-11-23&until=2026-11-01"])
def test_list_without_a_filter_that_holds_offers_the_ticked_ones_only(query, failed, operator):
    html = html_of(operator.get(f"/atualizacoes/?{query}"))

    assert "Pré-visualizar as marcadas" in html
    assert "Para reprocessar muitas de uma vez, filtre a lista antes." in html


def test_list_offers_nothing_to_who_may_only_look(failed, client):
    sign_in(client, *READER)

    html = html_of(client.get("/atualizacoes/?state=failed"))

    assert "Reprocessar" not in html
    assert 'name="update"' not in html


# The preview


def test_preview_of_the_ticked_ones(failed, operator):
    response = operator.get(NEW, {"about": "chosen", "update": failed[0].pk, "mode": "renderizar"})

    html = html_of(response)
    seen = response.context["preview"]
    assert (seen.selected, seen.to_go) == (1, 1)
    assert seen.plan.selection.updates == (failed[0].pk,)
    assert "Confirmar: renderizar de novo 1" in html
    assert ReplayRun.objects.count() == 0


def test_preview_says_where_each_order_is_still_looked_at(operator, monkeypatch):
    monkeypatch.setattr(previews, "LOOKED_AT", 0)
    vtex = make_vitrine("VTEX-SP", platform="vtex")
    values = {"state": UpdateState.FAILED, "reason": "rejected", "channel": "xml"}
    make_update(make_order(vtex), DISPATCHED, **values)

    html = html_of(operator.get(NEW, {"about": "filter", "state": "failed"}))

    assert "até esse número: a nota e o rastreio são conferidos um a um" in html
    assert "Confirmar: renderizar de novo até 1" in html
    assert "fica de fora: aguarda um fato do ERP (XML da nota ou rastreio)" in html


def test_preview_of_the_filter_keeps_it_in_every_address(failed, operator):
    query = {"about": "filter", "state": "failed", "vitrine": "LOJA-SP", "mode": "decidir"}
    response = operator.get(NEW, query)

    html = html_of(response)
    assert response.context["preview"].selected == 2
    assert "Vitrine: <b>LOJA-SP</b> · Estado: <b>Recusado ou falhou</b>" in html
    assert response.context["back"] == "/atualizacoes/?vitrine=LOJA-SP&state=failed"
    other = {**query, "mode": "reenviar"}
    assert f'href="{NEW}?{urlencode(other)}"'.replace("&", "&amp;") in html


def test_preview_shows_what_would_be_asked_with_secrets_masked(failed, vitrine, operator):
    vitrine.connection.params |= {"auth_kind": "bearer"}
    vitrine.connection.secrets = {"auth_secret": "chave-muito-secreta"}
    vitrine.connection.save()

    html = html_of(operator.get(NEW, {"update": failed[0].pk}))

    assert "/pedidos/loja-1/status" in html
    assert "chave-muito-secreta" not in html


def test_preview_where_nothing_can_go_offers_no_button(vitrine, operator):
    echo = make_update(make_order(vitrine), state=UpdateState.SKIPPED, reason="echo")

    html = html_of(operator.get(NEW, {"update": echo.pk}))

    assert "Neste modo não há o que fazer." in html
    assert "Confirmar" not in html


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "Marque ao menos uma atualização, ou use o filtro."),
        ("about=chosen&state=failed", "Marque ao menos uma atualização, ou use o filtro."),
        ("about=filter", "Filtre a lista antes: sem filtro, seriam todas as que existem."),
        ("about=filter&state=nenhum", "O filtro tem erro em Estado: corrija-o na lista."),
        ("about=filter&vitrine=NENHUMA", "O filtro tem erro em Vitrine: corrija-o na lista."),
        ("about=filter&since=ontem", "O filtro tem erro em De: corrija-o na lista."),
        (
            "about=filter&state=failed&since=2026-11-23&until=2026-11-01",
            "O filtro tem erro em Até: corrija-o na lista.",
        ),
        ("update=abc", "O endereço não diz quais atualizações são."),
        ("update=-1", "O endereço não diz quais atualizações são."),
        ("update=%C2%B2", "O endereço não diz quais atualizações são."),
        (f"update={10**30}", "O endereço não diz quais atualizações são."),
        (
            "&".join(f"update={n}" for n in range(1001)),
            "São no máximo 1.000 de cada vez; para mais, use o filtro.",
        ),
    ],
)
def test_address_that_selects_nothing_leads_back_and_says_why(query, why, failed, operator):
    response = operator.get(f"{NEW}?{query}", follow=True)

    assert said(response) == [why]
    assert response.redirect_chain[0][0].startswith("/atualizacoes/")


@pytest.mark.parametrize("pk", [987654, 2**63 - 1])
def test_update_that_does_not_exist_is_counted_as_nothing(pk, failed, operator):
    response = operator.get(NEW, {"update": pk})

    assert response.context["preview"].selected == 0
    assert "Nenhuma atualização corresponde ao que foi escolhido." in html_of(response)


@pytest.mark.parametrize("mode", ["apagar", "", "RENDERIZAR"])
def test_mode_that_does_not_exist_is_the_usual_one(mode, failed, operator):
    response = operator.get(NEW, {"update": failed[0].pk, "mode": mode})

    assert response.context["preview"].plan.mode == "renderizar"


# Starting


def test_confirm_starts_what_was_shown(failed, vitrine, operator):
    shown = operator.get(NEW, {"about": "filter", "state": "failed"})
    make_update(
        make_order(vitrine, "3"), state=UpdateState.FAILED, reason="rejected", finished_at=NOW
    )

    response = operator.post(NEW, {**form_of(shown), "per_minute": "30"})

    run = ReplayRun.objects.get()
    assert (response.status_code, response.headers["Location"]) == (302, f"{RUNS}{run.pk}/")
    assert (run.selected, run.per_minute, run.reason) == (2, 30, WHY)
    assert run.started_by_label == "operacao"
    assert AuditEntry.objects.get().action == "replay.start"
    assert set(StatusUpdate.objects.values_list("state", flat=True)) == {"failed"}


def test_form_posted_twice_starts_one_run(failed, operator):
    form = form_of(operator.get(NEW, {"about": "filter", "state": "failed"}))

    addresses = {operator.post(NEW, form).headers["Location"] for _ in range(2)}

    assert (ReplayRun.objects.count(), len(addresses)) == (1, 1)


@pytest.mark.parametrize(
    ("change", "field", "why"),
    [
        ({"reason": ""}, "reason", "Diga o motivo: quem olhar o pedido depois precisa saber."),
        (
            {"reason": " \x1b "},
            "reason",
            "Diga o motivo: quem olhar o pedido depois precisa saber.",
        ),
        ({"per_minute": "0"}, "per_minute", "Informe um número inteiro de 1 a 6.000."),
        ({"per_minute": "6001"}, "per_minute", "Informe um número inteiro de 1 a 6.000."),
        ({"per_minute": "muitas"}, "per_minute", "Informe um número inteiro de 1 a 6.000."),
        ({"per_minute": ""}, "per_minute", "Informe um número inteiro de 1 a 6.000."),
    ],
)
def test_form_with_an_error_shows_the_same_preview_again(change, field, why, failed, operator):
    form = form_of(operator.get(NEW, {"update": failed[0].pk}))

    response = operator.post(f"{NEW}?update={failed[0].pk}", {**form, **change})

    assert "Nada foi iniciado." in html_of(response)
    errors = response.context["form"].errors
    assert errors == {field: [why]}
    assert response.context["form"]["plan"].value() == form["plan"]
    assert ReplayRun.objects.count() == 0


@pytest.mark.parametrize("make", [str, lambda: "inventado", lambda: signing.dumps({"mode": "x"})])
def test_plan_that_is_not_ours_starts_nothing(make, failed, operator):
    plan = make()
    response = operator.post(NEW, {"plan": plan, "reason": WHY, "per_minute": "600"}, follow=True)

    assert said(response) == ["A pré-visualização venceu: veja de novo o que seria feito."]
    assert ReplayRun.objects.count() == 0


def test_plan_holds_for_an_hour(failed, operator, monkeypatch):
    form = form_of(operator.get(NEW, {"update": failed[0].pk}))
    later = signing.time.time() + 3601
    monkeypatch.setattr(signing.time, "time", lambda: later)

    response = operator.post(NEW, form, follow=True)

    assert said(response)[-1].startswith("A pré-visualização venceu")
    assert ReplayRun.objects.count() == 0


def test_preview_names_a_run_that_still_goes_on_there(failed, vitrine, operator):
    """Whoever comes back from a run to its preview is not to start it twice unawares."""
    operator.post(
        f"{NEW}?update={failed[0].pk}", form_of(operator.get(NEW, {"update": failed[0].pk}))
    )
    run = ReplayRun.objects.get()
    told = f">reprocessamento {run.pk}</a>, de {run.started_by_label} (“{WHY}”), ainda anda"

    assert told in html_of(operator.get(NEW, {"update": failed[1].pk}))
    advance_replays(now=timezone.now())
    assert "ainda anda" not in html_of(operator.get(NEW, {"update": failed[1].pk}))


def test_what_is_gone_by_then_starts_nothing(failed, operator):
    form = form_of(operator.get(NEW, {"about": "filter", "state": "failed"}))
    StatusUpdate.objects.update(state="sent", reason="accepted")

    response = operator.post(NEW, form)

    assert "Nenhuma atualização corresponde ao que foi escolhido." in html_of(response)


def test_start_needs_the_forms_token(failed):
    client = Client(enforce_csrf_checks=True)
    sign_in(client, *REPLAYER)
    form = form_of(client.get(NEW, {"update": failed[0].pk}))

    assert client.post(NEW, form).status_code == 403
    assert ReplayRun.objects.count() == 0


# On the update's own page


def test_update_page_leads_to_the_preview_and_to_its_run(failed, vitrine, operator):
    told = make_update(make_order(vitrine, "4"), PAID, UpdateState.SENT, reason="accepted")
    run = replay("renderizar", told)
    repeat = told.repeats.get()

    first = html_of(operator.get(f"/atualizacoes/{told.pk}/"))
    second = html_of(operator.get(f"/atualizacoes/{repeat.pk}/"))

    assert f'href="{NEW}?update={told.pk}">Reprocessar…</a>' in first
    assert f'href="{NEW}?update=' not in second  # it is in the queue
    assert f'<dt>Repete</dt><dd><a href="/atualizacoes/{told.pk}/">envio #{told.pk}</a>' in second
    assert f'<a href="{RUNS}{run.pk}/">nº {run.pk}</a>, por operacao: “{WHY}”' in second
