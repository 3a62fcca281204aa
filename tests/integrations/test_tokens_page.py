"""Tokens of the API on screen: issued, shown once, revoked."""

import pytest

from integrations.models import ApiToken
from integrations.tokens import authenticate, issue_token
from tests.factories import NOW, make_user, make_vitrine
from tests.people import client_of, member_of, signed_in
from vitrines.models import AuditAction, AuditEntry

pytestmark = pytest.mark.django_db


def _issue(name="erp", vitrines=None):
    token, key = issue_token(
        name=name,
        vitrines=vitrines or [make_vitrine()],
        scopes=["events"],
        actor=make_user(f"quem-{name}"),
        now=NOW,
    )
    return token, key


def test_issued_key_is_shown_once_and_opens_the_api():
    vitrine = make_vitrine()
    client = client_of("Administração")
    form = {"name": "erp-producao", "scopes": ["events", "read"], "vitrines": [vitrine.pk]}
    response = client.post("/tokens/emitir/", form)
    key = response.context["key"]
    token = ApiToken.objects.get()
    assert response.content.decode().count(key) == 1
    assert "no-store" in response["Cache-Control"]
    assert authenticate(key, now=NOW) == token
    assert (token.name, token.scopes, list(token.vitrines.all())) == (
        "erp-producao",
        ["events", "read"],
        [vitrine],
    )
    listed = client.get("/tokens/").content.decode()
    assert key not in listed
    assert token.digest not in listed
    assert token.hint in listed


def test_issue_without_a_scope_or_a_vitrine_makes_no_token():
    make_vitrine()
    response = client_of("Administração").post("/tokens/emitir/", {"name": "erp"})
    assert response.context["form"].errors == {
        "scopes": ["Este campo é obrigatório."],
        "vitrines": ["Este campo é obrigatório."],
    }
    assert ApiToken.objects.count() == 0


def test_revoked_token_opens_nothing_and_says_so():
    token, key = _issue()
    admin = member_of("Administração")
    response = signed_in(admin).post(f"/tokens/{token.pk}/revogar/", follow=True)
    assert "O token erp foi revogado e não abre mais a API." in response.content.decode()
    assert authenticate(key, now=NOW) is None
    assert AuditEntry.objects.get(action=AuditAction.TOKEN_REVOKE).actor == admin


def test_revoking_needs_a_post():
    token, _ = _issue()
    assert client_of("Administração").get(f"/tokens/{token.pk}/revogar/").status_code == 405


def test_list_puts_tokens_in_force_before_revoked_ones():
    vitrine = make_vitrine()
    _issue("antigo", [vitrine])
    _issue("atual", [vitrine])
    _issue("revogado", [vitrine])
    ApiToken.objects.filter(name="revogado").update(revoked_at=NOW)
    shown = client_of("Consulta").get("/tokens/").context["tokens"]
    assert [token.name for token in shown] == ["atual", "antigo", "revogado"]


@pytest.mark.parametrize("number", [1, 3])
def test_list_asks_the_database_the_same_for_one_row_and_three(django_assert_num_queries, number):
    client = client_of("Consulta")
    vitrine = make_vitrine()
    for place in range(number):
        _issue(f"erp-{place}", [vitrine])
    with django_assert_num_queries(7):
        # session, user, permissions (2), group; tokens, their vitrines
        client.get("/tokens/")
