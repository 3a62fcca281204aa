"""*Vitrines › … › Alarmes*: what to tell, whom, and when; the limits of time."""

import re

import pytest
from django.core import mail
from django.db import connection as database

from integrations.alarms.operations import AlarmValues, StaleAlarmSettings, save_alarm_settings
from integrations.models import AlarmNotice, AlarmSettings
from tests.factories import NOW, make_user
from tests.integrations.alarms.settings_pages import (
    ADDRESS,
    DEADLINES,
    FILLED,
    HOOK,
    STORED,
    TEST,
    errors,
    stored,
)
from tests.integrations.alarms.world import EMAIL, SECRET, limit, pause, want
from tests.people import client_of, member_of, signed_in
from vitrines.models import AuditAction, AuditEntry
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(vitrine):
    return client_of("Mapeamento")


@pytest.fixture(autouse=True)
def public_only(settings):
    settings.ALLOW_PRIVATE_DESTINATIONS = False


def again(client, **changes):
    version = client.get(ADDRESS).context["form"]["version"].value()
    return client.post(ADDRESS, FILLED | {"webhook_secret": "", "version": version} | changes)


# Saving


def test_save_keeps_what_was_typed_and_encrypts_the_secret(client):
    response = client.post(ADDRESS, FILLED)
    assert (response.status_code, response["Location"]) == (302, ADDRESS)
    assert stored() == STORED
    with database.cursor() as cursor:
        cursor.execute("SELECT secrets FROM integrations_alarmsettings")
        (at_rest,) = cursor.fetchone()
    assert "segredo" not in at_rest
    assert SECRET not in at_rest


def test_save_audits_what_changed_and_no_secret(client, vitrine):
    client.post(ADDRESS, FILLED)
    again(client, silent_hours="", webhook_secret=SECRET)
    entries = AuditEntry.objects.filter(action=AuditAction.ALARM_SAVE)
    assert [entry.vitrine for entry in entries] == [vitrine, vitrine]
    changed = ["nada enviado (horas)", "segredo do webhook"]
    assert entries[0].details == {"fields": changed, "version": 2}
    assert entries[0].subject == "nada enviado (horas), segredo do webhook"
    assert "segredo-" not in str([entry.details for entry in entries])


def test_save_of_the_same_changes_nothing(client):
    client.post(ADDRESS, FILLED)
    assert again(client).status_code == 302
    assert stored() == STORED
    assert AuditEntry.objects.count() == 1


def test_empty_thresholds_are_off(client):
    client.post(ADDRESS, {"recipients": EMAIL, "version": "0"})
    row = AlarmSettings.objects.get()
    assert (row.breaker_open_minutes, row.held_or_failed_above, row.silent_hours) == (None,) * 3
    assert (row.lane_paused, row.late_orders, row.quiet_from) == (False, False, None)


def test_stale_version_is_refused_by_the_operation_itself(client, vitrine):
    with pytest.raises(StaleAlarmSettings):
        save_alarm_settings(
            vitrine=vitrine, values=AlarmValues(), seen_version=5, actor=make_user(), now=NOW
        )
    assert AlarmSettings.objects.count() == 0


# What is refused


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"recipients": "plantao"}, "recipients", "Não é um endereço de e-mail: plantao."),
        (
            {"recipients": "a@b.example\nBcc:x@y"},
            "recipients",
            "Não é um endereço de e-mail: Bcc:x@y.",
        ),
        (
            {"recipients": " ".join(f"a{n}@loja.example" for n in range(21))},
            "recipients",
            "São no máximo 20 endereços.",
        ),
        (
            {"silent_hours": "0"},
            "silent_hours",
            "Informe um número inteiro de 1 a 720, ou deixe em branco.",
        ),
        (
            {"held_or_failed_above": "muitas"},
            "held_or_failed_above",
            "Informe um número inteiro de 0 a 1000000, ou deixe em branco.",
        ),
        (
            {"quiet_until": ""},
            "quiet_until",
            "Informe o começo e o fim do silêncio, ou nenhum dos dois.",
        ),
        (
            {"quiet_until": "22:00"},
            "quiet_until",
            "O silêncio não pode terminar na hora em que começa.",
        ),
        ({"quiet_from": "25:00"}, "quiet_from", "Informe a hora como 22:00."),
        (
            {"webhook_secret": ""},
            "webhook_secret",
            "Sem um segredo, quem recebe não sabe quem avisa.",
        ),
        (
            {"webhook_secret": "whsec_c2VncmVkbw=="},
            "webhook_secret",
            "O segredo tem 7 bytes: são de 24 a 64.",
        ),
        (
            {"webhook_secret": "whsec_não é base64"},
            "webhook_secret",
            "O segredo dos webhooks não é base64. Copie-o inteiro, como a loja o mostra (whsec_…).",
        ),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field_and_not_saved(client, changes, field, said):
    response = client.post(ADDRESS, FILLED | changes)
    assert (response.status_code, errors(response)) == (200, {field: [said]})
    assert AlarmSettings.objects.count() == AuditEntry.objects.count() == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://avisos.example/",
        "https://127.0.0.1/",
        "https://１２７.0.0.1/",
        "https://127。0。0。1/",
        "https://10.0.0.7/x",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "https://usuario:senha@avisos.example/",
        "ftp://avisos.example/",
        "avisos.example",
    ],
)
def test_destination_that_may_not_be_sent_to_is_refused_when_it_is_saved(client, url):
    response = client.post(ADDRESS, FILLED | {"webhook_url": url})
    assert (response.status_code, list(errors(response))) == (200, ["webhook_url"])
    assert AlarmSettings.objects.count() == 0


# The secret


def test_secret_never_comes_back_to_the_page(client):
    client.post(ADDRESS, FILLED)
    html = client.get(ADDRESS).content.decode()
    assert SECRET not in html
    assert "Guardado. Deixe em branco para manter o valor atual." in html
    refused = client.post(ADDRESS, FILLED | {"silent_hours": "x", "version": "1"})
    assert SECRET not in refused.content.decode()


def test_secret_left_blank_is_kept_for_the_same_server(client):
    client.post(ADDRESS, FILLED)
    assert again(client, webhook_url="https://avisos.example:8443/outra").status_code == 302
    assert stored()["secrets"] == {"webhook": SECRET}


@pytest.mark.parametrize(
    "url", ["https://outro.example:8443/entrada", "https://avisos.example/entrada/k3y"]
)
def test_secret_is_asked_for_again_when_the_server_changes(client, url):
    client.post(ADDRESS, FILLED)
    response = again(client, webhook_url=url)
    assert list(errors(response)) == ["webhook_secret"]
    assert "O servidor de destino mudou" in errors(response)["webhook_secret"][0]
    assert stored() == STORED
    assert again(client, webhook_url=url, webhook_secret=SECRET).status_code == 302
    assert stored()["webhook_url"] == url


def test_secret_goes_with_the_address(client):
    client.post(ADDRESS, FILLED)
    again(client, webhook_url="")
    assert (stored()["webhook_url"], stored()["secrets"]) == ("", {})


def test_secret_that_is_suggested_is_new_each_time_and_would_do(client):
    found = [re.search(r"whsec_[\w+/=]+", client.get(ADDRESS).content.decode())[0] for _ in "12"]
    assert found[0] != found[1]
    assert client.post(ADDRESS, FILLED | {"webhook_secret": found[0]}).status_code == 302
    assert stored()["secrets"] == {"webhook": found[0]}


def test_key_that_was_lost_leaves_the_page_standing(client, settings):
    client.post(ADDRESS, FILLED)
    settings.FIELD_ENCRYPTION_KEYS = ["bm92YS1jaGF2ZS1kZS10ZXN0ZS1jb20tMzItYnl0ZXM="]
    assert client.get(ADDRESS).status_code == 200
    assert again(client, webhook_secret=SECRET).status_code == 302
    assert stored()["secrets"] == {"webhook": SECRET}


# Who may


@pytest.mark.parametrize("group", ["Consulta", "Operação"])
def test_who_may_only_look_sees_no_path_and_no_button(vitrine, group):
    want(vitrine, webhook_url=HOOK, secrets={"webhook": SECRET})
    html = client_of(group).get(ADDRESS).content.decode()
    assert 'value="https://avisos.example:8443/…"' in html
    assert "k3y" not in html
    assert "Somente leitura: alterar os alarmes é do perfil Mapeamento." in html
    assert "Enviar alarme de teste" not in html


@pytest.mark.parametrize("address", [ADDRESS, DEADLINES, TEST])
def test_who_may_only_look_changes_nothing(vitrine, address):
    want(vitrine)
    before = stored()
    assert client_of("Operação").post(address, FILLED).status_code == 403
    assert stored() == before
    assert (AuditEntry.objects.count(), AlarmNotice.objects.count(), mail.outbox) == (0, 0, [])


# The page


def test_page_costs_the_same_with_much_on_it(client, vitrine, django_assert_num_queries):
    want(vitrine, auth_refused=True)
    pause(vitrine)
    client.get(ADDRESS)
    with django_assert_num_queries(10):
        client.get(ADDRESS)
    for number in range(3):
        AlarmNotice.objects.create(
            vitrine=vitrine,
            channel="email",
            occasion="test",
            test_key=f"{number}" * 32,
            created_at=NOW,
            since=NOW,
            said="x",
            due_at=NOW,
        )
        limit(vitrine, OrderStatus(number), minutes=60)
    with django_assert_num_queries(10):
        client.get(ADDRESS)


def test_page_is_a_tab_of_the_vitrine(client):
    html = client.get("/vitrines/LOJA-SP/").content.decode()
    assert '<a href="/vitrines/LOJA-SP/alarmes/">Alarmes</a>' in html
    mine = client.get(ADDRESS).content.decode()
    assert 'href="/vitrines/LOJA-SP/alarmes/" class="on" aria-current="page">Alarmes</a>' in mine


def test_vitrine_that_is_not_there_has_no_page(client):
    for address in (ADDRESS, DEADLINES, TEST):
        assert client.post(address.replace("LOJA-SP", "NADA")).status_code == 404


def test_user_without_a_group_gets_no_page(vitrine):
    assert signed_in(make_user("novata")).get(ADDRESS).status_code == 403
    assert signed_in(member_of("Consulta", username="c")).get(ADDRESS).status_code == 200
