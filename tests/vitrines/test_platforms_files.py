"""Reading platform files: what is accepted, and what an author of one is told."""

import hashlib
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from tests.platform_samples import ONE_SEND, platform_from
from vitrines.checks import platform_files_are_valid
from vitrines.platforms import (
    SHIPPED,
    PlatformFileError,
    UnknownPlatform,
    all_platforms,
    get_platform,
    load_platform,
    notice_changes,
    platform_paths,
)
from vitrines.platforms.files import LARGEST_FILE
from vitrines.statuses import OrderStatus


def refusal_of(toml: str, folder: Path) -> str:
    with pytest.raises(PlatformFileError) as error:
        platform_from(toml, folder)
    # The lines are the subject of test_platforms_lines.
    return "\n".join(
        re.sub(r"^.*?/sample\.toml(:\d+)?: ", "", fault) for fault in error.value.faults
    )


def test_shipped_files_are_named_after_their_platforms():
    assert sorted(all_platforms()) == sorted(path.stem for path in SHIPPED.glob("*.toml"))


def test_digest_is_the_sha256_of_the_file():
    expected = hashlib.sha256((SHIPPED / "generic.toml").read_bytes()).hexdigest()
    assert get_platform("generic").digest == expected


def test_unknown_platform_is_named():
    with pytest.raises(UnknownPlatform, match="Não há arquivo de plataforma chamado “nope”"):
        get_platform("nope")


def test_platforms_dir_adds_a_platform(tmp_path, settings):
    (tmp_path / "sample.toml").write_text(ONE_SEND)
    settings.PLATFORMS_DIR = str(tmp_path)
    assert "sample" in all_platforms()
    assert get_platform("sample").label == "Sample"


def test_two_files_with_one_name_are_refused(tmp_path, settings):
    (tmp_path / "again.toml").write_text(ONE_SEND.replace('"sample"', '"generic"'))
    settings.PLATFORMS_DIR = str(tmp_path)
    [error] = platform_files_are_valid()
    assert error.id == "vitrines.E001"
    assert error.msg == (
        f"invalid platform file: {tmp_path / 'again.toml'}:2: "
        f"key 'name': {SHIPPED / 'generic.toml'} has the same name"
    )


def test_broken_file_takes_no_other_platform_away(tmp_path, settings):
    (tmp_path / "sample.toml").write_text(ONE_SEND)
    (tmp_path / "broken.toml").write_text("name = ")
    (tmp_path / "again.toml").write_text(ONE_SEND.replace('"sample"', '"generic"'))
    settings.PLATFORMS_DIR = str(tmp_path)

    assert get_platform("sample").label == "Sample"
    assert get_platform("generic").label == "Genérica (XML, rastreio ou URL)"
    assert set(all_platforms()) == {"sample", *(path.stem for path in SHIPPED.glob("*.toml"))}
    for name in ("broken", "nope"):
        with pytest.raises(PlatformFileError) as error:
            get_platform(name)
        assert [fault.partition(":")[0] for fault in error.value.faults] == [
            str(tmp_path / "broken.toml"),
            str(tmp_path / "again.toml"),
        ]
    with pytest.raises(PlatformFileError):
        platform_paths()


def test_changed_file_is_read_anew_once_somebody_looks(tmp_path, settings):
    path = tmp_path / "sample.toml"
    path.write_text(ONE_SEND)
    settings.PLATFORMS_DIR = str(tmp_path)
    before = get_platform("sample")

    notice_changes()
    assert get_platform("sample") is before
    path.write_text(ONE_SEND.replace('"Sample"', '"Exemplo"'))
    assert get_platform("sample") is before
    notice_changes()
    assert get_platform("sample").label == "Exemplo"
    path.unlink()
    notice_changes()
    with pytest.raises(UnknownPlatform):
        get_platform("sample")


def test_mended_file_is_found_by_whoever_misses_its_platform(tmp_path, settings):
    """The web's processes need no restart: it is they that refused events meanwhile."""
    path = tmp_path / "sample.toml"
    path.write_text(f'colour = "blue"\n{ONE_SEND}')
    settings.PLATFORMS_DIR = str(tmp_path)
    with pytest.raises(PlatformFileError):
        get_platform("sample")

    path.write_text(ONE_SEND)

    assert get_platform("sample").label == "Sample"


def test_check_command_fails_for_an_unknown_key(tmp_path, settings):
    (tmp_path / "sample.toml").write_text(f'colour = "blue"\n{ONE_SEND}')
    settings.PLATFORMS_DIR = str(tmp_path)
    with pytest.raises(SystemCheckError) as error:
        call_command("check")
    assert "(vitrines.E001) invalid platform file:" in str(error.value)
    assert "sample.toml:1: key 'colour': there is no such key" in str(error.value)


def test_platforms_dir_that_is_no_folder_is_told(tmp_path, settings):
    settings.PLATFORMS_DIR = str(tmp_path / "missing")
    [error] = platform_files_are_valid()
    assert error.msg == (
        f"invalid platform file: PLATFORMS_DIR: {tmp_path / 'missing'} is not a folder"
    )


def test_missing_file_is_told(tmp_path):
    with pytest.raises(PlatformFileError) as error:
        load_platform(tmp_path / "nothing.toml")
    assert (
        str(error.value)
        == f"{tmp_path / 'nothing.toml'}: cannot be read: No such file or directory"
    )


def test_broken_toml_is_told(tmp_path):
    assert (
        refusal_of("name = ", tmp_path) == "it is not TOML: Invalid value (at the end of the file)"
    )
    assert refusal_of("\nname = x\n", tmp_path) == "it is not TOML: Invalid value (column 8)"
    assert refusal_of("a = " + "[" * 9999, tmp_path) == "it is nested too deeply"
    assert refusal_of("a = " + "9" * 9999, tmp_path).startswith("it is not TOML: Exceeds the limit")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"#" * (LARGEST_FILE + 1), ": it is larger than 256 KB"),
        (b'name = "a"\nlabel = "S\xe3o"\n', ":2: it is not UTF-8"),
        (
            b'name = "a"\nlabel = "\x00"\n',
            ":2: it is not TOML: Illegal character '\\x00' (column 10)",
        ),
        (
            b'name = "a"\nlabel = "A"\n[mapping]\nhelp = "a\\u0000b"\n',
            ":4: key 'mapping.help': it holds a NUL character",
        ),
    ],
)
def test_file_that_is_no_sane_text_is_refused(raw, told, tmp_path):
    path = tmp_path / "sample.toml"
    path.write_bytes(raw)
    with pytest.raises(PlatformFileError) as error:
        load_platform(path)
    assert str(error.value) == f"{path}{told}"


def test_folder_in_place_of_a_file_is_told(tmp_path):
    (tmp_path / "sample.toml").mkdir()
    with pytest.raises(PlatformFileError, match=r"sample\.toml: it is not a file"):
        load_platform(tmp_path / "sample.toml")


def test_byte_order_mark_and_windows_line_ends_are_taken(tmp_path):
    path = tmp_path / "sample.toml"
    path.write_bytes(b"\xef\xbb\xbf" + ONE_SEND.replace("\n", "\r\n").encode())
    assert load_platform(path).name == "sample"


def test_faults_of_all_files_are_told_at_once(tmp_path, settings):
    (tmp_path / "one.toml").write_text(f'colour = "blue"\n{ONE_SEND}\nsize = 1\n')
    (tmp_path / "two.toml").write_text("name = \n")
    settings.PLATFORMS_DIR = str(tmp_path)
    assert [(error.id, error.msg) for error in platform_files_are_valid()] == [
        ("vitrines.E001", f"invalid platform file: {tmp_path / fault}")
        for fault in (
            "one.toml:1: key 'colour': there is no such key",
            "one.toml:23: key 'send[0].steps[0].size': there is no such key",
            "two.toml:1: it is not TOML: Invalid value (column 8)",
        )
    ]


def test_file_that_is_called_otherwise_than_its_platform_is_a_warning(tmp_path, settings):
    (tmp_path / "other.toml").write_text(ONE_SEND)
    settings.PLATFORMS_DIR = str(tmp_path)
    [warning] = platform_files_are_valid()
    assert (warning.id, warning.msg, warning.hint) == (
        "vitrines.W001",
        f"{tmp_path / 'other.toml'}: its platform is named 'sample'",
        "Vitrines know it as 'sample'; call the file sample.toml.",
    )
    assert get_platform("sample").label == "Sample"


def test_digest_cannot_be_written_in_a_file(tmp_path):
    assert refusal_of(f'digest = "x"\n{ONE_SEND}', tmp_path) == (
        "key 'digest': it is computed from the file"
    )


TWO_CHANNELS = """
name = "sample"
label = "Sample"

[[send]]
channel = "tracking"
statuses = ["EMBARCADO"]
[[send.steps]]
url = "https://a.example/tracking"

[[send]]
channel = "tracking"
statuses = ["ENTREGUE"]
late_tracking = false
[[send.steps]]
url = "https://a.example/delivered"

[[send]]
channel = "xml"
statuses = ["DESPACHADO", "EMBARCADO"]
[[send.steps]]
url = "https://a.example/invoice"
"""


def test_channels_are_those_offered_for_the_status(tmp_path):
    platform = platform_from(TWO_CHANNELS, tmp_path)
    offered = {status.name: platform.channels_for(status) for status in OrderStatus}
    assert {name: channels for name, channels in offered.items() if channels} == {
        "DESPACHADO": ("xml",),
        "EMBARCADO": ("xml", "tracking"),
        "ENTREGUE": ("tracking",),
    }


@pytest.mark.parametrize(
    ("kind", "channel", "status", "position"),
    [
        ("status", "tracking", OrderStatus.EMBARCADO, 0),
        ("status", "tracking", OrderStatus.ENTREGUE, 1),
        ("status", "tracking", OrderStatus.DESPACHADO, None),
        ("status", "xml", OrderStatus.DESPACHADO, 2),
        ("status", "url", OrderStatus.DESPACHADO, None),
        # A tracking that comes late is told whatever the order's step, but not as a delivery.
        ("tracking", "tracking", OrderStatus.DESPACHADO, 0),
        ("tracking", "tracking", OrderStatus.ENTREGUE, 0),
        ("tracking", "xml", OrderStatus.DESPACHADO, None),
    ],
)
def test_find_send(kind, channel, status, position, tmp_path):
    platform = platform_from(TWO_CHANNELS, tmp_path)
    expected = None if position is None else platform.sends[position]
    assert platform.find_send(kind, channel, status) is expected
