"""What must be right before the back office starts."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

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
