import math

import pytest

from integrations.painel.words import lasting, percent, silence_in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "—"),
        (0, "0,1 s"),
        (0.44, "0,4 s"),
        (9.94, "9,9 s"),
        (12.9, "12 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (7200, "2 h"),
        (math.inf, "mais de 18 h"),
    ],
)
def test_time_in_words(seconds, words):
    assert lasting(seconds) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(None, "—"), (0, "0%"), (0.5, "50%"), (0.9745, "97,4%"), (0.99999, "99,9%"), (1, "100%")],
)
def test_share_in_words_is_never_rounded_up(share, words):
    assert percent(share) == words


@pytest.mark.parametrize(
    ("told", "waiting", "words"),
    [
        ("", "", "O ERP não informou nada desde então."),
        ("", "12", "O ERP não informou nada desde então; 12 envios esperam."),
        (
            "23/11 às 14:02",
            "1",
            "O ERP informou pela última vez em 23/11 às 14:02; 1 envio espera.",
        ),
        (
            "23/11 às 14:02",
            "",
            "O ERP informou pela última vez em 23/11 às 14:02; nada espera para ser enviado.",
        ),
    ],
)
def test_silence_says_whether_the_erp_is_silent_too(told, waiting, words):
    assert silence_in_words(told=told, waiting=waiting) == words
