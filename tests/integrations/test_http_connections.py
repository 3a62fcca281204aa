"""What goes over a connection, and when it is used again."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integrations.delivery.http import CallFailed, Sessions, Timeouts
from integrations.delivery.outcomes import Outcome
from integrations.delivery.render import RenderedRequest
from tests.integrations.raw_server import answer, raw_server, says

OK = says(answer(b"ok"))


@pytest.fixture
def sessions():
    opened = Sessions(pool_size=2, timeouts=Timeouts(connect=1, read=1, total=2))
    yield opened
    opened.close()


def request(url, method="GET", headers=None, body=None):
    return RenderedRequest(method, url, headers or {}, body)


def head_of(raw):
    line, *headers = raw.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return line, dict(header.split(": ", 1) for header in headers)


# What is asked


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("", "/"),
        ("/a%2Fb?q=%20", "/a%2Fb?q=%20"),
        ("/ação?nome=João", "/a%C3%A7%C3%A3o?nome=Jo%C3%A3o"),
        ("/a?desconto=100%&b=%zz", "/a?desconto=100%25&b=%25zz"),
        ('/a"b<c>d?e[0]=1', "/a%22b%3Cc%3Ed?e%5B0%5D=1"),
        ("?a=1", "/?a=1"),
        ("/a#b", "/a"),
    ],
)
def test_address_is_sent_as_it_is_but_for_what_cannot_stand_in_one(sessions, written, sent):
    with raw_server(OK) as server:
        sessions.exchange(request(server.url + written), allow_private=True)
    assert head_of(server.requests[0])[0] == f"GET {sent} HTTP/1.1"


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [("GET", None, None), ("POST", None, "0"), ("DELETE", None, "0"), ("PUT", b"abc", "3")],
)
def test_headers_of_our_own(sessions, method, body, length):
    with raw_server(OK) as server:
        headers = {"User-Agent": "us", "X-A": "á"}
        sessions.exchange(request(server.url, method, headers, body), allow_private=True)
    told = headers | {"Accept-Encoding": "identity", "Host": f"127.0.0.1:{server.port}"}
    assert head_of(server.requests[0])[1] == told | (
        {"Content-Length": length} if length is not None else {}
    )


def test_header_is_sent_once_however_its_name_is_written(sessions):
    headers = {"Accept": "a/b", "accept": "c/d", "user-AGENT": "us", "content-LENGTH": "9"}
    with raw_server(OK) as server:
        sessions.exchange(request(server.url, "POST", headers, b"ab"), allow_private=True)
    assert head_of(server.requests[0])[1] == {
        "Accept-Encoding": "identity",
        "accept": "c/d",
        "user-AGENT": "us",
        "Host": f"127.0.0.1:{server.port}",
        "Content-Length": "2",
    }


@pytest.mark.parametrize("headers", [{"X-A": "a\r\nX-B: b"}, {"X-A\nX-B": "b"}, {"X-A": "\u20ac"}])
def test_header_that_would_break_the_request_is_never_sent(sessions, headers):
    with raw_server(OK) as server, pytest.raises(ValueError, match=r"header|latin-1"):
        sessions.exchange(request(server.url, headers=headers), allow_private=True)
    assert server.requests == []


def connects_to(monkeypatch, port):
    """Every name resolves to a loopback address, and every connection goes to this port."""
    asked = []

    def getaddrinfo(host, *_, **__):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.5", 0))]

    def create_connection(*_, **__):
        sock = socket.socket()
        sock.connect(("127.0.0.1", port))
        return sock

    monkeypatch.setattr("integrations.delivery.guarded.socket.getaddrinfo", getaddrinfo)
    monkeypatch.setattr("integrations.delivery.guarded.create_connection", create_connection)
    return asked


def test_host_with_an_accent_is_asked_for_and_told_in_ascii(sessions, monkeypatch):
    with raw_server(OK) as server:
        asked = connects_to(monkeypatch, server.port)
        sessions.exchange(request("http://LOJA.ação.example/"), allow_private=True)
    assert asked == ["loja.xn--ao-siap.example"]
    assert head_of(server.requests[0])[1]["Host"] == "loja.xn--ao-siap.example"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://loja.example:80/", "loja.example"),
        ("http://Loja.Example:8080/", "loja.example:8080"),
        ("http://[::1]:8080/", "[::1]:8080"),
    ],
)
def test_host_is_told_with_its_port_where_that_is_not_the_usual_one(
    sessions, monkeypatch, url, host
):
    with raw_server(OK) as server:
        connects_to(monkeypatch, server.port)
        sessions.exchange(request(url), allow_private=True)
    assert head_of(server.requests[0])[1]["Host"] == host


# What is answered


def test_headers_that_come_several_times_or_on_several_lines_are_one(sessions):
    reply = answer(b"", "X-A: 1", "x-a: 2", "X-B: one\r\n  two", "Empty:")
    with raw_server(says(reply)) as server:
        received = sessions.exchange(request(server.url), allow_private=True)
    assert received.headers == {
        "content-length": "0",
        "x-a": "1, 2",
        "x-b": "one two",
        "empty": "",
    }


def test_answer_to_a_request_that_was_not_taken_whole_is_read(sessions, monkeypatch):
    """Who finds a body too large may say so and hang up before the rest of it is through."""

    class HungUp(socket.socket):
        def sendall(self, data):
            super().sendall(data)
            raise BrokenPipeError

    refused = answer(b"too large", "Connection: close", status="413 Content Too Large")
    with raw_server(says(refused)) as server:

        def create_connection(*_, **__):
            sock = HungUp()
            sock.connect(("127.0.0.1", server.port))
            return sock

        monkeypatch.setattr("integrations.delivery.guarded.create_connection", create_connection)
        received = sessions.exchange(request(server.url), allow_private=True)
    assert (received.status, received.text) == (413, "too large")


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3;a=b\r\none\r\n4\r\n two\r\n0\r\nX-Trailer: 1\r\n\r\n",
            "one two",
        ),
        (b"HTTP/1.1 204 No Content\r\n\r\n", ""),
        (b"HTTP/1.1 200\nContent-Length: 2\n\nok", "ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"ok"), "ok"),
    ],
)
def test_connection_is_kept_after_an_answer_that_says_where_it_ends(sessions, reply, text):
    with raw_server(says(reply)) as server:
        for _ in range(2):
            assert sessions.exchange(request(server.url), allow_private=True).text == text
    assert (len(server.requests), server.connections) == (2, 1)


@pytest.mark.parametrize(
    "reply",
    [
        answer(b"ok", "Connection: close"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
def test_connection_is_not_kept_after_other_answers(sessions, reply):
    with raw_server(says(reply)) as server:
        for _ in range(2):
            assert sessions.exchange(request(server.url), allow_private=True).text == "ok"
    assert (len(server.requests), server.connections) == (2, 2)


def test_connection_that_was_closed_meanwhile_is_not_used(sessions):
    closed = threading.Event()

    def behave(sock):
        sock.sendall(answer(b"ok"))
        sock.shutdown(socket.SHUT_RDWR)
        closed.set()

    with raw_server(behave) as server:
        for _ in range(2):
            assert sessions.exchange(request(server.url), allow_private=True).text == "ok"
            assert closed.wait(timeout=5)
            closed.clear()
    assert server.connections == 2


def test_closed_sessions_leave_no_connection_open(sessions):
    gone = threading.Event()

    def behave(sock):
        sock.sendall(answer(b"ok"))
        gone.set() if sock.recv(1) == b"" else None

    with raw_server(behave) as server:
        sessions.exchange(request(server.url), allow_private=True)
        sessions.close()
        assert gone.wait(timeout=5)


# TLS


def certificate_for(folder, name):
    """A server's TLS with a certificate that vouches for itself, and the file that it is in."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context, pem


@pytest.fixture
def vouched_for(tmp_path, monkeypatch):
    """``(name)`` → a server's TLS whose certificate everybody believes, for this test."""

    def make(name):
        context, pem = certificate_for(tmp_path, name)
        monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(pem))
        return context

    return make


def test_certificate_for_the_name_is_accepted_and_its_connection_kept(sessions, vouched_for):
    with raw_server(OK, tls=vouched_for("localhost")) as server:
        for _ in range(2):
            url = f"https://localhost:{server.port}/"
            assert sessions.exchange(request(url), allow_private=True).text == "ok"
    assert (len(server.requests), server.connections) == (2, 1)


def test_certificate_for_another_name_is_refused(sessions, vouched_for):
    with raw_server(OK, tls=vouched_for("loja.example")) as server:
        url = f"https://localhost:{server.port}/"
        with pytest.raises(CallFailed, match=r"^A conexão segura .* Hostname mismatch") as error:
            sessions.exchange(request(url), allow_private=True)
    assert error.value.outcome is Outcome.TRANSIENT
    assert server.requests == []
