"""The failure classes of every HTTP status, and how long a platform asks us to wait."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from integrations.delivery.outcomes import Judgement, Outcome, Rules, combined, judge, wait_of
from integrations.models import AttemptClass
from vitrines.platforms.limits import RetryAfter
from vitrines.platforms.names import Names
from vitrines.platforms.parts import XPathRule
from vitrines.platforms.rules import Answer

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
JSON = {"content-type": "application/json"}


def judged(status, text="", headers=None, **rules):
    return judge(Answer(status, headers or JSON, text), Rules(**rules), now=NOW)


def test_outcomes_are_the_attempt_classes():
    assert {outcome.value for outcome in Outcome} == set(AttemptClass.values)


BY_STATUS = {
    **dict.fromkeys(range(200, 300), Outcome.ACCEPTED),
    **dict.fromkeys(range(300, 500), Outcome.REJECTED),
    **dict.fromkeys(range(500, 600), Outcome.TRANSIENT),
    401: Outcome.AUTH_REFUSED,
    403: Outcome.AUTH_REFUSED,
    408: Outcome.TRANSIENT,
    410: Outcome.GONE,
    425: Outcome.TRANSIENT,
    429: Outcome.THROTTLED,
}


@pytest.mark.parametrize(("status", "outcome"), sorted(BY_STATUS.items()))
def test_class_of_each_http_status(status, outcome):
    assert judged(status).outcome is outcome


RULES = {
    "already_applied": "body.error.code == 'OMS003'",
    "success": "body.ok",
    "throttled": "body.error.code == 'THROTTLED'",
}
ALREADY, YES, NO, WAIT = (
    '{"error": {"code": "OMS003"}, "ok": true}',
    '{"ok": true}',
    '{"ok": false}',
    '{"error": {"code": "THROTTLED"}}',
)


@pytest.mark.parametrize(
    ("status", "text", "outcome"),
    [
        # already applied → success → throttled → what the status says
        (409, ALREADY, Outcome.ALREADY_APPLIED),
        (200, ALREADY, Outcome.ALREADY_APPLIED),
        (401, ALREADY, Outcome.ALREADY_APPLIED),
        (200, YES, Outcome.ACCEPTED),
        (422, YES, Outcome.ACCEPTED),
        (429, YES, Outcome.ACCEPTED),
        (200, WAIT, Outcome.THROTTLED),
        (401, WAIT, Outcome.THROTTLED),
        (500, WAIT, Outcome.THROTTLED),
        (429, NO, Outcome.THROTTLED),
        (401, NO, Outcome.AUTH_REFUSED),
        (403, NO, Outcome.AUTH_REFUSED),
        (410, NO, Outcome.GONE),
        (408, NO, Outcome.TRANSIENT),
        (425, NO, Outcome.TRANSIENT),
        (503, NO, Outcome.TRANSIENT),
        (200, NO, Outcome.REJECTED),
        (204, "", Outcome.REJECTED),
        (302, NO, Outcome.REJECTED),
        (422, NO, Outcome.REJECTED),
    ],
)
def test_rules_come_before_the_status(status, text, outcome):
    assert judged(status, text, **RULES).outcome is outcome


@pytest.mark.parametrize("status", [401, 403, 404, 410, 503])
def test_no_about_one_order_is_neither_a_refused_credential_nor_tried_again(status):
    rules = {"rejected": "body.code == 'NOT_YOURS'", "auth_refused": "body.code"}
    assert judged(status, '{"code": "NOT_YOURS"}', **rules).outcome is Outcome.REJECTED
    assert judged(status, '{"code": "KEY"}', **rules).outcome is Outcome.AUTH_REFUSED


def test_xpath_success_rule():
    rule = XPathRule(xpath="$status = 200 and /r/ok = 'S'")
    assert judged(200, "<r><ok>S</ok></r>", success=rule).outcome is Outcome.ACCEPTED
    assert judged(200, "<r><ok>N</ok></r>", success=rule).outcome is Outcome.REJECTED
    assert judged(200, "not xml", success=rule).outcome is Outcome.REJECTED


def test_accepted_says_nothing():
    assert judged(200, '{"message": "ok"}') == Judgement(Outcome.ACCEPTED)


@pytest.mark.parametrize(
    ("status", "text", "headers", "message"),
    [
        (422, '{"message": "Pedido não existe"}', JSON, "Pedido não existe"),
        (422, '{"erros": [1]}', JSON, '{"erros": [1]}'),
        (422, " um  texto\n", {"content-type": "text/plain"}, "um texto"),
        (422, "", JSON, "A plataforma recusou o envio (HTTP 422) sem dizer por quê."),
        (
            500,
            "<html>x",
            {"content-type": "text/html"},
            "A plataforma está com problemas (HTTP 500).",
        ),
        (401, "", JSON, "A plataforma recusou a credencial (HTTP 401)."),
        (410, "", JSON, "A plataforma diz que este endereço não existe mais (HTTP 410)."),
        (429, "", JSON, "A plataforma pediu para esperar (HTTP 429)."),
        (
            302,
            "",
            {"location": "https://nova.example/"},
            "A plataforma redirecionou para https://nova.example/ (HTTP 302); "
            "informe o endereço final.",
        ),
    ],
)
def test_message_is_the_platforms_own_or_ours(status, text, headers, message):
    assert judged(status, text, headers, error_message="body.message").message == message


def test_success_rule_that_failed_without_words():
    assert judged(200, "", success="body.ok").message == (
        "A resposta (HTTP 200) não atende à regra de sucesso da plataforma."
    )


def test_answer_that_was_cut_could_not_be_judged():
    answer = Answer(200, {"content-type": "text/html"}, "<html>", cut=True)
    assert judge(answer, Rules(success="body.ok"), now=NOW).message == (
        "A resposta é maior que o limite de leitura e não pôde ser conferida."
    )


def test_message_is_whole_since_half_a_secret_could_not_be_masked():
    assert len(judged(422, "x" * 9000, {}).message) == 9000


@pytest.mark.parametrize(
    ("unit", "value", "seconds"),
    [
        ("auto", "30", 30),
        ("auto", format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        ("auto", format_datetime(NOW - timedelta(seconds=90), usegmt=True), 1),
        ("auto", "1.5", 1.5),
        ("auto", "soon", 60),
        ("auto", "", 60),
        ("auto", "-5", 60),
        ("auto", "nan", 60),
        ("auto", "inf", 60),
        ("auto", "0", 1),
        ("auto", "999999", 3600),
        ("s", "30", 30),
        ("s", "Mon, 23 Nov 2026 14:03:00 GMT", 60),
        ("ms", "2500", 2.5),
        ("ms", "1", 1),
        ("epoch", str(int(NOW.timestamp()) + 45), 45),
        ("epoch", "1", 1),
        ("http-date", "Mon, 23 Nov 2026 14:03:00 GMT", 60),
        ("http-date", "Mon, 23 Nov 2026 14:02:20 GMT", 20),
        ("http-date", "30", 60),
    ],
)
def test_how_long_the_platform_asks_to_wait(unit, value, seconds):
    rules = Rules(retry_after=RetryAfter(header="X-Wait", unit=unit))
    assert wait_of(Answer(429, {"x-wait": value}), rules, now=NOW) == seconds


@pytest.mark.parametrize(
    "told", ["1" + "0" * 400, "-1" + "0" * 400, "1e999", "NaN", '"soon"', "[]"]
)
def test_wait_is_sixty_seconds_when_the_body_tells_none_that_can_be_waited(told):
    scope = Names({}, frozenset(), frozenset()).answer
    rules = Rules(retry_after=RetryAfter(wait="answer.body.wait"), answer_scope=scope)
    assert wait_of(Answer(429, {}, f'{{"wait": {told}}}'), rules, now=NOW) == 60


def test_wait_is_sixty_seconds_when_none_is_told():
    assert judged(429).retry_after == 60


def test_wait_is_told_of_throttled_answers_only():
    headers = {"retry-after": "30"}
    assert judged(429, "", headers).retry_after == 30
    assert judged(503, "", headers).retry_after is None
    assert judged(401, "", headers).retry_after is None


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([Outcome.ACCEPTED], Outcome.ACCEPTED),
        ([Outcome.ALREADY_APPLIED], Outcome.ALREADY_APPLIED),
        ([Outcome.ALREADY_APPLIED, Outcome.ACCEPTED], Outcome.ACCEPTED),
        ([Outcome.ACCEPTED, Outcome.ALREADY_APPLIED], Outcome.ACCEPTED),
        # Lookups found that there was nothing left to tell.
        ([], Outcome.ALREADY_APPLIED),
    ],
)
def test_several_steps_come_to_one_outcome(outcomes, expected):
    assert combined(outcomes) is expected
