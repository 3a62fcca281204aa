"""What import_vitrine refuses: all that is wrong at once, by its place, with nothing stored."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.portable.document import InvalidFile
from integrations.portable.importing import ImportRefused, carry_out, plan_import
from integrations.portable.reading import MAX_BYTES, read_draft
from status_mapping.operations import save_mapping
from status_mapping.queries import tables_of
from status_mapping.tables import MappingTables
from tests.factories import NOW, make_vitrine
from tests.integrations.portable import (
    SECRET,
    export,
    exported,
    make_full_vitrine,
    put,
    refused,
    stored,
)
from tests.status_mapping.meanwhile import saving_before_read
from vitrines.models import Vitrine
from vitrines.platforms import all_platforms
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

#: Read after the revision, the words, the statuses and the types of payment.
THE_TYPES_OF_DELIVERY = 4
PLAIN_SECRET = (
    "secrets.password: Um segredo não fica no arquivo. Escreva “env:LOJA_SP_PASSWORD” e ponha o "
    "valor nessa variável de ambiente."
)


@pytest.fixture
def vitrine():
    return make_full_vitrine()


@pytest.fixture
def data(vitrine, monkeypatch):
    monkeypatch.setenv("LOJA_SP_PASSWORD", SECRET)
    return exported()


def test_everything_that_is_wrong_is_told_at_once(data, tmp_path):
    data["extra"] = 1
    data["vitrine"] |= {
        "code": "loja sp",
        "description": " ",
        "platform": "nenhuma",
        "log_policy": "some",
        "order_prefix": "v-t",
    }
    data["params"] = {"base_url": 5}
    data["secrets"] = {"password": SECRET}
    data["mapping"]["delivery_types"] = {}
    del data["mapping"]["payment_types"][0]["erp_code"]
    known = ", ".join(sorted(all_platforms()))
    assert refused(data, tmp_path) == [
        "extra: Chave desconhecida.",
        "params.base_url: Deve ser um texto.",
        "mapping.payment_types[0].erp_code: Falta esta chave.",
        "mapping.delivery_types: Deve ser uma lista.",
        "vitrine.code: Use letras maiúsculas, números, hífen ou sublinhado, sem espaços.",
        "vitrine.description: Este campo não pode estar vazio.",
        "vitrine.log_policy: Valor 'some' não é uma opção válida.",
        "vitrine.order_prefix: Use só letras maiúsculas e números; o hífen é acrescentado pelo "
        "sistema.",
        f"vitrine.platform: Não há exportador com este nome; há {known}.",
        "secrets.password: Um segredo não fica no arquivo. Escreva “env:NOME” e ponha o valor "
        "nessa variável de ambiente.",
    ]


def test_parameters_are_judged_by_the_platform_and_named_by_label(data, tmp_path):
    data["params"] = {
        "base_url": "http://169.254.169.254/latest",
        "username": "a\nb",
        "ez_core_flow_field": "x" * 501,
        "password": SECRET,
        "token": "x",
    }
    problems = refused(data, tmp_path)
    assert problems == [
        "params.password: É um segredo: passe para “secrets”, como “env:NOME”.",
        "params.token: Linx Commerce não tem este parâmetro.",
        "params.ez_core_flow_field (Campo do ID Fluxo EZ Core): Use até 500 caracteres (aqui há "
        "501).",
        "params.username (Usuário de integração): O valor não pode ter quebras de linha nem "
        "caracteres de controle.",
        "params.base_url (Endereço da camada de integração): O destino 169.254.169.254 é um "
        "endereço interno, reservado ou de metadados; o envio só é feito para endereços públicos.",
    ]


def test_parameters_that_are_missing_are_asked_for(data, tmp_path):
    data |= {"params": {}, "secrets": {}}
    assert refused(data, tmp_path) == [
        "params.base_url (Endereço da camada de integração): Preencha este campo.",
        "params.username (Usuário de integração): Preencha este campo.",
        "secrets.password (Senha de integração): Preencha este campo.",
    ]


@pytest.mark.parametrize("plain", [SECRET, "env:", "env:COM ESPAÇO", "ENV:LOJA_SP_PASSWORD", ""])
def test_a_secret_in_the_file_is_refused_and_not_repeated(data, tmp_path, plain):
    data["secrets"]["password"] = plain
    assert refused(data, tmp_path) == [PLAIN_SECRET]


def test_a_variable_that_is_absent_or_empty_is_named(data, tmp_path, monkeypatch):
    monkeypatch.delenv("LOJA_SP_PASSWORD")
    assert refused(data, tmp_path) == [
        "secrets.password: A variável de ambiente LOJA_SP_PASSWORD não existe: defina-a e importe "
        "de novo."
    ]
    monkeypatch.setenv("LOJA_SP_PASSWORD", " \n")
    assert refused(data, tmp_path, dry_run=True) == [
        "secrets.password: A variável de ambiente LOJA_SP_PASSWORD está vazia: defina-a e importe "
        "de novo."
    ]


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DATABASE_URL"])
def test_the_secrets_of_the_system_go_to_no_store(data, tmp_path, name):
    data["secrets"]["password"] = f"env:{name}"
    assert refused(data, tmp_path) == [
        f"secrets.password: {name} é segredo deste sistema, não de uma loja: use outro nome."
    ]


def test_secrets_that_the_platform_does_not_have_are_refused(data, tmp_path, monkeypatch):
    monkeypatch.setenv("OUTRA", SECRET)
    data["secrets"] |= {"token": "env:OUTRA", "username": "env:OUTRA"}
    assert refused(data, tmp_path) == [
        "secrets.token: Linx Commerce não tem este segredo.",
        "secrets.username: Não é um segredo: passe para “params”.",
    ]


def test_a_value_of_a_variable_is_judged_without_being_told(data, tmp_path, monkeypatch):
    monkeypatch.setenv("LOJA_SP_PASSWORD", "x" * 501)
    assert refused(data, tmp_path) == [
        "secrets.password (Senha de integração): Use até 500 caracteres (aqui há 501)."
    ]


def test_the_mapping_is_judged_as_by_salvar(data, tmp_path):
    statuses = data["mapping"]["statuses"]
    statuses["ENVIADO"] = {}
    statuses["PAGAMENTO_CONFIRMADO"] = {"channel": "xml", "also_receives": ["pago", "a,b"]}
    statuses["CANCELADO"] = {"platform_status": "x\u200b", "also_receives": ["PAGO"]}
    data["mapping"]["payment_types"] = [
        {"word": "pix", "erp_code": "1"},
        {"word": "boleto", "erp_code": ""},
        {"word": " PIX", "erp_code": "9" * 41},
    ]
    eight = ", ".join(OrderStatus.__members__)
    assert refused(data, tmp_path) == [
        f"mapping.statuses.ENVIADO: Status desconhecido; há {eight}.",
        "mapping.statuses.PAGAMENTO_CONFIRMADO.also_receives: “a,b”: Uma palavra não pode ter "
        "vírgula.",
        "mapping.statuses.PAGAMENTO_CONFIRMADO.channel: Linx Commerce não oferece este envio para "
        "Pagamento Confirmado.",
        "mapping.statuses.CANCELADO.platform_status: Contém um caractere invisível (U+200B). "
        "Apague e digite de novo.",
        "mapping.statuses.PAGAMENTO_CONFIRMADO.also_receives: “pago” também está em Cancelado: "
        "deixe em uma só.",
        "mapping.statuses.CANCELADO.also_receives: “PAGO” também está em Pagamento Confirmado: "
        "deixe em uma só.",
        "mapping.payment_types[1].erp_code: Informe o código no ERP.",
        "mapping.payment_types[2].erp_code: Use até 40 caracteres (aqui há 41).",
        "mapping.payment_types[0].word: “pix” está em mais de uma linha desta tabela.",
        "mapping.payment_types[2].word: “PIX” está em mais de uma linha desta tabela.",
    ]


def test_a_code_option_that_is_no_code_is_refused(data, tmp_path):
    assert refused(data, tmp_path, code="loja sp") == [
        "--code: Use letras maiúsculas, números, hífen ou sublinhado, sem espaços."
    ]


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "Não é JSON válido (linha 1, coluna 1)."),
        (b'{"format": 1,\n"vitrine": }', "Não é JSON válido (linha 2, coluna 12)."),
        (b'{"format": "\xff"}', "Não é texto UTF-8 (byte 12)."),
        (b"[1]", "O arquivo deve ser um objeto JSON."),
        (b"null", "O arquivo deve ser um objeto JSON."),
        (b"[" * 100_000, "O JSON é profundo demais ou tem um número enorme."),
        (b'{"a":' * 100_000, "O JSON é profundo demais ou tem um número enorme."),
        (b'{"format": ' + b"9" * 5000 + b"}", "O JSON é profundo demais ou tem um número enorme."),
        (b" " * (MAX_BYTES + 1), "O arquivo passa de 2 MB."),
        (b" " * 10_000_000, "O arquivo passa de 2 MB."),
    ],
)
def test_what_is_no_json_object_is_refused(tmp_path, raw, problem):
    assert refused(raw, tmp_path) == [problem]


@pytest.mark.parametrize("version", [0, 2, 10**100])
def test_a_file_of_another_format_is_refused_for_that_alone(data, tmp_path, version):
    data |= {"format": version, "vitrine": 3}
    assert refused(data, tmp_path) == ["format: Aqui se lê o formato 1."]


@pytest.mark.parametrize("version", [True, "1", 1.0, None])
def test_a_format_that_is_no_number_is_refused(data, tmp_path, version):
    assert refused(data | {"format": version}, tmp_path) == ["format: Deve ser um número inteiro."]


def test_an_empty_object_misses_every_section(tmp_path):
    assert refused({}, tmp_path) == [
        f"{section}: Falta esta chave."
        for section in ("format", "vitrine", "params", "secrets", "mapping")
    ]


def test_a_key_that_comes_twice_is_refused(data, tmp_path):
    text = export().replace('"params": {', '"params": {\n    "username": "outro",')
    assert refused(text, tmp_path) == ["A chave “username” aparece 2 vezes em um objeto."]


@pytest.mark.parametrize("char", ["\x00", "\ud800"])
def test_characters_that_no_database_takes_are_refused(data, tmp_path, char):
    data["vitrine"]["description"] = f"Loja{char}"
    data["params"]["username"] = f"a{char}"
    data["mapping"]["payment_types"][0]["word"] = f"pix{char}"
    code = f"U+{ord(char):04X}"
    assert refused(data, tmp_path) == [
        f"vitrine.description: Contém um caractere que não pode ser gravado ({code}).",
        "params.username (Usuário de integração): Contém um caractere que não pode ser gravado "
        f"({code}).",
        f"mapping.payment_types[0].word: Contém um caractere invisível ({code}). "
        "Apague e digite de novo.",
    ]


def test_keys_that_would_steer_the_terminal_are_escaped(data, tmp_path):
    data["params"]["\x1b[31m\ud800"] = "x"
    data["k" * 5000] = 1
    assert refused(data, tmp_path) == [
        f"{'k' * 60}: Chave desconhecida.",
        "params.\\x1b[31m\\ud800: Linx Commerce não tem este parâmetro.",
    ]


def test_a_huge_list_is_refused_by_its_first_problems(data, tmp_path):
    data["mapping"]["payment_types"] = [{"word": "pix", "erp_code": ""}] * 20_000
    problems = refused(data, tmp_path)
    assert len(problems) == 51
    assert problems[0] == "mapping.payment_types[300].word: A tabela aceita até 300 linhas."
    assert problems[-1] == "… e mais 39951."


def test_a_huge_value_is_refused_without_being_printed(data, tmp_path):
    data["vitrine"]["log_policy"] = "x" * 1_000_000
    (first, *_) = refused(data, tmp_path)
    assert first.startswith("vitrine.log_policy: ")
    assert len(first) < 520


@pytest.mark.parametrize("name", ["nada.json", ".", "a\x00b"])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path, name):
    with pytest.raises(CommandError, match=r"não existe\.|Não foi possível ler"):
        call_command("import_vitrine", str(tmp_path / name))
    assert not Vitrine.objects.exists()


def test_an_endless_file_is_read_no_further_than_is_accepted():
    with pytest.raises(CommandError, match=r"O arquivo passa de 2 MB\."):
        call_command("import_vitrine", "/dev/zero")


def test_nothing_is_stored_by_half_when_somebody_saves_meanwhile(data, vitrine, tmp_path):
    """The vitrine and its connection are written before the mapping turns out to be stale."""
    data["vitrine"]["description"] = "Loja Nova"
    data["params"]["username"] = "outro"
    plan = planned(data, tmp_path)
    save_mapping(
        vitrine=vitrine, base_revision=1, tables=MappingTables(), author=None, reason="", now=NOW
    )
    before = stored()
    with pytest.raises(ImportRefused, match="foi alterada enquanto"):
        carry_out(plan, actor_label="manage.py import_vitrine", now=NOW)
    assert stored() == before
    assert tables_of(vitrine) == MappingTables()


def test_what_somebody_saves_while_the_file_is_compared_is_not_overwritten(data, vitrine, tmp_path):
    theirs = tables_of(vitrine).without_row(OrderStatus.CANCELADO)
    with saving_before_read(THE_TYPES_OF_DELIVERY, vitrine, theirs):
        plan = planned(data, tmp_path)

    with pytest.raises(ImportRefused, match="foi alterada enquanto"):
        carry_out(plan, actor_label="manage.py import_vitrine", now=NOW)
    assert tables_of(vitrine) == theirs.normalised()


def test_a_code_that_is_taken_meanwhile_stores_nothing(data, tmp_path):
    plan = planned(data, tmp_path, code="LOJA-MG")
    make_vitrine("LOJA-MG")
    before = stored()
    with pytest.raises(ImportRefused, match="Nada foi gravado; importe de novo"):
        carry_out(plan, actor_label="manage.py import_vitrine", now=NOW)
    assert stored() == before


def planned(data, folder: Path, *, code=""):
    raw = put(data, folder).read_bytes()
    environ = {"LOJA_SP_PASSWORD": SECRET}
    return plan_import(raw, code=code, environ=environ, confirm_platform=False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = ("format", "vitrine", "params", "secrets", "mapping")


@given(st.dictionaries(st.sampled_from(KEYS), JSON) | JSON)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_json_is_read_or_refused(data):
    try:
        draft, problems = read_draft(json.dumps(data).encode("utf-8", "surrogatepass"))
    except InvalidFile as invalid:
        problems, draft = invalid.problems, None
    assert problems
    assert all(str(problem) for problem in problems)
    assert draft is None or draft.vitrine is None or draft.tables is None or problems
