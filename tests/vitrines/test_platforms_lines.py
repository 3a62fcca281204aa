"""The line that a fault is told with: the real one, or that of what is around it."""

import re
import tomllib

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.platform_samples import ONE_SEND
from vitrines.platforms import SHIPPED, PlatformFileError, load_platform
from vitrines.platforms.positions import Positions, key_text

FILES = {path.stem: path.read_text() for path in sorted(SHIPPED.glob("*.toml"))}


def lines_of(text, folder):
    """Every fault as (line, key)."""
    path = folder / "sample.toml"
    path.write_text(text)
    with pytest.raises(PlatformFileError) as error:
        load_platform(path)
    found = [re.fullmatch(r".*?\.toml:(\d+): (?:key '(.*?)': )?.*", f) for f in error.value.faults]
    return [(int(match[1]), match[2]) for match in found]


# Where keys stand

NASTY = '''# name = "not this"
name = "a" # = "b"
"quoted key" = 'x'
dotted.inner."odd.key" = 1
list = [ # first
  "one, [two]",
  { a = 1, b = [2, 3] }, # ]
  """x
  y = 1
""",
]
inline = { text = """a
b""", deep = { c = 'd' } }

[table]
text = """
[not.a.table]
key = 1 \\"""
quote at the end\\""""
after = \'\'\'
# no comment\'\'\'

[[many]]
[many.sub]
x = 1
[[many.inner]]
y = 1
[[many.inner]]
y = 2

[[many]]
[[many.inner]]
y = 3
when = 2026-11-23 10:00:00
[implied.sub]
z = 1
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("name", 2),
        ("quoted key", 3),
        ("dotted", 4),
        ("dotted.inner.odd.key", 4),
        ("list", 5),
        ("list[0]", 6),
        ("list[1].b[1]", 7),
        ("list[2]", 8),
        ("inline", 12),
        ("inline.text", 12),
        ("inline.deep.c", 13),
        ("table", 15),
        ("table.text", 16),
        ("table.after", 20),
        ("many", 23),
        ("many[0]", 23),
        ("many[0].sub.x", 25),
        ("many[0].inner[0].y", 27),
        ("many[0].inner[1].y", 29),
        ("many[1]", 31),
        ("many[1].inner[0].y", 33),
        ("many[1].inner[0].when", 34),
        ("implied", 35),
        ("implied.sub.z", 36),
        # Not written: the nearest that is.
        ("missing", 1),
        ("table.missing.more", 15),
        ("many[1].inner[0].missing", 32),
        ("many[0].sub.x.missing", 25),
        ("named", 1),
    ],
)
def test_line_of_a_key(key, line):
    assert Positions(NASTY).line(key) == line


@pytest.mark.parametrize(
    ("value", "within", "line"),
    [
        ("'''\na\nb\nc'''", 2, 4),
        ("'''a\nb\nc'''", 2, 3),
        ('"""\na\nb\nc"""', 3, 5),
        ('"""\na\\"\nb"""', 2, 4),
        # The text's lines are not the file's: the key's own.
        ('"""\na \\\n b\nc"""', 2, 2),
        ('"""\na\\nb\nc"""', 3, 2),
        ('"a\\nb"', 2, 2),
        # Past the end.
        ("'''\na'''", 9, 2),
    ],
)
def test_line_within_a_text(value, within, line):
    assert Positions(f"a = 1\nkey = {value}\n").line("key", within=within) == line


def test_line_of_a_fragment_is_told_only_where_it_is_the_only_one():
    positions = Positions("key = '''\nx\ny x\nz\n'''\n")
    assert positions.line("key", fragment="z") == 4
    assert positions.line("key", fragment="y x") == 3
    assert positions.line("key", fragment="x") == 1
    assert positions.line("key", fragment="w") == 1


def every_path(node, path=()):
    yield path
    children = enumerate(node) if isinstance(node, list) else ()
    for name, child in node.items() if isinstance(node, dict) else children:
        yield from every_path(child, (*path, name))


@pytest.mark.parametrize("text", [NASTY, *FILES.values()], ids=["nasty", *FILES])
def test_every_key_has_a_line_of_its_own_that_names_it(text):
    places, lines = Positions(text), text.split("\n")
    for path in every_path(tomllib.loads(text)):
        if path and isinstance(path[-1], str):
            assert path[-1] in lines[places.line(key_text(path)) - 1], path


# Faults


@pytest.mark.parametrize(
    ("appended", "expected"),
    [
        ('method = "PUTT"', [(21, "send[0].steps[0].method")]),
        ('\ncolour = "blue"', [(22, "send[0].steps[0].colour")]),
        ("\nprobe = { found = 'body' }", [(22, "send[0].steps[0].probe")]),
        ("\n[send.steps.probe]\nurl = 'https://a.example'", [(22, "send[0].steps[0].probe.found")]),
        ("json = '''\n{\n  \"a\": {{ x }}\n}'''", [(23, "send[0].steps[0].json")]),
        (
            "json = '''{\n\"a\": 1,\n\n\"b\": \"{{ pedido }}\"\n}'''",
            [(24, "send[0].steps[0].json")],
        ),
        # The same words on a line that is right, where they are known.
        (
            """json = '''[
{ "_each": "trackings", "a": "{{ item.code }}" },
{ "a": "{{ item.code }}" }
]'''""",
            [(23, "send[0].steps[0].json")],
        ),
        ("xml = '''\n<a>\n<b>\n</a>'''", [(24, "send[0].steps[0].xml")]),
        ("xml = '''\n\n\n<a>\n<b c=\"{{ pedido }}\"/>\n</a>'''", [(25, "send[0].steps[0].xml")]),
        ("form = '''\na=1\n\nb\n'''", [(24, "send[0].steps[0].form")]),
        ("form = '''\na=1\nb={{ pedido }}\n'''", [(23, "send[0].steps[0].form")]),
        ("raw = '''\na\nb {{ pedido }}\n'''", [(23, "send[0].steps[0].raw")]),
        ("raw = '''\na\n\nb {% if x %}\n'''", [(24, "send[0].steps[0].raw")]),
        ("raw = '''\na\n\nb {{ order.number +* 1 }}\n'''", [(24, "send[0].steps[0].raw")]),
        ("raw = '''\na\nb {{ order.number }\n'''", [(23, "send[0].steps[0].raw")]),
        (
            "graphql = 'mutation'\nvariables = '''\n{\n \"a\": \"{{ pedido }}\"}'''",
            [(24, "send[0].steps[0].variables")],
        ),
        (
            "[send.steps.headers]\nX-A = 'a'\nX-B = '{{ pedido }}'",
            [(23, "send[0].steps[0].headers.X-B")],
        ),
        ("success = '''\nstatus == `200`\n&& )'''", [(23, "send[0].steps[0].success")]),
        ("when = '''\norder.status ==\n pedido'''", [(22, "send[0].steps[0].when")]),
        (
            "[send.steps.body]\nkind = 'raw'\ntemplate = '''\na\n{{ pedido }}'''",
            [(25, "send[0].steps[0].body.template")],
        ),
    ],
)
def test_fault_is_told_with_its_line(appended, expected, tmp_path):
    assert lines_of(f"{ONE_SEND.rstrip()}\n{appended}\n", tmp_path) == expected


def test_fault_in_a_default_is_told_with_the_line_of_the_default(tmp_path):
    text = """name = "sample"
label = "Sample"
[[params]]
name = "body"
label = "Corpo"
kind = "template"
default = '''{
  "a": "{{ pedido }}"
}'''
[[send]]
channel = "url"
[[send.steps]]
url = "https://a.example/"
json = { param = "body" }
"""
    assert lines_of(text, tmp_path) == [(8, "send[0].steps[0].json")]


def test_fault_in_the_base_is_told_once_with_its_own_line(tmp_path):
    text = """name = "sample"
label = "Sample"
base_url = "https://{{ order.number }}.example"
[[send]]
channel = "url"
[[send.steps]]
path = "/a"
[[send.steps]]
path = "/b"
"""
    assert lines_of(text, tmp_path) == [(3, "base_url")]


def test_faults_are_told_in_the_order_of_their_lines(tmp_path):
    text = ONE_SEND.replace("base_url }}/", "bas_url }}/").replace("label = ", "labl = ", 1)
    assert [line for line, _ in lines_of(text, tmp_path)] == [1, 3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lines")


UNKNOWN = "colour_of_the_box"


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_unknown_key_anywhere_in_a_shipped_file_is_told_with_its_line(folder, data):
    lines = FILES[data.draw(st.sampled_from(sorted(FILES)))].split("\n")
    place = data.draw(st.integers(0, len(lines)))
    text = "\n".join([*lines[:place], f"{UNKNOWN} = 9", *lines[place:]])
    try:
        paths = [path for path in every_path(tomllib.loads(text)) if UNKNOWN in path]
    except tomllib.TOMLDecodeError:
        paths = []
    assume(paths)  # not inside of a text or a list
    assert (place + 1, key_text(paths[0])) in lines_of(text, folder)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_unknown_name_in_any_hole_of_a_shipped_file_is_told_with_its_line(folder, data):
    text = FILES[data.draw(st.sampled_from(sorted(FILES)))]
    holes = [match.end() for match in re.finditer(r"^[^#\n]*?\{\{ ", text, re.MULTILINE)]
    place = data.draw(st.sampled_from(holes))
    text = f"{text[:place]}{UNKNOWN} or {text[place:]}"
    try:
        found = lines_of(text, folder)
    except pytest.fail.Exception:
        assume(False)  # it was the help of a parameter
    assert text.count("\n", 0, place) + 1 in [line for line, _ in found]
