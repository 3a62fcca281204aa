"""The page *Testar envio*: its form, once for each press, its list and its results."""

from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from pytest_django.asserts import assertNumQueries

from integrations.models import SendTest
from tests.factories import (
    NOW,
    make_connection,
    make_mapping,
    make_order,
    make_vitrine,
)
from tests.html_rules import read_page
from tests.integrations.send_tests.acts import filled, page, press, words
from tests.people import client_of
from vitrines.models import AuditEntry
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db


def test_the_same_form_posted_twice_sends_once(maria, vitrine, order, store):
    data = filled(maria, vitrine)
    first = maria.post(page(vitrine), data)
    second = maria.post(page(vitrine), data)

    assert len(store.log) == 1
    assert second.headers["Location"] == first.headers["Location"]
    assert SendTest.objects.count() == 1


def test_a_form_posted_again_while_the_store_still_thinks_waits_for_the_first(
    maria, vitrine, order, store
):
    data = filled(maria, vitrine)
    test = SendTest.objects.create(
        key=UUID(data["key"]), vitrine=vitrine, order=order, status=1, channel="url", sent_at=NOW
    )
    shown = maria.post(page(vitrine), data, follow=True)

    assert store.log == []
    assert shown.redirect_chain == [(f"{page(vitrine)}{test.pk}/", 302)]
    assert words(shown, "//*[@role='status']") == [
        "Este teste já estava sendo enviado: não foi enviado outra vez."
    ]


def test_a_form_that_was_used_for_another_vitrine_is_refused(maria, vitrine, order, store):
    data = filled(maria, vitrine)
    maria.post(page(vitrine), data)
    other = make_vitrine("LOJA-RJ")
    make_connection(other, params=vitrine.connection.params)
    make_mapping(other, OrderStatus.PAGAMENTO_CONFIRMADO, "pago")
    make_order(other)
    response = maria.post(page(other), data)

    assert response.status_code == 200
    assert len(store.log) == 1
    assert words(response, "//*[@role='alert']") == [
        "Nada foi enviado. Este formulário já foi usado. Abra a página de novo."
    ]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"status": "EM_PREPARACAO"}, "O DE-PARA salvo não tem o status da plataforma para "
         "Em preparação: preencha-o em Configurações Adicionais."),
        ({"status": "DESPACHADO"}, "Este envio leva o XML da nota, que o pedido ainda não tem: "
         "escolha outro pedido ou outro envio."),
        ({"status": "DESPACHADO", "envio": "tracking"}, "Este envio leva o rastreio, que o pedido "
         "ainda não tem: escolha outro pedido ou outro envio."),
        ({"envio": "xml"}, "Genérica (XML, rastreio ou URL) não oferece envio por XML para "
         "Pagamento Confirmado. Escolha outro envio no DE-PARA."),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_and_nothing_is_written(
    values, sentence, maria, vitrine, order, store
):
    response = press(maria, vitrine, **values)

    assert response.status_code == 200
    assert words(response, "//*[@role='alert']") == [f"Nada foi enviado. {sentence}"]
    assert (store.log, SendTest.objects.count(), AuditEntry.objects.count()) == ([], 0, 0)


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"pedido": "777"}, "pedido", "A vitrine LOJA-SP não tem este pedido."),
        ({"pedido": ""}, "pedido", "Informe o número de um pedido."),
        ({"status": ""}, "status", "Escolha o status a enviar."),
        ({"status": "TODOS"}, "status", "Faça uma escolha válida. TODOS não é uma das escolhas "
         "disponíveis."),
    ],
)  # fmt: skip
def test_a_form_with_an_error_says_it_beside_the_field(
    values, field, sentence, maria, vitrine, order, store
):
    response = press(maria, vitrine, **values)

    assert words(response, f"//*[@id='id_{field}_error']") == [sentence]
    assert (store.log, SendTest.objects.count()) == ([], 0)


def test_another_status_than_the_orders_is_sent_only_once_confirmed(maria, vitrine, order, store):
    asked = press(maria, vitrine, status="CANCELADO", confirmado="")

    assert (store.log, SendTest.objects.count()) == ([], 0)
    assert words(asked, "//*[@id='id_confirmado_error']") == [
        "O pedido está em Pagamento Confirmado, e o teste diz Cancelado: a loja pode passar para "
        "Cancelado e avisar o consumidor. Depois, nada corrige a loja sozinho. "
        "Para enviar assim mesmo, marque aqui."
    ]
    assert words(asked, "//label[@for='id_confirmado']") == ["Enviar assim mesmo"]

    press(maria, vitrine, status="CANCELADO", confirmado="on")
    assert (len(store.log), SendTest.objects.count()) == (1, 1)


def test_the_orders_own_status_wants_no_confirmation(maria, vitrine, order, store):
    assert words(maria.get(page(vitrine)), "//label[@for='id_confirmado']") == []
    press(maria, vitrine, confirmado="")
    assert len(store.log) == 1


def test_a_platform_file_that_is_gone_is_told(maria, vitrine, order, store):
    data = filled(maria, vitrine)
    vitrine.platform = "sumiu"
    vitrine.save()
    response = maria.post(page(vitrine), data)

    assert words(response, "//*[@role='alert']") == [
        "Nada foi enviado. Não há arquivo de plataforma chamado “sumiu”."
    ]


def test_the_page_lists_the_latest_tests(maria, vitrine, order, store):
    for outcome in ("accepted", "rejected", ""):
        SendTest.objects.create(
            key=uuid4(),
            vitrine=vitrine,
            order=order,
            status=1,
            channel="url",
            platform_status="pago",
            sent_at=NOW,
            sent_by_label="ana",
            outcome=outcome,
        )
    rows = words(maria.get(page(vitrine)), "//tbody/tr")

    assert [row.split("URL ")[1] for row in rows] == [
        "sem resposta ana",
        "recusado ana",
        "aceito ana",
    ]


def test_a_test_that_was_interrupted_says_so(maria, vitrine, order):
    test = SendTest.objects.create(
        key=UUID(int=7), vitrine=vitrine, order=order, status=1, channel="url", sent_at=NOW
    )
    shown = maria.get(reverse("send_test_result", args=[vitrine.code, test.pk]))

    assert words(shown, "//*[@class='sentence']") == [
        "Ainda não há resposta. Se passar de um minuto, o teste foi interrompido; "
        "veja na loja se ele chegou."
    ]


def test_only_who_may_send_again_may_test(vitrine, order, store):
    consulta = client_of("Consulta")
    shown = consulta.get(page(vitrine))
    assert words(shown, "//button[.='Enviar à loja']") == []
    data = {"key": str(uuid4()), "pedido": "100482", "status": "PAGAMENTO_CONFIRMADO"}

    assert consulta.post(page(vitrine), data).status_code == 403
    assert store.log == []


def test_the_result_of_another_vitrine_is_not_found_here(maria, vitrine, order):
    test = SendTest.objects.create(
        key=uuid4(), vitrine=vitrine, order=order, status=1, channel="url", sent_at=NOW
    )
    other = make_vitrine("LOJA-RJ")

    assert maria.get(reverse("send_test_result", args=[other.code, test.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_keep_to_their_queries(count, maria, vitrine, order):
    for _ in range(count):
        test = SendTest.objects.create(
            key=uuid4(), vitrine=vitrine, order=order, status=1, channel="url", sent_at=NOW
        )
    with assertNumQueries(9):
        maria.get(page(vitrine))
    with assertNumQueries(6):
        maria.get(reverse("send_test_result", args=[vitrine.code, test.pk]))


def test_the_pages_have_nothing_inline_and_every_field_its_label(maria, vitrine, order, store):
    found = [maria.get(page(vitrine)), maria.get(press(maria, vitrine).headers["Location"])]
    pages = [read_page(one.content.decode()) for one in found]

    assert [(one.faults, one.h1) for one in pages] == [([], 1), ([], 1)]
