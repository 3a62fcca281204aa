"""The platforms that the back office can talk to: the files of this folder, and of PLATFORMS_DIR.

A file is read once per process, and ``vitrines.checks`` reads them all when Django starts. Whoever
sends looks again now and then (``notice_changes``): a file that became invalid is of no use from
then on, and the others go on. Whoever finds a platform missing looks again at once: it may have
been mended or put back.
"""

from dataclasses import dataclass
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
    "notice_changes",
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
    """Every platform that can be used by its name, in the order of their labels."""
    return {name: platform for name, (platform, _) in _files().platforms.items()}


def platform_paths() -> dict[str, Path]:
    """The file of every platform, by the platform's name; ``PlatformFileError`` with what is wrong
    in all of them if one cannot be used."""
    files = _files()
    if files.faults:
        raise PlatformFileError(*files.faults)
    return {name: path for name, (_, path) in files.platforms.items()}


def get_platform(name: str) -> Platform:
    """Raises ``UnknownPlatform``, or ``PlatformFileError`` if a file that cannot be used may be the
    one that is missing."""
    files = _files()
    if name not in files.platforms:
        notice_changes()
        files = _files()
    if name in files.platforms:
        return files.platforms[name][0]
    if files.faults:
        raise PlatformFileError(*files.faults)
    raise UnknownPlatform(f"Não há arquivo de plataforma chamado “{name}”.")


def notice_changes() -> None:
    """Have the files of PLATFORMS_DIR read anew if one was changed, added or taken away.

    Those that are shipped belong to the program: they change with it, at its next start.
    """
    folder = settings.PLATFORMS_DIR
    if folder:
        _seen[folder] = _look_of(Path(folder))


#: Name, time of change and size of each file.
_Look = tuple[tuple[str, int, int], ...]
_NEVER: _Look = ()
#: How each folder looked when it was last looked at.
_seen: dict[str, _Look] = {}


@dataclass(frozen=True)
class _Files:
    platforms: dict[str, tuple[Platform, Path]]
    #: What is wrong with the files that cannot be used.
    faults: tuple[str, ...]


def _look_of(folder: Path) -> _Look:
    looks = []
    for path in _files_in(folder):
        try:
            told = path.stat()
        except OSError:  # taken away since it was listed
            continue
        looks.append((path.name, told.st_mtime_ns, told.st_size))
    return tuple(looks)


def _files() -> _Files:
    folder = settings.PLATFORMS_DIR
    if folder not in _seen:
        notice_changes()
    return _load_all(folder, _seen.get(folder, _NEVER))


@lru_cache(maxsize=4)
def _load_all(folder: str, look: _Look) -> _Files:
    platforms: dict[str, tuple[Platform, Path]] = {}
    faults: list[str] = []
    if folder and not Path(folder).is_dir():
        faults.append(f"PLATFORMS_DIR: {folder} is not a folder")
    shipped = _load_folder(SHIPPED, _NEVER)
    for found, wrong in [shipped, _load_folder(Path(folder), look)] if folder else [shipped]:
        faults += wrong
        for platform, path in found:
            if platform.name in platforms:
                faults += _named_twice(path, platforms[platform.name][1])
            else:
                platforms[platform.name] = platform, path
    by_label = sorted(platforms.items(), key=lambda item: item[1][0].label)
    return _Files(dict(by_label), tuple(faults))


@lru_cache(maxsize=4)
def _load_folder(folder: Path, _look: _Look) -> tuple[list[tuple[Platform, Path]], list[str]]:
    """The platforms of one folder as it looks, and what is wrong with its other files."""
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
