"""*Envio*: the platform's parameters of a vitrine, and its secrets, which never come back."""

import pytest
from django.db import connection as database

from integrations.connections import StaleConnection, save_connection, stored_connection
from integrations.delivery.parcels import open_desk
from integrations.models import Connection
from tests.factories import NOW, make_connection, make_user, make_vitrine
from tests.people import client_of, member_of, signed_in
from vitrines.models import AuditAction, AuditEntry, Vitrine

pytestmark = pytest.mark.django_db

ADDRESS = "/vitrines/LOJA-SP/envio/"
SECRET = "s3nh4-de-integracao"
FILLED = {
    "base_url": "https://loja.layer.core.dcg.com.br",
    "username": "integra",
    "password": SECRET,
    "version": "",
}


@pytest.fixture
def vitrine():
    return make_vitrine(platform="linx_commerce")


@pytest.fixture
def client():
    return client_of("Administração")


def _stored():
    row = Connection.objects.get()
    return row.params, row.secrets


def test_page_is_made_from_the_platform_file(vitrine, client):
    html = client.get(ADDRESS).content.decode()
    for name in ("base_url", "username", "password", "ez_core_status_field"):
        assert f'name="{name}"' in html
    assert "Endereço da camada de integração" in html
    assert 'type="password" name="password"' in html


def test_example_of_the_file_is_the_placeholder_of_a_field_without_a_default(client):
    make_vitrine("LOJA-SP", platform="vtex")
    fields = client.get(ADDRESS).context["form"].fields
    shown = {name: field.widget.attrs.get("placeholder") for name, field in fields.items()}
    assert shown == {
        "version": None,
        "base_url": "ex.: https://minhaloja.vtexcommercestable.com.br",
        "app_key": "ex.: vtexappkey-minhaloja-ABCDEF",
        "app_token": None,
        "invoice_value": None,
        "cancel_reason": None,
        "source": None,
    }


def test_page_leads_on_to_the_preview_and_the_test(vitrine):
    html = client_of("Operação").get(ADDRESS).content.decode()
    assert 'href="/vitrines/LOJA-SP/pre-visualizar/">Pré-visualizar</a>' in html
    assert 'href="/vitrines/LOJA-SP/testar-envio/">Testar envio…</a>' in html


def test_generic_page_starts_with_the_defaults_of_its_file(client):
    make_vitrine("LOJA-SP", platform="generic")
    form = client.get(ADDRESS).context["form"]
    assert form["url_method"].value() == "PUT"
    assert [title for title, _ in form.sections()] == ["", "URL", "Rastreio", "XML", ""]


def test_save_keeps_parameters_and_encrypts_secrets(vitrine, client):
    response = client.post(ADDRESS, FILLED)
    assert (response.status_code, response["Location"]) == (302, ADDRESS)
    assert _stored() == (
        {"base_url": "https://loja.layer.core.dcg.com.br", "username": "integra"},
        {"password": SECRET},
    )
    with database.cursor() as cursor:
        cursor.execute("SELECT secrets FROM integrations_connection")
        (at_rest,) = cursor.fetchone()
    assert SECRET not in at_rest


def test_save_audits_the_names_and_no_value(vitrine, client):
    client.post(ADDRESS, FILLED)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.vitrine) == (AuditAction.CONNECTION_CHANGE, vitrine)
    assert entry.details == {"params": ["base_url", "username"], "secrets": ["password"]}


def test_stored_secret_never_comes_back_to_the_page(vitrine, client):
    client.post(ADDRESS, FILLED)
    html = client.get(ADDRESS).content.decode()
    assert SECRET not in html
    assert "Guardado. Deixe em branco para manter o valor atual." in html
    refused = client.post(ADDRESS, FILLED | {"base_url": "nada", "password": "outra-s3nh4"})
    assert refused.status_code == 200
    assert "outra-s3nh4" not in refused.content.decode()


def _again(client, **changes):
    version = client.get(ADDRESS).context["form"]["version"].value()
    return client.post(ADDRESS, FILLED | {"password": "", "version": version} | changes)


def test_secret_left_blank_is_kept(vitrine, client):
    client.post(ADDRESS, FILLED)
    assert _again(client, username="outro").status_code == 302
    assert _stored()[1] == {"password": SECRET}
    assert AuditEntry.objects.first().details == {"params": ["username"], "secrets": []}


def test_secret_typed_anew_replaces_the_old_one(vitrine, client):
    client.post(ADDRESS, FILLED)
    _again(client, password="n0v4")
    assert _stored()[1] == {"password": "n0v4"}


def test_required_secret_cannot_be_removed(vitrine, client):
    client.post(ADDRESS, FILLED)
    response = _again(client, remover_password="on")
    assert response.status_code == 302
    assert _stored()[1] == {"password": SECRET}
    assert "remover_password" not in client.get(ADDRESS).content.decode()


def test_optional_secret_is_removed_when_asked(client):
    vitrine = make_vitrine(platform="generic")
    make_connection(
        vitrine, params={"base_url": "https://loja.exemplo.com.br"}, secrets={"auth_secret": "k"}
    )
    form = client.get(ADDRESS).context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    assert client.post(ADDRESS, data | {"remover_auth_secret": "on"}).status_code == 302
    assert _stored()[1] == {}


def test_default_of_the_file_is_not_stored_and_a_blank_goes_back_to_it(client):
    vitrine = make_vitrine(platform="generic")
    make_connection(
        vitrine, params={"base_url": "https://loja.exemplo.com.br", "url_method": "POST"}
    )
    form = client.get(ADDRESS).context["form"]
    assert form["url_method"].value() == "POST"
    data = {name: form[name].value() or "" for name in form.fields}
    data["url_body"] = data["url_body"].replace("\n", "\r\n")  # as browsers send it
    assert client.post(ADDRESS, data | {"url_method": "PUT"}).status_code == 302
    assert _stored()[0] == {"base_url": "https://loja.exemplo.com.br"}


@pytest.mark.parametrize(
    ("address", "allow_private", "error"),
    [
        ("", False, "Preencha este campo."),
        (
            "loja",
            False,
            "Informe um endereço completo, como https://loja.exemplo.com.br.",
        ),
        (
            "http://loja.exemplo.com.br",
            False,
            "O endereço de destino precisa ser https: o envio leva credenciais e dados da nota. "
            "Para uma loja de testes em rede própria, http só com ALLOW_PRIVATE_DESTINATIONS=on.",
        ),
        (
            "https://127.0.0.1/",
            False,
            "O destino 127.0.0.1 é um endereço interno, reservado ou de metadados; "
            "o envio só é feito para endereços públicos.",
        ),
        (
            "https://169.254.169.254/",
            True,
            "O destino 169.254.169.254 é um endereço interno, reservado ou de metadados; "
            "o envio só é feito para endereços públicos.",
        ),
    ],
)
def test_address_that_may_not_be_used_is_refused_beside_its_field(
    vitrine, client, settings, address, allow_private, error
):
    settings.ALLOW_PRIVATE_DESTINATIONS = allow_private
    response = client.post(ADDRESS, FILLED | {"base_url": address})
    assert response.status_code == 200
    assert response.context["form"].errors == {"base_url": [error]}
    assert Connection.objects.count() == 0


def test_page_opened_before_another_person_saved_is_told_and_may_save_again(vitrine, client):
    client.post(ADDRESS, FILLED)
    told = client.post(ADDRESS, FILLED | {"username": "meu"})
    assert told.status_code == 200
    assert "Outra pessoa salvou estes parâmetros" in told.content.decode()
    assert _stored()[0]["username"] == "integra"

    version = told.context["form"]["version"].value()
    again = FILLED | {"username": "meu", "version": version}
    assert client.post(ADDRESS, again).status_code == 302
    assert _stored()[0]["username"] == "meu"


def test_page_for_who_may_only_look_has_no_field_to_type_in(vitrine):
    make_connection(vitrine, params={"username": "integra"}, secrets={"password": SECRET})
    html = client_of("Consulta").get(ADDRESS).content.decode()
    assert "Somente leitura" in html
    assert "Salvar" not in html
    assert SECRET not in html
    assert html.count("disabled") >= 5


def test_secret_that_no_key_opens_can_be_written_anew(vitrine, client, settings):
    client.post(ADDRESS, FILLED)
    settings.FIELD_ENCRYPTION_KEYS = ["bm92YS1jaGF2ZS1kZS10ZXN0ZS1jb20tMzItYnl0ZXM="]
    response = client.get(ADDRESS)
    assert response.status_code == 200
    assert "Nenhuma chave de FIELD_ENCRYPTION_KEYS abre este segredo." in response.content.decode()
    assert _again(client, password="n0v4").status_code == 302
    assert _stored()[1] == {"password": "n0v4"}


def test_vitrine_whose_platform_file_is_gone_says_so(client):
    make_vitrine(platform="sumida")
    response = client.get(ADDRESS)
    assert response.status_code == 200
    assert "O arquivo da plataforma “sumida” não foi encontrado" in response.content.decode()


def test_save_connection_drops_secrets_that_the_platform_does_not_know(vitrine):
    make_connection(vitrine, secrets={"password": "a", "de_outra_plataforma": "b"})
    changed = save_connection(
        vitrine=vitrine,
        params={},
        new_secrets={},
        removed_secrets=set(),
        known_secrets={"password"},
        seen_version=stored_connection(vitrine).version,
        actor=make_user(),
        now=NOW,
    )
    assert changed == ["de_outra_plataforma"]
    assert _stored()[1] == {"password": "a"}


def test_save_connection_with_nothing_new_writes_nothing(vitrine):
    make_connection(vitrine, params={"username": "integra"}, secrets={"password": "a"})
    version = stored_connection(vitrine).version
    changed = save_connection(
        vitrine=vitrine,
        params={"username": "integra"},
        new_secrets={},
        removed_secrets=set(),
        known_secrets={"password"},
        seen_version=version,
        actor=make_user(),
        now=NOW,
    )
    assert changed == []
    assert stored_connection(vitrine).version == version
    assert AuditEntry.objects.count() == 0


def test_save_connection_seen_before_another_change_saves_nothing(vitrine):
    make_connection(vitrine, params={"username": "integra"})
    with pytest.raises(StaleConnection):
        save_connection(
            vitrine=vitrine,
            params={"username": "outro"},
            new_secrets={},
            removed_secrets=set(),
            known_secrets=set(),
            seen_version="",
            actor=member_of("Administração"),
            now=NOW,
        )
    assert _stored()[0] == {"username": "integra"}


def test_page_is_never_kept_by_the_browser(vitrine):
    response = signed_in(member_of("Administração")).get(ADDRESS)
    assert "no-store" in response["Cache-Control"]


KEPT = {
    "generic": ("auth_secret", {"base_url": "https://loja.example"}),
    "linx_commerce": (
        "password",
        {"base_url": "https://loja.layer.core.dcg.com.br", "username": "integra"},
    ),
    "shopify": ("access_token", {"auth_kind": "headers", "shop": "minha-loja"}),
}


@pytest.mark.parametrize(
    ("platform", "change"),
    [
        ("linx_commerce", {"base_url": "https://outra.example"}),
        ("linx_commerce", {"base_url": "https://loja.layer.core.dcg.com.br:8443"}),
        ("generic", {"url_address": "https://outra.example/{{ order.number }}"}),
        (
            "generic",
            {
                "url_address": "https://{{ params.auth_username }}/x",
                "auth_username": "outra.example",
            },
        ),
        (
            "generic",
            {
                "url_address": "https://loja.example{{ params['auth_username'] }}/x",
                "auth_username": ".outra.example",
            },
        ),
        ("shopify", {"shop": "outra"}),
    ],
)
def test_kept_secret_is_asked_again_when_the_server_changes(client, platform, change):
    vitrine = make_vitrine(platform=platform)
    secret, params = KEPT[platform]
    stored = make_connection(vitrine, params=params, secrets={secret: SECRET})
    typed = {
        name: field.value()
        for name, field in ((f.name, f) for f in client.get(ADDRESS).context["form"])
        if field.value() not in (None, False)
    }

    response = client.post(ADDRESS, typed | change)

    assert response.context["form"].errors == {
        secret: [
            "O servidor de destino mudou: informe este segredo de novo, "
            "para que o guardado não vá a outro lugar."
        ]
    }
    stored.refresh_from_db()
    assert (stored.params, stored.secrets) == (params, {secret: SECRET})

    again = client.post(ADDRESS, typed | change | {secret: "novo-segredo"})
    assert again.status_code == 302


def test_secret_of_the_platform_used_before_is_not_lent_to_another(client):
    vitrine = make_vitrine(platform="anymarket")
    make_connection(vitrine, params={}, secrets={"token": SECRET})

    Vitrine.objects.update(platform="wake")

    vitrine.refresh_from_db()
    assert (open_desk(vitrine).secrets, stored_connection(vitrine).secrets) == ({}, {})
    client.post(ADDRESS, {"token": "da-wake", "version": stored_connection(vitrine).version})
    assert open_desk(vitrine).secrets == {"token": "da-wake"}


def test_kept_secret_stays_while_the_server_does(vitrine, client):
    client.post(ADDRESS, FILLED)
    version = stored_connection(vitrine).version

    response = client.post(
        ADDRESS, FILLED | {"username": "outro", "password": "", "version": version}
    )

    assert response.status_code == 302
    assert _stored()[1] == {"password": SECRET}
