"""manage.py replay: counts, starts, waits, cancels, and says what is wrong with a filter."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from integrations.management.commands import replay as command
from integrations.models import ReplayRun, StatusUpdate, UpdateState
from tests.factories import make_order, make_update
from tests.integrations.replay.replaying import PAID, PREPARING, WHY, begin, items
from vitrines.models import AuditEntry

pytestmark = pytest.mark.django_db

FAILED = UpdateState.FAILED


def run(*arguments):
    out = StringIO()
    call_command("replay", *arguments, stdout=out)
    return out.getvalue().splitlines()


def refused(*arguments):
    with pytest.raises(CommandError) as error:
        run(*arguments)
    return str(error.value)


def test_dry_run_counts_and_does_nothing(failed, vitrine):
    make_update(make_order(vitrine, "3"), PAID, UpdateState.SKIPPED, reason="echo")

    told = run("--vitrine", "LOJA-SP", "--mode", "renderizar", "--dry-run")

    assert told == [
        "Selecionadas: 3",
        "Irão para a fila: 2",
        "  de fora 1: veio da própria loja",
        "Por vitrine:",
        "  LOJA-SP: 3, irão 2",
        "Como estão:",
        "  Recusado: 2, irão 2",
        "  Não enviado: veio da própria loja: 1, irão 0",
        f"Exemplo: envio #{failed[0].pk}, pedido VT-1, Em preparação: volta à fila",
        f"Exemplo: envio #{failed[1].pk}, pedido VT-2, Em preparação: volta à fila",
        "Nada foi feito (--dry-run).",
    ]
    assert (ReplayRun.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_number_that_a_look_at_each_may_lower_is_told_as_one_at_most(failed):
    told = run("--state", "failed", "--mode", "reenviar", "--dry-run")

    assert told[:2] == ["Selecionadas: 2", "Irão para a fila: até 2"]


def test_start_keeps_that_it_was_the_command(failed):
    told = run("--state", "failed", "--mode", "decidir", "--reason", WHY, "--per-minute", "30")

    started = ReplayRun.objects.get()
    assert told[-1] == (
        f"Reprocessamento {started.pk} iniciado. Para parar: manage.py replay --cancel {started.pk}"
    )
    assert (started.mode, started.per_minute, started.selected) == ("decidir", 30, 2)
    assert (started.started_by, started.started_by_label) == (None, "manage.py replay")
    assert set(StatusUpdate.objects.values_list("state", flat=True)) == {"failed"}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--status", "pagamento_confirmado"], [2]),
        (["--cause", "exhausted"], [2]),
        (["--since", "2026-11-23", "--until", "2026-11-23"], [0, 1, 2]),
        (["--vitrine", "LOJA-SP", "--state", "failed", "--status", "EM_PREPARACAO"], [0, 1]),
    ],
)
def test_filters_select(filters, found, failed, vitrine):
    other = make_update(make_order(vitrine, "3"), PAID, FAILED, reason="exhausted")

    run(*filters, "--mode", "renderizar", "--reason", WHY, "--wait")

    updates = [*failed, other]
    started = ReplayRun.objects.get()
    assert items(started) == [(updates[index].pk, "queued", "") for index in found]


def test_wait_stays_until_all_is_in_the_queue(failed, vitrine, monkeypatch):
    monkeypatch.setattr(command, "POLL_SECONDS", 0)
    echo = make_update(make_order(vitrine, "3"), PREPARING, UpdateState.SKIPPED, reason="echo")
    ids = [str(update.pk) for update in (*failed, echo)]

    told = run("--update", *ids, "--mode", "renderizar", "--reason", WHY, "--wait")

    assert told[-1] == (
        "Esperando a fila: 3 de 3 vistas; 2 foram para a fila; 1 de fora (veio da própria loja)"
    )
    assert set(StatusUpdate.objects.values_list("state", flat=True)) == {"pending", "skipped"}


def test_cancel_takes_back_and_says_so(failed):
    run("--state", "failed", "--mode", "renderizar", "--reason", WHY, "--wait")
    started = ReplayRun.objects.get()

    told = run("--cancel", str(started.pk))

    assert told == [
        "Cancelando: 2 de 2 vistas; 2 foram para a fila; 2 retiradas ao cancelar",
    ]
    started.refresh_from_db()
    assert started.cancelled_by_label == "manage.py replay"
    assert set(StatusUpdate.objects.values_list("state", flat=True)) == {"failed"}


def test_cancel_of_an_unknown_or_a_cancelled_run_is_refused(failed):
    started = begin("renderizar", *failed)

    assert refused("--cancel", "987654") == "Não existe o reprocessamento 987654."
    run("--cancel", str(started.pk))
    assert refused("--cancel", str(started.pk)) == "Este reprocessamento já foi cancelado."


HOW = ("--mode", "renderizar", "--reason", WHY)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--state", "failed"), "Diga o modo: --mode reenviar|renderizar|decidir."),
        (
            HOW,
            "Diga o que reprocessar: --vitrine, --status, --state, --cause, --since, --until ou "
            "--update. Sem filtro, seriam todas as que existem.",
        ),
        ((*HOW, "--vitrine", "NENHUMA"), "Não existe a vitrine NENHUMA."),
        (
            (*HOW, "--since", "2026-11-23", "--until", "2026-11-22"),
            "--until é anterior a --since.",
        ),
        (
            (*HOW, "--since", "ontem"),
            "Error: argument --since: “ontem” não é um dia: use AAAA-MM-DD.",
        ),
        (
            (*HOW, "--until", "2026-02-30"),
            "Error: argument --until: “2026-02-30” não é um dia: use AAAA-MM-DD.",
        ),
        ((*HOW, "--update", "987654"), "Não existe a atualização 987654."),
        (
            (*HOW, "--update", str(10**30)),
            f"Error: argument --update: “{10**30}” não é o número de uma atualização.",
        ),
        (
            (*HOW, "--update", "um"),
            "Error: argument --update: “um” não é o número de uma atualização.",
        ),
        (
            (*HOW, "--update", "1", "--state", "failed"),
            "--update nomeia uma a uma: não combina com os filtros.",
        ),
        (
            (*HOW, "--update", *map(str, range(1001))),
            "--update aceita até 1000; para mais, use os filtros.",
        ),
        ((*HOW, "--state", "failed", "--per-minute", "0"), "--per-minute vai de 1 a 6000."),
        ((*HOW, "--state", "failed", "--per-minute", "6001"), "--per-minute vai de 1 a 6000."),
        (
            ("--mode", "renderizar", "--state", "failed"),
            'Diga o motivo: --reason "…". Quem olhar o pedido depois precisa saber.',
        ),
        (
            (*HOW, "--state", "superseded"),
            "Não há o que fazer neste modo. Nada foi iniciado.",
        ),
    ],
)
def test_what_makes_no_sense_starts_nothing_and_says_why(arguments, why, failed):
    assert refused(*arguments) == why
    assert ReplayRun.objects.count() == 0


@pytest.mark.parametrize("wrong", [("--state", "nenhum"), ("--mode", "apagar"), ("--cause", "x")])
def test_word_that_is_not_one_of_ours_is_refused_with_the_list(wrong, failed):
    assert "invalid choice" in refused(*HOW, *wrong)


def test_shell_is_told_what_is_no_day_without_a_traceback(capsys):
    """As ``manage.py`` runs it, which reads the arguments before anybody catches an error."""
    with pytest.raises(SystemExit) as ended:
        command.Command().run_from_argv(["manage.py", "replay", "--since", "ontem"])

    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "manage.py replay: error: argument --since: “ontem” não é um dia: use AAAA-MM-DD."
    )


def test_filter_that_selects_nothing_prints_no_empty_tables(failed):
    told = run("--mode", "renderizar", "--state", "sent", "--dry-run")

    assert told == ["Selecionadas: 0", "Nada foi feito (--dry-run)."]
