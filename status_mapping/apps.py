from django.apps import AppConfig


class StatusMappingConfig(AppConfig):
    name = "status_mapping"
    verbose_name = "DE-PARA de status"
