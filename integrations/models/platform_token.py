from django.db import models

from vitrines.models import Vitrine
from vitrines.secrets import EncryptedJSONField


class PlatformToken(models.Model):
    """What a platform's token exchange gave one vitrine, and who is renewing it now.

    ``integrations.delivery.platform_tokens.keeping`` reads and writes it.
    """

    #: One token a vitrine: two would be renewed against each other.
    vitrine = models.OneToOneField(
        Vitrine, models.CASCADE, related_name="platform_token", verbose_name="vitrine"
    )
    #: Grows with every token obtained; 0 before the first.
    number = models.PositiveBigIntegerField("número", default=0)
    #: ``access``, ``refresh``, and ``obtained_with``: a digest of the credential, kept in here
    #: because a digest in the open would let a short secret be guessed.
    contents = EncryptedJSONField("token", default=dict, blank=True)
    obtained_at = models.DateTimeField("obtido em", null=True, blank=True)
    expires_at = models.DateTimeField("vale até", null=True, blank=True)
    #: The platform refused this very token; it is not used again.
    refused_at = models.DateTimeField("recusado em", null=True, blank=True)
    #: It replaced one that was refused, and nothing was accepted with it yet.
    on_trial = models.BooleanField("à prova", default=False)

    #: Whoever asks for the next token, so that no refresh token is spent twice.
    renewing_by = models.CharField("em renovação por", max_length=40, blank=True)
    renewing_until = models.DateTimeField("em renovação até", null=True, blank=True)

    class Meta:
        verbose_name = "token da plataforma"
        verbose_name_plural = "tokens das plataformas"
        constraints = [
            # A token has its times, or nobody would renew it before it runs out.
            models.CheckConstraint(
                condition=models.Q(number=0)
                | models.Q(obtained_at__isnull=False, expires_at__isnull=False),
                name="platform_token_has_its_times",
            ),
            # Who renews has a deadline, or nobody else ever could.
            models.CheckConstraint(
                condition=models.Q(renewing_by="", renewing_until=None)
                | (~models.Q(renewing_by="") & models.Q(renewing_until__isnull=False)),
                name="platform_token_renewal_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"token de {self.vitrine}"
