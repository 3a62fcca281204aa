"""The posts' codes are checked digit by digit; any other carrier's are what they are."""

import pytest

from integrations.tracking_codes import (
    check_digit,
    code_problem,
    leads_to_old_code,
    tidy_code,
)

VALID = ["SQ458226057BR", "SW371675211BR", "PT120826359BR", "OF767272177BR", "DY948852112BR"]


@pytest.mark.parametrize("code", VALID)
def test_valid_code_of_the_posts_has_no_problem(code):
    assert check_digit(code[2:10]) == code[10]
    assert code_problem(code, "Correios") == ""
    assert code_problem(code, "") == ""


@pytest.mark.parametrize("code", VALID)
def test_every_other_check_digit_is_refused_by_its_right_one(code):
    for digit in set("0123456789") - {code[10]}:
        wrong = f"{code[:10]}{digit}{code[11:]}"
        assert code_problem(wrong, "") == (
            f"O dígito verificador de {wrong} devia ser {code[10]}, e é {digit}: algum algarismo "
            "está trocado. Confira o código na etiqueta."
        )


@pytest.mark.parametrize("code", VALID)
def test_any_one_wrong_digit_is_noticed(code):
    for place in range(2, 10):
        for digit in set("0123456789") - {code[place]}:
            assert code_problem(f"{code[:place]}{digit}{code[place + 1 :]}", "") != ""


@pytest.mark.parametrize(("number", "digit"), [("00000000", "5"), ("00000010", "2")])
def test_remainders_without_a_digit_of_their_own(number, digit):
    assert check_digit(number) == digit


def test_remainder_of_one_is_written_as_zero():
    number = next(
        f"{n:08d}"
        for n in range(100)
        if sum(int(d) * w for d, w in zip(f"{n:08d}", (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
        == 1
    )
    assert check_digit(number) == "0"


@pytest.mark.parametrize("carrier", ["Correios", "CORREIOS - SEDEX", "Empresa dos correios"])
@pytest.mark.parametrize("code", ["123", "SQ45822605BR", "SQ4582260577BR", "SQ458226057"])
def test_other_shape_is_refused_where_the_carrier_is_the_posts(code, carrier):
    assert code_problem(code, carrier) == (
        "Um código dos Correios tem 2 letras, 9 algarismos e 2 letras, como SQ458226057BR. "
        "Confira o código e a transportadora."
    )


@pytest.mark.parametrize("code", ["123", "JT-0099 88", "abc", "SQ45822605BR", ""])
def test_code_of_another_carrier_is_free(code):
    assert code_problem(code, "Jadlog") == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("sq 458 226 057 br", "SQ458226057BR"),
        (" SQ458226057BR\t", "SQ458226057BR"),
        ("SQ.458.226.057-BR", "SQ458226057BR"),
        (" jt-0099 88 ", "jt-0099 88"),
        ("", ""),
    ],
)
def test_typed_code_is_kept_tidy(typed, kept):
    assert tidy_code(typed) == kept


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("1234567890123", "12345678901234", "1234567890123"),
        ("12345678901234", "1234567890123", "12345678901234"),
        ("SQ458226057BR", "SW371675211BR", "?objeto=sq458226057br"),
        ("SQ458226057BR", "SW371675211BR", "rastreio_SQ458226057BR"),
        ("AB 12", "AB 13", "AB%2012"),
    ],
)
def test_address_with_the_old_code_alone_leads_to_it(old, new, path):
    assert leads_to_old_code(f"https://rastreio.example/{path}", old=old, new=new)


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("1234567890123", "12345678901234", "12345678901234"),
        ("ABC-1", "ABC-1-2", "ABC-1-2"),
        ("100482", "SW371675211BR", "?pedido=100482&objeto=SW371675211BR"),
        ("100482", "SW371675211BR", "1004821"),
        ("SQ458226057BR", "SQ458226057BR", "SQ458226057BR"),
        ("", "SW371675211BR", "SW371675211BR"),
        ("SQ458226057BR", "SW371675211BR", ""),
    ],
)
def test_address_with_the_new_code_or_without_the_old_one_does_not(old, new, path):
    assert not leads_to_old_code(f"https://rastreio.example/{path}", old=old, new=new)
