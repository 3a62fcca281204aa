"""The platform says no, in its own words or without any."""

from tests.faults.platform import tells
from tests.faults.reading import ACCEPTED, refused, rejected
from tests.faults.rows import Read, fault
from tests.integrations.raw_server import answer, says

TOKEN = tells("200 OK", {"access_token": "acc3ss"})
NEW_TOKEN = tells("200 OK", {"access_token": "n3w-acc3ss"})
UNKNOWN_TOKEN = tells("401 Unauthorized", {"message": "Token desconhecido."})
GET_TOKEN = "POST /token"


def fails_at_once(stage, read: Read):
    """One try; a person decides. The other order goes on."""
    stage.after(days=4)
    stage.shows("rejected", counted=1, ends="FAILED (rejected)", lane="goes on", read=read)
    assert stage.heard == ["1", "2"]


def moved(status: str, location: str):
    return says(answer(b"", f"Location: {location}", status=status))


def to(location: str, http_status: int) -> Read:
    return refused(
        f"A plataforma redirecionou para {location} (HTTP {http_status}); informe o endereço final",
        http_status,
    )


@fault("301 to another address")
def test_301(stage):
    stage.meets(moved("301 Moved Permanently", "https://nova.loja.example/orders/1"))
    fails_at_once(stage, to("https://nova.loja.example/orders/1", 301))


@fault("302 to a metadata address")
def test_302_to_a_metadata_address(stage):
    stage.meets(moved("302 Found", "http://169.254.169.254/latest/meta-data/"))
    fails_at_once(stage, to("http://169.254.169.254/latest/meta-data/", 302))


@fault("307 that leads to itself")
def test_307_to_itself(stage):
    stage.meets(moved("307 Temporary Redirect", f"{stage.platform.url}/orders/1"))
    fails_at_once(stage, to("http://127.0.0.1:PORT/orders/1", 307))


@fault("400")
def test_400(stage):
    stage.meets(tells("400 Bad Request", {"message": "Campo status inválido."}))
    fails_at_once(stage, rejected("Campo status inválido", 400))


@fault("404")
def test_404(stage):
    stage.meets(tells("404 Not Found", {"message": "Pedido não encontrado."}))
    fails_at_once(stage, rejected("Pedido não encontrado", 404))


@fault("404 without a word")
def test_404_without_a_word(stage):
    stage.meets(tells("404 Not Found"))
    fails_at_once(stage, refused("A plataforma recusou o envio (HTTP 404) sem dizer por quê", 404))


@fault("409 that the platform's file takes for already applied")
def test_409_already_applied(stage):
    stage.meets(tells("409 Conflict", {"code": "same_status", "message": "Já está assim."}))

    stage.shows(
        "already_applied",
        counted=1,
        ends="SENT (already_applied)",
        lane="goes on",
        read=Read(
            "already_applied",
            "A loja já estava em “PICKING” quando o envio #1 chegou, em 23/11 às 11:00.",
            "Nada mudou na loja e nada falta enviar.",
            "Nada a fazer",
        ),
    )
    assert stage.heard == ["1", "2"]


@fault("409 of any other kind")
def test_409(stage):
    stage.meets(tells("409 Conflict", {"code": "cancelled", "message": "Pedido cancelado."}))
    fails_at_once(stage, rejected("Pedido cancelado", 409))


@fault("422")
def test_422(stage):
    stage.meets(tells("422 Unprocessable Content", {"message": "Transição não permitida."}))
    fails_at_once(stage, rejected("Transição não permitida", 422))


# The credential


def auth_refused(words: str) -> Read:
    return Read(
        "auth_refused",
        f"A plataforma recusou a credencial da vitrine LOJA-SP: “{words}”; os envios pararam em "
        "23/11 às 11:00.",
        "Depois de corrigir, retome os envios; nenhuma tentativa foi gasta e nada se perdeu.",
        "Corrigir a credencial",
    )


def pauses(stage, *classes: str, reason: str = "auth_refused", read: Read):
    """Nothing is lost or counted, the other order is not touched, and a day changes nothing."""
    assert stage.waits(stage.second)
    assert stage.after(days=1) == 0
    stage.resume()

    stage.shows(
        *classes,
        "accepted",
        counted=1,
        ends="SENT (accepted)",
        lane=f"pauses ({reason}) until a person resumes it",
        read=read,
    )


@fault("401 with a key that never changes")
def test_401(stage):
    stage.meets(tells("401 Unauthorized", {"message": "Chave inválida."}))
    pauses(stage, "auth_refused", read=auth_refused("Chave inválida"))
    assert stage.heard == ["1", "1", "2"]


@fault("401, and the renewed token is taken")
def test_401_then_renewed(set_stage):
    stage = set_stage("loja_com_token")
    stage.meets(TOKEN, UNKNOWN_TOKEN, NEW_TOKEN)

    stage.shows(
        *("auth_refused", "accepted"),
        counted=1,
        ends="SENT (accepted)",
        lane="goes on",
        read=ACCEPTED,
    )
    assert stage.heard == [GET_TOKEN, "1", GET_TOKEN, "1", "2"]


@fault("401, and the renewed token is refused, too")
def test_401_for_good(set_stage):
    stage = set_stage("loja_com_token")
    stage.meets(TOKEN, UNKNOWN_TOKEN, NEW_TOKEN, UNKNOWN_TOKEN, NEW_TOKEN)
    pauses(stage, "auth_refused", "auth_refused", read=auth_refused("Token desconhecido"))
    assert stage.heard == [GET_TOKEN, "1", GET_TOKEN, "1", GET_TOKEN, "1", "2"]


@fault("401 to the request for a token")
def test_no_token(set_stage):
    stage = set_stage("loja_com_token")
    stage.meets(tells("401 Unauthorized", {"message": "Segredo inválido."}), TOKEN)
    assert stage.waits(stage.first)
    pauses(stage, read=auth_refused("Segredo inválido"))
    assert stage.heard == [GET_TOKEN, GET_TOKEN, "1", "2"]


@fault("403")
def test_403(stage):
    stage.meets(tells("403 Forbidden", {"message": "Sem permissão."}))
    pauses(stage, "auth_refused", read=auth_refused("Sem permissão"))
    assert stage.heard == ["1", "1", "2"]


@fault("410")
def test_410(stage):
    stage.meets(tells("410 Gone", {"message": "API encerrada."}))
    pauses(
        stage,
        "gone",
        reason="gone",
        read=Read(
            "lane_paused",
            "Os envios da vitrine LOJA-SP estão parados desde 23/11 às 11:00: a plataforma diz "
            "que o endereço não existe mais (410): “API encerrada”.",
            "Depois de corrigir, retome os envios; nada se perdeu.",
            "Corrigir o endereço de envio",
        ),
    )
    assert stage.heard == ["1", "1", "2"]
