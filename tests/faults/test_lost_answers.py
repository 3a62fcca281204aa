"""The platform took what it was told, and we were not told so: it is told again, recognisably."""

from tests.faults.platform import OK, tells
from tests.faults.reading import retrying
from tests.faults.rows import fault
from tests.integrations.raw_server import hangs_up

CUT_OFF = "“127.0.0.1 interrompeu a conexão antes de responder por inteiro”"


def keys(stage, order: str) -> list[str]:
    told = [heard for heard in stage.platform.heard if heard.about == order]
    return [heard.headers["idempotency-key"] for heard in told]


@fault("Answer lost; the platform says at the second try that it has it already")
def test_duplicate_accept_already_applied(stage):
    stage.meets(hangs_up)
    stage.platform.answers(tells("409 Conflict", {"code": "same_status"}))
    stage.after(seconds=13)

    stage.shows(
        *("transient", "already_applied"),
        counted=2,
        ends="SENT (already_applied)",
        lane="goes on",
        read=retrying(CUT_OFF),
    )
    assert stage.heard == ["1", "2", "1"]
    assert keys(stage, "1") == [str(stage.first.uuid)] * 2


@fault("Answer lost; the platform knows the Idempotency-Key and answers as before")
def test_duplicate_accept_same_key(stage):
    """It does again what it would do without a key: our part is to send the same one."""
    seen: list[str] = []

    def applies_once(sock):
        key = stage.platform.heard[-1].headers["idempotency-key"]
        seen.append(key)
        (OK if seen.count(key) > 1 else hangs_up)(sock)

    stage.meets(applies_once)
    stage.platform.answers(applies_once)
    stage.after(seconds=13)

    stage.shows(
        *("transient", "accepted"),
        counted=2,
        ends="SENT (accepted)",
        lane="goes on",
        read=retrying(CUT_OFF),
    )
    assert stage.heard == ["1", "2", "1"]
    assert keys(stage, "1") == [str(stage.first.uuid)] * 2
