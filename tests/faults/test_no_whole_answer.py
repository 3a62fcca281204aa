"""The request may have reached the platform, and no whole answer came back."""

import gzip
import socket

from tests.faults.platform import OK
from tests.faults.reading import ACCEPTED, retrying
from tests.faults.rows import fault
from tests.integrations.raw_server import answer, hangs_up, resets, says, stays_silent

HEAD = b"HTTP/1.1 200 OK\r\n"
CUT_OFF = "“127.0.0.1 interrompeu a conexão antes de responder por inteiro”"
NO_HTTP = "“127.0.0.1 respondeu algo que não é HTTP válido”"
TOO_LONG = "“A resposta de 127.0.0.1 passou do limite de 60 s”"


def is_tried_again(stage, answer_read):
    """Ten seconds later, with the same key; the other order was told meanwhile."""
    stage.after(seconds=13)
    stage.shows(
        *("transient", "accepted"),
        counted=2,
        ends="SENT (accepted)",
        lane="goes on",
        read=retrying(answer_read),
    )
    assert stage.heard == ["1", "2", "1"]


@fault("Request that the platform does not read")
def test_request_not_read(stage):
    stage.connection.params["filler"] = "x" * 6_000_000
    stage.connection.save()
    stage.platform.greets(b"")
    stage.happens(quick=True)

    stage.shows(
        "transient",
        counted=1,
        ends="PENDING",
        lane="goes on",
        read=retrying("“127.0.0.1 não leu o envio em 5 s”"),
    )


@fault("Answer that does not come (read timeout)")
def test_read_timeout(stage):
    stage.meets(stays_silent, quick=True)
    is_tried_again(stage, "“127.0.0.1 não respondeu em 20 s”")


@fault("Answer that drips without end")
def test_slow_drip(stage):
    stage.meets(says(HEAD + b"Content-Length: 9999\r\n\r\n", *[b"x"] * 99, every=0.1), quick=True)
    is_tried_again(stage, TOO_LONG)


@fault("Connection closed without a word")
def test_closed_without_a_word(stage):
    stage.meets(hangs_up)
    is_tried_again(stage, CUT_OFF)


@fault("Connection reset before the answer")
def test_reset_before_the_answer(stage):
    stage.meets(resets)
    is_tried_again(stage, CUT_OFF)


@fault("Connection reset in the middle of the body")
def test_reset_mid_body(stage):
    def behave(sock: socket.socket) -> None:
        sock.sendall(HEAD + b'Content-Length: 12\r\n\r\n{"ok": ')
        resets(sock)

    stage.meets(behave)
    is_tried_again(stage, CUT_OFF)


@fault("Body shorter than its Content-Length")
def test_body_shorter_than_told(stage):
    def behave(sock: socket.socket) -> None:
        sock.sendall(HEAD + b'Content-Length: 99\r\n\r\n{"ok": true}')
        hangs_up(sock)

    stage.meets(behave)
    is_tried_again(stage, CUT_OFF)


@fault("Chunks that are none")
def test_broken_chunks(stage):
    stage.meets(says(HEAD + b'Transfer-Encoding: chunked\r\n\r\nzz\r\n{"ok": true}\r\n0\r\n\r\n'))
    is_tried_again(stage, CUT_OFF)


@fault("Chunks that break off")
def test_chunks_break_off(stage):
    def behave(sock: socket.socket) -> None:
        sock.sendall(HEAD + b'Transfer-Encoding: chunked\r\n\r\nc\r\n{"ok": true}\r\n')
        hangs_up(sock)

    stage.meets(behave)
    is_tried_again(stage, CUT_OFF)


@fault("Plain garbage")
def test_garbage(stage):
    stage.meets(says(b"\x00\xff\xfe" * 20 + b"\r\n\r\n"))
    is_tried_again(stage, NO_HTTP)


@fault("HTTP/0.9: a body without a status line")
def test_http_0_9(stage):
    def behave(sock: socket.socket) -> None:
        sock.sendall(b'{"ok": true}\n')
        hangs_up(sock)

    stage.meets(behave)
    is_tried_again(stage, NO_HTTP)


@fault("Headers without end")
def test_endless_headers(stage):
    stage.meets(says(HEAD, *[b"X-More: 1\r\n" * 100] * 50))
    is_tried_again(stage, NO_HTTP)


@fault("One header line without end")
def test_endless_header_line(stage):
    stage.meets(says(HEAD + b"X-Long: ", *[b"x" * 65536] * 4))
    is_tried_again(stage, NO_HTTP)


@fault("Flood of 100 Continue")
def test_flood_of_continue(stage):
    stage.meets(says(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 99, every=0.05), quick=True)
    is_tried_again(stage, TOO_LONG)


@fault("Compressed body that does not open")
def test_broken_gzip(stage):
    body = gzip.compress(b'{"ok": true}')[:-12]
    stage.meets(says(answer(b"\x00" + body, "Content-Encoding: gzip")))
    is_tried_again(stage, "“127.0.0.1 mandou uma resposta compactada que não se abre”")


@fault("Kept connection closed as the next request goes out")
def test_kept_connection_closed_at_the_request(stage):
    stage.subject = stage.second
    stage.meets(OK, hangs_up)
    stage.after(seconds=13)

    stage.shows(
        *("transient", "accepted"),
        counted=2,
        ends="SENT (accepted)",
        lane="goes on",
        read=retrying(CUT_OFF, number=2),
    )
    assert stage.heard == ["1", "2", "2"]


@fault("Kept connection that the platform had half closed")
def test_half_closed_connection(stage):
    def answers_and_closes(sock: socket.socket) -> None:
        OK(sock)
        sock.shutdown(socket.SHUT_WR)

    stage.meets(answers_and_closes)

    stage.shows("accepted", counted=1, ends="SENT (accepted)", lane="goes on", read=ACCEPTED)
    assert stage.heard == ["1", "2"]
    assert stage.platform.connections == 2
