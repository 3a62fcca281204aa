"""Registering and changing a vitrine, with its audit entry."""

import pytest

from tests.factories import NOW, make_user
from vitrines.models import AuditAction, AuditEntry, Vitrine
from vitrines.operations import CodeTaken, StaleVitrine, change_vitrine, create_vitrine, version_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    return make_user("ana")


@pytest.fixture
def vitrine(ana):
    return create_vitrine(
        code="LOJA-SP",
        description="Loja São Paulo",
        platform="generic",
        published=True,
        log_policy="errors",
        order_prefix="VT",
        actor=ana,
        now=NOW,
    )


def test_create_vitrine_makes_its_integration_id_and_an_audit_entry(vitrine, ana):
    entry = AuditEntry.objects.get()
    assert vitrine.integration_id.version == 4
    assert (entry.action, entry.actor, entry.actor_label, entry.vitrine, entry.at) == (
        AuditAction.VITRINE_CREATE,
        ana,
        "ana",
        vitrine,
        NOW,
    )
    assert entry.details == {
        "fields": {
            "description": "Loja São Paulo",
            "platform": "generic",
            "published": True,
            "log_policy": "errors",
            "order_prefix": "VT",
        }
    }


def test_create_vitrine_with_a_code_that_was_just_taken_writes_nothing(vitrine, ana):
    with pytest.raises(CodeTaken, match=r"Já existe uma vitrine com o código LOJA-SP\."):
        create_vitrine(
            code="LOJA-SP",
            description="Outra",
            platform="generic",
            published=True,
            log_policy="errors",
            order_prefix="",
            actor=ana,
            now=NOW,
        )
    assert Vitrine.objects.get().description == "Loja São Paulo"
    assert AuditEntry.objects.count() == 1


def test_change_vitrine_saves_and_audits_only_what_differs(vitrine, ana):
    changed = change_vitrine(
        vitrine=vitrine,
        values={"description": "Loja Centro", "published": False, "order_prefix": "VT"},
        seen_version=version_of(vitrine),
        actor=ana,
        now=NOW,
    )
    vitrine.refresh_from_db()
    assert changed == ["description", "published"]
    assert (vitrine.description, vitrine.published, vitrine.order_prefix) == (
        "Loja Centro",
        False,
        "VT",
    )
    assert AuditEntry.objects.get(action=AuditAction.VITRINE_CHANGE).details == {
        "changes": {
            "description": {"from": "Loja São Paulo", "to": "Loja Centro"},
            "published": {"from": True, "to": False},
        }
    }


def test_change_vitrine_with_nothing_new_writes_nothing(vitrine, ana):
    version = version_of(vitrine)
    values = {"description": vitrine.description}
    changed = change_vitrine(
        vitrine=vitrine, values=values, seen_version=version, actor=ana, now=NOW
    )
    vitrine.refresh_from_db()
    assert changed == []
    assert version_of(vitrine) == version
    assert AuditEntry.objects.filter(action=AuditAction.VITRINE_CHANGE).count() == 0


def test_change_vitrine_seen_before_another_change_saves_nothing(vitrine, ana):
    seen = version_of(vitrine)
    Vitrine.objects.get(pk=vitrine.pk).save()
    with pytest.raises(StaleVitrine) as refused:
        change_vitrine(
            vitrine=vitrine,
            values={"description": "Loja Centro"},
            seen_version=seen,
            actor=ana,
            now=NOW,
        )
    assert refused.value.current.description == "Loja São Paulo"
    assert Vitrine.objects.get().description == "Loja São Paulo"
    assert AuditEntry.objects.filter(action=AuditAction.VITRINE_CHANGE).count() == 0


def test_change_vitrine_never_changes_the_code(vitrine, ana):
    change_vitrine(
        vitrine=vitrine,
        values={"code": "OUTRA", "description": "Loja Centro"},
        seen_version=version_of(vitrine),
        actor=ana,
        now=NOW,
    )
    assert Vitrine.objects.get().code == "LOJA-SP"
