"""What every page of ours must be: nothing inline, nothing from outside, every field labelled."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.contrib.staticfiles import finders

_LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src"}
_FIELDS = ("input", "select", "textarea")


@dataclass
class Page:
    """What a page holds, and what is wrong with it for our Content-Security-Policy."""

    inline: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    missing_files: list[str] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)
    repeated_ids: list[str] = field(default_factory=list)
    h1: int = 0
    lang: str = ""

    @property
    def faults(self) -> list[str]:
        return [
            *self.inline,
            *self.outside,
            *self.missing_files,
            *self.unlabelled,
            *self.repeated_ids,
        ]


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.page = Page()
        self.ids: list[str] = []
        self.label_for: set[str] = set()
        self.fields: list[dict] = []
        self.labels_open = 0

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self._inline(tag, values)
        self._loaded(tag, values)
        if values.get("id"):
            self.ids.append(values["id"])
        if tag == "html":
            self.page.lang = values.get("lang", "")
        if tag == "h1":
            self.page.h1 += 1
        if tag == "label":
            self.labels_open += 1
            self.label_for.add(values.get("for", ""))
        if tag in _FIELDS and values.get("type") not in ("hidden", "submit"):
            self.fields.append(values | {"_inside_label": self.labels_open > 0})

    def handle_endtag(self, tag):
        if tag == "label":
            self.labels_open -= 1

    def _inline(self, tag, values):
        if tag == "style" or "style" in values:
            self.page.inline.append(f"style on <{tag}>")
        if tag == "script" and "src" not in values:
            self.page.inline.append("inline script")
        handlers = [name for name in values if name.startswith("on")]
        self.page.inline += [f"{name} on <{tag}>" for name in handlers]

    def _loaded(self, tag, values):
        address = values.get(_LOADED.get(tag, ""), "")
        if not address:
            return
        if not address.startswith("/"):
            self.page.outside.append(f"<{tag}> {address}")
        elif address.startswith("/static/") and not finders.find(address.removeprefix("/static/")):
            self.page.missing_files.append(f"no such file: {address}")


def read_page(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    page = reader.page
    page.repeated_ids = sorted({f"id={i} twice" for i in reader.ids if reader.ids.count(i) > 1})
    page.unlabelled = [
        f"unlabelled field {values.get('name') or values.get('id')}"
        for values in reader.fields
        if not values["_inside_label"]
        and values.get("id") not in reader.label_for
        and not values.get("aria-label")
        and not values.get("aria-labelledby")
    ]
    return page
