"""URL templates: no value moves a request to another host or another path."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrines.platforms.addresses import parse_url
from vitrines.platforms.language import MissingValue, RenderError
from vitrines.platforms.scope import Scope, TemplateError

SCOPE = Scope(params=frozenset({"base_url", "account"}), captured=frozenset({"id", "q"}))
BASE = "https://loja.example/api"
#: A segment of dots, for whoever takes what was encoded for a separator.
DOTS = re.compile(r"[/\\]\.\.?[/\\]")
hostile = st.text(st.characters(codec="utf-8"), min_size=1) | st.sampled_from(
    ["../..", "a/b", "//evil.example", "@evil.example", "?x=1", "#f", "%2e%2e", "\\evil", "\r\n"]
)


def render(source, *, base=BASE, account="loja", **captured):
    template = parse_url(source, SCOPE, frozenset({"base_url"}))
    params = {"base_url": base, "account": account}
    return template.render({"params": params, "captured": captured})


@given(id=hostile.filter(lambda text: not DOTS.search(f"o{text}/")), q=hostile)
def test_url_keeps_host_depth_and_query(id, q):
    source = "{{ params.base_url }}/orders/o{{ captured.id }}/status?q={{ captured.q }}"
    parts = urlsplit(render(source, id=id, q=q))
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "loja.example", "")
    segments = [unquote(segment) for segment in parts.path.split("/")]
    assert segments == ["", "api", "orders", f"o{id}", "status"]
    assert parse_qsl(parts.query, keep_blank_values=True) == [("q", q)]


@given(account=hostile)
def test_parameter_in_the_host_cannot_leave_it(account):
    url = render("https://{{ params.account }}.vtex.example/x", account=account)
    assert urlsplit(url).netloc.endswith(".vtex.example")
    assert urlsplit(url).path == "/x"


@pytest.mark.parametrize("dots", [".", "..", "../admin", "1/../../admin", "1\\..\\admin", "1/."])
def test_dot_segment_is_refused(dots):
    with pytest.raises(RenderError, match=r"teria um trecho “\.” ou “\.\.” no caminho"):
        render("{{ params.base_url }}/orders/{{ captured.id }}/status", id=dots)


def test_empty_path_segment_is_a_missing_value():
    with pytest.raises(MissingValue, match=r"“{{ captured.id }}”"):
        render("{{ params.base_url }}/orders/{{ captured.id }}", id="")


def test_empty_query_value_stays_empty():
    assert render("{{ params.base_url }}/x?q={{ captured.q }}", q="") == f"{BASE}/x?q="


def test_slash_between_base_and_path_is_one():
    assert render("{{ params.base_url }}/x", base=f"{BASE}/") == f"{BASE}/x"


def test_base_alone():
    assert render("{{ params.base_url }}") == BASE


def test_base_that_was_not_filled_is_a_missing_value():
    with pytest.raises(MissingValue, match=r"“{{ params.base_url }}”"):
        render("{{ params.base_url }}/x", base="")


def test_url_parameter_elsewhere_is_encoded_like_any_value():
    url = render("{{ params.base_url }}/go?to={{ params.base_url }}")
    assert url == f"{BASE}/go?to=https%3A%2F%2Floja.example%2Fapi"


@pytest.mark.parametrize(
    "source",
    [
        "https://{{ captured.id }}/x",
        "https://loja{{ captured.id }}",
        "{{ captured.id }}",
        "{{ params.account }}/x",
        "{{ params.base_url }}{{ captured.id }}",
        "{{ params.base_url }}@evil.example/",
        "ftp://loja.example/",
        "javascript:alert(1)",
        "https://loja.example/a b",
        "https://loja.example\\@evil.example/",
        "https://loja.example/\r\nX: y",
        "",
    ],
)
def test_template_whose_host_is_not_fixed_is_refused(source):
    with pytest.raises(TemplateError):
        parse_url(source, SCOPE, frozenset({"base_url"}))
