# Whoever loads the settings has the app by which lanes are woken (integrations.delivery.wakeups).
from backoffice.celery import app as celery_app

__all__ = ("celery_app",)
