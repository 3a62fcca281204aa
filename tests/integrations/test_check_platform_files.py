"""``check_platform`` on files: all of them at once, words that are not the file's, no database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import make_order, make_vitrine
from tests.integrations.check_platform import RULE, run
from vitrines.platforms import platform_files

STORE = """
name = "minha_loja"
label = "Minha Loja"

[mapping.suggestions.CANCELADO]
code = "canceled"

[mapping.suggestions.PROBLEMAS]
code = "problem"
active = false

[[send]]
channel = "url"
statuses = ["ENTREGUE", "CANCELADO", "PROBLEMAS"]

[[send.steps]]
url = "https://minhaloja.example/{{ mapping.platform_status }}"

[[send]]
channel = "tracking"
statuses = []

[[send.steps]]
url = "https://minhaloja.example/volumes/{{ tracking.code }}"
"""


@pytest.fixture
def store(tmp_path, settings):
    settings.PLATFORMS_DIR = str(tmp_path)

    def written(name="minha_loja.toml", toml=STORE):
        path = tmp_path / name
        path.write_text(toml)
        return str(path)

    return written


def test_what_a_status_is_shown_with_that_the_file_does_not_suggest_is_said(store):
    lines = run(store(), "--channel", "url")[0].splitlines()

    shown = [(lines[i - 1], lines[i + 1].strip()) for i, line in enumerate(lines) if line == RULE]
    assert shown == [
        (
            "Entregue · URL · passo 1 de 1",
            "O arquivo não sugere palavra para este status: “entregue” só ocupa o lugar dela.",
        ),
        ("Cancelado · URL · passo 1 de 1", "POST https://minhaloja.example/canceled"),
        (
            "Problemas · URL · passo 1 de 1",
            "A sugestão do arquivo deixa esta linha inativa: só sai se alguém a ativar.",
        ),
    ]


def test_a_tracking_that_comes_without_a_change_of_status_is_shown(store):
    out, _, failure = run(store(), "--channel", "tracking")

    assert failure == ""
    assert out.splitlines()[3:8] == [
        "Rastreio sem mudança de status · Rastreio · passo 1 de 1",
        RULE,
        "  Precisa de: código ou endereço de rastreio",
        "",
        "  POST https://minhaloja.example/volumes/SQ458226065BR",
    ]


def test_a_status_of_which_nothing_is_sent_says_so(store):
    out, _, failure = run(store(), "--status", "EMBARCADO")

    assert failure == ""
    assert out.splitlines()[3:] == ["A plataforma não envia nada neste status ou envio."]


def test_a_file_that_takes_a_shipped_name_is_a_fault_of_all_files_too(store, tmp_path):
    store("outra.toml", STORE.replace('"minha_loja"', '"vtex"'))
    out, err, failure = run()

    (vtex,) = [path for path in platform_files("") if path.stem == "vtex"]
    assert failure == "1 erro a corrigir."
    assert err == f"{tmp_path / 'outra.toml'}: key 'name': {vtex} has the same name\n"
    assert len(out.splitlines()) == len(platform_files(""))


def test_a_file_that_is_called_otherwise_than_its_platform_is_told(store):
    store("loja2.toml")
    out, _, failure = run()

    assert failure == ""
    assert out.splitlines()[-1] == (
        "minha_loja           Minha Loja                         envios:  4  requisições:   4  "
        "ok; o arquivo se chama loja2.toml, e não minha_loja.toml"
    )


def test_a_folder_that_is_not_there_is_a_fault(settings, tmp_path):
    settings.PLATFORMS_DIR = str(tmp_path / "missing")
    _, err, failure = run()

    assert failure == "1 erro a corrigir."
    assert err == f"PLATFORMS_DIR: {tmp_path / 'missing'} is not a folder\n"


def _run_apart(*arguments, tmp_path, **more):
    root = Path(__file__).resolve().parents[2]
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
    }
    return subprocess.Popen(
        [sys.executable, str(root / "manage.py"), "check_platform", *arguments],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def test_a_name_that_is_nothing_is_told_before_the_database_exists(tmp_path):
    _, err = _run_apart("nada", tmp_path=tmp_path).communicate(timeout=60)

    assert err.splitlines() == [
        "CommandError: Não há arquivo nem plataforma com o nome nada, e as vitrines não podem ser "
        "lidas: o banco de dados ainda não foi criado (manage.py migrate)?"
    ]


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    names = [path.stem for path in platform_files("")]
    running = _run_apart(*names, tmp_path=tmp_path)
    assert running.stdout.readline() != ""
    running.stdout.close()

    assert running.stderr.read() == ""
    assert running.wait(timeout=60) == 0


def test_what_the_platform_gave_for_the_order_is_shown_with_it(db):
    vitrine = make_vitrine()
    order = make_order(vitrine, "55014")
    order.captured_values.create(name="shipment_ids", value=["17", "18"])
    order.captured_values.create(name="receipt", value="r" * 300)

    lines = run("LOJA-SP", "--order", "55014")[0].splitlines()

    assert lines[3:6] == [
        "Guardado da plataforma",
        f"  receipt = {'r' * 200}… (300 caracteres)",
        '  shipment_ids = ["17", "18"]',
    ]


def test_a_vitrine_is_told_of_a_broken_file_in_one_language(settings, tmp_path, db):
    make_vitrine(platform="loja_propria")
    settings.PLATFORMS_DIR = str(tmp_path / "missing")

    assert run("LOJA-SP")[2] == (
        "Um arquivo de plataforma tem erros: manage.py check_platform os mostra."
    )
