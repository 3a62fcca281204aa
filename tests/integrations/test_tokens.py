from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from integrations.models import ApiToken
from integrations.tokens import (
    TokenNotIssued,
    authenticate,
    digest_of,
    issue_token,
    revoke_token,
)
from tests.factories import NOW, make_user, make_vitrine
from vitrines.models import AuditEntry

pytestmark = pytest.mark.django_db


def issue(**changes):
    values = {
        "name": "ERP produção",
        "vitrines": [make_vitrine()],
        "scopes": ["orders", "events"],
        "actor": None,
        "now": NOW,
    }
    return issue_token(**(values | changes))


def test_token_issued_keeps_only_the_digest_of_its_key():
    token, key = issue()
    assert key.startswith("vit_")
    assert len(key) == 47
    stored = ApiToken.objects.values().get()
    assert stored["digest"] == digest_of(key)
    assert key not in str(stored)
    assert token.hint == key[:10]


def test_token_issued_is_audited_without_its_key():
    user = make_user("admin")
    _, key = issue(actor=user)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.subject) == ("token.issue", user, "ERP produção")
    assert entry.details == {
        "hint": key[:10],
        "scopes": ["orders", "events"],
        "vitrines": ["LOJA-SP"],
    }


def test_key_of_a_live_token_is_recognised():
    token, key = issue()
    assert authenticate(key, now=NOW) == token


@pytest.mark.parametrize("wrong", ["", "vit_x", "ção", "vit_" + "a" * 43])
def test_key_nobody_issued_is_refused(wrong):
    issue()
    assert authenticate(wrong, now=NOW) is None


def test_token_revoked_is_refused_and_audited_once():
    token, key = issue()
    assert revoke_token(token=token, actor=None, now=NOW) is True
    assert revoke_token(token=token, actor=None, now=NOW) is False
    assert authenticate(key, now=NOW) is None
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "token.issue",
        "token.revoke",
    ]


def test_last_use_is_written_at_most_once_a_minute(django_assert_num_queries):
    token, key = issue()
    authenticate(key, now=NOW)
    with django_assert_num_queries(1):
        authenticate(key, now=NOW + timedelta(seconds=59))
    token.refresh_from_db()
    assert token.last_used_at == NOW
    authenticate(key, now=NOW + timedelta(seconds=61))
    token.refresh_from_db()
    assert token.last_used_at == NOW + timedelta(seconds=61)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scopes": ["write"]}, "Permissão desconhecida: write. Existem: orders, events, read."),
        ({"scopes": []}, "Escolha ao menos uma permissão: orders, events, read."),
        ({"vitrines": []}, "Escolha ao menos uma vitrine para o token."),
        ({"name": "  "}, "Dê um nome ao token, para reconhecê-lo depois."),
    ],
)
def test_token_that_could_do_nothing_is_not_issued(changes, message):
    with pytest.raises(TokenNotIssued) as refused:
        issue(**changes)
    assert str(refused.value) == message
    assert ApiToken.objects.count() == 0
    assert AuditEntry.objects.count() == 0


def test_command_prints_the_key_once_and_alone():
    make_vitrine()
    make_vitrine("LOJA-RJ")
    out, err = StringIO(), StringIO()
    call_command(
        "issue_token",
        *["--name", "ERP", "--vitrine", "LOJA-SP", "--vitrine", "LOJA-RJ"],
        *["--scope", "orders", "--scope", "events"],
        stdout=out,
        stderr=err,
    )
    token = authenticate(out.getvalue().strip(), now=NOW)
    assert token is not None
    assert token.scopes == ["orders", "events"]
    assert sorted(token.vitrines.values_list("code", flat=True)) == ["LOJA-RJ", "LOJA-SP"]
    assert AuditEntry.objects.get().actor_label == "manage.py issue_token"


@pytest.mark.parametrize(
    ("vitrine", "scope", "message"),
    [
        ("LOJA-XX", "orders", "Vitrine desconhecida: LOJA-XX."),
        ("LOJA-SP", "tudo", "Permissão desconhecida: tudo. Existem: orders, events, read."),
    ],
)
def test_command_refuses_what_does_not_exist(vitrine, scope, message):
    make_vitrine()
    with pytest.raises(CommandError) as refused:
        call_command("issue_token", "--name", "ERP", "--vitrine", vitrine, "--scope", scope)
    assert str(refused.value) == message
    assert ApiToken.objects.count() == 0
