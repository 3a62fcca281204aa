"""manage.py prune, its settings, and the slice of it that the engines run."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from backoffice.checks import retentions_can_be_kept
from integrations.pruning import prune_for_a_moment
from integrations.retention import Retention, RetentionTooShort
from tests.factories import make_vitrine
from tests.integrations.pruning.past import counts, whole_order
from vitrines.models import Order


@pytest.fixture
def orders(db):
    """Two orders of 2001 and a vitrine without any."""
    long_ago = timezone.make_aware(timezone.datetime(2001, 1, 1))
    vitrine = make_vitrine()
    make_vitrine("LOJA-RJ")
    return [whole_order(vitrine, number, at=long_ago) for number in "12"]


def test_command_tells_what_it_removed_by_vitrine(orders, capsys):
    call_command("prune")

    assert capsys.readouterr().out.splitlines() == [
        "Conteúdos: com mais de 90 dias. Pedidos parados: com mais de 730 dias.",
        "LOJA-RJ: nada",
        "LOJA-SP: 2 conteúdos de tentativas, 2 conteúdos de testes, 2 XMLs de notas, 2 pedidos",
    ]
    assert set(counts().values()) == {0}


def test_dry_run_tells_the_same_and_removes_nothing(orders, capsys):
    before = counts()

    call_command("prune", "--dry-run")

    assert capsys.readouterr().out.splitlines() == [
        "Conteúdos: com mais de 90 dias. Pedidos parados: com mais de 730 dias.",
        "LOJA-RJ: nada",
        "LOJA-SP: 2 conteúdos de tentativas, 2 conteúdos de testes, 2 XMLs de notas, 2 pedidos",
        "Nada foi removido (--dry-run).",
    ]
    assert counts() == before


def test_command_takes_its_own_retentions(orders, capsys):
    call_command("prune", "--bodies-older-than", "1", "--rows-older-than", "0")

    assert capsys.readouterr().out.splitlines() == [
        "Conteúdos: com mais de 1 dia. Pedidos parados: nunca.",
        "LOJA-RJ: nada",
        "LOJA-SP: 2 conteúdos de tentativas, 2 conteúdos de testes, 2 XMLs de notas",
    ]
    assert Order.objects.count() == 2


@pytest.mark.parametrize("arguments", [("--rows-older-than", "29"), ("--bodies-older-than", "-1")])
def test_command_refuses_what_would_remove_too_much(arguments, orders):
    before = counts()

    with pytest.raises(CommandError) as error:
        call_command("prune", *arguments)

    assert str(error.value).endswith(
        "Veja --bodies-older-than e --rows-older-than, ou RETENTION_BODIES_DAYS e "
        "RETENTION_ROWS_DAYS."
    )
    assert counts() == before


@pytest.mark.parametrize(("bodies", "rows"), [(-1, 730), (90, -1), (90, 1), (90, 29)])
def test_retention_that_is_too_short_is_refused_at_start(bodies, rows, settings):
    settings.RETENTION_BODIES_DAYS, settings.RETENTION_ROWS_DAYS = bodies, rows

    with pytest.raises(RetentionTooShort):
        Retention.of_settings()
    assert [error.id for error in retentions_can_be_kept()] == ["backoffice.E004"]


@pytest.mark.parametrize(("bodies", "rows"), [(0, 0), (1, 30), (90, 730)])
def test_retention_of_any_sane_length_passes(bodies, rows, settings):
    settings.RETENTION_BODIES_DAYS, settings.RETENTION_ROWS_DAYS = bodies, rows

    assert retentions_can_be_kept() == []


def test_engines_prune_by_the_settings(orders, settings):
    settings.RETENTION_ROWS_DAYS = 0

    prune_for_a_moment(now=timezone.now())
    kept = Order.objects.count()
    settings.RETENTION_ROWS_DAYS = 730
    done = prune_for_a_moment(now=timezone.now())

    assert (kept, Order.objects.count(), done.complete) == (2, 0, True)
