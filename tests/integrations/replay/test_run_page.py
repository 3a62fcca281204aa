"""The pages of runs: their list, one with its progress, cancelling; and who may."""

from datetime import timedelta

import pytest

from integrations.models import Lane, ReplayRun, StatusUpdate, UpdateState
from integrations.replay.advancing import advance_replays
from tests.factories import NOW, make_order, make_update, make_vitrine
from tests.integrations.replay.pages import NEW, RUNS, html_of, said
from tests.integrations.replay.replaying import PAID, WHY, begin, failures, replay, sent_all
from tests.people import GROUPS, client_of
from vitrines.models import AuditEntry

pytestmark = pytest.mark.django_db


def part_of(client, run, query=""):
    """What htmx gets to put in place of what it came to before."""
    headers = {"HX-Request": "true", "HX-Target": "andamento"}
    return client.get(f"{RUNS}{run.pk}/{query}", headers=headers).content.decode()


def test_run_that_goes_on_shows_its_progress_and_can_be_cancelled(failed, operator):
    run = begin("renderizar", *failed)

    html = html_of(operator.get(f"{RUNS}{run.pk}/"))

    assert '<progress class="replay-bar" max="100" value="0" aria-label="Vistas">0%' in html
    assert "0 de 2 vistas" in html
    assert f'action="{RUNS}{run.pk}/cancelar/"' in html


def test_run_of_one_is_told_in_the_singular(failed, operator):
    run = begin("renderizar", failed[0])

    assert "<b>0 de 1 vista</b>" in html_of(operator.get(f"{RUNS}{run.pk}/"))
    [entry] = AuditEntry.objects.filter(action="replay.start")
    assert entry.subject == f"reprocessamento {run.pk}: Renderizar de novo, 1 selecionada"


def test_run_that_goes_on_is_fetched_again_with_and_without_javascript(failed, operator):
    run = begin("renderizar", *failed)

    response = operator.get(f"{RUNS}{run.pk}/")

    html = html_of(response)
    # A header would load the page anew under htmx, too.
    assert "Refresh" not in response.headers
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in html
    assert f'hx-get="{RUNS}{run.pk}/" hx-trigger="every 3s"' in html
    assert f'<a href="{RUNS}{run.pk}/">Atualizar</a>' in html


def test_progress_comes_as_a_part_with_what_stands_elsewhere_on_the_page(failed, operator, clock):
    run = replay("renderizar", *failed)

    html = part_of(operator, run)

    assert html.lstrip().startswith('<div id="andamento" data-polls')
    assert 'value="100"' in html
    assert "<h1>" not in html
    assert '<span class="beside-title" id="estado" role="status" hx-swap-oob="innerHTML">' in html
    assert '<span id="cancelar" hx-swap-oob="true"><form' in html


def test_part_of_a_run_that_ended_is_not_fetched_again(failed, operator, clock):
    run = replay("renderizar", *failed)
    StatusUpdate.objects.filter(replay_run=run).update(state="sent", reason="accepted", turn=False)

    html = part_of(operator, run)

    assert "hx-trigger" not in html
    assert '<span id="cancelar" hx-swap-oob="true"></span>' in html


def test_older_page_of_a_run_stays_as_it_is(vitrine, operator, clock):
    run = begin("renderizar", *failures(vitrine, 60), per_minute=6000)
    advance_replays(now=clock.now)
    [older] = {operator.get(f"{RUNS}{run.pk}/").context["page"].older}

    html = html_of(operator.get(f"{RUNS}{run.pk}/?antes={older}"))

    assert "hx-trigger" not in html.split('id="andamento"')[1]
    assert "http-equiv" not in html
    assert "Ver o andamento de agora" in html


def test_run_tells_what_became_of_each(failed, vitrine, operator, clock):
    echo = make_update(make_order(vitrine, "3"), state=UpdateState.SKIPPED, reason="echo")
    told = make_update(make_order(vitrine, "4"), PAID, UpdateState.SENT, reason="accepted")
    run = replay("renderizar", *failed, echo, told)
    StatusUpdate.objects.filter(replay_run=run).update(state="sent", reason="accepted", turn=False)

    response = operator.get(f"{RUNS}{run.pk}/")

    html = html_of(response)
    assert "http-equiv" not in html
    assert "4 de 4 vistas" in html
    assert "Aceito: 3" in html
    assert '<a href="?reason=echo">1</a> · veio da própria loja' in html
    repeat = told.repeats.get()
    assert f'repetida pelo <a href="/atualizacoes/{repeat.pk}/">envio #{repeat.pk}</a>' in html
    assert "cancelar/" not in html


def test_runs_updates_are_narrowed_by_the_reason(failed, vitrine, operator):
    echo = make_update(make_order(vitrine, "3"), state=UpdateState.SKIPPED, reason="echo")
    run = replay("renderizar", *failed, echo)

    def listed(query):
        page = operator.get(f"{RUNS}{run.pk}/?{query}").context["page"]
        return [item.update_id for item in page]

    assert listed("reason=echo") == [echo.pk]
    assert listed("outcome=queued") == [failed[1].pk, failed[0].pk]
    assert listed("reason=inventada") == [echo.pk, failed[1].pk, failed[0].pk]


def test_run_says_why_a_vitrine_does_not_go_on(failed, vitrine, operator):
    run = begin("renderizar", *failed)
    Lane.objects.create(vitrine=vitrine, paused_at=NOW, pause_reason="manual")

    html = html_of(operator.get(f"{RUNS}{run.pk}/"))

    assert "espera: os envios da vitrine estão pausados" in html


def test_run_says_what_moved_on_before_it_came(failed, operator, clock):
    run = begin("renderizar", state="failed")
    StatusUpdate.objects.filter(pk=failed[0].pk).update(
        state="cancelled", reason="cancelled", finished_at=NOW + timedelta(seconds=1)
    )
    for _ in range(2):
        advance_replays(now=clock.now)

    response = operator.get(f"{RUNS}{run.pk}/")

    assert response.context["progress"].moved_on == 1
    assert "1 já não era a mesma quando chegou a vez dela" in html_of(response)


def test_list_of_runs_tells_who_and_why(failed, operator):
    run = replay("renderizar", *failed)

    html = html_of(operator.get(RUNS))

    assert f'href="{RUNS}{run.pk}/"' in html
    assert f"operacao: {WHY}" in html


def test_list_and_page_of_a_run_say_the_same_of_it(failed, operator):
    run = replay("renderizar", *failed)
    for label in ("Esperando a fila", "Concluído"):
        [row] = operator.get(RUNS).context["rows"]
        assert row.label == label
        assert label in html_of(operator.get(f"{RUNS}{run.pk}/"))
        sent_all()


def test_list_of_runs_is_empty_at_first(operator):
    assert "Nenhum reprocessamento ainda" in html_of(operator.get(RUNS))


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_runs_costs_the_same_with_more(count, failed, operator, django_assert_num_queries):
    make_vitrine("LOJA-RJ")
    for _ in range(count):
        begin("renderizar", *failed)

    with django_assert_num_queries(10):
        assert len(operator.get(RUNS).context["rows"]) == count


@pytest.mark.parametrize("count", [1, 3])
def test_run_costs_the_same_with_more_updates(count, vitrine, operator, django_assert_num_queries):
    run = replay("renderizar", *failures(vitrine, count))

    with django_assert_num_queries(10):
        assert len(list(operator.get(f"{RUNS}{run.pk}/").context["page"])) == count


# Cancelling


def test_cancel_takes_the_run_back(failed, operator):
    run = replay("renderizar", *failed)

    response = operator.post(f"{RUNS}{run.pk}/cancelar/", follow=True)

    assert said(response) == ["Cancelado: o que ainda não tinha sido tentado saiu da fila."]
    assert set(StatusUpdate.objects.values_list("state", flat=True)) == {"failed"}
    run.refresh_from_db()
    assert run.cancelled_by_label == "operacao"
    assert "2 retiradas ao cancelar" in html_of(operator.get(f"{RUNS}{run.pk}/"))


def test_cancel_of_what_was_cancelled_says_so(failed, operator):
    run = replay("renderizar", *failed)
    operator.post(f"{RUNS}{run.pk}/cancelar/")

    response = operator.post(f"{RUNS}{run.pk}/cancelar/", follow=True)

    assert said(response)[-1] == "Este reprocessamento já foi cancelado."


def test_cancel_wants_a_post(failed, operator):
    run = begin("renderizar", *failed)

    assert operator.get(f"{RUNS}{run.pk}/cancelar/").status_code == 405


@pytest.mark.parametrize("path", [f"{RUNS}1/", f"{RUNS}{2**63 - 1}/"])
def test_run_that_does_not_exist_is_404(path, operator):
    assert operator.get(path).status_code == 404


# Who may


@pytest.mark.parametrize("group", GROUPS)
def test_groups_that_may_replay(group, failed):
    run = begin("renderizar", *failed)
    client = client_of(group)
    looks = 200
    does = 403 if group == "Consulta" else 200

    assert client.get(RUNS).status_code == looks
    assert client.get(f"{RUNS}{run.pk}/").status_code == looks
    assert client.get(NEW, {"update": failed[0].pk}).status_code == does
    assert client.post(NEW, {}).status_code == (403 if does == 403 else 302)
    assert client.post(f"{RUNS}{run.pk}/cancelar/").status_code == (403 if does == 403 else 302)
    assert ReplayRun.objects.filter(cancelled_at=None).exists() is (group == "Consulta")
