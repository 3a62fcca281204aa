"""The body of an answer as text. Pure."""

import re

_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE | re.ASCII)
_XML_DECLARATION = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<\?xml\s[^<>]{,200}?\bencoding\s*=\s*[\"']([\w.:-]+)[\"']"
)


def decoded(raw: bytes, content_type: str) -> str:
    """By the charset that is declared, else by what an XML document says of itself, else UTF-8.
    Never raises; half a pair of surrogates, which is no character, is replaced, too."""
    declared = _CHARSET.search(content_type)
    encoding = declared[1] if declared else _xml_encoding(raw)
    try:
        text = raw.decode(encoding, errors="replace")
    except (LookupError, UnicodeError):  # an encoding that is none, or that replaces nothing
        text = raw.decode("utf-8", errors="replace")
    return text.removeprefix("\ufeff").encode("utf-8", errors="replace").decode("utf-8")


def _xml_encoding(raw: bytes) -> str:
    """What the XML declaration names, unless it could not be read in that: a program that writes
    UTF-8 may well call it UTF-16."""
    declared = _XML_DECLARATION.match(raw)
    if declared is None:
        return "utf-8"
    try:
        told = declared[0].decode(encoding := declared[1].decode("ascii"))
    except (LookupError, UnicodeError):
        return "utf-8"
    return encoding if "<?xml" in told else "utf-8"
