"""What must not reach a run folder does not, in whatever shape it was about to."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment

from release_gate.record import redaction
from release_gate.record.redaction import MARK, Redactor, forms
from tests.plugin.foreign import Project

SECRET = 'k3ttle"&<swörd>'
PLANTED = """import warnings

import pytest

pytestmark = pytest.mark.kettle_ready
SECRET = 'k3ttle"&<swörd>'


@pytest.mark.check("B1")
@pytest.mark.parametrize("url", ["tap://u:firstpw@h", "tap://u:secondpw@h"])
def test_the_water_boils(run_folder, evidence, url, tmp_path):
    (run_folder / "boil.json").write_text('{"degrees": 100.0, "note": "ada@example.org"}')
    evidence.record("url", url, source=f"from {SECRET}")
    evidence.table("keys", ["who", "token"], [["ada@example.org", SECRET], {"password": "openup"}.items()])
    attached = tmp_path / "log.txt"
    attached.write_text(f"Authorization: Bearer abcdef0123456789 {SECRET}")
    evidence.attach(attached)


@pytest.mark.check("B2")
def test_it_switches_off():
    print("told to", SECRET)
    raise ConnectionError(f"tap://heat:plainpw@h refused ada@example.org and {SECRET}")
"""
HOOKS = """import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_secrets(config):
    return ['k3ttle"&<swörd>']


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_subject(config):
    return {"supplier": "tap://u:subjectpw@h"}
"""
LEAKS = ("firstpw", "secondpw", "plainpw", "subjectpw", "abcdef0123456789", "ada@example.org", *sorted(forms(SECRET)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://me:pw@host:5432/db", f"postgresql://me:{MARK}@host:5432/db"),
        ("postgresql+psycopg2://:pw@host", f"postgresql+psycopg2://:{MARK}@host"),
        ('{"api_key": "abcd1234"}', f'{{"api_key": "{MARK}"}}'),
        ("Authorization: Bearer abc1.def2", f"Authorization: Bearer {MARK}"),
        ("PASSWORD=hunter22 next", f"PASSWORD={MARK} next"),
        ("ghp_0123456789abcdefghij", MARK),
        ("write to ada.b+c@mail.example.org.", f"write to {MARK}."),
        ("http://localhost:8000/orders?q=1", "http://localhost:8000/orders?q=1"),
        ("git@host and 5@6, basic authentication", "git@host and 5@6, basic authentication"),
        ("tests/a.py::test_x[a@b]", "tests/a.py::test_x[a@b]"),
    ],
)
def test_redactor_removes_secrets_and_nothing_else(text: str, expected: str) -> None:
    assert Redactor()(text) == expected


@given(st.text(min_size=4, max_size=20).filter(lambda text: text.strip() == text), st.text(max_size=10))
def test_no_form_of_a_secret_survives(secret: str, around: str) -> None:
    redact = Redactor([secret])
    for form in forms(secret):
        left = redact(f"{around} {form} {around}").replace(MARK, "").replace(around, "")
        assert form not in left


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), st.lists, max_leaves=6))
def test_redacted_values_keep_their_shape(value: object) -> None:
    redacted = Redactor(["true", "1234"]).value({"token": 1234, "value": value})
    assert json.loads(json.dumps(redacted)) == redacted
    assert redacted["token"] == 1234


def test_planted_secrets_appear_nowhere_in_the_run(kettle: Project) -> None:
    kettle.write("tests/test_b_heating.py", PLANTED)
    kettle.write("conftest.py", HOOKS)
    kettle.bare()
    written = kettle.everything_written().decode()
    assert {leak for leak in LEAKS if leak in written} == set()
    assert MARK in written
    assert [kettle.check(name)["outcome"] for name in ("B1", "B2")] == ["PASSED", "FAILED"]
    assert len(kettle.check("B1")["cases"]) == 2


def test_secrets_in_a_workbook_are_found_and_it_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "rejected_rows.xlsx"
    book = Workbook()
    book.properties.creator = "ada@example.org"
    sheet = book.active
    assert sheet is not None
    sheet.append(["reason", SECRET, "tap://u:plainpw@h", 42])
    sheet["A1"].comment = Comment(f"told {SECRET}", "ada@example.org")
    book.save(path)
    Redactor([SECRET]).file(path)
    with zipfile.ZipFile(path) as archive:
        content = b"\n".join(archive.read(name) for name in archive.namelist()).decode(errors="replace")
    leaks = ["plainpw", "ada@example.org", *forms(SECRET)]
    assert not [leak for leak in leaks if leak in content]
    (row,) = load_workbook(path).active.iter_rows(values_only=True)
    assert row == ("reason", MARK, f"tap://u:{MARK}@h", 42)


def test_a_clean_workbook_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "clean.xlsx"
    Workbook().save(path)
    before = path.read_bytes()
    Redactor([SECRET]).file(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04 no zip", b"\x89PNG"])
def test_what_is_no_readable_zip_is_left(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "artefact.bin"
    path.write_bytes(content)
    Redactor([SECRET]).file(path)
    assert path.read_bytes() == content


@given(st.text("abkeytokn=: @.-_/x01\u212a\u017f", max_size=60))
def test_the_quick_look_changes_no_outcome(text: str) -> None:
    unguarded = redaction.KNOWN_TOKEN.sub(MARK, redaction.TOKEN.sub(rf"\g<1>{MARK}", text))
    assert Redactor()(text) == redaction.EMAIL.sub(MARK, unguarded)
