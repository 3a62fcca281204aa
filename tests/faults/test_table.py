"""The table in integrations/README.md is what the tests measure: each compares its own line."""

from collections import Counter
from pathlib import Path

from tests.faults.rows import lines_in_readme
from tests.faults.table import FAULTS, MODULES


def test_table_has_one_line_for_each_test_in_their_sequence():
    assert list(lines_in_readme()) == FAULTS
    assert Counter(FAULTS).most_common(1)[0][1] == 1


def test_table_knows_every_module_that_has_rows():
    files = {path.stem for path in Path(__file__).parent.glob("test_*.py")}
    with_rows = {name for name in files if "\n@fault(" in _text(name)}
    assert {module.__name__.rpartition(".")[2] for module in MODULES} == with_rows


def _text(name: str) -> str:
    return Path(__file__).with_name(f"{name}.py").read_text()
