"""The platforms that the back office can talk to: the files of this folder, and of PLATFORMS_DIR.

A file is read once per process. ``vitrines.checks`` reads them all when Django starts.
"""

import hashlib
import tomllib
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from pydantic import ValidationError

from vitrines.platforms.spec import Platform

__all__ = [
    "Platform",
    "PlatformFileError",
    "UnknownPlatform",
    "all_platforms",
    "get_platform",
    "load_platform",
    "platform_files",
]

SHIPPED = Path(__file__).resolve().parent


class PlatformFileError(Exception):
    """A platform file that cannot be used: which file, which key, and why."""


class UnknownPlatform(LookupError):
    """No platform file has this name."""


def load_platform(path: Path | str) -> Platform:
    path = Path(path)
    try:
        raw = path.read_bytes()
        data = tomllib.loads(raw.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PlatformFileError(f"{path}: cannot be read as TOML: {error}") from error
    if "digest" in data:
        raise PlatformFileError(f"{path}: key 'digest': it is computed from the file")
    try:
        return Platform.model_validate({**data, "digest": hashlib.sha256(raw).hexdigest()})
    except ValidationError as error:
        raise PlatformFileError(f"{path}: {_explain(error)}") from error


def platform_files(folder: str) -> list[Path]:
    """The files shipped here and those of a further folder, if one is given."""
    folders = [SHIPPED, Path(folder)] if folder else [SHIPPED]
    return [path for place in folders for path in sorted(place.glob("*.toml"))]


def all_platforms() -> dict[str, Platform]:
    """Every platform by its name, in the order of their labels."""
    return dict(_load_all(settings.PLATFORMS_DIR))


def get_platform(name: str) -> Platform:
    try:
        return _load_all(settings.PLATFORMS_DIR)[name]
    except KeyError:
        raise UnknownPlatform(f"não há arquivo de plataforma chamado “{name}”") from None


@lru_cache(maxsize=4)
def _load_all(folder: str) -> dict[str, Platform]:
    if folder and not Path(folder).is_dir():
        raise PlatformFileError(f"PLATFORMS_DIR: {folder} is not a folder")
    platforms: dict[str, Platform] = {}
    for path in platform_files(folder):
        platform = load_platform(path)
        if platform.name in platforms:
            raise PlatformFileError(
                f"{path}: key 'name': another file is named '{platform.name}' too"
            )
        platforms[platform.name] = platform
    return dict(sorted(platforms.items(), key=lambda item: item[1].label))


def _explain(error: ValidationError) -> str:
    """Every fault as ``key 'send[0].steps[0].method': why``."""
    faults = []
    found = error.errors(include_url=False)
    for fault in found:
        place = fault["loc"]
        if any(place == other["loc"][: len(place)] != other["loc"] for other in found):
            continue  # it only repeats that something inside it is wrong
        key = ""
        for part in place:
            # parts.py marks the members of a union so; the author of the file wrote no such key.
            if isinstance(part, int):
                key += f"[{part}]"
            elif part != "[key]" and not part.startswith("<"):
                key += f".{part}" if key else part
        reason = fault["msg"].removeprefix("Value error, ")
        faults.append(f"key '{key}': {reason}" if key else reason)
    return "; ".join(faults)
