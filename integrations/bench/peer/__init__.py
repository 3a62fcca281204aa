"""A project around django-webhook2, run from an environment of its own (``.venv-bench``).

It delivers the payload that our dispatcher delivers, to the same sink. ``peer_bench`` drives it.
"""

from integrations.bench.peer.celery_app import app as celery_app

__all__ = ["celery_app"]
