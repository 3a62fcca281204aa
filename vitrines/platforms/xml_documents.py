"""XML bodies: the document is parsed first, then its texts and attribute values are rendered. Pure.

Element and attribute names are fixed. An attribute, or an element without children, whose value is
``OMIT`` is left out. An element with the attribute ``_each`` is written once for each item.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from lxml import etree

from vitrines.platforms.filters import OMIT
from vitrines.platforms.language import RenderError, Template, as_text, parse
from vitrines.platforms.repetition import KEY, Each, Repetitions, with_item
from vitrines.platforms.scope import Scope, TemplateError

Context = Mapping[str, Any]

#: What XML 1.0 cannot hold, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COMMENT = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)


class XmlDocument:
    def __init__(self, source: str, scope: Scope) -> None:
        self._source = source.strip()
        self._skipped = source[: len(source) - len(source.lstrip())].count("\n")
        self._templates: dict[str, Template] = {}
        self._lists: dict[str, Each] = {}
        root = self._tree()
        if KEY in root.attrib:
            raise TemplateError(
                f"the outermost element cannot be repeated ({KEY})",
                f"O elemento mais externo não pode ser repetido ({KEY}).",
                line=self._line_of(root, ""),
            )
        self._compile(root, scope)

    def render(self, context: Context) -> bytes:
        root = self._tree()
        _Rendering(self._templates, self._lists).element(root, context)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def _tree(self) -> etree._Element:
        # Parsed anew for each rendering: an lxml tree is not to be shared by threads.
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
            encoding="utf-8",
        )
        try:
            root = etree.fromstring(self._source.encode(), parser)
        except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
            line = getattr(error, "lineno", None)
            raise TemplateError(
                f"the XML template is not well-formed: {getattr(error, 'msg', error)}",
                "O modelo não é um XML bem formado.",
                line=line + self._skipped if line else 0,
            ) from error
        docinfo: Any = root.getroottree().docinfo
        if docinfo.doctype:
            raise TemplateError(
                "a DOCTYPE is not allowed in an XML template",
                "O modelo XML não pode ter DOCTYPE.",
                fragment="<!DOCTYPE",
            )
        return root

    def _compile(self, element: etree._Element, scope: Scope) -> None:
        inside = scope
        try:
            for name, value in element.attrib.items():
                if name == KEY:
                    self._lists[str(value)] = each = Each.parse(str(value), scope)
                    inside = each.inside
            for name, value in element.attrib.items():
                if name != KEY:
                    self._template(str(value), inside)
            self._template(element.text, inside)
        except TemplateError as error:
            raise error.at(line=self._line_of(element, error.fragment)) from error
        for child in element.iterchildren(etree.Element):
            self._compile(child, inside)
            try:
                self._template(child.tail, inside)
            except TemplateError as error:
                raise error.at(line=self._line_of(child, error.fragment)) from error

    def _template(self, text: str | None, scope: Scope) -> None:
        if text:
            self._templates[str(text)] = parse(str(text), scope)

    def _line_of(self, element: etree._Element, fragment: str) -> int:
        """Of the fragment where it stands on one line only, else of the element."""
        blanked = _COMMENT.sub(lambda match: "\n" * match.group().count("\n"), self._source)
        lines = [number for number, line in enumerate(blanked.split("\n"), 1) if fragment in line]
        if fragment and len(lines) == 1:
            return lines[0] + self._skipped
        started: Any = element.sourceline
        return int(started) + self._skipped


class _Rendering:
    def __init__(self, templates: Mapping[str, Template], lists: Mapping[str, Each]) -> None:
        self._templates = templates
        self._lists = lists
        self._repetitions = Repetitions()

    def element(self, element: etree._Element, context: Context) -> bool:
        """Render what is in the element; False if it is to be left out."""
        self._attributes(element, context)
        text = self._value(element.text, context)
        if text is OMIT and len(element) == 0:
            return False
        element.text = None if text is OMIT else text
        for child in list(element):
            tail = self._value(child.tail, context)
            child.tail = None if tail is OMIT else tail
            if KEY in child.attrib:
                self._repeat(child, context)
            elif not self.element(child, context):
                _remove(child)
        return True

    def _repeat(self, element: etree._Element, context: Context) -> None:
        each = self._lists[str(element.attrib[KEY])]
        del element.attrib[KEY]
        items = self._repetitions.of(each.hole, context)
        for item in [] if items is OMIT else items:
            one = deepcopy(element)
            one.tail = None
            if self.element(one, with_item(context, item)):
                element.addprevious(one)
        _remove(element)

    def _attributes(self, element: etree._Element, context: Context) -> None:
        for name, source in list(element.attrib.items()):
            value = self._value(str(source), context)
            if value is OMIT:
                del element.attrib[name]
            else:
                element.attrib[name] = value

    def _value(self, source: str | None, context: Context) -> Any:
        if not source:
            return source
        template = self._templates[source]
        hole = template.whole
        value = template.text(context) if hole is None else hole.evaluate(context)
        if value is OMIT:
            return OMIT
        text = value if hole is None else as_text(value, hole)
        illegal = _ILLEGAL.search(text)
        if illegal:
            raise RenderError(
                f"“{source.strip()}” contém o caractere U+{ord(illegal.group()):04X}, "
                "que não pode existir em XML."
            )
        return self._repetitions.write(text)


def _remove(element: etree._Element) -> None:
    """Take the element out and leave the text that follows it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    element.tail = None
    parent.remove(element)
