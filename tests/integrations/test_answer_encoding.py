"""In which encoding an answer is read: its header's, its own, or UTF-8."""

import pytest

from integrations.delivery.http import Sessions
from integrations.delivery.render import RenderedRequest
from tests.integrations.raw_server import answer, raw_server, says
from vitrines.platforms.parts import XPathRule
from vitrines.platforms.rules import find


def answered(content_type, raw):
    sessions = Sessions(pool_size=1)
    try:
        with raw_server(says(answer(raw, f"Content-Type: {content_type}"))) as server:
            request = RenderedRequest("GET", server.url, {}, None)
            return sessions.exchange(request, allow_private=True)
    finally:
        sessions.close()


@pytest.mark.parametrize(
    ("content_type", "raw", "text"),
    [
        ("text/plain; charset=ISO-8859-1", "São".encode("latin-1"), "São"),
        ("text/plain", "São".encode(), "São"),
        ("application/json; charset=unknown-9", "São".encode(), "São"),
        ("application/json; charset=idna", "São".encode(), "São"),
        ("application/json; charset=undefined", "São".encode(), "São"),
        ("application/json; charset='iso-8859-1'", "São".encode("latin-1"), "São"),
        ("application/json", "\ufeffSão".encode(), "São"),
        ("application/json; charset=unicode_escape", rb"S\ud83do", "S?o"),
        ("text/plain", b"S\xe3o", "S\ufffdo"),
    ],
)
def test_text_is_decoded_as_declared_else_as_utf8(content_type, raw, text):
    assert answered(content_type, raw).text == text


def xml(encoding, written_in):
    return f"<?xml version='1.0' encoding='{encoding}'?>\n<r><ok>São</ok></r>".encode(written_in)


@pytest.mark.parametrize(
    ("content_type", "raw"),
    [
        ("text/xml", xml("iso-8859-1", "latin-1")),
        ("application/soap+xml", b"\r\n" + xml("Windows-1252", "cp1252")),
        ("text/xml", xml("UTF-8", "utf-8")),
        ("text/xml", b"<r><ok>S\xc3\xa3o</ok></r>"),
        ("text/xml", xml("utf-8", "utf-8-sig")),
        # The charset of the header stands before a declaration that lies.
        ("text/xml; charset=utf-8", xml("ISO-8859-1", "utf-8")),
        ("text/xml; charset=ISO-8859-1", xml("UTF-8", "latin-1")),
        ("text/xml; charset=utf-16", xml("utf-16", "utf-16")),
        # None of these can be how the declaration itself was read.
        ("text/xml", xml("utf-16", "utf-8")),
        ("text/xml", xml("utf-32", "utf-8")),
        ("text/xml", xml("cp037", "utf-8")),
        ("text/xml", xml("no-such", "utf-8")),
        ("text/xml", xml("idna", "utf-8")),
        ("text/xml", xml("hex", "utf-8")),
    ],
)
def test_xml_is_read_in_its_own_encoding(content_type, raw):
    assert find(XPathRule(xpath="/r/ok"), answered(content_type, raw)) == "São"


def test_xml_that_is_not_in_the_encoding_it_names_is_read_with_what_is_wrong_marked():
    said = answered("text/xml", xml("utf-8", "latin-1"))
    assert find(XPathRule(xpath="/r/ok"), said) == "S\ufffdo"
