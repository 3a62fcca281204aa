"""What must be right before the back office starts."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from vitrines.platforms import PlatformFileError, all_platforms

_HINT = "vitrines/platforms/README.md explains every key."


def platform_files_are_valid(**_: Any) -> list[CheckMessage]:
    """vitrines.E001: every file of vitrines/platforms/ and PLATFORMS_DIR can be used."""
    try:
        all_platforms()
    except PlatformFileError as error:
        return [
            Error(
                f"invalid platform file: {error}",
                hint=_HINT,
                obj=settings.PLATFORMS_DIR or None,
                id="vitrines.E001",
            )
        ]
    return []
