"""What must be right before the back office starts."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import DatabaseError

from vitrines.platforms import PlatformFileError, platform_paths

_HINT = "vitrines/platforms/README.md explains every key."


def platform_files_are_valid(**_: Any) -> list[CheckMessage]:
    """vitrines.E001: every file of vitrines/platforms/ and PLATFORMS_DIR can be used.

    vitrines.W001: a file is called otherwise than its platform.
    """
    try:
        paths = platform_paths()
    except PlatformFileError as error:
        folder = settings.PLATFORMS_DIR or None
        return [
            Error(f"invalid platform file: {fault}", hint=_HINT, obj=folder, id="vitrines.E001")
            for fault in error.faults
        ]
    return [
        Warning(
            f"{path}: its platform is named '{name}'",
            hint=f"Vitrines know it as '{name}'; call the file {name}.toml.",
            id="vitrines.W001",
        )
        for name, path in paths.items()
        if path.stem != name
    ]


def vitrines_have_their_platform(
    *, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """vitrines.W002, with ``check --database`` and before ``migrate``: the file of a vitrine's
    platform is gone. Nothing is sent for it, and its own page says so."""
    if not databases:
        return []
    try:
        known = set(platform_paths())
        vitrines = apps.get_model("vitrines", "Vitrine").objects.all()
        gone = list(vitrines.exclude(platform__in=known).values_list("code", "platform"))
    except (PlatformFileError, DatabaseError):
        return []  # E001 tells of the files; before the first migrate there are no vitrines
    return [
        Warning(
            f"{code}: there is no file for its platform '{platform}'",
            hint="Put the file back into PLATFORMS_DIR, or choose another exportador.",
            id="vitrines.W002",
        )
        for code, platform in sorted(gone)
    ]
