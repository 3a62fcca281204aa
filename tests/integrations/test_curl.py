"""A recorded request as a command that is safe to paste: a real shell tells it to a real server."""

import json
import os
import shlex
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from django.template.defaultfilters import escape
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.curl import curl_of
from integrations.delivery.masking import Masker
from integrations.templatetags.explain_ui import shell_text
from vitrines.secrets import MASK

BASH = shutil.which("bash") or ""
needs_curl = pytest.mark.skipif(
    not (shutil.which("curl") and BASH), reason="bash and curl are not here"
)

HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; echo '",
    '"; touch pwned; "',
    "a\ntouch pwned\nb",
    "\\'; touch pwned #",
    "!!; !touch pwned",
    "@/etc/passwd",
    "-o pwned",
    "=ls",
    "~/x $HOME ${IFS} * ? [a] {a,b}",
    "%s %n \\n \\0 \\x41",
    "tab\there, and a line\r\nwith CR",
    "ação “citada” 漢字 🎁",
    "EOF\n<<EOF",
    "'",
    "''''",
    "",
]


def step(body="{}", url="http://127.0.0.1/x", method="POST", **headers):
    return {
        "method": method,
        "url": url,
        "request_headers": {"Content-Type": "application/json"} | headers,
        "request_body": body,
    }


class Server:
    """On loopback; keeps each request as it came."""

    def __init__(self):
        self.kept = []
        kept = self.kept

        class Handler(BaseHTTPRequestHandler):
            def _keep(self):
                length = int(self.headers.get("Content-Length") or 0)
                headers = {k: v.encode("latin-1").decode() for k, v in self.headers.items()}
                kept.append((self.command, self.path, headers, self.rfile.read(length)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _keep

            def log_message(self, *_args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def pasted(server, tmp_path):
    """Runs a step's command as a shell would, in an empty folder; what came, and what was left."""

    def run(recorded):
        curl = curl_of(
            recorded | {"url": recorded["url"].replace("http://127.0.0.1", server.address)}
        )
        script = f"{curl.command} \\\n  --silent --show-error --max-time 10 --noproxy '*'\n"
        done = subprocess.run(
            [BASH, "--noprofile", "--norc"],
            input=script.encode(),
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert list(tmp_path.iterdir()) == []
        return server.kept[-1]

    return run


@needs_curl
@pytest.mark.parametrize("body", HOSTILE)
def test_body_arrives_byte_for_byte_and_nothing_else_is_run(body, pasted):
    method, path, headers, came = pasted(step(body))
    assert (method, path, headers["Content-Type"]) == ("POST", "/x", "application/json")
    assert came == body.encode()


@needs_curl
@pytest.mark.parametrize("value", [text for text in HOSTILE if "\n" not in text and text])
def test_header_arrives_as_it_was_and_is_no_file(value, pasted):
    headers = pasted(step("x", **{"X-Nota": value}))[2]
    assert headers["X-Nota"] == value.strip()


@needs_curl
@pytest.mark.parametrize(
    "path",
    ["/pedidos/[1-3]/{a,b}", "/a/../b/./c", "/x?q='%27$(id)`id`", "/x?a=1&b=2;c", "/x?!!=~"],
)
def test_address_arrives_as_it_was(path, pasted):
    method, came, _, body = pasted(step(None, url=f"http://127.0.0.1{path}", method="GET"))
    assert (method, came, body) == ("GET", path, b"")


@needs_curl
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD"])
def test_method_is_kept(method, pasted):
    assert pasted(step(None, method=method))[0] == method


@needs_curl
def test_header_without_a_value_is_sent_and_a_type_that_was_not_sent_is_left_out(pasted):
    recorded = step("x") | {"request_headers": {"X-Vazio": "", "X-Outro": "sim"}}
    headers = pasted(recorded)[2]
    assert (headers["X-Vazio"], headers["X-Outro"]) == ("", "sim")
    assert "Content-Type" not in headers


def words(recorded):
    """As a POSIX shell splits them; shlex does not join lines."""
    return shlex.split(curl_of(recorded).command.replace(" \\\n  --", " --"))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(max_examples=200)
def test_any_text_is_one_word_of_the_shell(text):
    found = words(step(text))
    assert (found[:3], found[-2]) == (["curl", "--globoff", "--path-as-is"], "--data-raw")
    assert len(found) == 11


def test_command_is_laid_out_to_be_read():
    recorded = step('{"a": "d\'água"}', url="https://loja.example/x?a=1", **{"X-Chave": "k"})
    assert curl_of(recorded).command == (
        "curl --globoff --path-as-is \\\n"
        "  --request 'POST' \\\n"
        "  --url 'https://loja.example/x?a=1' \\\n"
        "  --header 'Content-Type: application/json' \\\n"
        "  --header 'X-Chave: k' \\\n"
        '  --data-raw \'{"a": "d\'"\'"\'água"}\''
    )


def test_secrets_stay_masked_and_it_says_so():
    masker = Masker(["s3gr3d0!"])
    recorded = step(masker.body('{"senha": "s3gr3d0!"}'), url="https://loja.example/x")
    recorded["request_headers"] = masker.headers(
        [("Authorization", "Bearer s3gr3d0!"), ("X-Api-Key", "s3gr3d0!")]
    )
    curl = curl_of(recorded)
    assert (curl.masked, curl.incomplete) == (True, False)
    assert "s3gr3d0" not in curl.command
    assert words(recorded)[5:] == [
        *("--url", "https://loja.example/x"),
        *("--header", f"Authorization: {MASK}", "--header", f"X-Api-Key: {MASK}"),
        *("--header", "Content-Type:"),
        *("--data-raw", f'{{"senha": "{MASK}"}}'),
    ]


@pytest.mark.parametrize(
    "body",
    [
        Masker([]).body("x" * 20_000),
        Masker([], invoice_xml="<nfeProc>…</nfeProc>" * 9).body(
            json.dumps({"xml": "<nfeProc>…</nfeProc>" * 9}, ensure_ascii=False)
        ),
    ],
)
def test_body_that_was_not_kept_whole_is_said(body):
    curl = curl_of(step(body))
    assert (curl.masked, curl.incomplete) == (False, True)


def test_header_that_was_not_kept_whole_is_said():
    recorded = step("x")
    recorded["request_headers"] |= Masker([]).headers([("X-Nota", "n" * 2_000)])
    curl = curl_of(recorded)
    assert (curl.masked, curl.incomplete) == (False, True)


def test_address_that_was_not_kept_whole_is_said():
    xml = "<nfeProc>…</nfeProc>" * 9
    url = Masker([], invoice_xml=xml).text(f"https://loja.example/x?xml={quote(xml)}")
    curl = curl_of(step(None, url=url, method="GET"))
    assert (curl.masked, curl.incomplete) == (False, True)


def test_lengths_are_curls_own_to_count():
    recorded = step(
        "x", **{"Content-Length": "99", "Host": "outro", "Transfer-Encoding": "chunked"}
    )
    assert [word for word in words(recorded) if ":" in word][1:] == [
        "Content-Type: application/json"
    ]


@pytest.mark.parametrize("name", ["@/etc/passwd", "X Y", "X\nZ", "", "X:Y", "-o", "Ação"], ids=repr)
def test_what_is_no_header_is_left_out(name):
    recorded = step("x", **{name: "v"})
    assert ("v" in curl_of(recorded).command) == (name == "-o")


def test_line_end_in_a_header_makes_no_second_header():
    recorded = step("x", **{"X-Nota": "a\r\nX-Outro: b"})
    assert "X-Nota: a X-Outro: b" in words(recorded)


@pytest.mark.parametrize("control", ["\x1b[201~", "\x9b201~", "\x00", "\x07", "\u202e", "\x7f"])
def test_what_a_terminal_would_obey_is_replaced(control):
    assert control[0] not in curl_of(step(f"a{control}b")).command


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://x", "-o", "", "loja.example", "javascript:alert(1)"]
)
def test_only_a_web_address_is_made_a_command(url):
    assert curl_of(step("x", url=url)) is None


def test_request_that_was_not_kept_is_no_command():
    assert curl_of(step(None) | {"request_headers": {}}) is None


def test_method_that_is_none_is_no_command():
    assert curl_of(step("x", method="POST; touch pwned")) is None


@pytest.mark.parametrize("text", ["a\r\nb", "<b>&'\"", "x"])
def test_command_keeps_its_bytes_on_the_page(text):
    shown = shell_text(text)
    assert shown == escape(text).replace("\r", "&#13;")
