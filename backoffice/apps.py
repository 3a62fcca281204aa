from django.apps import AppConfig
from django.core.checks import Tags, register

from backoffice.checks import encryption_keys_open, private_destinations_are_meant


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = "Backoffice"

    def ready(self) -> None:
        register(encryption_keys_open, Tags.security)
        register(private_destinations_are_meant, Tags.security, deploy=True)
