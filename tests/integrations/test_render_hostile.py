"""No value changes what a request of a shipped platform file is: only what its leaves say.

Every text that a file's templates may read (an order's facts, parameters, words of the DE-PARA,
what a platform gave, secrets) is replaced by something hostile. Each request of the file is then
either the one it is with harmless values, with other leaves, or is not made at all.
"""

import json
import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from integrations.delivery.context import AccessToken, RenderContext
from integrations.delivery.render import (
    items,
    render,
)
from integrations.preview.sample import sample_params, sample_secrets
from tests.platform_samples import previewed_context
from vitrines.platforms import SHIPPED, Platform, load_platform
from vitrines.platforms.language import RenderError
from vitrines.platforms.scope import TemplateError
from vitrines.platforms.shared_steps import with_shared_steps
from vitrines.statuses import OrderStatus

#: The examples of the reference page, too: one of them speaks XML.
EXAMPLES = re.findall(r"```toml\n(.*?)```", (SHIPPED / "README.md").read_text(), re.DOTALL)
PLATFORMS = [
    *(load_platform(path) for path in sorted(SHIPPED.glob("*.toml"))),
    *(Platform.model_validate(with_shared_steps(tomllib.loads(text))[0]) for text in EXAMPLES),
]

#: What breaks out of something, somewhere; all of it can be typed into a form.
BREAKING = [
    '","admin":true,"x":"',
    '"}]}',
    "</a><b>&amp;<!--",
    "]]><x/><![CDATA[",
    "a=1&status=paid#x?y=2;z",
    "../../admin",
    "{{ secrets.token }}{% raw %}",
    "${jndi}'\"`\\",
    "@evil.example/:8080//",
    "%2e%2e%2f%00%0d%0a",
    "ção 📦 \u202e\u2028",
]
#: What no request may hold as it is, and what is no text of its own.
REFUSED = ["\r\nX-Evil: 1\r\n\r\nGET /", "\x00", "..", ".", " ", "\ud800", "\ufffe", "\x1b[2J"]

hostile_texts = st.lists(
    st.sampled_from([*BREAKING, *REFUSED]) | st.text(min_size=1, max_size=20), min_size=1
)


# Every request of a file


def requests_of(platform):
    """(request, step it belongs to, which names it may use); of each distinct request one."""
    found, seen = [], set()

    def add(request, step, scope):
        key = (repr(request), step.for_each if step else None)
        if request is not None and key not in seen:
            seen.add(key)
            found.append((request, step, scope))

    for send in platform.sends:
        for step in send.steps:
            add(step, step, "step")
            add(step.probe, step, "step")
    add(platform.list_statuses, None, "list_statuses")
    add(platform.auth.exchange, None, "token_request")
    add(platform.auth.renewal, None, "token_request")
    return found


@dataclass(frozen=True)
class Values:
    facts: dict
    params: dict
    secrets: dict
    captured: dict
    token: AccessToken


@cache
def harmless(name):
    platform = by_name(name)
    context = previewed_context(platform, OrderStatus.EMBARCADO)
    params = {p.name: f"value-of-{p.name}" for p in platform.params if p.kind == "text"}
    captured = dict.fromkeys(platform.names.captured, "1") | platform.examples
    return Values(
        facts=plain(context),
        params={**params, **sample_params(platform)},
        secrets=sample_secrets(platform),
        captured=captured,
        token=AccessToken("access", "refresh"),
    )


def expected_of(platform, asked):
    """The request with harmless values; some are made for certain words of the DE-PARA only."""
    values = harmless(platform.name)
    known = values.facts["mapping"]["platform_status"]
    for word in dict.fromkeys([known, *(status.code for status in platform.mapping.statuses)]):
        mapping = {**values.facts["mapping"], "platform_status": word}
        one = replace(values, facts={**values.facts, "mapping": mapping})
        if (request := rendered(platform, asked, one)) is not None:
            return request
    return None


def by_name(name):
    return next(platform for platform in PLATFORMS if platform.name == name)


def plain(node):
    """Mappings that read on demand, as dicts."""
    if isinstance(node, list):
        return [plain(item) for item in node]
    return {name: plain(node[name]) for name in node} if hasattr(node, "keys") else node


def hostile(name, pick):
    """The same values, with what ``pick`` gives in place of each text."""
    values, platform = harmless(name), by_name(name)
    texts = {param.name for param in platform.params if param.kind == "text"}

    def replaced(node):
        if isinstance(node, dict):
            return {name: replaced(item) for name, item in node.items()}
        if isinstance(node, list):
            return [replaced(item) for item in node]
        return pick(node) if isinstance(node, str) and node else node

    params = {n: pick(value) if n in texts else value for n, value in values.params.items()}
    secrets = replaced(values.secrets)
    # Nothing is sent with what the form does not take.
    refused = platform.validate_params(params, secrets)
    params |= {n: values.params[n] for n in refused if n in params}
    secrets |= {n: values.secrets[n] for n in refused if n in secrets}
    return Values(
        facts=replaced(values.facts),
        params=params,
        secrets=secrets,
        captured=replaced(values.captured),
        token=AccessToken(pick(values.token.access), pick(values.token.refresh)),
    )


def rendered(platform, asked, values):
    """The request; None if it would not be made."""
    request, step, scope = asked
    given = RenderContext.of(
        platform,
        context=values.facts,
        params=values.params,
        secrets=values.secrets,
        captured=values.captured,
        token=values.token,
    )
    try:
        if scope != "step":
            about_no_order = {name: given.context[name] for name in ("vitrine", "params")}
            scopes = getattr(platform.names, scope)
            given = RenderContext(platform, about_no_order, given.secrets, scopes, values.token)
        elif step.for_each is not None:
            given = given.with_item(items(step, given)[0])
        return render(request, given, proven=scope != "token_request")
    except (RenderError, TemplateError):
        return None  # the latter only here: a sending has its parameters judged before


# What must stay as it is


def assert_same_request(platform, expected, request, values):
    named = {*values.params.values(), *values.secrets.values()}
    assert request.method == expected.method
    assert_same_address(expected.url, request.url, named)
    allowed = {name.lower() for name in expected.headers} | {name.lower() for name in named}
    assert {name.lower() for name in request.headers} <= allowed
    for value in request.headers.values():
        assert value.isprintable()
    kind = expected.headers.get("Content-Type", "")
    assert request.headers.get("Content-Type", "") in {kind, *map(str.strip, named)}
    assert (request.body is None) == (expected.body is None)
    if request.body is None:
        return
    if "json" in kind:
        assert_same_json(json.loads(expected.body), json.loads(request.body), named)
    elif "form" in kind:
        names = [name for name, _ in pairs(request.body.decode())]
        assert {*names} <= {name for name, _ in pairs(expected.body.decode())} | named
        assert len(names) <= len(pairs(expected.body.decode()))
    elif "xml" in kind and expected.body != values.facts["invoice"]["xml_bytes"]:
        shape = elements(request.body)
        assert [one for one in elements(expected.body) if one in shape] == shape


def assert_same_address(expected, address, named):
    wanted, parts = urlsplit(expected), urlsplit(address)
    assert address.isascii()
    assert address.isprintable()
    assert parts.scheme == wanted.scheme
    # A parameter may be a part of the host (an account's name); never the end of it.
    if parts.netloc != wanted.netloc:
        assert parts.netloc.endswith(f".{wanted.netloc.partition('.')[2]}")
    assert set(parts.netloc) & set("@:/\\?#") <= set(wanted.netloc)
    assert len(parts.path.split("/")) == len(wanted.path.split("/"))
    assert not {".", ".."} & {unquote(segment) for segment in parts.path.split("/")}
    assert parts.fragment == ""
    names = [name for name, _ in pairs(wanted.query)]
    assert len(pairs(parts.query)) == len(names)
    assert {name for name, _ in pairs(parts.query)} <= {*names} | named


def pairs(text):
    return parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))


def assert_same_json(expected, value, named):
    assert isinstance(value, dict | list) == isinstance(expected, dict | list)
    if isinstance(expected, dict):
        assert set(value) <= set(expected) | named
        for name in set(value) & set(expected):
            assert_same_json(expected[name], value[name], named)
    elif isinstance(expected, list):
        assert len(value) <= len(expected)
        for item, wanted in zip(value, expected, strict=False):
            assert_same_json(wanted, item, named)


def elements(body):
    root = etree.fromstring(body)
    return [(root.getroottree().getpath(one), *sorted(one.attrib)) for one in root.iter()]


IDS = [platform.name for platform in PLATFORMS]


@pytest.mark.parametrize("platform", PLATFORMS, ids=IDS)
def test_every_request_is_made_with_harmless_values(platform):
    for asked in requests_of(platform):
        assert expected_of(platform, asked) is not None, asked


@pytest.mark.parametrize("platform", PLATFORMS, ids=IDS)
@pytest.mark.parametrize("text", BREAKING)
def test_what_breaks_out_elsewhere_is_a_value_here(platform, text):
    """Headers and credentials stay harmless, so that the requests are really made."""
    values = hostile(platform.name, lambda _: text)
    kept = harmless(platform.name)
    values = Values(values.facts, values.params, kept.secrets, values.captured, kept.token)
    for asked in requests_of(platform):
        request = rendered(platform, asked, values)
        if request is not None:
            expected = expected_of(platform, asked)
            assert_same_request(platform, expected, request, values)


@settings(max_examples=8, deadline=None)
@given(texts=hostile_texts, seed=st.integers(0, 2**32))
@pytest.mark.parametrize("platform", PLATFORMS, ids=IDS)
def test_no_value_changes_a_request(platform, texts, seed):
    random = Random(seed)  # noqa: S311
    share = random.choice([0.1, 0.5, 1])
    values = hostile(
        platform.name, lambda text: random.choice(texts) if random.random() < share else text
    )
    for asked in requests_of(platform):
        request = rendered(platform, asked, values)
        if request is not None:
            expected = expected_of(platform, asked)
            assert_same_request(platform, expected, request, values)
