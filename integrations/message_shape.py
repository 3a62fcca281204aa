"""What messages of one cause have in common. Pure.

A platform that refuses a hundred orders for one reason says so in a hundred messages, each with its
own number in it. Without what differs from order to order they are one.
"""

import re

#: Stands for what was left out.
GAP = "…"
#: Where nothing was said.
SILENT = "(sem mensagem)"
#: A longer beginning tells no cause apart.
LONGEST = 160

_VARIES = re.compile(
    r"""
    [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}   # a UUID
    | \b[\w.+-]+@[\w-]+\.[\w.-]+\b                                  # an e-mail address
    | \b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?
    | \b(?=[a-f]*\d)[0-9a-f]{8,}\b                                   # a digest or the like
    | \b(?=(?:[a-z_-]*\d){5})[\w-]+\b                               # an order, a volume, an id
    | (?<![a-z\d])\d+(?:[.,:/-]\d+)*      # any other number, but OMS003 is a cause of its own
    """,
    re.VERBOSE | re.IGNORECASE,
)
#: A code of HTTP is the cause itself.
_HTTP = re.compile(r"\bHTTP[ /]?\d{3}\b", re.IGNORECASE)
_GAPS = re.compile(rf"{GAP}(?:[\s,;#]*{GAP})+")


def shape_of(message: str) -> str:
    """``Order 100482 not found`` → ``Order … not found``; ``HTTP 422`` stays as it is.

    Idempotent: the shape of a shape is itself.
    """
    plain = " ".join(message.split()) or SILENT
    pieces, end = [], 0
    for kept in _HTTP.finditer(plain):
        pieces += [_without_what_varies(plain[end : kept.start()]), kept.group()]
        end = kept.end()
    pieces.append(_without_what_varies(plain[end:]))
    shape = _GAPS.sub(GAP, "".join(pieces)).strip()
    return shape if len(shape) <= LONGEST else shape[: LONGEST - 1].rstrip() + GAP


def told_shape(shape: str) -> str:
    """``“Order … not found”``, as what the platform said; that it said nothing is no quotation."""
    return shape if shape in ("", SILENT) else f"“{shape}”"


def _without_what_varies(text: str) -> str:
    return _VARIES.sub(GAP, text)
