"""What a fault made of the lane is on the vitrine's page and in the order's cause, and a person may
stop the lane and let it go on: who, when and why is written down."""

import pytest
from django.utils import timezone
from lxml import html

from integrations.explain import explain_order
from integrations.wording import when
from tests.faults.platform import tells
from tests.people import member_of, signed_in
from vitrines.models import AuditAction, AuditEntry

PAGE = "/vitrines/LOJA-SP/"


@pytest.fixture
def stage(set_stage):
    """The page looks at the real time."""
    return set_stage("loja", now=timezone.now())


@pytest.fixture
def olga(db):
    return signed_in(member_of("Operação", username="olga"))


def shown(client, heading="t-envio"):
    """The words of one part of the vitrine's page."""
    page = html.fromstring(client.get(PAGE).content)
    (part,) = page.xpath(f"//*[@aria-labelledby='{heading}']")
    for apart in part.iter("h2", "p", "br", "dt", "dd", "td"):
        apart.tail = f" {apart.tail or ''}"
    return " ".join(part.text_content().split())


def cause(stage):
    return explain_order(stage.first.order, now=timezone.now())


def exactly(moment):
    return when(moment, timezone.now(), seconds=True)


def test_failure_and_the_time_of_the_retry(stage, olga):
    stage.meets(tells("500 Internal Server Error", {"message": "Erro interno."}))
    stage.first.refresh_from_db()

    due = exactly(stage.first.due_at)
    assert f"Tentando de novo 1; sai em {due}. Falha passageira: Erro interno." in shown(olga)
    assert cause(stage).cause == "retrying"
    assert cause(stage).hint == "Última resposta: HTTP 500 “Erro interno”."


def test_first_of_several_retries(stage, olga):
    stage.meets(*[tells("500 Internal Server Error", {"message": "Erro interno."})] * 2)

    first = stage.vitrine.status_updates.earliest("due_at")
    told = f"Tentando de novo 2; o primeiro em {exactly(first.due_at)}. Falha passageira:"
    assert told in shown(olga)


def test_throttled_until(stage, olga):
    stage.meets(tells("429 Too Many Requests", {"message": "Calma."}, "Retry-After: 90"))

    until = exactly(stage.lane.throttled_until)
    told = f"A plataforma pediu para esperar até {until}"
    assert f"{told}. O envio continua sozinho depois disso." in shown(olga)
    assert "Limite da plataforma" in shown(olga)
    assert cause(stage).cause == "throttled"
    assert cause(stage).sentence.startswith(f"{told}; o envio")


def test_breaker_open_until(stage, olga):
    for number in range(3, 6):
        stage.enqueue(str(number))
    stage.meets(*[tells("503 Service Unavailable", {"message": "Em manutenção."})] * 5)

    until = exactly(stage.lane.breaker_open_until)
    assert f"Próxima tentativa em {until}; nada se perde." in shown(olga)
    assert "Plataforma instável" in shown(olga)
    assert cause(stage).cause == "breaker_open"
    assert f"os envios param até {until} e então um só é testado" in cause(stage).sentence


@pytest.mark.parametrize(
    ("status", "paused_for", "found", "sentence", "to_do"),
    [
        (
            "401 Unauthorized",
            "credencial recusada pela plataforma",
            "auth_refused",
            "A plataforma recusou a credencial da vitrine LOJA-SP: “Não.”",
            "Corrija a credencial",
        ),
        (
            "410 Gone",
            "a plataforma diz que o endereço não existe mais (410)",
            "lane_paused",
            "a plataforma diz que o endereço não existe mais (410): “Não.”",
            "Corrija o endereço de envio",
        ),
    ],
)
def test_pause_that_the_platform_caused(stage, olga, status, paused_for, found, sentence, to_do):
    stage.meets(tells(status, {"message": "Não."}))

    since = when(stage.lane.paused_at, timezone.now())
    told = shown(olga)
    assert f"Pausada em {since}: {paused_for}. Não." in told
    assert f"{to_do} em Envio e retome os envios: nenhuma tentativa foi gasta" in told
    assert cause(stage).cause == found
    assert sentence.replace(".”", "”") in cause(stage).sentence


def test_pause_for_what_no_lane_can_be_sent_with(stage, olga):
    stage.vitrine.platform = "sumiu"
    stage.vitrine.save()
    stage.happens()

    since = when(stage.lane.paused_at, timezone.now())
    assert f"Pausada em {since}: configuração incompleta ou inválida. Não há arquivo de" in shown(
        olga
    )
    assert cause(stage).cause == "lane_paused"
    assert "a plataforma não pôde ser usada: “Não há arquivo de plataforma" in cause(stage).sentence


def test_queue_that_stands_still_says_so_beside_each_update(stage, olga):
    stage.meets(tells("401 Unauthorized", {"message": "Não."}))

    page = html.fromstring(olga.get("/atualizacoes/").content)
    links = page.xpath("//td[@data-label='Estado']/a")
    assert [(link.text, link.get("href")) for link in links] == [("vitrine: pausada", PAGE)] * 2


def test_pause_shows_though_the_vitrine_is_not_published_either(stage, olga):
    stage.meets(tells("401 Unauthorized", {"message": "Não."}))
    stage.vitrine.published = False
    stage.vitrine.save()

    told = shown(olga)
    assert "Esta vitrine não está publicada no servidor atual: nada é enviado" in told
    assert "credencial recusada pela plataforma. Não." in told


def test_file_with_errors_is_told_apart_from_one_that_is_gone(stage, olga, tmp_path, settings):
    (tmp_path / "loja.toml").write_text("colour = 'blue'")
    settings.PLATFORMS_DIR = str(tmp_path)

    told = shown(olga)
    assert "Plataforma com erro" in told
    assert "O arquivo da plataforma “loja” está ausente ou com erro: nada pode ser enviado." in told


def said(client, what, reason):
    page = html.fromstring(client.post(f"{PAGE}{what}/", {"reason": reason}, follow=True).content)
    (status,) = page.xpath("//*[@role='status']")
    return " ".join(status.text_content().split())


def test_second_pause_keeps_the_first_reason_and_says_so(stage, olga):
    assert said(olga, "pausar", "Inventário") == "Os envios da vitrine LOJA-SP estão pausados."

    assert said(olga, "pausar", "Outra coisa") == (
        "Os envios da vitrine LOJA-SP já estavam pausados: vale o motivo que está na página."
    )

    assert stage.lane.pause_note == "Inventário"
    assert [entry.details for entry in AuditEntry.objects.all()] == [{"reason": "Inventário"}]


def test_wait_that_a_person_ends_is_no_pause_that_was_resumed(stage, olga):
    stage.meets(tells("429 Too Many Requests", {"message": "Calma."}, "Retry-After: 90"))

    assert said(olga, "retomar", "") == (
        "Os envios da vitrine LOJA-SP não esperam mais: saem agora."
    )

    assert "olga retomou a vitrine sem esperar a plataforma" in shown(olga, "t-audit")


def test_pause_by_a_person_says_who_and_why_and_resuming_too(stage, olga):
    olga.post(f"{PAGE}pausar/", {"reason": "Inventário na loja"})
    stage.platform.answers()
    assert stage.dispatch() == 0

    since = when(stage.lane.paused_at, timezone.now())
    assert f"Pausada em {since} por olga: pausada por uma pessoa. Inventário na loja" in shown(olga)
    assert cause(stage).cause == "lane_paused"
    assert cause(stage).sentence == (
        f"Os envios da vitrine LOJA-SP estão pausados desde {since} por olga: “Inventário na loja”."
    )

    olga.post(f"{PAGE}retomar/", {"reason": "Inventário terminado"})

    assert stage.dispatch() == 2
    assert stage.heard == ["1", "2"]
    entries = AuditEntry.objects.order_by("id").values_list("action", "actor_label", "details")
    assert list(entries) == [
        (AuditAction.LANE_PAUSE, "olga", {"reason": "Inventário na loja"}),
        (AuditAction.LANE_RESUME, "olga", {"was": "manual", "reason": "Inventário terminado"}),
    ]
    told = shown(olga, "t-audit")
    assert "olga pausou a vitrine Inventário na loja" in told
    assert (
        "olga retomou a vitrine motivo da pausa: pausada por uma pessoa; Inventário terminado"
    ) in told


def test_resuming_by_one_click_needs_no_reason(stage, olga):
    stage.meets(tells("401 Unauthorized", {"message": "Não."}))

    olga.post(f"{PAGE}retomar/")

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.details) == (
        AuditAction.LANE_RESUME,
        {"was": "auth_refused", "reason": ""},
    )
    assert "retomou a vitrine motivo da pausa: credencial recusada pela plataforma" in shown(
        olga, "t-audit"
    )
