from django.apps import AppConfig
from django.core.checks import register

from vitrines.checks import platform_files_are_valid


class VitrinesConfig(AppConfig):
    name = "vitrines"
    verbose_name = "Vitrines e pedidos"

    def ready(self) -> None:
        register(platform_files_are_valid)
