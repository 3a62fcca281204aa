"""Tracking codes as a person types them. Pure.

The posts' codes are S10: two letters, a number of eight digits, its check digit, two letters of
the country. A wrong digit in one is a parcel of somebody else's. Other carriers' codes are free.
"""

import re
from urllib.parse import unquote

_S10 = re.compile(r"([A-Z]{2})([0-9]{8})([0-9])([A-Z]{2})")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def tidy_code(typed: str) -> str:
    """As it is kept: a code of the posts without spaces and in capitals, any other as it came."""
    packed = re.sub(r"[\s.-]", "", typed).upper()
    return packed if _S10.fullmatch(packed) else typed.strip()


def check_digit(number: str) -> str:
    """Of the eight digits: mod 11 by the posts' weights, where 10 is written 0 and 11 is 5."""
    rest = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=True)) % 11
    return str({0: 5, 1: 0}.get(rest, 11 - rest))


def code_problem(code: str, carrier: str) -> str:
    """Why it can be no code of the posts, where it looks like one or is said to be; or nothing."""
    parts = _S10.fullmatch(code)
    if parts is None:
        if code and "correios" in carrier.casefold():
            return (
                "Um código dos Correios tem 2 letras, 9 algarismos e 2 letras, como "
                "SQ458226057BR. Confira o código e a transportadora."
            )
        return ""
    expected = check_digit(parts[2])
    if parts[3] == expected:
        return ""
    return (
        f"O dígito verificador de {code} devia ser {expected}, e é {parts[3]}: algum algarismo "
        "está trocado. Confira o código na etiqueta."
    )


def leads_to_old_code(url: str, *, old: str, new: str) -> bool:
    """Whether an address was left as it was when its code was put right: it has the old code as a
    word of its own, and not the new one. With both it is right: the old one may be the order's
    number, or a piece of the new one."""
    return bool(old) and old != new and _has_word(url, old) and not _has_word(url, new)


def _has_word(url: str, code: str) -> bool:
    word = rf"(?<![^\W_]){re.escape(code)}(?![^\W_])"
    return bool(code) and re.search(word, unquote(url), re.IGNORECASE) is not None
