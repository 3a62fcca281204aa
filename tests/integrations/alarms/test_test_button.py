"""*Enviar alarme de teste*: by each channel, now, once, and said to be one."""

from datetime import time

import pytest
from django.core import mail
from werkzeug import Response

from integrations.models import AlarmNotice
from tests.integrations.alarms.world import EMAIL, SECRET, want
from tests.people import client_of
from vitrines.models import AuditAction, AuditEntry

pytestmark = pytest.mark.django_db

ADDRESS = "/vitrines/LOJA-SP/alarmes/"
TEST = f"{ADDRESS}testar/"


@pytest.fixture
def client(vitrine):
    return client_of("Mapeamento")


@pytest.fixture(autouse=True)
def public_only(settings):
    settings.ALLOW_PRIVATE_DESTINATIONS = False


def press(client, **changes):
    """What the page says after the button was pressed."""
    key = client.get(ADDRESS).context["test_form"]["key"].value()
    return client.post(TEST, {"key": key} | changes, follow=True).content.decode()


def test_test_goes_by_each_channel_now_and_says_that_it_is_one(
    client, vitrine, httpserver, settings
):
    settings.ALLOW_PRIVATE_DESTINATIONS = True
    heard = []

    def answer(request):
        heard.append(request.get_json())
        return Response(status=204)

    httpserver.expect_request("/alarmes").respond_with_handler(answer)
    always = {"quiet_from": time(0), "quiet_until": time(23, 59)}
    url = httpserver.url_for("/alarmes")
    want(vitrine, webhook_url=url, secrets={"webhook": SECRET}, **always)
    html = press(client)
    assert f"E-mail: o teste foi entregue a {EMAIL}." in html
    assert f"Webhook: o teste foi entregue a {url.removesuffix('/alarmes')}." in html
    (sent,) = mail.outbox
    assert sent.subject == "[LOJA-SP] Teste de alarme"
    said = "Este é um teste, pedido por mapeamento. Nada aconteceu com a vitrine."
    assert said in sent.body
    (told,) = heard
    assert (told["type"], told["data"]["test"], told["data"]["text"]) == ("alarm.test", True, said)
    assert set(AlarmNotice.objects.values_list("occasion", "state", "alarm")) == {
        ("test", "sent", None)
    }
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject) == (AuditAction.ALARM_TEST, "E-mail, Webhook")


def test_form_that_is_posted_twice_tests_once(client, vitrine):
    want(vitrine)
    key = client.get(ADDRESS).context["test_form"]["key"].value()
    for _ in range(2):
        client.post(TEST, {"key": key})
    assert (len(mail.outbox), AuditEntry.objects.count()) == (1, 1)


def test_test_that_does_not_arrive_says_why_and_is_not_repeated(client, vitrine, settings):
    settings.EMAIL_IS_SET = False
    want(vitrine)
    html = press(client)
    assert (
        "E-mail: o teste não foi entregue. Nenhum servidor de e-mail foi configurado (EMAIL_URL)."
        in html
    )
    notice = AlarmNotice.objects.get()
    assert (notice.state, notice.attempts) == ("failed", 1)


def test_test_to_a_destination_that_is_not_allowed_is_refused(client, vitrine):
    url = "https://127.0.0.1:9/alarmes"
    want(vitrine, recipients=[], webhook_url=url, secrets={"webhook": SECRET})
    assert "Webhook: o teste não foi entregue. O destino 127.0.0.1 é um endereço" in press(client)


def test_nothing_to_test_is_said(client, vitrine):
    want(vitrine, recipients=[])
    assert "Informe um e-mail ou um webhook e salve antes de testar." in press(client)
    assert "abra a página de novo e repita o teste" in press(client, key="nada")
    assert (AlarmNotice.objects.count(), AuditEntry.objects.count()) == (0, 0)
