from django.apps import AppConfig
from django.core.checks import Tags, register

from vitrines.checks import platform_files_are_valid, vitrines_have_their_platform


class VitrinesConfig(AppConfig):
    name = "vitrines"
    verbose_name = "Vitrines e pedidos"

    def ready(self) -> None:
        register(platform_files_are_valid)
        register(vitrines_have_their_platform, Tags.database)
