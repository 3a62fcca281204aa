"""What may not be saved, cell by cell. Pure; the form shows it and ``save_mapping`` enforces it."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from status_mapping.bounds import MAX_TYPES
from status_mapping.cells import DELIVERY_TYPES, PAYMENT_TYPES, STATUSES
from status_mapping.tables import DeliveryType, MappingTables, PaymentType, StatusRow
from status_mapping.translation import fold_word
from vitrines.platforms import Platform
from vitrines.statuses import OrderStatus

#: The size of each column, see status_mapping.models.
LIMITS = {
    "platform_status": 120,
    "also_receives": 120,
    "ez_core_status_id": 40,
    "ez_core_flow_id": 40,
    "word": 120,
    "erp_code": 40,
    "label": 80,
    "carrier": 80,
    "reason": 200,
}
MAX_WORDS = 50
#: Control, format (zero-width and the like), surrogate, line and paragraph separators.
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True)
class CellError:
    """``key`` is the status's name, or the position of the row in its table of types."""

    table: str
    key: str | int
    field: str
    message: str


def errors_of(tables: MappingTables, platform: Platform) -> list[CellError]:
    return [
        *(error for row in tables.statuses for error in _status_errors(row, platform)),
        *_repeated_statuses(tables.statuses),
        *_words_listed_twice(tables.statuses),
        *_type_errors(PAYMENT_TYPES, tables.payment_types),
        *_type_errors(DELIVERY_TYPES, tables.delivery_types),
    ]


def text_error(field: str, text: str) -> str | None:
    """Why ``text`` does not fit the column, naming the limit or the character."""
    for char in text:
        if unicodedata.category(char) in INVISIBLE:
            return f"Contém um caractere invisível (U+{ord(char):04X}). Apague e digite de novo."
    limit = LIMITS[field]
    size = max(len(text), len(fold_word(text)))
    if size > limit:
        return f"Use até {limit} caracteres (aqui há {size})."
    return None


def _status_errors(row: StatusRow, platform: Platform) -> Iterable[CellError]:
    name = row.status.name
    for field in ("platform_status", "ez_core_status_id", "ez_core_flow_id"):
        if message := text_error(field, getattr(row, field)):
            yield CellError(STATUSES, name, field, message)
    for word in row.also_receives:
        message = text_error("also_receives", word) or _comma_error(word)
        if message:
            yield CellError(STATUSES, name, "also_receives", f"“{shown_word(word)}”: {message}")
    if len(row.also_receives) > MAX_WORDS:
        message = f"Use até {MAX_WORDS} palavras (aqui há {len(row.also_receives)})."
        yield CellError(STATUSES, name, "also_receives", message)
    if row.channel and row.channel not in platform.channels_for(row.status):
        message = f"{platform.label} não oferece este envio para {row.status.label}."
        yield CellError(STATUSES, name, "channel", message)


def _comma_error(word: str) -> str | None:
    """The page could not show such a word; only a program can bring one."""
    return "Uma palavra não pode ter vírgula." if "," in word else None


def _repeated_statuses(rows: Sequence[StatusRow]) -> Iterable[CellError]:
    """The form cannot do this; a program can."""
    seen: set[OrderStatus] = set()
    for row in rows:
        if row.status in seen:
            message = f"{row.status.label} tem mais de uma linha."
            yield CellError(STATUSES, row.status.name, "platform_status", message)
        seen.add(row.status)


def _words_listed_twice(rows: Sequence[StatusRow]) -> Iterable[CellError]:
    listed: dict[str, list[tuple[StatusRow, str]]] = defaultdict(list)
    for row in rows:
        for word in row.also_receives:
            listed[fold_word(word)].append((row, word))
    for places in listed.values():
        for row, word in places:
            others = [other.status.label for other, _ in places if other.status != row.status]
            if others:
                message = (
                    f"“{shown_word(word)}” também está em {' e '.join(others)}: deixe em uma só."
                )
                yield CellError(STATUSES, row.status.name, "also_receives", message)


def _type_errors(
    table: str, rows: Sequence[PaymentType] | Sequence[DeliveryType]
) -> Iterable[CellError]:
    if len(rows) > MAX_TYPES:
        yield CellError(table, MAX_TYPES, "word", f"A tabela aceita até {MAX_TYPES} linhas.")
    places: dict[str, list[int]] = defaultdict(list)
    for position, row in enumerate(rows):
        yield from _type_row_errors(table, position, row)
        if row.word:
            places[fold_word(row.word)].append(position)
    for positions in places.values():
        for position in positions if len(positions) > 1 else []:
            word = shown_word(rows[position].word)
            message = f"“{word}” está em mais de uma linha desta tabela."
            yield CellError(table, position, "word", message)


def _type_row_errors(table: str, position: int, row: PaymentType) -> Iterable[CellError]:
    texts = {"word": row.word, "erp_code": row.erp_code, "label": row.label}
    if isinstance(row, DeliveryType):
        texts["carrier"] = row.carrier
    for field, text in texts.items():
        if message := text_error(field, text):
            yield CellError(table, position, field, message)
    if not row.word:
        yield CellError(
            table, position, "word", "Informe a palavra da plataforma ou remova a linha."
        )
    if not row.erp_code:
        yield CellError(table, position, "erp_code", "Informe o código no ERP.")


def shown_word(word: str) -> str:
    """A word inside a message: what cannot be seen is left out, what is long is cut."""
    seen = "".join(char for char in word if unicodedata.category(char) not in INVISIBLE)
    return seen if len(seen) <= 40 else f"{seen[:39]}…"
