from vitrines.models.audit import DEEDS, AuditAction, AuditEntry
from vitrines.models.order import (
    Inclusion,
    InclusionReason,
    Invoice,
    Order,
    OrderStatusChange,
    Tracking,
)
from vitrines.models.vitrine import LogPolicy, Vitrine

__all__ = [
    "DEEDS",
    "AuditAction",
    "AuditEntry",
    "Inclusion",
    "InclusionReason",
    "Invoice",
    "LogPolicy",
    "Order",
    "OrderStatusChange",
    "Tracking",
    "Vitrine",
]
