"""The one door to the outside, against servers that misbehave."""

import logging
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from integrations.delivery.guarded import NoLongerPermitted
from integrations.delivery.http import ANSWER_LIMIT, CallFailed, Sessions, Timeouts
from integrations.delivery.outcomes import Outcome
from integrations.delivery.render import RenderedRequest
from tests.integrations.raw_server import (
    answer,
    hangs_up,
    raw_server,
    resets,
    says,
    self_signed,
    stays_silent,
)

QUICK = Timeouts(connect=1.0, read=0.3, total=0.8)


@pytest.fixture
def sessions():
    opened = Sessions(pool_size=2, timeouts=QUICK)
    yield opened
    opened.close()


def get(url):
    return RenderedRequest("GET", url, {}, None)


def failure(sessions, url, *, allow_private=True):
    with pytest.raises(CallFailed) as error:
        sessions.exchange(get(url), allow_private=allow_private)
    return error.value.outcome, str(error.value)


def test_request_is_sent_as_rendered_and_the_answer_is_read(sessions):
    reply = answer('{"ok": "ç"}'.encode(), "Content-Type: application/json", "X-A: 1")
    request = RenderedRequest("PUT", "", {"Idempotency-Key": "u-1"}, b"\x00body")
    with raw_server(says(reply)) as server:
        request = RenderedRequest("PUT", f"{server.url}/a%2Fb?q=%20", request.headers, request.body)
        received = sessions.exchange(request, allow_private=True)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"PUT /a%2Fb?q=%20 HTTP/1.1"
    assert b"Idempotency-Key: u-1" in head.split(b"\r\n")
    assert body == b"\x00body"
    assert (received.status, received.body, received.cut) == (200, {"ok": "ç"}, False)
    assert received.headers["x-a"] == "1"


def test_connection_is_kept_and_used_again(sessions):
    with raw_server(says(answer(b"{}"))) as server:
        for _ in range(3):
            sessions.exchange(get(server.url), allow_private=True)
        assert (len(server.requests), server.connections) == (3, 1)


def test_permit_is_asked_for_each_request_before_it_is_sent(sessions):
    sent = []

    def permitted():
        sent.append(len(server.requests))
        return True

    with raw_server(says(answer(b"{}"))) as server:
        for _ in range(2):
            sessions.exchange(get(server.url), allow_private=True, permitted=permitted)
    assert sent == [0, 1]


def test_permit_is_asked_only_once_the_connection_is_made(sessions):
    """Connecting may take seconds; a permit from before it says little."""
    asked = []
    with pytest.raises(CallFailed):
        sessions.exchange(get("http://127.0.0.1:1/"), allow_private=True, permitted=asked.append)
    assert asked == []


@pytest.mark.parametrize("before", [0, 1], ids=["new connection", "kept connection"])
def test_request_without_a_permit_is_not_sent_and_harms_no_later_one(sessions, before):
    with raw_server(says(answer(b"{}"))) as server:
        for _ in range(before):
            sessions.exchange(get(server.url), allow_private=True)
        with pytest.raises(NoLongerPermitted):
            sessions.exchange(get(server.url), allow_private=True, permitted=lambda: False)
        assert len(server.requests) == before
        assert sessions.exchange(get(server.url), allow_private=True).status == 200
    assert len(server.requests) == before + 1


@pytest.mark.parametrize("body", [None, b'{"status": "enviado"}'], ids=["no body", "body"])
def test_not_one_byte_is_written_before_the_permit_or_without_it(sessions, body):
    """A head whose body follows would be completed by whoever was halted between the two."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connections = []

        def permitted():
            connection, _ = listener.accept()
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                connection.recv(1)
            connections.append(connection)
            return False

        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        request = RenderedRequest("POST", address, {}, body)
        with pytest.raises(NoLongerPermitted):
            sessions.exchange(request, allow_private=True, permitted=permitted)
        (connection,) = connections
        with connection:
            assert connection.recv(65536) == b""


def test_budget_holds_for_all_calls_together():
    with raw_server(stays_silent) as server:
        sessions = Sessions(pool_size=1, timeouts=QUICK, budget=0.2)
        first, second = failure(sessions, server.url), failure(sessions, server.url)
        sessions.close()
    assert first[0] is second[0] is Outcome.TRANSIENT
    assert second[1] == "O tempo dado ao envio acabou antes desta chamada."
    assert len(server.requests) == 1


def test_connection_made_while_private_was_allowed_is_not_lent_when_it_is_not(sessions):
    with raw_server(says(answer(b"{}"))) as server:
        url = f"http://localhost:{server.port}/"
        assert sessions.exchange(get(url), allow_private=True).status == 200
        outcome, _ = failure(sessions, url.replace("http:", "https:"), allow_private=False)
        assert outcome is Outcome.REFUSED_DESTINATION
        assert len(server.requests) == 1


def test_threads_share_the_connections_and_keep_their_own_limits(sessions):
    def behave(sock):
        number = server.requests[-1].split()[1]
        sock.sendall(answer(number))

    def ask(number):
        url = f"{server.url}/{number}"
        return sessions.exchange(get(url), allow_private=True).status

    with raw_server(behave) as server, ThreadPoolExecutor(max_workers=2) as pool:
        assert list(pool.map(ask, range(40))) == [200] * 40
    assert len(server.requests) == 40
    assert server.connections <= 2


def test_what_only_announces_an_answer_is_passed_over(sessions):
    """Taken for the answer, it would leave the real one to the next request."""
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"

    def behave(sock):
        sock.sendall(hints + hints + answer(b"answer %d" % len(server.requests)))

    with raw_server(behave) as server:
        for number in (1, 2):
            received = sessions.exchange(get(server.url), allow_private=True)
            assert (received.status, received.text) == (200, f"answer {number}")
    assert server.connections == 1


def test_redirect_is_not_followed(sessions):
    with raw_server(says(answer(b"ok"))) as target:
        moved = answer(b"", f"Location: {target.url}/", status="302 Found")
        with raw_server(says(moved)) as server:
            received = sessions.exchange(get(server.url), allow_private=True)
    assert received.status == 302
    assert received.headers["location"] == f"{target.url}/"
    assert target.requests == []


def test_cookie_is_not_kept(sessions):
    with raw_server(says(answer(b"", "Set-Cookie: session=1; Path=/"))) as server:
        for _ in range(2):
            sessions.exchange(get(server.url), allow_private=True)
    assert b"cookie" not in server.requests[1].lower()


def test_proxy_and_netrc_of_the_environment_are_not_read(sessions, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login u password p")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with raw_server(says(answer(b"no"))) as proxy, raw_server(says(answer(b"yes"))) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        assert sessions.exchange(get(server.url), allow_private=True).text == "yes"
    assert proxy.requests == []
    assert b"authorization" not in server.requests[0].lower()


# Limits


@pytest.mark.parametrize("size", [ANSWER_LIMIT, ANSWER_LIMIT + 1, 4 * ANSWER_LIMIT])
def test_answer_is_read_up_to_the_limit(sessions, size):
    with raw_server(says(answer(b"x" * size))) as server:
        received = sessions.exchange(get(server.url), allow_private=True)
    assert (len(received.text), received.cut) == (ANSWER_LIMIT, size > ANSWER_LIMIT)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        pytest.param(resets, "127.0.0.1 interrompeu a conexão antes de responder por inteiro."),
        pytest.param(hangs_up, "127.0.0.1 interrompeu a conexão antes de responder por inteiro."),
        pytest.param(stays_silent, "127.0.0.1 não respondeu em 0.3 s."),
        pytest.param(
            lambda sock: (sock.sendall(HEAD + b"half"), hangs_up(sock)),
            "127.0.0.1 interrompeu a conexão antes de responder por inteiro.",
        ),
        pytest.param(
            lambda sock: (sock.sendall(HEAD + b"half"), stays_silent(sock)),
            "127.0.0.1 não respondeu em 0.3 s.",
        ),
        # Each drop comes in time; the whole does not.
        pytest.param(
            says(HEAD, *[b"x"] * 50, every=0.1),
            "A resposta de 127.0.0.1 passou do limite de 0.8 s.",
        ),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\n", *[b"X-Drip: 1\r\n"] * 50, every=0.1),
            "A resposta de 127.0.0.1 passou do limite de 0.8 s.",
        ),
        pytest.param(
            says(*[b"H", b"T"] * 30, every=0.1),
            "A resposta de 127.0.0.1 passou do limite de 0.8 s.",
        ),
        pytest.param(
            says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"0"] * 50, every=0.1),
            "A resposta de 127.0.0.1 passou do limite de 0.8 s.",
        ),
        pytest.param(
            says(b"\x00\xff\r\n\r\n"),
            "127.0.0.1 respondeu algo que não é HTTP válido.",
        ),
    ],
)
def test_misbehaving_platform_is_transient_and_never_holds_a_worker(sessions, behaviour, sentence):
    started = time.monotonic()
    with raw_server(behaviour) as server:
        assert failure(sessions, server.url) == (Outcome.TRANSIENT, sentence)
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 5000,
        b"HTTP/1.1 200 OK\r\nX-A: " + b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok",
    ],
)
def test_what_is_no_http_is_told_and_not_waited_for(sessions, said):
    with raw_server(lambda sock: (sock.sendall(said), stays_silent(sock))) as server:
        assert failure(sessions, server.url) == (
            Outcome.TRANSIENT,
            "127.0.0.1 respondeu algo que não é HTTP válido.",
        )


def test_address_is_not_logged_whatever_the_answer_is(sessions, caplog):
    """It may hold a key, and urllib3 tells of what it cannot read."""
    caplog.set_level(logging.DEBUG)
    odd = answer(b"ok", "no header", "Transfer-Encoding: x")
    with raw_server(says(odd)) as server:
        sessions.exchange(get(f"{server.url}/?key=secret"), allow_private=True)
    assert "secret" not in caplog.text


def test_refused_connection(sessions):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert failure(sessions, f"http://127.0.0.1:{port}/") == (
        Outcome.TRANSIENT,
        "127.0.0.1 recusou a conexão.",
    )


def test_platform_works_again_after_a_failure(sessions):
    replies = [says(answer(b"ok")), resets]

    def behave(sock):
        replies.pop()(sock)

    with raw_server(behave) as server:
        failure(sessions, server.url)
        assert sessions.exchange(get(server.url), allow_private=True).text == "ok"


# TLS


def test_certificate_that_nobody_vouches_for_is_refused(sessions, tmp_path, monkeypatch):
    monkeypatch.setenv("CURL_CA_BUNDLE", "")
    with raw_server(says(answer(b"ok")), tls=self_signed(tmp_path)) as server:
        outcome, sentence = failure(sessions, f"https://localhost:{server.port}/")
    assert outcome is Outcome.TRANSIENT
    assert sentence == (
        "A conexão segura (TLS) com localhost falhou: certificate verify failed: "
        "self-signed certificate"
    )
    assert server.requests == []


def test_plain_answer_to_tls_is_told(sessions):
    with raw_server(says(answer(b"ok"))) as server:
        outcome, sentence = failure(sessions, f"https://127.0.0.1:{server.port}/")
    assert outcome is Outcome.TRANSIENT
    assert "127.0.0.1" in sentence


# Destinations


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "127.1", "0"]
)
def test_loopback_is_refused_however_it_is_written(sessions, host):
    with raw_server(says(answer(b"secret"))) as server:
        outcome, sentence = failure(sessions, f"https://{host}:{server.port}/", allow_private=False)
        assert server.connections == 0
    assert outcome is Outcome.REFUSED_DESTINATION
    assert "é um endereço interno, reservado ou de metadados" in sentence


def resolver(monkeypatch, *answers):
    """A DNS that answers differently each time it is asked."""
    waiting = list(answers)

    def getaddrinfo(host, port, *_, **__):
        addresses = waiting.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in addresses]

    monkeypatch.setattr("integrations.delivery.guarded.socket.getaddrinfo", getaddrinfo)
    return waiting


def test_name_that_resolves_to_an_internal_address_is_refused(sessions, monkeypatch):
    resolver(monkeypatch, ["10.0.0.7"])
    assert failure(sessions, "https://loja.example/", allow_private=False) == (
        Outcome.REFUSED_DESTINATION,
        "O destino 10.0.0.7 é um endereço interno, reservado ou de metadados; "
        "o envio só é feito para endereços públicos.",
    )


def test_name_with_one_internal_address_among_public_ones_is_refused(sessions, monkeypatch):
    resolver(monkeypatch, ["93.184.216.34", "127.0.0.1"])
    outcome, _ = failure(sessions, "https://loja.example/", allow_private=False)
    assert outcome is Outcome.REFUSED_DESTINATION


def test_address_that_was_judged_is_the_one_connected_to(sessions, monkeypatch):
    """DNS rebinding: a second look-up would have given another address."""
    with raw_server(says(answer(b"ok"))) as server:
        connected = []

        def create_connection(address, *args, **kwargs):
            connected.append(address)
            sock = socket.socket()
            sock.connect(("127.0.0.1", server.port))
            return sock

        monkeypatch.setattr("integrations.delivery.guarded.create_connection", create_connection)
        waiting = resolver(monkeypatch, ["127.0.0.5"], ["10.0.0.1"])
        received = sessions.exchange(get("http://loja.example/"), allow_private=True)
    assert received.text == "ok"
    assert connected == [("127.0.0.5", 80)]
    assert waiting == [["10.0.0.1"]]
    assert b"Host: loja.example" in server.requests[0]


def test_metadata_address_is_refused_even_where_private_ones_are_allowed(sessions):
    outcome, _ = failure(sessions, "http://169.254.169.254/latest/meta-data/")
    assert outcome is Outcome.REFUSED_DESTINATION


def test_name_that_does_not_exist(sessions, monkeypatch):
    def getaddrinfo(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("integrations.delivery.guarded.socket.getaddrinfo", getaddrinfo)
    assert failure(sessions, "https://loja.invalid/") == (
        Outcome.TRANSIENT,
        "O nome loja.invalid não foi encontrado (DNS).",
    )


@pytest.mark.parametrize("url", [f"https://{'a' * 64}.example/", "https://a..b/", "https://*/"])
def test_host_that_no_name_can_be_is_a_faulty_destination(sessions, url):
    outcome, _ = failure(sessions, url)
    assert outcome is Outcome.REFUSED_DESTINATION
