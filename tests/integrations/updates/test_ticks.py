"""What is ticked: in the address, whatever page and filter one goes to."""

import re

import pytest

from integrations.ticked import MOST_TICKED
from tests.factories import NOW, make_update, make_vitrine
from tests.integrations.people import READER, sign_in
from tests.integrations.replay.pages import NEW, html_of, said
from tests.integrations.test_listing import make_orders
from tests.integrations.updates.rows import held, refused

pytestmark = pytest.mark.django_db

LIST = "/atualizacoes/"


def ticked_boxes(html):
    boxes = re.findall(r'<input[^>]*name="update" value="(\d+)"[^>]*>', html)
    checked = re.findall(r'name="update" value="(\d+)"[^>]* checked>', html)
    return {int(pk) for pk in checked}, len(boxes)


def test_boxes_that_are_sent_become_the_address(vitrine, operator):
    one, two = refused(vitrine), refused(vitrine)

    response = operator.get(
        f"{LIST}?about=mark&mode=renderizar&state=failed&status=&update={two.pk}&update={one.pk}"
    )

    assert response.headers["Location"] == f"{LIST}?state=failed&sel={two.pk},{one.pk}"


def test_box_that_is_not_ticked_any_more_leaves_the_address(vitrine, operator):
    one, two = refused(vitrine), held(vitrine)

    # The page of the refused ones names only what is ticked elsewhere; its own box comes or not.
    html = html_of(operator.get(f"{LIST}?state=failed&sel={one.pk},{two.pk}"))
    response = operator.get(f"{LIST}?about=mark&state=failed&sel={two.pk}")

    assert f'<input type="hidden" name="sel" value="{two.pk}">' in html
    assert response.headers["Location"] == f"{LIST}?state=failed&sel={two.pk}"


def test_ticks_come_back_with_the_address_and_go_along_with_filter_and_pages(operator, vitrine):
    orders = make_orders(vitrine, 60)
    updates = [make_update(order, created_at=NOW) for order in orders]
    kept = f"{updates[-1].pk},{updates[0].pk}"

    html = html_of(operator.get(f"{LIST}?state=pending&sel={kept}"))

    assert ticked_boxes(html) == ({updates[-1].pk}, 50)
    assert f'<input type="hidden" name="sel" value="{kept}" data-ticks>' in html
    [older] = re.findall(r'rel="next" href="([^"]+)"', html)
    assert f"sel={kept.replace(',', '%2C')}" in older
    second = html_of(operator.get(LIST + older.replace("&amp;", "&")))
    assert ticked_boxes(second) == ({updates[0].pk}, 10)
    assert "<b data-ticked-count>2</b>" in second


def test_only_the_ticked_ones_are_shown_whatever_the_filter(vitrine, operator):
    one, two, _ = refused(vitrine), held(vitrine), held(vitrine)

    response = operator.get(f"{LIST}?state=failed&marcadas=1&sel={one.pk},{two.pk}")

    assert [update.pk for update in response.context["page"]] == [two.pk, one.pk]
    assert "Voltar à lista" in html_of(response)


def test_ticked_ones_that_are_gone_lead_back_to_the_list(operator):
    html = html_of(operator.get(f"{LIST}?marcadas=1&sel=987654"))

    assert "As marcadas não existem mais" in html


def test_limit_of_ticks_says_so_and_offers_the_filter(operator, vitrine):
    many = "&".join(f"update={pk}" for pk in range(1, MOST_TICKED + 2))

    response = operator.get(f"{LIST}?about=mark&{many}", follow=True)

    assert len(response.context["ticked"].updates) == MOST_TICKED
    assert said(response) == [
        "São no máximo 200 marcadas de cada vez: as demais não foram. "
        "Para mais, reprocesse todas as do filtro."
    ]


def test_largest_address_of_ticks_fits_a_line_of_http():
    longest = [f"{10**9 + number}" for number in range(MOST_TICKED)]
    page = "".join(f"update={10**9 + number}&" for number in range(50))

    # The rest is for the other fields of the filter, the message of a cause among them.
    assert len("%2C".join(longest)) + len(page) < 4_094 - 500


@pytest.mark.parametrize("sel", ["abc", "-1", "1;2", "%C2%B2", f"{10**30}", ",,", "1%2C%2C2e5"])
def test_what_is_no_id_ticks_nothing(sel, vitrine, operator):
    refused(vitrine)

    response = operator.get(f"{LIST}?sel={sel}")

    assert set(response.context["ticked"].updates) <= {1}
    html_of(response)


def test_ticked_ones_of_every_page_are_replayed_and_the_way_back_keeps_them(vitrine, operator):
    one, two = refused(vitrine), refused(vitrine)

    response = operator.get(f"{NEW}?about=chosen&state=failed&sel={one.pk}&update={two.pk}")

    assert response.context["preview"].plan.selection.updates == (one.pk, two.pk)
    assert response.context["back"] == f"{LIST}?state=failed&sel={one.pk},{two.pk}"


def test_who_may_only_look_is_offered_no_ticks(client):
    refused(make_vitrine())
    sign_in(client, *READER)

    html = html_of(client.get(LIST))

    assert "ticks.js" not in html
    assert "data-most" not in html


def test_list_costs_the_same_with_ticks(vitrine, operator, django_assert_num_queries):
    one = refused(vitrine)

    with django_assert_num_queries(8):
        operator.get(f"{LIST}?state=failed&sel={one.pk},987654")
