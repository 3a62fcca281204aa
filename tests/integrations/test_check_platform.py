"""``manage.py check_platform``: the exact requests as text, and what cannot be rendered."""

import pytest

from tests.factories import make_connection, make_invoice, make_mapping, make_order, make_vitrine
from tests.integrations.check_platform import RULE, run
from vitrines.platforms import platform_files
from vitrines.statuses import OrderStatus

SECRET = "abre-te-sesamo-99"

STORE = """
name = "minha_loja"
label = "Minha Loja"

[[params]]
name = "account"
label = "Conta"
required = true
{example}

[[params]]
name = "token"
label = "Token"
secret = true
required = true

[auth]
kind = "headers"
headers = {{ X-Token = "{{{{ secrets.token }}}}" }}

[[send]]
channel = "url"
statuses = ["CANCELADO"]
needs = ["invoice"]

[[send.steps]]
when = "not captured.protocol"
url = "https://{{{{ params.account }}}}.minhaloja.example/cancelamentos"
form = '''
pedido={{{{ order.platform_id }}}}
motivo=a loja & o cliente
'''
capture = {{ protocol = "body.id" }}

[send.steps.probe]
url = "https://{{{{ params.account }}}}.minhaloja.example/cancelamentos/{{{{ order.platform_id }}}}"
found = "body.id"

[[send.steps]]
method = "DELETE"
url = "https://{{{{ params.account }}}}.minhaloja.example/fila/{{{{ captured.protocol }}}}"
"""


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def written(**values):
        path = tmp_path / "minha_loja.toml"
        path.write_text(STORE.format(**{"example": 'example = "acme"', **values}))
        return str(path)

    return written


def test_a_file_is_shown_as_the_requests_of_the_sample_order(store):
    out, err, failure = run(store())

    assert (err, failure) == ("", "")
    assert out.splitlines() == [
        "Minha Loja · minha_loja.toml",
        "Pedido e parâmetros de exemplo. Nada é enviado.",
        "═" * 100,
        "Cancelado · URL · consulta antes do passo 1 de 2",
        RULE,
        "  Precisa de: nota fiscal",
        "  O passo 1 conta como já aplicado quando a resposta dá: body.id",
        "",
        "  GET https://acme.minhaloja.example/cancelamentos/5550100482",
        "  User-Agent: vitrine-backoffice",
        "  Accept: application/json, application/xml;q=0.9, */*;q=0.8",
        "  X-Token: ••••••",
        "",
        "Cancelado · URL · passo 1 de 2",
        RULE,
        "  Feita só quando: not captured.protocol",
        "",
        "  POST https://acme.minhaloja.example/cancelamentos",
        "  User-Agent: vitrine-backoffice",
        "  Accept: application/json, application/xml;q=0.9, */*;q=0.8",
        "  Content-Type: application/x-www-form-urlencoded",
        "  X-Token: ••••••",
        "  Idempotency-Key: 7d4f5e0c-8a51-4f0e-9a53-1c2b3d4e5f60",
        "",
        "  pedido = 5550100482",
        "  motivo = a loja & o cliente",
        "",
        "Cancelado · URL · passo 2 de 2",
        RULE,
        "  DELETE https://acme.minhaloja.example/fila/exemplo-protocol",
        "  User-Agent: vitrine-backoffice",
        "  Accept: application/json, application/xml;q=0.9, */*;q=0.8",
        "  X-Token: ••••••",
        "  Idempotency-Key: 7d4f5e0c-8a51-4f0e-9a53-1c2b3d4e5f60-2",
        "",
    ]


def test_one_status_and_one_channel_of_a_shipped_platform_by_its_name():
    out, _, failure = run("generic", "--status", "despachado", "--channel", "tracking")

    assert failure == ""
    assert out.splitlines()[3:] == [
        "Despachado · Rastreio · passo 1 de 1",
        RULE,
        "  Precisa de: código ou endereço de rastreio",
        "",
        "  POST https://loja.exemplo.com.br/api/pedidos/5550100482/rastreio",
        "  User-Agent: vitrine-backoffice",
        "  Accept: application/json, application/xml;q=0.9, */*;q=0.8",
        "  Content-Type: application/json",
        "  Idempotency-Key: 7d4f5e0c-8a51-4f0e-9a53-1c2b3d4e5f60",
        "",
        "  {",
        '    "pedido": "100482",',
        '    "status": "despachado",',
        '    "volume": "2",',
        '    "codigo": "SQ458226065BR",',
        '    "transportadora": "Correios",',
        '    "url": "https://rastreio.exemplo.com.br/SQ458226065BR",',
        '    "entregue": false,',
        '    "ocorrido_em": "2026-11-23T14:40:00+00:00"',
        "  }",
        "",
    ]


@pytest.mark.parametrize("path", platform_files(""), ids=lambda path: path.stem)
def test_every_shipped_file_renders_each_status_through_each_channel(path):
    out, err, failure = run(str(path))

    assert (err, failure) == ("", "")
    assert "✗" not in out


def test_several_files_are_shown_one_after_another(store):
    out, _, failure = run(store(), "generic")

    assert failure == ""
    assert [line for line in out.splitlines() if ".toml" in line] == [
        "Minha Loja · minha_loja.toml",
        f"Genérica (XML, rastreio ou URL) · {platform_files('')[0].with_name('generic.toml')}",
    ]


def test_without_an_argument_every_file_has_a_line(store, settings, tmp_path):
    store()
    settings.PLATFORMS_DIR = str(tmp_path)
    out, err, failure = run()

    lines = out.splitlines()
    assert (err, failure) == ("", "")
    assert len(lines) == len(platform_files("")) + 1
    assert lines[-1] == (
        "minha_loja           Minha Loja                         envios:  1  requisições:   3  ok"
    )


def test_a_file_of_which_a_request_cannot_be_rendered_says_so_and_fails(store):
    out, _, failure = run(store(example=""))

    assert failure == "1 erro a corrigir."
    assert out.splitlines()[3:] == [
        "Cancelado · URL",
        RULE,
        "  ✗ O envio não pode ser montado. Parâmetro “Conta”: Preencha este campo.",
        "",
    ]


def test_a_broken_file_tells_every_fault_with_its_line_and_fails(store, tmp_path):
    path = tmp_path / "quebrada.toml"
    toml = STORE.format(example="").replace("captured.protocol }}", "captured.protocolo }}")
    path.write_text(toml.replace("pedido={{ order.platform_id", "pedido={{ order.plataforma_id"))

    out, err, failure = run(str(path))

    assert (out, failure) == ("", "2 erros a corrigir.")
    assert [fault.split(": ")[:2] for fault in err.splitlines()] == [
        [f"{path}:30", "key 'send[0].steps[0].form'"],
        [f"{path}:41", "key 'send[0].steps[1].url'"],
    ]


def test_a_name_that_is_nothing_is_refused(db):
    assert run("nada")[2] == "Não há arquivo, plataforma nem vitrine com o nome nada."


def test_a_file_has_no_order_of_its_own(store):
    assert run(store(), "--order", "1")[2] == (
        "--order é de uma vitrine; um arquivo usa o pedido de exemplo."
    )


# A vitrine: its own parameters and DE-PARA


@pytest.fixture
def rio(db):
    vitrine = make_vitrine("LOJA-RJ", description="Loja Rio", platform="linx_commerce")
    make_connection(
        vitrine,
        params={"base_url": "https://rio.example", "username": "integra"},
        secrets={"password": SECRET},
    )
    ids = {"ez_core_status_id": "4", "ez_core_flow_id": "10"}
    make_mapping(vitrine, OrderStatus.DESPACHADO, "INVOICED", **ids)
    make_mapping(vitrine, OrderStatus.CANCELADO, "CANCELED", active=False)
    return vitrine


def test_a_vitrine_is_shown_by_its_own_parameters_and_its_mapping(rio):
    out, _, failure = run("loja-rj", "--status", "DESPACHADO", "--channel", "url")

    assert failure == ""
    assert out.splitlines()[:19] == [
        "LOJA-RJ · Loja Rio · Linx Commerce",
        "DE-PARA da revisão 0, com o pedido de exemplo. Nada é enviado.",
        "═" * 100,
        "Despachado · URL · passo 2 de 2",
        RULE,
        "  A plataforma também oferece este envio.",
        "",
        "  POST https://rio.example/v1/Sales/API.svc/web/UpdateOrder",
        "  User-Agent: vitrine-backoffice",
        "  Accept: application/json, application/xml;q=0.9, */*;q=0.8",
        "  Content-Type: application/json",
        "  Authorization: ••••••",
        "  Idempotency-Key: 7d4f5e0c-8a51-4f0e-9a53-1c2b3d4e5f60-2",
        "",
        "  {",
        '    "OrderID": "5550100482",',
        '    "WorkflowType": "INVOICED"',
        "  }",
        "",
    ]


def test_the_envio_of_the_mapping_is_told_from_the_others(rio):
    out, _, _ = run("LOJA-RJ", "--status", "DESPACHADO")

    lines = out.splitlines()
    assert [lines[at - 1] for at, line in enumerate(lines) if line == RULE] == [
        "Despachado · XML (o do DE-PARA) · passo 2 de 2",
        "Despachado · Rastreio · passo 2 de 2",
        "Despachado · URL · passo 2 de 2",
    ]


def test_a_status_that_would_not_be_sent_says_why(rio):
    out, _, _ = run("LOJA-RJ")

    lines = out.splitlines()
    told = [(lines[at - 1], lines[at + 1]) for at, line in enumerate(lines) if line == RULE]
    assert [pair for pair in told if "POST" not in pair[1] and "passo" not in pair[0]] == [
        ("Aguardando pagamento", "  aguarda: sem mapeamento"),
        ("Pagamento Confirmado", "  aguarda: sem mapeamento"),
        ("Em preparação", "  aguarda: sem mapeamento"),
        ("Embarcado", "  aguarda: sem mapeamento"),
        ("Entregue", "  aguarda: sem mapeamento"),
        ("Cancelado", "  não envia: inativo"),
        ("Problemas", "  aguarda: sem mapeamento"),
    ]


def test_a_vitrine_can_be_shown_with_one_of_its_orders(rio):
    order = make_order(rio, "55014", platform_id="0e7c-3011")
    make_invoice(order, xml=b"<nfeProc>nota</nfeProc>")

    out, _, failure = run("LOJA-RJ", "--order", "VT-55014", "--status", "DESPACHADO")

    assert failure == ""
    lines = out.splitlines()
    assert lines[1] == "DE-PARA da revisão 0, com o pedido VT-55014. Nada é enviado."
    assert '    "OrderID": "0e7c-3011",' in lines
    assert '      "XML": "[XML da NF-e, 23 caracteres]"' in lines
    assert "Despachado · Rastreio · passo 2 de 2" not in lines


def test_an_order_that_lacks_what_the_sending_needs_would_wait(rio):
    make_order(rio, "55014")

    out, _, failure = run("LOJA-RJ", "--order", "55014", "--status", "DESPACHADO")

    assert failure == ""
    assert out.splitlines()[3:6] == [
        "Despachado",
        RULE,
        "  aguarda: o pedido ainda não tem o XML da nota",
    ]


def test_an_order_that_the_vitrine_does_not_have_is_refused(rio):
    assert run("LOJA-RJ", "--order", "1")[2] == "A vitrine LOJA-RJ não tem o pedido 1."


def test_a_parameter_that_is_missing_is_told_and_shown_by_an_example(rio):
    rio.connection.params = {"base_url": "https://rio.example", "username": "integra"}
    rio.connection.secrets = {}
    rio.connection.save()

    out, _, failure = run("LOJA-RJ", "--status", "DESPACHADO", "--channel", "url")

    assert failure == "1 erro a corrigir."
    assert out.splitlines()[3:5] == [
        "  ✗ Parâmetros de envio · Senha de integração: Preencha este campo.",
        "Despachado · URL · passo 2 de 2",
    ]


def test_no_secret_of_a_vitrine_is_printed(rio):
    out, err, failure = run("LOJA-RJ")

    assert SECRET not in out + err + failure
    assert "••••••" in out


def test_a_vitrine_whose_platform_is_gone_says_so(db):
    make_vitrine("LOJA-X", platform="sumiu")

    assert run("LOJA-X")[2] == "Não há arquivo de plataforma chamado “sumiu”."
