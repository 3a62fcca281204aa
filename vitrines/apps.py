from django.apps import AppConfig


class VitrinesConfig(AppConfig):
    name = "vitrines"
    verbose_name = "Vitrines e pedidos"
