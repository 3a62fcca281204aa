"""What a mail server answers, address by address: who got it, and who was refused, why."""

import uuid
from datetime import timedelta

import pytest

from integrations.alarms import by_email
from integrations.models import AlarmNotice
from tests.factories import NOW
from tests.integrations.alarms.mail_server import MailServer
from tests.integrations.alarms.world import look, pause, resume, told, want
from tests.people import client_of

pytestmark = pytest.mark.django_db

ADDRESS = "/vitrines/LOJA-SP/alarmes/"
GOOD, BAD, ALSO_GOOD = "ok@loja.example", "naoexiste@loja.example", "gerencia@loja.example"
NO_SUCH_USER = "550 5.1.1 Caixa postal inexistente"
SAID = f"O servidor de e-mail recusou {BAD}: {NO_SUCH_USER}."


@pytest.fixture
def server(settings):
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        yield server


def wanted(vitrine, *recipients):
    pause(vitrine)
    return want(vitrine, auth_refused=True, recipients=list(recipients))


def outcome():
    notice = AlarmNotice.objects.order_by("id")[0]
    return notice.state, notice.reached, notice.sent_to, notice.error


def test_each_gets_a_message_of_their_own_on_one_connection(vitrine, clock, server):
    wanted(vitrine, GOOD, ALSO_GOOD)
    look(clock)
    assert [(to, message["To"]) for to, message in server.accepted] == [
        ([GOOD], GOOD),
        ([ALSO_GOOD], ALSO_GOOD),
    ]
    assert server.connections == 1
    assert len({message["Message-ID"] for _, message in server.accepted}) == 1
    assert outcome() == ("sent", [GOOD, ALSO_GOOD], f"{GOOD}, {ALSO_GOOD}", "")


def test_one_who_is_refused_is_named_and_keeps_it_from_nobody_else(vitrine, clock, server):
    server.refuses[BAD] = NO_SUCH_USER
    wanted(vitrine, GOOD, BAD, ALSO_GOOD)
    look(clock)
    assert server.reached == [GOOD, ALSO_GOOD]
    assert outcome() == ("sent", [GOOD, ALSO_GOOD], f"{GOOD}, {ALSO_GOOD}", SAID)
    html = client_of("Consulta").get("/alarmes/").content.decode()
    assert '<span class="pill warn">Entregue em parte</span>' in html
    assert SAID in html


def test_message_that_is_refused_after_it_was_read_names_its_recipient(vitrine, clock, server):
    server.refuses_data[BAD] = "552 Caixa cheia"
    wanted(vitrine, BAD, GOOD)
    look(clock)
    assert outcome() == (
        "sent",
        [GOOD],
        GOOD,
        f"O servidor de e-mail recusou {BAD}: 552 Caixa cheia.",
    )


def test_nobody_reached_is_not_delivered_and_not_tried_again(vitrine, clock, server):
    server.refuses[BAD] = NO_SUCH_USER
    wanted(vitrine, BAD)
    look(clock)
    assert outcome() == ("failed", [], BAD, SAID)


def test_one_who_is_put_off_is_tried_again_and_the_others_are_not(vitrine, clock, server):
    """Greylisting."""
    server.refuses[BAD] = "451 Tente mais tarde"
    wanted(vitrine, GOOD, BAD)
    look(clock)
    assert outcome() == (
        "pending",
        [GOOD],
        GOOD,
        f"O servidor de e-mail recusou {BAD}: 451 Tente mais tarde.",
    )
    assert AlarmNotice.objects.get().due_at == NOW + timedelta(minutes=1)
    server.refuses.clear()
    clock.pass_by(minutes=1)
    look(clock)
    assert server.reached == [GOOD, BAD]
    assert outcome() == ("sent", [GOOD, BAD], f"{GOOD}, {BAD}", "")


def test_connection_that_is_lost_in_between_goes_on_with_the_rest_later(vitrine, clock, server):
    server.drops = BAD
    wanted(vitrine, GOOD, BAD, ALSO_GOOD)
    look(clock)
    state, reached, _, error = outcome()
    assert (state, reached) == ("pending", [GOOD])
    assert error.startswith("O servidor de e-mail não aceitou: ")
    server.drops = None
    clock.pass_by(minutes=1)
    look(clock)
    assert server.reached == [GOOD, BAD, ALSO_GOOD]
    assert outcome()[0] == "sent"


def test_slow_server_is_left_in_time_and_the_rest_goes_later(vitrine, clock, server, monkeypatch):
    monkeypatch.setattr(by_email, "TOTAL", 0.5)
    server.slow = 0.6
    wanted(vitrine, GOOD, ALSO_GOOD)
    look(clock)
    assert outcome() == (
        "pending",
        [GOOD],
        GOOD,
        "O servidor de e-mail demorou demais; o restante fica para a próxima tentativa.",
    )
    clock.pass_by(minutes=1)
    look(clock)
    assert server.reached == [GOOD, ALSO_GOOD]
    assert outcome()[0] == "sent"


def test_refused_address_does_not_hold_up_the_end_of_the_alarm(vitrine, clock, server):
    server.refuses[BAD] = NO_SUCH_USER
    wanted(vitrine, GOOD, BAD)
    look(clock)
    resume(vitrine)
    clock.pass_by(minutes=5)
    look(clock)
    assert told() == [("opened", "email", "sent"), ("closed", "email", "sent")]


def test_test_button_names_who_was_refused(vitrine, server):
    server.refuses[BAD] = NO_SUCH_USER
    want(vitrine, recipients=[GOOD, BAD])
    client = client_of("Mapeamento")
    html = client.post(f"{ADDRESS}testar/", {"key": uuid.uuid4()}, follow=True).content.decode()
    assert f"E-mail: o teste chegou só a {GOOD}. {SAID}" in html
    assert server.reached == [GOOD]
