"""Answers made to hurt: each is cut at the limit, and the update's try comes to one outcome."""

import gzip
import json
import time
import zlib
from datetime import UTC, datetime

import pytest

from integrations.delivery.http import ANSWER_LIMIT, Sessions, Timeouts
from integrations.delivery.masking import BODY_LENGTH
from integrations.delivery.sending import Parcel, deliver
from tests.integrations.raw_server import answer, raw_server, says
from tests.platform_samples import ONE_SEND, platform_from, sample_context

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
QUICK = Timeouts(connect=0.5, read=0.2, total=0.5)
MEGABYTE = b"x" * 1024 * 1024

RULES = {
    "none": "",
    "json": 'success = "body.ok"\nerror_message = "body.message"',
    "xml": 'success = { xpath = "//ok" }\nerror_message = { xpath = "//message" }',
    "already": 'already_applied = "contains(body, \'done\')"\nsuccess = "body.ok"',
}


@pytest.fixture
def deliver_to(tmp_path):
    """One update to a server that behaves so; the result and the seconds that it took."""
    sessions = Sessions(pool_size=1, timeouts=QUICK)

    def deliver_it(behave, rules="none"):
        platform = platform_from(f"{ONE_SEND}{RULES[rules]}\n", tmp_path)
        with raw_server(behave) as server:
            parcel = Parcel(
                update_id=1,
                idempotency_key="u-1",
                platform=platform,
                send=platform.sends[0],
                context=sample_context(),
                params={"base_url": server.url},
                secrets={},
                allow_private=True,
                keep_accepted_bodies=True,
            )
            started = time.monotonic()
            result = deliver(parcel, sessions=sessions, now=lambda: NOW)
            assert time.monotonic() - started < 1.5
        return result

    yield deliver_it
    sessions.close()


def head(length, *headers, status="200 OK"):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def endless(status="200 OK"):
    """50 MB, in pieces, until the other side hangs up."""
    return says(head(50 * len(MEGABYTE), status=status), *[MEGABYTE] * 50)


TOO_LARGE = "A resposta é maior que o limite de leitura e não pôde ser conferida."


@pytest.mark.parametrize(
    ("status", "rules", "outcome", "message"),
    [
        # Without a rule the status alone decides, and it is known.
        ("200 OK", "none", "accepted", ""),
        ("200 OK", "json", "rejected", None),
        ("200 OK", "xml", "rejected", None),
        ("500 Oops", "none", "transient", None),
        ("404 Not Found", "none", "rejected", None),
        ("401 Who", "json", "auth_refused", None),
        ("429 Slow", "json", "throttled", None),
    ],
)
def test_answer_of_50_megabytes_is_cut(deliver_to, status, rules, outcome, message):
    result = deliver_to(endless(status), rules)
    assert result.outcome == outcome
    assert result.http_status == int(status.split()[0])
    assert result.message == ("x" * 500 if message is None else message)
    assert len(result.steps[0]["response_body"]) <= BODY_LENGTH + 100


def test_cut_json_that_has_no_words_says_that_it_was_too_large(deliver_to):
    body = json.dumps({"ok": True, "filler": "x" * 300 * 1024}).encode()
    html = says(answer(body, "Content-Type: text/html"))
    result = deliver_to(html, "json")
    assert (result.outcome, result.message) == ("rejected", TOO_LARGE)


def chunked(piece, times):
    return says(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        *[f"{len(piece):x}\r\n".encode() + piece + b"\r\n"] * times,
    )


def test_chunks_without_end_are_cut(deliver_to):
    result = deliver_to(chunked(MEGABYTE, 50), "json")
    assert (result.outcome, result.message) == ("rejected", "x" * 500)


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", gzip.compress(b" " * 50_000_000)),
        ("deflate", zlib.compress(b" " * 50_000_000)),
        ("gzip, gzip", gzip.compress(gzip.compress(b" " * 50_000_000))),
    ],
    ids=lambda value: value if isinstance(value, str) else "bomb",  # gzip writes the time into it
)
@pytest.mark.parametrize(
    ("rules", "outcome", "message"),
    [("none", "accepted", ""), ("json", "rejected", TOO_LARGE), ("xml", "rejected", TOO_LARGE)],
)
def test_compression_bomb_is_cut(deliver_to, encoding, bomb, rules, outcome, message):
    result = deliver_to(says(answer(bomb, f"Content-Encoding: {encoding}")), rules)
    assert (result.outcome, result.message, result.http_status) == (outcome, message, 200)
    assert len(result.steps[0]["response_body"]) < ANSWER_LIMIT


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(says(head(9999), *[b"x"] * 99, every=0.05), id="body"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\n", *[b"A: b\r\n"] * 99, every=0.05), id="headers"),
        pytest.param(says(*[b"H"] * 99, every=0.05), id="status line"),
        pytest.param(
            says(
                head(9999, "Content-Encoding: gzip"),
                gzip.compress(b"x")[:10],
                *[b"\x00"] * 99,
                every=0.05,
            ),
            id="compressed",
        ),
        pytest.param(
            says(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                *[b"1\r\nx\r\n"] * 99,
                every=0.05,
            ),
            id="chunks",
        ),
    ],
)
def test_drip_without_end_is_given_up_and_tried_again_later(deliver_to, behave):
    result = deliver_to(behave)
    assert (result.outcome, result.http_status) == ("transient", None)
    assert result.message in {
        "A resposta de 127.0.0.1 passou do limite de 0.5 s.",
        "127.0.0.1 mandou uma resposta compactada que não se abre.",
    }
    assert result.steps[0]["error"] == result.message


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(says(b"HTTP/1.1 200 OK\r\nX: " + MEGABYTE + b"\r\n\r\n"), id="long header"),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 9999 + b"\r\n"), id="many headers"
        ),
        pytest.param(says(b"HTTP/1.1 " + MEGABYTE), id="long status line"),
        pytest.param(says(head(50), b"x" * 9), id="short body"),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), id="no chunk"
        ),
        pytest.param(says(head(50, "Content-Encoding: gzip"), b"x" * 50), id="no gzip"),
    ],
)
def test_answer_that_is_no_http_is_transient(deliver_to, behave):
    result = deliver_to(behave)
    assert (result.outcome, result.http_status) == ("transient", None)
    assert result.message.startswith("127.0.0.1 ")


NESTED = b"[" * 100_000 + b"]" * 100_000
LAUGHS = b"""<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><a><ok>&c;</ok></a>"""
FILE = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a><message>&e;</message></a>'


@pytest.mark.parametrize(
    ("body", "rules", "message"),
    [
        pytest.param(NESTED, "json", "[" * 500, id="nested json"),
        pytest.param(b"<a>" * 80_000, "xml", "<a>" * 166 + "<a", id="nested xml"),
        pytest.param(LAUGHS, "xml", None, id="entities in entities"),
        pytest.param(FILE, "xml", None, id="entity of a file"),
        pytest.param(b'{"ok": 1e999}', "xml", '{"ok": Infinity}', id="infinite number"),
        pytest.param(b"\x00\xff\xfe", "json", None, id="no text"),
        pytest.param(b'{"message": "a\\u0000b"}', "json", None, id="nul"),
        pytest.param(b'{"message": "\\ud800"}', "json", None, id="half a character"),
    ],
)
def test_body_that_hurts_its_reader_is_refused_as_any_other(deliver_to, body, rules, message):
    result = deliver_to(says(answer(body)), rules)
    assert (result.outcome, result.http_status) == ("rejected", 200)
    assert "root:" not in result.message
    if message is not None:
        assert result.message == message
    assert "\x00" not in json.dumps([result.message, result.steps], ensure_ascii=False)
    result.message.encode()


def test_sign_that_it_was_applied_is_seen_before_the_cut_only(deliver_to):
    applied = b"done " + MEGABYTE
    assert deliver_to(says(answer(applied)), "already").outcome == "already_applied"
    assert deliver_to(says(answer(MEGABYTE + b" done")), "already").outcome == "rejected"
