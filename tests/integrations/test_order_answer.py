"""Two clicks from the search box to the answer: the action as a button, then and now, the curl."""

import pytest
from lxml import html
from werkzeug import Response

from integrations.models import EventKind
from status_mapping.models import MappingRevision
from tests.factories import NOW, make_tracking
from tests.html_rules import read_page
from tests.integrations.people import OPERATOR, READER, sign_in
from tests.integrations.shop import Shop
from vitrines.models import AuditEntry
from vitrines.statuses import OrderStatus

pytestmark = pytest.mark.django_db

PAGE = "/pedidos/LOJA-SP/100482/"
CORRECTOR = (*OPERATOR, "vitrines.correct_order", "status_mapping.view_statusmapping")


@pytest.fixture
def shop(httpserver):
    return Shop(httpserver)


@pytest.fixture
def rejected(shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.answer(Response('{"message": "não"}', 422))
    shop.dispatch()
    return shop.last


def tree_of(response):
    return html.fromstring(response.content.decode())


def buttons(response):
    """What can be pressed under the cause: where a link leads, or where a form posts to."""
    (box,) = tree_of(response).xpath("//div[@class='why-actions']")
    links = [(a.text.strip(), a.get("href")) for a in box.xpath("./a")]
    forms = [(f.xpath(".//button")[0].text.strip(), f.get("action")) for f in box.xpath("./form")]
    return links + forms


# One cause, one action, as a button -------------------------------------------------------


def test_search_opens_the_answer_itself(client, rejected):
    sign_in(client, *CORRECTOR)

    response = client.get("/buscar/", {"q": "VT-100482"}, follow=True)

    assert response.redirect_chain == [(PAGE, 302)]
    assert response.context["explanation"].cause == "rejected"


def test_refused_update_is_sent_decided_or_settled_from_the_page(client, rejected):
    sign_in(client, *CORRECTOR)
    address = f"/atualizacoes/{rejected.pk}"

    response = client.get(PAGE)

    assert buttons(response) == [
        ("Reenviar depois de corrigir", f"{address}/reenviar/"),
        (f"Decidir #{rejected.pk} de novo", f"{address}/decidir/"),
    ]
    (settle,) = tree_of(response).xpath("//details[@class='settle']/form")
    assert settle.get("action") == f"{address}/resolvido-fora/"


def test_unmapped_status_is_mapped_by_a_button(client, shop):
    shop.unmap(OrderStatus.EM_PREPARACAO)
    shop.receive()
    shop.tell(EventKind.RESERVED)
    sign_in(client, *CORRECTOR)

    assert buttons(client.get(PAGE)) == [
        ("Mapear Em preparação", "/vitrines/LOJA-SP/configuracoes-adicionais/"),
    ]


@pytest.mark.parametrize("changed", [False, True])
def test_what_waits_is_decided_again_only_where_the_row_has_changed(changed, client, shop):
    shop.receive()
    shop.tell(EventKind.BOARDED)
    if changed:
        shop.row(OrderStatus.EMBARCADO, channel="url")
    sign_in(client, *CORRECTOR)

    deed = f"/atualizacoes/{shop.last.pk}/decidir/"
    offered = [address for _, address in buttons(client.get(PAGE))]
    assert (deed in offered) is changed


def test_note_that_is_waited_for_is_given_by_a_button(client, shop):
    shop.receive()
    shop.row(OrderStatus.DESPACHADO, channel="xml")
    shop.invoice()
    sign_in(client, *CORRECTOR)

    assert buttons(client.get(PAGE))[0] == ("Informar o XML da nota", f"{PAGE}?corrigir=nota#nota")


def test_refused_tracking_offers_its_correction(client, shop):
    shop.receive()
    shop.track()
    shop.answer(422)
    shop.dispatch()
    sign_in(client, *CORRECTOR)

    assert ("Corrigir o rastreio", f"{PAGE}?corrigir=rastreio#rastreio") in buttons(
        client.get(PAGE)
    )


def test_paused_lane_is_resumed_from_the_page(client, shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    sign_in(client, *CORRECTOR)
    client.post("/vitrines/LOJA-SP/pausar/", {"reason": "obras"})

    assert buttons(client.get(PAGE)) == [("Retomar os envios", "/vitrines/LOJA-SP/retomar/")]


def test_nothing_is_to_be_decided_again_of_what_was_accepted(client, shop):
    shop.receive()
    shop.tell(EventKind.RESERVED)
    shop.dispatch()
    sign_in(client, *CORRECTOR)

    assert buttons(client.get(PAGE)) == []


def test_deciding_again_says_what_happened_and_is_in_the_history(client, rejected, shop):
    shop.row(OrderStatus.EM_PREPARACAO, platform_status="SEPARANDO")
    sign_in(client, *CORRECTOR, username="maria")

    response = client.post(f"/atualizacoes/{rejected.pk}/decidir/", {"next": PAGE}, follow=True)

    assert [str(m) for m in response.context["messages"]] == [
        f"O envio #{rejected.pk} foi decidido de novo e voltou à fila."
    ]
    rejected.refresh_from_db()
    assert (rejected.state, rejected.platform_status) == ("pending", "SEPARANDO")
    titles = [(e.title, e.text) for e in response.context["explanation"].timeline]
    assert (f"Envio #{rejected.pk} decidido de novo", "por maria") in titles


def test_deciding_again_what_a_guard_keeps_back_says_so(client, shop):
    shop.unmap(OrderStatus.EM_PREPARACAO)
    shop.receive()
    shop.tell(EventKind.RESERVED)
    sign_in(client, *CORRECTOR)

    response = client.post(f"/atualizacoes/{shop.last.pk}/decidir/", {"next": PAGE}, follow=True)

    assert [str(m) for m in response.context["messages"]] == [
        "Nada mudou: continua sem mapeamento."
    ]
    assert AuditEntry.objects.count() == 0


# Not to be seen ---------------------------------------------------------------------------


def test_order_and_update_that_one_may_not_see_are_as_if_they_were_not(client, rejected):
    sign_in(client, "vitrines.view_vitrine")

    for address in (
        PAGE,
        "/pedidos/LOJA-SP/9/",
        f"/atualizacoes/{rejected.pk}/",
        "/atualizacoes/9/",
    ):
        response = client.get(address)
        assert response.status_code == 404
        assert "O endereço não existe, ou o que ele mostrava não está mais aqui" in (
            response.content.decode()
        )


def test_update_page_asks_a_visitor_to_sign_in(client, rejected):
    address = f"/atualizacoes/{rejected.pk}/"

    assert client.get(address).headers["Location"] == f"/entrar/?next={address}"


# The DE-PARA then and now -----------------------------------------------------------------


def folded_rows(response):
    """Of each decision that shows the row: the heading, and each field then and now."""
    found = []
    for table in tree_of(response).xpath("//details[@class='then']//table"):
        heads = [th.text_content() for th in table.xpath(".//thead//th")]
        cells = [
            tuple(" ".join(c.text_content().split()) for c in row)
            for row in table.xpath(".//tbody/tr")
        ]
        changed = [td.getparent()[0].text for td in table.xpath(".//td[@class='changed']")]
        found.append((heads, cells, changed))
    return found


def test_decision_shows_its_row_as_it_was_beside_the_row_as_it_is(client, rejected, shop):
    shop.row(OrderStatus.EM_PREPARACAO, platform_status="SEPARANDO")
    sign_in(client, *READER)

    response = client.get(PAGE)

    assert folded_rows(response) == [
        (
            ["Em preparação", "Na revisão 0", "Agora"],
            [
                ("Status da plataforma", "PICKING", "SEPARANDO mudou"),
                ("Envio", "URL", "URL"),
                ("Ativo", "sim", "sim"),
            ],
            ["Status da plataforma"],
        )
    ]
    (summary,) = tree_of(response).xpath("//details[@class='then']/summary")
    assert " ".join(summary.text_content().split()) == (
        "DE-PARA de Em preparação: como era e como é mudou"
    )


def test_earlier_decision_keeps_the_row_of_its_own_revision(client, shop):
    row = shop.rows[OrderStatus.EM_PREPARACAO]
    shop.row(OrderStatus.EM_PREPARACAO, platform_status="", ez_core_flow_id="7")
    shop.receive()
    shop.tell(EventKind.RESERVED)
    MappingRevision.objects.create(
        vitrine=shop.vitrine, number=1, author_label="m", created_at=NOW, before={}, after={}
    )
    row.platform_status, row.ez_core_flow_id = "PICKING", "8"
    row.save()
    shop.wait(minutes=5)
    sign_in(client, *CORRECTOR)
    client.post(f"/atualizacoes/{shop.last.pk}/decidir/")

    later, earlier = folded_rows(client.get(PAGE))

    assert (earlier[0][1], later[0][1]) == ("Na revisão 0", "Na revisão 1")
    assert ("ID Fluxo EZ Core", "7", "8 mudou") in earlier[1]
    assert ("ID Fluxo EZ Core", "8", "8") in later[1]
    assert later[2] == []


def test_decision_that_no_row_had_a_say_in_shows_none(client, shop):
    shop.receive()  # its status came from the store
    sign_in(client, *READER)

    assert folded_rows(client.get(PAGE)) == []


# The curl ---------------------------------------------------------------------------------


def test_each_call_can_be_copied_as_curl_with_its_secrets_masked(client, rejected, shop):
    sign_in(client, *READER)

    tree = tree_of(client.get(PAGE))

    attempt = rejected.attempts.get()
    name = f"curl-{attempt.pk}-1"
    copying = tree.xpath("//button[text()='Copiar curl']")
    assert [(b.get("data-copy"), b.get("type"), "hidden" in b.attrib) for b in copying] == (
        [(f"#{name}", "button", True)] * 2
    )
    (shown,) = tree.xpath(f"//details[@class='curl']/pre[@id='{name}']")
    assert shown.text_content().startswith("curl --globoff --path-as-is \\\n  --request 'PUT'")
    assert str(rejected.uuid) in shown.text_content()


def test_curl_is_shown_only_to_whoever_may_read_attempts(client, rejected):
    sign_in(client, "vitrines.view_order")

    assert "Copiar curl" not in client.get(PAGE).content.decode()


def test_pages_with_everything_on_them_keep_the_rules_of_every_page(client, rejected, shop):
    make_tracking(shop.order)
    client.post(f"/atualizacoes/{rejected.pk}/reenviar/")
    shop.dispatch()
    sign_in(client, *CORRECTOR)

    for address in (PAGE, f"/atualizacoes/{rejected.pk}/"):
        page = read_page(client.get(address).content.decode())
        assert (page.faults, page.h1) == ([], 1)


def test_headings_of_the_page_are_in_sequence(client, shop):
    shop.receive()
    sign_in(client, *CORRECTOR)

    headings = tree_of(client.get(PAGE)).xpath("//main//*[self::h1 or self::h2 or self::h3]")
    assert [heading.tag for heading in headings] == ["h1", "h2", "h3", "h3"]
