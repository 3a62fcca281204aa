from django.apps import AppConfig
from django.core.checks import Tags, register

from backoffice.checks import (
    alarms_can_leave_by_email,
    broker_goes_with_postgresql,
    broker_is_one_that_we_know,
    encryption_keys_open,
    lease_outlasts_a_renewal,
    private_destinations_are_meant,
    retentions_can_be_kept,
    site_url_begins_links,
)


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = "Backoffice"

    def ready(self) -> None:
        register(encryption_keys_open, Tags.security)
        register(broker_is_one_that_we_know)
        register(broker_goes_with_postgresql)
        register(lease_outlasts_a_renewal)
        register(retentions_can_be_kept)
        register(site_url_begins_links)
        register(private_destinations_are_meant, Tags.security, deploy=True)
        register(alarms_can_leave_by_email, deploy=True)
