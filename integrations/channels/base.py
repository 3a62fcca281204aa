"""What a channel is. Pure: no Django, no clock, no network."""

from dataclasses import dataclass

from vitrines.platforms.steps import Need, Send


@dataclass(frozen=True)
class Facts:
    """What is known about the order that a sending could carry."""

    has_invoice: bool
    has_invoice_xml: bool
    has_tracking: bool

    def meets(self, need: Need) -> bool:
        known = {
            "invoice": self.has_invoice,
            "invoice.xml": self.has_invoice_xml,
            "tracking": self.has_tracking,
        }
        return known[need]


#: What the update waits for, in the words of ``UpdateReason``.
WAITING_FOR: dict[str, str] = {
    "invoice": "waiting_invoice_xml",
    "invoice.xml": "waiting_invoice_xml",
    "tracking": "waiting_tracking",
}


@dataclass(frozen=True)
class Channel:
    """One of the three ways by which a platform is told."""

    name: str
    #: What every sending of this channel needs, unless the platform's file says otherwise.
    needs: tuple[Need, ...]

    def missing(self, send: Send, facts: Facts) -> str | None:
        """Why this sending has to wait, or None if it can be made."""
        needs = self.needs if send.needs is None else send.needs
        for need in needs:
            if not facts.meets(need):
                return WAITING_FOR[need]
        return None
