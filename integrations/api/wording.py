"""Says in Portuguese why a value was refused and how to fix it."""

from collections.abc import Mapping
from typing import Any

EXAMPLE_TIME = "2025-11-23T14:02:00-03:00"
WHEN = f"Deve ter data, hora e fuso, como {EXAMPLE_TIME}."

REASONS = {
    "missing": "Campo obrigatório.",
    "extra_forbidden": "Campo desconhecido; confira o nome na documentação.",
    "string_type": "Deve ser um texto.",
    "string_too_short": "Não pode ficar vazio.",
    "string_too_long": "Deve ter no máximo {max_length} caracteres.",
    "literal_error": "Valor desconhecido. Aceitos: {expected}.",
    "model_type": "Deve ser um objeto JSON.",
    "model_attributes_type": "Deve ser um objeto JSON.",
    "dict_type": "Deve ser um objeto JSON.",
    "list_type": "Deve ser uma lista JSON.",
    "too_short": "Deve ter ao menos {min_length} item.",
    "too_long": "Deve ter no máximo {max_length} itens; vieram {actual_length}.",
    "greater_than_equal": "Deve ser maior ou igual a {ge}.",
    "less_than_equal": "Deve ser menor ou igual a {le}.",
    "int_type": "Deve ser um número inteiro.",
    "int_parsing": "Deve ser um número inteiro.",
    "int_from_float": "Deve ser um número inteiro.",
    "int_parsing_size": "O número é grande demais.",
    "decimal_type": "Deve ser um valor como 199.90.",
    "decimal_parsing": "Deve ser um valor como 199.90.",
    "finite_number": "Deve ser um valor como 199.90.",
    "decimal_max_digits": "Deve ter no máximo {max_digits} algarismos.",
    "decimal_whole_digits": "Deve ter no máximo {whole_digits} algarismos antes do ponto.",
    "decimal_max_places": "Deve ter no máximo {decimal_places} casas decimais.",
}


def reason_in_words(error: Mapping[str, Any]) -> str:
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "value_error":
        return str(context.get("error", "Valor inválido."))
    if kind.startswith(("datetime", "date", "timezone")):
        return WHEN
    if kind == "literal_error":
        context = {"expected": str(context.get("expected", "")).replace("' or '", "', '")}
        return REASONS[kind].format(**context).replace("'", "")
    return REASONS.get(kind, "Valor inválido.").format(**context)
