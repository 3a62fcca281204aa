"""Nothing was said yet: the platform is not there, cannot be found, or cannot be trusted."""

from tests.faults.reading import retrying
from tests.faults.rows import fault
from tests.integrations.raw_server import self_signed

#: Longer than any name may be: the resolver refuses it without asking anybody.
NO_NAME = f"{'loja.' * 60}invalid"


@fault("Connection refused")
def test_connection_refused(stage):
    stage.happens()
    stage.platform.answers()
    stage.after(seconds=13)

    stage.shows(
        *("transient", "accepted"),
        counted=2,
        ends="SENT (accepted)",
        lane="goes on",
        read=retrying("“127.0.0.1 recusou a conexão”"),
    )
    assert sorted(stage.heard) == ["1", "2"]


@fault("Name that is not found (DNS)")
def test_name_not_found(stage):
    stage.points_to(f"http://{NO_NAME}")
    stage.meets()
    stage.points_to(stage.platform.url)
    stage.after(seconds=13)

    stage.shows(
        *("transient", "accepted"),
        counted=2,
        ends="SENT (accepted)",
        lane="goes on",
        read=retrying("“O nome loja.invalid não foi encontrado (DNS)”"),
    )
    assert sorted(stage.heard) == ["1", "2"]


@fault("Connection that nobody takes (connect timeout)")
def test_connect_timeout(stage):
    stage.platform.lets_nobody_in()
    stage.happens(quick=True)
    assert stage.platform.connections == 0
    stage.platform.answers()
    stage.after(seconds=13)

    stage.shows(
        *("transient", "accepted"),
        counted=2,
        ends="SENT (accepted)",
        lane="goes on",
        read=retrying("“127.0.0.1 não atendeu à conexão em 5 s”"),
    )
    assert sorted(stage.heard) == ["1", "2"]


@fault("TLS: certificate that nobody vouches for")
def test_tls_self_signed(stage, tmp_path):
    stage.points_to(f"https://localhost:{stage.platform.port}")
    stage.platform.answers(tls=self_signed(tmp_path))
    stage.happens()

    stage.shows(
        "transient",
        counted=1,
        ends="PENDING",
        lane="goes on",
        read=retrying(
            "“A conexão segura (TLS) com localhost falhou: certificate verify failed: "
            "self-signed certificate”"
        ),
    )
    assert stage.heard == []


@fault("TLS: plain HTTP spoken on an https address")
def test_tls_plain_http(stage):
    stage.points_to(f"https://127.0.0.1:{stage.platform.port}")
    stage.platform.greets(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    stage.happens()

    stage.shows(
        "transient",
        counted=1,
        ends="PENDING",
        lane="goes on",
        read=retrying("“A conexão segura (TLS) com 127.0.0.1 falhou: wrong version number”"),
    )
    assert stage.heard == []


@fault("TLS: handshake that is never finished")
def test_tls_stalled(stage):
    stage.points_to(f"https://127.0.0.1:{stage.platform.port}")
    stage.platform.greets(b"")
    stage.happens(quick=True)

    stage.shows(
        "transient",
        counted=1,
        ends="PENDING",
        lane="goes on",
        read=retrying("“127.0.0.1 não concluiu a conexão segura (TLS) em 5 s”"),
    )
    assert stage.heard == []
