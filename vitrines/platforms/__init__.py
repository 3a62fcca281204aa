"""The platforms that the back office can talk to: the files of this folder, and of PLATFORMS_DIR.

A file is read once per process. ``vitrines.checks`` reads them all when Django starts.
"""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from vitrines.platforms.files import Fault, PlatformFileError, key_line, load_platform
from vitrines.platforms.spec import Platform

__all__ = [
    "Platform",
    "PlatformFileError",
    "UnknownPlatform",
    "all_platforms",
    "get_platform",
    "load_platform",
    "platform_files",
    "platform_paths",
]

SHIPPED = Path(__file__).resolve().parent


class UnknownPlatform(LookupError):
    """No platform file has this name."""


def platform_files(folder: str) -> list[Path]:
    """The files shipped here and those of a further folder, if one is given."""
    return [path for place in _folders(folder) for path in _files_in(place)]


def _folders(further: str) -> list[Path]:
    return [SHIPPED, Path(further)] if further else [SHIPPED]


def _files_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


def all_platforms() -> dict[str, Platform]:
    """Every platform by its name, in the order of their labels."""
    return {name: platform for name, (platform, _) in _load_all(settings.PLATFORMS_DIR).items()}


def platform_paths() -> dict[str, Path]:
    """The file of every platform, by the platform's name."""
    return {name: path for name, (_, path) in _load_all(settings.PLATFORMS_DIR).items()}


def get_platform(name: str) -> Platform:
    try:
        return _load_all(settings.PLATFORMS_DIR)[name][0]
    except KeyError:
        raise UnknownPlatform(f"Não há arquivo de plataforma chamado “{name}”.") from None


@lru_cache(maxsize=4)
def _load_all(folder: str) -> dict[str, tuple[Platform, Path]]:
    """Every file, or ``PlatformFileError`` with what is wrong in all of them."""
    if folder and not Path(folder).is_dir():
        raise PlatformFileError(f"PLATFORMS_DIR: {folder} is not a folder")
    platforms: dict[str, tuple[Platform, Path]] = {}
    faults: list[str] = []
    for found, wrong in map(_load_folder, _folders(folder)):
        faults += wrong
        for platform, path in found:
            if platform.name in platforms:
                faults += _named_twice(path, platforms[platform.name][1])
            platforms[platform.name] = platform, path
    if faults:
        raise PlatformFileError(*faults)
    return dict(sorted(platforms.items(), key=lambda item: item[1][0].label))


@lru_cache(maxsize=4)
def _load_folder(folder: Path) -> tuple[list[tuple[Platform, Path]], list[str]]:
    """The platforms of one folder, and what is wrong with its other files."""
    found: list[tuple[Platform, Path]] = []
    faults: list[str] = []
    for path in _files_in(folder):
        try:
            found.append((load_platform(path), path))
        except PlatformFileError as error:
            faults += error.faults
    return found, faults


def _named_twice(path: Path, other: Path) -> tuple[str, ...]:
    fault = Fault(key_line(path, "name"), "name", f"{other} has the same name")
    return PlatformFileError.of(path, fault).faults
