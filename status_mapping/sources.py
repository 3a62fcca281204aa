"""The vitrines whose DE-PARA can be copied into another one."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Exists, OuterRef, Q

from status_mapping.models import DeliveryTypeMapping, PaymentTypeMapping, StatusMapping
from vitrines.models import Vitrine


@dataclass(frozen=True)
class Sources:
    """By code. ``alike`` have the platform of the vitrine that is copied into."""

    alike: tuple[Vitrine, ...] = ()
    others: tuple[Vitrine, ...] = ()

    @property
    def exist(self) -> bool:
        return bool(self.alike or self.others)

    def find(self, code: str) -> Vitrine | None:
        wanted = code.strip().upper()
        return next((v for v in (*self.alike, *self.others) if v.code == wanted), None)


def sources_for(vitrine: Vitrine, user: User | AnonymousUser) -> Sources:
    """Every other vitrine that ``user`` may see and that has something mapped."""
    if not user.has_perm("vitrines.view_vitrine"):
        return Sources()
    its = {"vitrine": OuterRef("pk")}
    mapped = (
        Q(Exists(StatusMapping.objects.filter(**its)))
        | Q(Exists(PaymentTypeMapping.objects.filter(**its)))
        | Q(Exists(DeliveryTypeMapping.objects.filter(**its)))
    )
    found = Vitrine.objects.filter(mapped).exclude(pk=vitrine.pk).order_by("code")
    return Sources(
        alike=tuple(other for other in found if other.platform == vitrine.platform),
        others=tuple(other for other in found if other.platform != vitrine.platform),
    )
