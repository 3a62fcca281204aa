"""What an alarm's e-mail says, to whom, and what becomes of one that is not taken."""

from datetime import timedelta

import pytest
from django.core import mail

from integrations.models import AlarmNotice, UpdateReason, UpdateState
from tests.factories import NOW, make_invoice, make_order, make_update
from tests.integrations.alarms.world import (
    EMAIL,
    late_order,
    limit,
    look,
    pause,
    resume,
    want,
)
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

OTHER = "gerencia@loja.example"


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://backoffice.loja.example"
    settings.DEFAULT_FROM_EMAIL = "Backoffice <backoffice@loja.example>"


def test_opened_says_what_since_when_and_what_to_do(vitrine, clock):
    want(vitrine, auth_refused=True, recipients=[EMAIL, OTHER])
    pause(vitrine)
    clock.pass_by(minutes=1)
    look(clock)
    sent, other = mail.outbox
    assert (sent.subject, sent.to, sent.from_email) == (
        "[LOJA-SP] Credencial recusada",
        [EMAIL],
        "Backoffice <backoffice@loja.example>",
    )
    assert (other.subject, other.to, other.body) == (sent.subject, [OTHER], sent.body)
    assert sent.body == (
        "Vitrine: LOJA-SP · Loja São Paulo\n"
        "Alarme: Credencial recusada\n"
        "Desde: 23/11 às 11:00\n"
        "\n"
        "A plataforma recusou a credencial. Nada é enviado à loja até que ela seja corrigida.\n"
        "\n"
        "O que fazer: Peça à loja uma credencial nova, informe-a na aba Envio da vitrine e clique "
        "em Retomar.\n"
        "\n"
        "Abrir: https://backoffice.loja.example/vitrines/LOJA-SP/envio/\n"
        "\n"
        "Situação em 23/11 às 11:01. Quem recebe e quando: "
        "https://backoffice.loja.example/vitrines/LOJA-SP/alarmes/\n"
    )
    notice = AlarmNotice.objects.get()
    assert (notice.state, notice.sent_to) == ("sent", f"{EMAIL}, {OTHER}")
    assert sent.message()["Message-ID"] == f"<{notice.uuid}@loja.example>"
    assert sent.message()["Auto-Submitted"] == "auto-generated"


def test_late_orders_say_how_many_and_the_oldest(vitrine, clock):
    want(vitrine, late_orders=True)
    for number in ("1", "2"):
        late_order(vitrine, number, shows=OrderStatus.EM_PREPARACAO)
    limit(vitrine)
    clock.pass_by(hours=2)
    look(clock)
    (sent,) = mail.outbox
    assert sent.subject == "[LOJA-SP] Pedidos fora do prazo"
    assert sent.body.splitlines()[:6] == [
        "Vitrine: LOJA-SP · Loja São Paulo",
        "Alarme: Pedidos fora do prazo",
        "Desde: 23/11 às 11:00",
        "Quantos: 2",
        "",
        "2 pedidos fora do prazo. O mais antigo: VT-1, despachado há 2 h e a loja ainda mostra "
        "PICKING (Em preparação).",
    ]
    assert "https://backoffice.loja.example/pedidos/fora-do-prazo/?vitrine=LOJA-SP" in sent.body


def test_closed_says_that_it_is_over(vitrine, clock):
    want(vitrine, lane_paused=True)
    pause(vitrine, "manual")
    look(clock)
    resume(vitrine)
    clock.pass_by(minutes=5)
    look(clock)
    assert mail.outbox[1].subject == "[LOJA-SP] Encerrado: Envio pausado"
    assert mail.outbox[1].body == (
        "Vitrine: LOJA-SP · Loja São Paulo\n"
        "Alarme: Envio pausado\n"
        "Desde: 23/11 às 11:00\n"
        "Encerrado: 23/11 às 11:05\n"
        "\n"
        "Já não é assim. Foi dito por último: O envio está pausado: pausada por uma pessoa. O que "
        "surge espera na fila, sem se perder.\n"
        "\n"
        "Abrir: https://backoffice.loja.example/vitrines/LOJA-SP/\n"
        "\n"
        "Situação em 23/11 às 11:05. Quem recebe e quando: "
        "https://backoffice.loja.example/vitrines/LOJA-SP/alarmes/\n"
    )


def test_without_the_address_of_the_site_there_are_no_links(vitrine, clock, settings):
    settings.SITE_URL = ""
    want(vitrine, auth_refused=True)
    pause(vitrine)
    look(clock)
    assert "http" not in mail.outbox[0].body
    assert mail.outbox[0].body.endswith("\n\nSituação em 23/11 às 11:00.\n")


def test_nothing_of_a_consumer_and_nothing_that_a_platform_said_is_told(vitrine, clock):
    want(vitrine, auth_refused=True, held_or_failed_above=0)
    lane = pause(vitrine)
    lane.pause_note = "token de Maria da Silva expirou"
    lane.save()
    order = make_order(vitrine)
    make_invoice(order, xml=b"<nfeProc>Maria da Silva</nfeProc>")
    failed = {"state": UpdateState.FAILED, "reason": UpdateReason.REJECTED}
    make_update(order, detail="CPF de Maria da Silva", **failed)
    look(clock)
    assert len(mail.outbox) == 2
    assert "Maria" not in "".join(sent.subject + sent.body for sent in mail.outbox)


def test_mail_server_that_is_not_set_is_said_and_tried_again(vitrine, clock, settings):
    settings.EMAIL_IS_SET = False
    want(vitrine, auth_refused=True)
    pause(vitrine)
    look(clock)
    notice = AlarmNotice.objects.get()
    assert (notice.state, notice.attempts, notice.due_at) == (
        "pending",
        1,
        NOW + timedelta(minutes=1),
    )
    assert notice.error == "Nenhum servidor de e-mail foi configurado (EMAIL_URL)."
    assert mail.outbox == []
    settings.EMAIL_IS_SET = True
    clock.pass_by(minutes=1)
    look(clock)
    notice.refresh_from_db()
    assert (notice.state, notice.attempts, notice.error) == ("sent", 2, "")


def test_mail_server_that_refuses_the_connection_is_tried_again(vitrine, clock, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    want(vitrine, auth_refused=True)
    pause(vitrine)
    look(clock)
    notice = AlarmNotice.objects.get()
    assert (notice.state, notice.attempts) == ("pending", 1)
    assert notice.error == "O servidor de e-mail não aceitou: [Errno 111] Connection refused"


def test_channel_that_was_switched_off_before_its_notice_left_gets_none(vitrine, clock):
    row = want(vitrine, auth_refused=True)
    pause(vitrine)
    row.recipients = []
    row.save(update_fields=["recipients"])
    look(clock)
    assert mail.outbox == []
