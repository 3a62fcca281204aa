"""How dates, states and audit entries read."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import engines
from django.utils import timezone

from backoffice.templatetags.backoffice_ui import (
    audit_details,
    platform_label,
    reason_beside,
    state_class,
    state_label,
    status_label,
    when,
    when_exact,
)
from integrations.models import StatusUpdate
from integrations.wording import ago
from tests.factories import NOW
from vitrines.models import AuditAction, AuditEntry, Vitrine
from vitrines.statuses import OrderStatus


def test_name_of_a_filter_means_one_thing_wherever_it_is_loaded():
    """A template that loads two libraries would take it from the latter, in silence."""
    engine = engines["django"].engine
    ours = {
        name: library
        for name, library in engine.template_libraries.items()
        if engine.libraries[name].split(".")[0] in ("backoffice", "integrations")
    }
    names = [name for library in ours.values() for name in (*library.filters, *library.tags)]
    assert {"backoffice_ui", "painel_ui"} <= set(ours)
    assert sorted(names) == sorted(set(names))


def test_when_is_in_the_time_of_sao_paulo_and_names_another_year():
    moment = datetime(2019, 11, 23, 17, 2, 11, tzinfo=UTC)
    assert when(moment) == "23/11/2019 às 14:02"
    assert when_exact(moment) == "23/11/2019 às 14:02:11"
    assert when(None) == "—"


def test_when_leaves_out_the_present_year():
    moment = timezone.now().replace(month=6, day=15, hour=17, minute=2)
    assert when(moment) == "15/06 às 14:02"


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (timedelta(seconds=-5), "há menos de 1 min"),
        (timedelta(seconds=59), "há menos de 1 min"),
        (timedelta(minutes=1), "há 1 min"),
        (timedelta(minutes=59, seconds=59), "há 59 min"),
        (timedelta(hours=1), "há 1 h"),
        (timedelta(hours=47), "há 47 h"),
        (timedelta(hours=48), "há 2 dias"),
        (timedelta(days=400), "há 400 dias"),
    ],
)
def test_age_is_told_as_roughly_as_it_is_said(age, told):
    assert ago(NOW - age, NOW) == told


def test_status_label_is_that_of_the_erp():
    assert status_label(OrderStatus.EM_PREPARACAO) == "Em preparação"
    assert status_label(7) == "Embarcado"
    assert status_label(None) == "—"


@pytest.mark.parametrize(
    ("state", "reason", "shown"),
    [
        ("pending", "", ("wait", "Na fila", "")),
        ("sent", "accepted", ("ok", "Aceito", "")),
        ("sent", "already_applied", ("ok", "Aceito", "a plataforma já estava neste status")),
        ("held", "unmapped", ("warn", "Aguardando", "sem mapeamento")),
        ("skipped", "inactive", ("", "Não enviado", "inativo")),
        ("failed", "rejected", ("bad", "Recusado", "")),
        ("failed", "exhausted", ("bad", "Falhou", "tentativas esgotadas")),
        ("superseded", "superseded", ("", "Superado", "")),
        ("cancelled", "cancelled", ("", "Resolvido fora", "")),
    ],
)
def test_state_badge_says_state_and_what_the_reason_adds(state, reason, shown):
    update = StatusUpdate(state=state, reason=reason)
    assert (state_class(update), state_label(update), reason_beside(update)) == shown


def test_platform_label_of_a_missing_file_keeps_the_name():
    assert platform_label("linx_commerce") == "Linx Commerce"
    assert platform_label("sumida") == "sumida (arquivo ausente)"


def test_platform_label_of_a_file_with_errors_does_not_call_it_gone(tmp_path, settings):
    (tmp_path / "sumida.toml").write_text("name = ")
    settings.PLATFORMS_DIR = str(tmp_path)
    assert platform_label("sumida") == "sumida (arquivo ausente ou com erro)"


def test_audit_details_tell_what_changed_but_no_secret():
    changed = AuditEntry(
        action=AuditAction.VITRINE_CHANGE,
        details={"changes": {"published": {"from": True, "to": False}}},
    )
    connected = AuditEntry(
        action=AuditAction.CONNECTION_CHANGE,
        details={"params": ["base_url"], "secrets": ["password"]},
    )
    assert audit_details(changed) == "publicar no servidor atual: sim → não"
    assert audit_details(connected) == "base_url, password"
    linx = Vitrine(platform="linx_commerce")
    assert audit_details(connected, linx) == (
        "Endereço da camada de integração, Senha de integração"
    )
