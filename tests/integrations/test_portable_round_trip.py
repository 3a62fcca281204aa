"""export_vitrine and import_vitrine: what is written comes back as it was."""

import io
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection as database

from integrations.connections import StoredConnection, stored_connection
from integrations.delivery.parcels import open_desk
from integrations.models import Connection
from status_mapping.models import MappingRevision
from status_mapping.queries import tables_of
from status_mapping.tables import MappingTables, StatusRow
from tests.factories import make_connection, make_vitrine
from tests.integrations.portable import (
    PARAMS,
    SECRET,
    TABLES,
    export,
    exported,
    make_full_vitrine,
    run_import,
    stored,
)
from vitrines.models import AuditAction, AuditEntry, Vitrine
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

COMMAND = "manage.py import_vitrine"
OWN = ("description", "platform", "published", "log_policy", "order_prefix")


@pytest.fixture
def vitrine():
    return make_full_vitrine()


@pytest.fixture
def _variable(monkeypatch):
    monkeypatch.setenv("LOJA_SP_PASSWORD", SECRET)


def test_export_has_no_secret_and_no_identity(vitrine):
    text = export()
    assert SECRET not in text
    assert str(vitrine.integration_id) not in text
    data = json.loads(text)
    assert {name: data[name] for name in ("format", "vitrine", "params", "secrets")} == {
        "format": 1,
        "vitrine": {
            "code": "LOJA-SP",
            "description": "Loja São Paulo",
            "platform": "linx_commerce",
            "published": False,
            "log_policy": "all",
            "order_prefix": "VT",
        },
        "params": PARAMS,
        "secrets": {"password": "env:LOJA_SP_PASSWORD"},
    }
    assert data["mapping"]["statuses"]["DESPACHADO"] == {
        "platform_status": "INVOICED",
        "channel": "tracking",
        "active": True,
        "processa_inclusao": False,
        "ez_core_status_id": "",
        "ez_core_flow_id": "",
        "also_receives": [],
    }


def test_export_is_the_same_text_each_time_and_readable(vitrine, tmp_path):
    text = export()
    assert text == export() == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"
    assert "Loja São Paulo" in text
    path = tmp_path / "saida.json"
    assert export(output=path) == ""
    assert path.read_bytes() == text.encode()


def test_export_of_a_code_that_starts_with_a_digit_names_a_usable_variable():
    vitrine = make_vitrine("1-LOJA", platform="linx_commerce")
    make_connection(vitrine, secrets={"password": SECRET})
    assert exported("1-LOJA")["secrets"] == {"password": "env:_1_LOJA_PASSWORD"}


def test_export_leaves_out_what_a_former_platform_left():
    vitrine = make_vitrine(platform="linx_commerce")
    make_connection(
        vitrine,
        params={"username": "integra", "url_method": "PUT"},
        secrets={"password": "", "auth_secret": SECRET},
    )
    data = exported()
    assert (data["params"], data["secrets"]) == ({"username": "integra"}, {})


def test_export_of_a_vitrine_whose_platform_file_is_gone_has_everything():
    vitrine = make_vitrine(platform="sumiu")
    make_connection(vitrine, params={"b": "2", "a": "1"}, secrets={"token": SECRET})
    data = exported()
    assert data["params"] == {"a": "1", "b": "2"}
    assert data["secrets"] == {"token": "env:LOJA_SP_TOKEN"}


def test_export_of_an_unknown_vitrine_is_an_error():
    with pytest.raises(CommandError, match="Não há vitrine com o código NADA"):
        export("NADA")


def test_export_without_the_key_of_its_secrets_is_an_error(vitrine):
    with database.cursor() as cursor:
        cursor.execute("UPDATE integrations_connection SET secrets = 'x'")
    with pytest.raises(CommandError, match="Nenhuma chave de FIELD_ENCRYPTION_KEYS"):
        export()


def test_export_to_a_folder_that_is_not_there_is_an_error(vitrine, tmp_path):
    with pytest.raises(CommandError, match="Não foi possível escrever"):
        export(output=tmp_path / "nada" / "saida.json")


@pytest.mark.usefixtures("_variable")
def test_import_of_an_export_into_its_own_vitrine_changes_nothing(vitrine, tmp_path):
    before = stored()
    assert run_import(export(), tmp_path) == ["Nada muda: LOJA-SP já está como no arquivo."]
    assert stored() == before


@pytest.mark.usefixtures("_variable")
def test_import_into_a_new_code_makes_the_same_vitrine(vitrine, tmp_path):
    run_import(export(), tmp_path, code="LOJA-MG")
    new = Vitrine.objects.get(code="LOJA-MG")
    assert [getattr(new, name) for name in OWN] == [getattr(vitrine, name) for name in OWN]
    assert new.integration_id != vitrine.integration_id
    kept = stored_connection(new)
    assert (kept.params, kept.secrets) == (PARAMS, {"password": SECRET})
    assert tables_of(new) == TABLES
    expected = export().replace("LOJA-SP", "LOJA-MG").replace("LOJA_SP", "LOJA_MG")
    assert export("LOJA-MG") == expected


@pytest.mark.usefixtures("_variable")
def test_import_after_the_vitrine_is_gone_brings_it_back(vitrine, tmp_path):
    text = export()
    AuditEntry.objects.all().delete()
    vitrine.delete()
    run_import(text, tmp_path)
    assert export() == text


def test_import_of_a_vitrine_that_nobody_filled_in(tmp_path):
    make_vitrine(platform="linx_commerce")
    run_import(export(), tmp_path, code="LOJA-MG")
    new = Vitrine.objects.get(code="LOJA-MG")
    assert stored_connection(new) == StoredConnection()
    assert tables_of(new) == MappingTables()
    assert not MappingRevision.objects.exists()


@pytest.mark.usefixtures("_variable")
def test_import_tells_what_a_new_vitrine_gets_and_what_it_did(vitrine, tmp_path):
    assert run_import(export(), tmp_path, code="LOJA-MG") == [
        "LOJA-MG (nova)",
        "Vitrine",
        "  Descrição: “Loja São Paulo”",
        "  Exportador: “Linx Commerce”",
        "  Publicar no servidor atual: “não”",
        "  Configuração dos logs: “Todos os logs gerados”",
        "  Prefixo do código do pedido: “VT”",
        "Envio",
        "  Endereço da camada de integração: “https://loja.layer.core.dcg.com.br”",
        "  Usuário de integração: “integra”",
        "  Campo do ID Status EZ Core: “OrderStatusID”",
        "  Senha de integração: novo (env:LOJA_SP_PASSWORD)",
        "Status de Pedidos",
        "  Pagamento Confirmado: Status da plataforma: “PAID”; Também recebe: “approved, "
        "captured”; ID Status EZ Core: “2”; ID Fluxo EZ Core: “10”; Ativo: sim",
        "  Despachado: Status da plataforma: “INVOICED”; Envio: Rastreio; Ativo: sim",
        "  Cancelado: Status da plataforma: “CANCELED”; Processa Inclusão: sim",
        "  Problemas: Não enviar este status: sim",
        "Tipos de Pagamentos",
        "  “boleto”: linha incluída (Código no ERP: “5”; Ativo: sim)",
        "  “pix”: linha incluída (Código no ERP: “17”; Descrição: “Pix”)",
        "Tipos de Entrega",
        "  “retirada”: linha incluída (Código no ERP: “R”; Descrição: “Retirada”; Transportadora: "
        "“Própria”; Retirada na loja: sim; Ativo: sim)",
        "Vitrine LOJA-MG cadastrada.",
        "Parâmetros de envio salvos.",
        "DE-PARA salvo: revisão 1.",
    ]


def changed_file() -> dict:
    data = exported()
    data["vitrine"]["description"] = "Loja Nova"
    data["params"] |= {"username": "outro", "ez_core_status_field": ""}
    data["mapping"]["statuses"]["PAGAMENTO_CONFIRMADO"]["platform_status"] = "APPROVED"
    del data["mapping"]["payment_types"][0]
    return data


DIFFERENCES = [
    "LOJA-SP (já cadastrada)",
    "Vitrine",
    "  Descrição: “Loja São Paulo” → “Loja Nova”",
    "Envio",
    "  Usuário de integração: “integra” → “outro”",
    "  Campo do ID Status EZ Core: “OrderStatusID” → vazio",
    "  Senha de integração: alterado (env:LOJA_SP_PASSWORD)",
    "Status de Pedidos",
    "  Pagamento Confirmado: Status da plataforma: “PAID” → “APPROVED”",
    "Tipos de Pagamentos",
    "  “boleto”: linha removida (era Código no ERP: “5”; Ativo: sim)",
]


def test_dry_run_tells_the_differences_and_stores_nothing(vitrine, tmp_path, monkeypatch):
    monkeypatch.setenv("LOJA_SP_PASSWORD", "outra-senha")
    before = stored()
    lines = run_import(changed_file(), tmp_path, dry_run=True)
    assert lines == [*DIFFERENCES, "Simulação: nada foi gravado."]
    assert stored() == before


def test_import_changes_only_what_differs_and_says_who_did(vitrine, tmp_path, monkeypatch):
    monkeypatch.setenv("LOJA_SP_PASSWORD", "outra-senha")
    AuditEntry.objects.all().delete()
    lines = run_import(changed_file(), tmp_path)
    assert lines == [
        *DIFFERENCES,
        "Vitrine LOJA-SP alterada.",
        "Parâmetros de envio salvos.",
        "DE-PARA salvo: revisão 2.",
    ]
    vitrine.refresh_from_db()
    assert (vitrine.description, vitrine.log_policy) == ("Loja Nova", "all")
    kept = stored_connection(vitrine)
    assert kept.params == PARAMS | {"username": "outro", "ez_core_status_field": ""}
    assert kept.secrets == {"password": "outra-senha"}
    revision = MappingRevision.objects.get(vitrine=vitrine, number=2)
    assert (revision.author_label, revision.reason) == (COMMAND, "Importado do arquivo de LOJA-SP")
    entries = AuditEntry.objects.order_by("id").values_list("action", "actor_label", "actor")
    assert [*entries] == [
        (AuditAction.VITRINE_CHANGE, COMMAND, None),
        (AuditAction.CONNECTION_CHANGE, COMMAND, None),
        (AuditAction.MAPPING_SAVE, COMMAND, None),
    ]
    assert "outra-senha" not in str([*AuditEntry.objects.values_list("details", flat=True)])


@pytest.mark.usefixtures("_variable")
def test_import_of_one_change_leaves_the_rest_untouched(vitrine, tmp_path):
    connection = Connection.objects.get()
    data = exported()
    data["mapping"]["statuses"]["PROBLEMAS"] = {"platform_status": "ISSUE"}
    assert run_import(data, tmp_path) == [
        "LOJA-SP (já cadastrada)",
        "Status de Pedidos",
        "  Problemas: Status da plataforma: vazio → “ISSUE”; Ativo: não → sim; "
        "Não enviar este status: sim → não",
        "DE-PARA salvo: revisão 2.",
    ]
    assert Connection.objects.get().updated_at == connection.updated_at
    row = tables_of(vitrine).row(OrderStatus.PROBLEMAS)
    assert row == StatusRow(OrderStatus.PROBLEMAS, "ISSUE")


@pytest.mark.usefixtures("_variable")
def test_import_tells_each_secret_by_what_becomes_of_it(vitrine, tmp_path):
    data = exported()
    data["params"]["username"] = "outro"
    lines = run_import(data, tmp_path, dry_run=True)
    assert lines[-2] == "  Senha de integração: igual (env:LOJA_SP_PASSWORD)"


def test_import_removes_a_secret_that_the_file_does_not_have(tmp_path):
    vitrine = make_vitrine(platform="generic")
    params = {"base_url": "https://loja.example"}
    make_connection(vitrine, params=params, secrets={"auth_secret": SECRET})
    data = exported() | {"secrets": {}}
    assert run_import(data, tmp_path)[:3] == [
        "LOJA-SP (já cadastrada)",
        "Envio",
        "  Senha, token ou chave: removido",
    ]
    assert stored_connection(vitrine).secrets == {}


def test_import_shows_a_text_of_several_lines_line_by_line(tmp_path):
    vitrine = make_vitrine(platform="generic")
    params = {"base_url": "https://loja.example", "url_body": '{\n  "a": "1",\n  "b": "2"\n}'}
    make_connection(vitrine, params=params)
    data = exported()
    data["params"]["url_body"] = '{\n  "a": "1",\n  "b": "\\u001b[31m"\n}'
    lines = run_import(data, tmp_path, dry_run=True)
    assert lines[1:-1] == [
        "Envio",
        "  URL: corpo:",
        '    -   "b": "2"',
        '    +   "b": "\\u001b[31m"',
    ]


def test_import_into_another_platform_is_confirmed_as_on_the_form(tmp_path):
    vitrine = make_vitrine(platform="linx_commerce")
    data = exported()
    data["vitrine"]["platform"] = "generic"
    with pytest.raises(CommandError, match=r"de Linx Commerce para Genérica .*--confirm-platform"):
        run_import(data, tmp_path)
    lines = run_import(data, tmp_path, confirm_platform=True)
    assert lines == [
        "LOJA-SP (já cadastrada)",
        "Vitrine",
        "  Exportador: “Linx Commerce” → “Genérica (XML, rastreio ou URL)”",
        "Vitrine LOJA-SP alterada.",
    ]
    vitrine.refresh_from_db()
    assert vitrine.platform == "generic"


def test_import_into_another_platform_gives_its_secret_anew_though_it_is_the_same(
    tmp_path, monkeypatch
):
    vitrine = make_vitrine(platform="anymarket")
    make_connection(vitrine, secrets={"token": SECRET})
    monkeypatch.setenv("LOJA_SP_TOKEN", SECRET)
    data = exported()
    data["vitrine"]["platform"] = "wake"

    lines = run_import(data, tmp_path, confirm_platform=True)

    assert [line for line in lines if "LOJA_SP_TOKEN" in line] == [
        "  Token da API pública: novo (env:LOJA_SP_TOKEN)"
    ]
    vitrine.refresh_from_db()
    assert open_desk(vitrine).secrets == {"token": SECRET}


@pytest.mark.usefixtures("_variable")
def test_import_reads_the_standard_input(vitrine, tmp_path, monkeypatch):
    text = export()
    stream = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + text.encode()))
    monkeypatch.setattr("sys.stdin", stream)
    out = io.StringIO()
    call_command("import_vitrine", "-", stdout=out)
    assert out.getvalue() == "Nada muda: LOJA-SP já está como no arquivo.\n"
