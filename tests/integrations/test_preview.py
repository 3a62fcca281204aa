"""What a sending would ask, without asking: every request, in order, with stand-ins where answers
would be read, and never a secret in what is shown."""

import pytest

from integrations.preview.dry_run import (
    PassedOver,
    Preview,
    preview_list_statuses,
    preview_platform,
    preview_send,
)
from integrations.preview.sample import (
    UPDATE_ID,
    facts_in,
    sample_facts,
    sample_mapping,
    sample_params,
    sample_secrets,
)
from tests.platform_samples import platform_from, previewed_context
from vitrines.platforms import get_platform
from vitrines.secrets import MASK
from vitrines.statuses import OrderStatus

STORE = """
name = "sample"
label = "Sample"
base_url = "{{ params.base_url }}"

[[params]]
name = "base_url"
label = "Endereço"
kind = "url"
required = true

[[params]]
name = "client"
label = "Cliente"
secret = true
required = true

[auth]
kind = "token_exchange"
headers = { Authorization = "Bearer {{ token.access }}" }

[auth.exchange]
path = "/token"
form = '''
grant_type=client_credentials
client_secret={{ secrets.client }}
'''
access_token = "body.access_token"

[list_statuses]
path = "/statuses"
statuses = "body"

[examples]
shipment = 77

[[send]]
channel = "tracking"
statuses = ["EMBARCADO"]

[[send.steps]]
when = "not captured.shipment"
path = "/orders/{{ order.platform_id }}/shipments"
json = '{ "volumes": [{ "code": "{{ tracking.code }}" }] }'
capture = { shipment = "body.id" }

[send.steps.probe]
path = "/orders/{{ order.platform_id }}/shipments"
found = "body[0]"

[[send.steps]]
for_each = "trackings"
method = "PUT"
path = "/shipments/{{ captured.shipment }}/volumes/{{ item.volume }}"
xml = "<volume><code>{{ item.code }}</code></volume>"
capture = { receipts = "body.receipt" }

[[send.steps]]
when = "order.status_name == 'ENTREGUE'"
path = "/orders/{{ order.platform_id }}/done"
"""

PARAMS = {"base_url": "https://loja.example"}
SECRETS = {"client": "s3gr3d0-da-loja"}


@pytest.fixture
def store(tmp_path):
    return platform_from(STORE, tmp_path)


def tracking_of(store, **changes):
    values = {
        "kind": "status",
        "context": previewed_context(store, OrderStatus.EMBARCADO, "shipped"),
        "params": PARAMS,
        "secrets": SECRETS,
    }
    return preview_send(store, store.sends[0], **(values | changes))


def asked(preview: Preview):
    return [
        (made.role, made.step, made.item, made.request.method, made.request.url)
        for made in preview.requests
    ]


def shown(preview: Preview):
    return [made.masked(preview.masker()) for made in preview.requests]


def test_all_requests_of_a_sending_are_shown_in_the_order_in_which_they_would_be_made(store):
    preview = tracking_of(store)

    assert asked(preview) == [
        ("token", 0, None, "POST", "https://loja.example/token"),
        ("probe", 1, None, "GET", "https://loja.example/orders/5550100482/shipments"),
        ("step", 1, None, "POST", "https://loja.example/orders/5550100482/shipments"),
        ("step", 2, 1, "PUT", "https://loja.example/shipments/77/volumes/1"),
        ("step", 2, 2, "PUT", "https://loja.example/shipments/77/volumes/2"),
    ]
    assert preview.passed_over == (PassedOver(3, "order.status_name == 'ENTREGUE'"),)
    assert (preview.problem, preview.problem_step) == ("", 0)
    assert (preview.status, preview.channel, preview.kind) == (
        OrderStatus.EMBARCADO,
        "tracking",
        "status",
    )
    assert preview.needs == ("tracking",)


def test_each_request_carries_the_key_that_the_sending_would_give_it(store):
    keys = [
        made.request.headers.get("Idempotency-Key")
        for made in tracking_of(store).requests
        if made.role == "step"
    ]

    assert keys == [UPDATE_ID, f"{UPDATE_ID}-2.1", f"{UPDATE_ID}-2.2"]


def test_bodies_are_laid_out_and_secrets_masked(store):
    token, _, create, first, _ = shown(tracking_of(store))

    assert token.body == f"grant_type = client_credentials\nclient_secret = {MASK}"
    assert token.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert create.headers["Authorization"] == MASK
    assert create.body == '{\n  "volumes": [\n    {\n      "code": "SQ458226065BR"\n    }\n  ]\n}'
    declared = "<?xml version='1.0' encoding='UTF-8'?>"
    assert first.body == f"{declared}\n<volume>\n  <code>SQ458226057BR</code>\n</volume>"


def test_what_an_earlier_update_captured_is_known_and_its_step_passed_over(store):
    preview = tracking_of(store, captured={"shipment": "S-9"})

    assert asked(preview)[1:] == [
        ("step", 2, 1, "PUT", "https://loja.example/shipments/S-9/volumes/1"),
        ("step", 2, 2, "PUT", "https://loja.example/shipments/S-9/volumes/2"),
    ]
    assert [step.step for step in preview.passed_over] == [1, 3]


def test_a_probe_that_would_not_be_made_says_why(tmp_path):
    probed = '[send.steps.probe]\nwhen = "not order.platform_id"'
    store = platform_from(STORE.replace("[send.steps.probe]", probed), tmp_path)

    preview = tracking_of(store)

    assert [made.role for made in preview.requests] == ["token", "step", "step", "step"]
    assert preview.passed_over[0] == PassedOver(1, "not order.platform_id", "probe")


def test_a_captured_name_without_example_has_a_stand_in(tmp_path):
    store = platform_from(STORE.replace("shipment = 77", ""), tmp_path)

    assert asked(tracking_of(store))[3][-1] == (
        "https://loja.example/shipments/exemplo-shipment/volumes/1"
    )


def test_what_cannot_be_rendered_says_why_and_in_which_step(store):
    context = previewed_context(store, OrderStatus.EMBARCADO)
    volumes = [{**context["trackings"][0], "volume": None}]

    preview = tracking_of(store, context=context | {"trackings": volumes})

    assert asked(preview)[-1][:3] == ("step", 1, None)
    assert (preview.problem, preview.problem_step) == (
        "O modelo pede “{{ item.volume }}”, que está vazio neste envio.",
        2,
    )


def test_a_sending_of_which_no_step_applies_is_a_problem(store):
    context = previewed_context(store, OrderStatus.EMBARCADO) | {"trackings": []}

    preview = tracking_of(store, context=context, captured={"shipment": "S-9"})

    assert preview.problem == "Nenhum passo do arquivo da plataforma se aplica a este envio."


def test_a_required_parameter_without_value_takes_its_example(tmp_path):
    toml = STORE.replace('kind = "url"', 'kind = "url"\nexample = "https://exemplo.example"')
    store = platform_from(toml, tmp_path)

    assert asked(tracking_of(store, params={}))[0][-1] == "https://exemplo.example/token"


def test_a_required_parameter_without_value_or_example_is_a_problem_that_names_it(tmp_path):
    store = platform_from(
        STORE.replace(
            "[auth]", '[[params]]\nname = "account"\nlabel = "Conta"\nrequired = true\n[auth]', 1
        ),
        tmp_path,
    )

    preview = tracking_of(store)

    assert preview.requests == ()
    assert preview.problem == "Parâmetro “Conta”: Preencha este campo."


def test_a_parameter_that_cannot_be_used_is_a_problem_that_names_it(store):
    preview = tracking_of(store, params={"base_url": "loja"})

    assert preview.problem == (
        "Parâmetro “Endereço”: Informe um endereço completo, como https://loja.exemplo.com.br."
    )


def test_an_optional_parameter_that_was_left_empty_stays_empty():
    linx = get_platform("linx_commerce")
    send = linx.find_send("status", "url", OrderStatus.CANCELADO)
    assert send is not None
    preview = preview_send(
        linx,
        send,
        kind="status",
        context=previewed_context(linx, OrderStatus.CANCELADO, "CANCELED"),
        params={"base_url": "https://loja.example", "username": "integra"},
        secrets={"password": "abre-te-sesamo"},
    )

    (only,) = shown(preview)
    assert (only.method, only.url) == (
        "POST",
        "https://loja.example/v1/Sales/API.svc/web/UpdateOrder",
    )
    assert only.body == '{\n  "OrderID": "5550100482",\n  "WorkflowType": "CANCELED"\n}'
    assert only.headers["Authorization"] == MASK


def test_a_note_is_shown_by_its_length():
    generic = get_platform("generic")
    previews = preview_platform(
        generic,
        params=PARAMS,
        secrets={},
        facts=sample_facts(),
        mapping={OrderStatus.DESPACHADO: {"platform_status": "faturado"}},
    )

    xml = previews[0]
    assert [preview.channel for preview in previews] == ["xml", "tracking", "url"]
    (request,) = xml.requests
    note = sample_facts()["invoice"]["xml_bytes"]
    assert request.request.body == note
    assert request.masked(xml.masker()).body == f"[XML da NF-e, {len(note)} caracteres]"


def test_the_question_for_the_list_of_statuses_is_shown_with_what_proves_it(store):
    preview = preview_list_statuses(store, params=PARAMS, secrets=SECRETS)

    assert preview is not None
    assert asked(preview) == [
        ("token", 0, None, "POST", "https://loja.example/token"),
        ("list_statuses", 0, None, "GET", "https://loja.example/statuses"),
    ]


def test_a_graphql_body_is_shown_as_query_and_variables(tmp_path):
    toml = STORE.replace(
        """json = '{ "volumes": [{ "code": "{{ tracking.code }}" }] }'""",
        'graphql = "mutation ship($id: ID!) {\\n  ship(id: $id) { ok }\\n}"\n'
        """variables = '{ "id": "{{ order.platform_id }}" }'""",
    )
    store = platform_from(toml, tmp_path)

    assert shown(tracking_of(store))[2].body == (
        "mutation ship($id: ID!) {\n  ship(id: $id) { ok }\n}\n\n"
        'variables = {\n  "id": "5550100482"\n}'
    )


@pytest.mark.parametrize("secret", ["s3gr3d0-da-loja", "a&b=c d/é", '"aspas" e \\ barra'])
def test_no_form_of_a_secret_reaches_what_is_shown(store, secret):
    told = str(shown(tracking_of(store, secrets={"client": secret})))

    assert secret not in told
    assert MASK in told


def test_a_secret_without_value_is_shown_as_one_with_a_value(store):
    assert shown(tracking_of(store, secrets={})) == shown(tracking_of(store))


AUTH_KINDS = {
    "basic": 'username = "eu"\npassword = "{{ secrets.client }}"',
    "bearer": 'token = "{{ secrets.client }}"',
    "headers": 'headers = { X-Key = "{{ secrets.client }}" }',
    "query": 'query = { key = "{{ secrets.client }}" }',
    "oauth1": 'consumer_key = "eu"\nconsumer_secret = "{{ secrets.client }}"',
    "hmac": 'secret = "{{ secrets.client }}"\nheaders = { X-Sign = "{{ request.signature }}" }',
    "standard_webhooks": 'secret = "{{ secrets.client }}"',
}


@pytest.mark.parametrize("kind", AUTH_KINDS)
def test_every_kind_of_authentication_renders_without_a_secret_and_shows_none(kind, tmp_path):
    before, rest = STORE.split("[auth]")
    after = rest.split("[list_statuses]")[1]
    auth = f'[auth]\nkind = "{kind}"\n{AUTH_KINDS[kind]}\n'
    store = platform_from(f"{before}{auth}[list_statuses]{after}", tmp_path)

    preview = tracking_of(store, secrets={})

    assert (preview.problem, len(preview.requests)) == ("", 4)
    assert preview == tracking_of(store, secrets={})
    (client,) = sample_secrets(store).values()
    assert client not in str(shown(preview))


@pytest.mark.parametrize("name", ["generic", "linx_commerce"])
def test_the_sample_order_in_each_status_renders_through_each_channel(name):
    platform = get_platform(name)

    previews = preview_platform(
        platform,
        params=sample_params(platform),
        secrets=sample_secrets(platform),
        facts=sample_facts(),
        mapping=sample_mapping(platform),
    )

    assert [(preview.status, preview.channel) for preview in previews if preview.problem] == []
    assert len(previews) == sum(len(platform.channels_for(status)) for status in OrderStatus)


def test_the_sample_order_is_the_same_in_every_run_and_takes_the_status_asked_for():
    facts = facts_in(sample_facts(), OrderStatus.ENTREGUE)

    assert facts["order"]["status_label"] == "Entregue"
    assert facts["event"]["kind"] == "delivered"
    assert facts["invoice"]["key"] == "35261111222333000181550010000123451989946222"
    assert [item["cfop"] for item in facts["invoice"]["items"]] == ["5102"]
    assert [tracking["volume"] for tracking in facts["trackings"]] == ["1", "2"]
