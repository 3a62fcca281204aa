"""Compressed answers: opened up to the limit, whatever they are made of."""

import gzip
import zlib

import pytest

from integrations.delivery.http import ANSWER_LIMIT, CallFailed, Sessions, Timeouts
from integrations.delivery.outcomes import Outcome
from integrations.delivery.render import RenderedRequest
from tests.integrations.raw_server import answer, raw_server, says


@pytest.fixture
def told():
    """The answer to a request, of these bytes."""
    sessions = Sessions(pool_size=1, timeouts=Timeouts(connect=1, read=1, total=2))

    def ask(*pieces):
        with raw_server(says(*pieces, every=0.01)) as server:
            request = RenderedRequest("GET", server.url, {}, None)
            return sessions.exchange(request, allow_private=True)

    yield ask
    sessions.close()


def encoded(body, encoding):
    return answer(body, f"Content-Encoding: {encoding}")


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("gzip, gzip", lambda body: gzip.compress(gzip.compress(body))),
    ],
)
def test_compression_bomb_is_cut_at_the_limit(told, encoding, compress):
    bomb = compress(b"\x00" * 50_000_000)
    received = told(encoded(bomb, encoding))
    assert (len(received.text), received.cut) == (ANSWER_LIMIT, True)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"one two")),
        ("GZIP", gzip.compress(b"one two")),
        ("x-gzip", gzip.compress(b"one two")),
        ("deflate", zlib.compress(b"one two")),
        # Not all who say so write the header of zlib.
        ("deflate", zlib.compress(b"one two", wbits=-15)),
        ("deflate, gzip", gzip.compress(zlib.compress(b"one two"))),
        ("gzip", gzip.compress(b"one ") + gzip.compress(b"two")),
        ("gzip", gzip.compress(b"one two") + b"and something else"),
        ("identity", b"one two"),
        # Nobody asked for it.
        ("compress", b"one two"),
    ],
    ids=lambda value: value if isinstance(value, str) else "body",  # gzip writes the time into it
)
def test_compressed_answer_is_opened(told, encoding, body):
    received = told(encoded(body, encoding))
    assert (received.text, received.cut) == ("one two", False)


@pytest.mark.parametrize("size", [ANSWER_LIMIT, ANSWER_LIMIT + 1])
def test_compressed_answer_is_opened_up_to_the_limit(told, size):
    received = told(encoded(gzip.compress(b"x" * size), "gzip"))
    assert (len(received.text), received.cut) == (ANSWER_LIMIT, size > ANSWER_LIMIT)


@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", b"not gzip"), ("gzip, gzip", b"\xff\xff"), ("gzip," * 6, b"")]
)
def test_answer_that_is_not_compressed_as_it_says_is_transient(told, encoding, body):
    with pytest.raises(CallFailed) as error:
        told(encoded(body, encoding))
    assert (error.value.outcome, str(error.value)) == (
        Outcome.TRANSIENT,
        "127.0.0.1 mandou uma resposta compactada que não se abre.",
    )


def test_compressed_answer_that_comes_to_nothing_is_not_read_for_ever(told):
    """Parts that are empty: nothing is ever over the limit of what was opened."""
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n"
    empty = b"\x00\x00\x00\xff\xff" * 100_000
    with pytest.raises(CallFailed) as error:
        told(head + b"\x78\x9c", *[empty] * 8)
    assert str(error.value) == "127.0.0.1 respondeu algo que não é HTTP válido."
