"""A whole answer came, and it is not what its status promises."""

import gzip

from tests.faults.platform import OK, tells
from tests.faults.reading import ACCEPTED, refused, rejected
from tests.faults.rows import Read, fault
from tests.integrations.raw_server import answer, says

SUCCESS = answer(b'{"ok": true}', "Content-Type: application/json")
NO_SUCCESS = "A resposta (HTTP 200) não atende à regra de sucesso da plataforma"
TOO_LONG = "A resposta é maior que o limite de leitura e não pôde ser conferida"


def fails_at_once(stage, read: Read):
    """One try; a person decides. The other order goes on."""
    stage.after(days=4)
    stage.shows("rejected", counted=1, ends="FAILED (rejected)", lane="goes on", read=read)
    assert stage.heard == ["1", "2"]


def is_accepted(stage):
    stage.shows("accepted", counted=1, ends="SENT (accepted)", lane="goes on", read=ACCEPTED)
    assert stage.heard == ["1", "2"]


@fault("200 with an error in the body")
def test_error_in_the_body(stage):
    stage.meets(tells("200 OK", {"ok": False, "message": "Pedido bloqueado."}))
    fails_at_once(stage, rejected("Pedido bloqueado", 200))


@fault("200 with broken JSON")
def test_broken_json(stage):
    stage.meets(says(answer(b'{"ok": true', "Content-Type: application/json")))
    fails_at_once(stage, rejected('{"ok": true', 200))


@fault("200 with a page in place of the answer")
def test_page(stage):
    page = b"<!DOCTYPE html><title>Em manuten\xc3\xa7\xc3\xa3o</title>"
    stage.meets(says(answer(page, "Content-Type: text/html")))
    fails_at_once(
        stage,
        refused("A plataforma respondeu com uma página em vez de uma resposta (HTTP 200)", 200),
    )


@fault("200 with an empty body")
def test_empty_body(stage):
    stage.meets(says(answer(b"", "Content-Type: application/json")))
    fails_at_once(stage, refused(NO_SUCCESS, 200))


@fault("204 where a body was expected")
def test_204(stage):
    stage.meets(says(b"HTTP/1.1 204 No Content\r\n\r\n"))
    fails_at_once(stage, refused(NO_SUCCESS.replace("200", "204"), 204))


@fault("gzip bomb (50 MB in 50 KB)")
def test_gzip_bomb(stage):
    bomb = gzip.compress(b" " * 50_000_000)
    stage.meets(says(answer(bomb, "Content-Encoding: gzip")))
    fails_at_once(stage, refused(TOO_LONG, 200))


@fault("Body without end")
def test_endless_body(stage):
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    stage.meets(says(head, *[chunk] * 500))
    fails_at_once(stage, refused(TOO_LONG, 200))


@fault("Body longer than its Content-Length")
def test_body_longer_than_told(stage):
    stage.meets(says(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{"ok": true}'))
    fails_at_once(stage, rejected('{"ok"', 200))


@fault("Two answers to one request")
def test_two_answers(stage):
    refusal = answer(b'{"ok": false}', "Content-Type: application/json")
    stage.meets(says(SUCCESS + refusal))
    is_accepted(stage)
    assert stage.lane_did == "goes on"


@fault("103 Early Hints before the answer")
def test_early_hints(stage):
    stage.meets(says(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" + SUCCESS), OK)
    is_accepted(stage)


@fault("100 Continue before the answer")
def test_continue(stage):
    stage.meets(says(b"HTTP/1.1 100 Continue\r\n\r\n" + SUCCESS), OK)
    is_accepted(stage)
