"""What a template may name: the closed context, and how much of it is seen in each place. Pure."""

from dataclasses import dataclass, replace

#: Everything that a template may read, and the fields of each. None: any field.
CONTEXT: dict[str, frozenset[str] | None] = {
    "order": frozenset(
        [
            "number",
            "display_number",
            "platform_id",
            "platform_status",
            "placed_at",
            "total",
            "status",
            "status_label",
            "status_name",
            "payment_type",
            "delivery_type",
        ]
    ),
    "invoice": frozenset(
        [
            "number",
            "series",
            "key",
            "issued_at",
            "total",
            "cfop",
            "items",
            "xml",
            "xml_bytes",
        ]
    ),
    "tracking": frozenset(
        [
            "code",
            "carrier",
            "url",
            "volume",
            "carrier_event",
            "description",
            "occurred_at",
            "delivered",
        ]
    ),
    "trackings": None,
    "mapping": frozenset(["platform_status", "ez_core_status_id", "ez_core_flow_id"]),
    "vitrine": frozenset(["code", "description", "integration_id"]),
    "event": frozenset(["kind", "occurred_at", "update_id"]),
}
#: The fields of an ``item``, where the list is one of these. Of any other list: any field.
ITEM_FIELDS: dict[str, frozenset[str] | None] = {
    "trackings": CONTEXT["tracking"],
    "invoice.items": frozenset(
        [
            "number",
            "code",
            "ean",
            "description",
            "cfop",
            "unit",
            "quantity",
            "unit_price",
            "total",
        ]
    ),
}
#: What a request that is about no order may read: authentication, the list of statuses.
WITHOUT_ORDER = frozenset({"vitrine"})


class TemplateError(Exception):
    """A template that cannot be used. ``str()`` is for developers, ``sentence`` for the screen."""

    def __init__(self, reason: str, sentence: str, *, fragment: str = "", line: int = 0) -> None:
        super().__init__(reason)
        self.sentence = sentence
        #: Where it is: the piece of the template that is wrong, or its line in it, from 1.
        self.fragment = fragment
        self.line = line

    def at(self, *, line: int) -> "TemplateError":
        """The same, of a text of which this template is only a piece."""
        return TemplateError(str(self), self.sentence, fragment=self.fragment, line=line)


@dataclass(frozen=True)
class Scope:
    """The names that one template may use."""

    params: frozenset[str] = frozenset()
    captured: frozenset[str] = frozenset()
    #: Only authentication and headers have any.
    secrets: frozenset[str] = frozenset()
    #: Of ``CONTEXT``.
    context: frozenset[str] = frozenset(CONTEXT)
    #: Names that exist in this place only, each with its fields; None: any field.
    local: frozenset[tuple[str, frozenset[str] | None]] = frozenset()

    def with_local(self, name: str, fields: frozenset[str] | None = None) -> "Scope":
        """With one more name; it stands before one that is called the same."""
        others = frozenset(pair for pair in self.local if pair[0] != name)
        return replace(self, local=others | {(name, fields)})

    def with_item(self, source: str) -> "Scope":
        """For what is repeated for each ``item`` of the list that the expression gives."""
        return self.with_local("item", ITEM_FIELDS.get(source.strip()))

    def fields(self, name: str) -> frozenset[str] | None:
        """The fields of a top-level name, None for any; KeyError if there is no such name."""
        for local, fields in self.local:
            if name == local:
                return fields
        if name == "params":
            return self.params
        if name == "captured" and self.context != WITHOUT_ORDER:
            return self.captured
        if name == "secrets" and self.secrets:
            return self.secrets
        if name not in self.context:
            raise KeyError(name)
        return CONTEXT[name]

    @property
    def known(self) -> list[str]:
        """Every name, for messages."""
        lasting = [] if self.context == WITHOUT_ORDER else ["captured"]
        local = [name for name, _ in self.local]
        return [
            *(name for name in CONTEXT if name in self.context),
            "params",
            *lasting,
            *sorted(local),
        ]


def check_name(name: str, scope: Scope) -> None:
    try:
        scope.fields(name)
    except KeyError as error:
        if name == "secrets":
            raise TemplateError(
                "secrets may be used in auth and headers only",
                "Segredos só podem ser usados na autenticação e nos cabeçalhos.",
            ) from error
        known = ", ".join(scope.known)
        raise TemplateError(
            f"unknown name '{name}' (known: {known})",
            f"O nome “{name}” não existe. Use um destes: {known}.",
        ) from error


def check_field(owner: str, field: str, scope: Scope) -> None:
    fields = scope.fields(owner)
    if fields is not None and field not in fields:
        known = ", ".join(sorted(fields)) or "-"
        raise TemplateError(
            f"'{owner}' has no '{field}' (it has: {known})",
            f"“{owner}.{field}” não existe. Em {owner} há: {known}.",
        )
