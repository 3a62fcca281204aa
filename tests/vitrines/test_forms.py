"""The vitrine's form."""

import pytest
from django.http import QueryDict

from tests.factories import make_vitrine
from vitrines.forms import VitrineForm, platform_choices
from vitrines.models import Vitrine

pytestmark = pytest.mark.django_db

FILLED = {
    "code": "LOJA-SP",
    "description": "Loja São Paulo",
    "platform": "generic",
    "published": "on",
    "log_policy": "errors",
    "order_prefix": "VT",
}


def _post(**changes):
    data = QueryDict(mutable=True)
    data.update(FILLED | changes)
    return data


def test_form_with_lower_case_code_and_prefix_takes_them_in_upper_case():
    form = VitrineForm(_post(code=" loja-sp ", order_prefix="vt"))
    assert form.is_valid()
    assert (form.cleaned_data["code"], form.cleaned_data["order_prefix"]) == ("LOJA-SP", "VT")


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("code", "", "Este campo é obrigatório."),
        ("code", "LOJA SP", "Use letras maiúsculas, números, hífen ou sublinhado, sem espaços."),
        ("code", "LOJA/SP", "Use letras maiúsculas, números, hífen ou sublinhado, sem espaços."),
        ("description", "", "Este campo é obrigatório."),
        ("platform", "", "Este campo é obrigatório."),
        (
            "platform",
            "inventada",
            "Faça uma escolha válida. inventada não é uma das escolhas disponíveis.",
        ),
        (
            "order_prefix",
            "VT-",
            "Use só letras maiúsculas e números; o hífen é acrescentado pelo sistema.",
        ),
    ],
)
def test_form_says_beside_the_field_what_is_wrong(field, value, error):
    form = VitrineForm(_post(**{field: value}))
    assert form.errors == {field: [error]}


def test_form_refuses_a_code_that_exists():
    make_vitrine("LOJA-SP")
    form = VitrineForm(_post(code="loja-sp"))
    assert form.errors == {"code": ["Vitrine com este Código já existe."]}


def test_form_of_a_registered_vitrine_keeps_its_code():
    form = VitrineForm(_post(code="OUTRA"), instance=make_vitrine("LOJA-SP"))
    assert form.is_valid()
    assert form.cleaned_data["code"] == "LOJA-SP"


def test_form_asks_before_another_platform_is_taken():
    vitrine = make_vitrine(platform="linx_commerce")
    form = VitrineForm(_post(), instance=vitrine)
    assert form.errors == {
        "platform": [
            "Isto troca o exportador de Linx Commerce para Genérica (XML, rastreio ou URL). "
            "Confirme abaixo e salve de novo."
        ]
    }
    assert form.asks_confirmation


def test_form_takes_another_platform_once_confirmed():
    vitrine = make_vitrine(platform="linx_commerce")
    form = VitrineForm(_post(confirm_platform="on"), instance=vitrine)
    assert form.is_valid()
    assert form.values["platform"] == "generic"


def test_form_with_the_same_platform_asks_nothing():
    form = VitrineForm(_post(), instance=make_vitrine(platform="generic"))
    assert form.is_valid()
    assert not form.asks_confirmation


def test_platform_choices_keep_a_platform_whose_file_is_gone():
    choices = platform_choices("sumida")
    assert choices[-1] == ("sumida", "sumida (arquivo da plataforma ausente)")
    assert ("linx_commerce", "Linx Commerce") in choices
    form = VitrineForm(_post(platform="sumida"), instance=make_vitrine(platform="sumida"))
    assert form.is_valid()


def test_stale_form_names_the_saved_values_and_keeps_what_was_typed():
    vitrine = make_vitrine(description="Loja São Paulo")
    form = VitrineForm(_post(description="Minha", version="antiga"), instance=vitrine)
    assert form.is_valid()
    current = Vitrine.objects.get()
    current.description, current.published = "Dela", False
    form.tell_stale(current)
    (told,) = form.non_field_errors()
    assert "Descrição: Dela; Publicar no servidor atual: não" in told
    assert form["description"].value() == "Minha"
    assert form["version"].value() == current.updated_at.isoformat()


def test_edit_form_tells_what_another_prefix_does():
    told = "um número que ainda chegue com o anterior não é mais reconhecido."
    assert VitrineForm(instance=make_vitrine()).fields["order_prefix"].help_text.endswith(told)
    assert told not in VitrineForm().fields["order_prefix"].help_text
