"""Waivers are strict: what is doubtful is an error, and each fault is told apart."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from release_gate.rules.declaration import Declaration, load
from release_gate.rules.model import Waiver
from release_gate.rules.waivers import Waivers, load_waivers
from tests.plugin.foreign import EXAMPLES, Project

TODAY = dt.date(2026, 11, 23)
GOOD = {"check": '"B2"', "reason": '"noisy thermostat"', "approver": '"A. Kettle"', "expires": "2027-01-31"}


def example() -> Declaration:
    declaration = load(EXAMPLES / "base")
    assert declaration is not None
    return declaration


def written(folder: Path, *entries: dict[str, str], tail: str = "") -> Path:
    path = folder / "release_waivers.toml"
    folder.mkdir(exist_ok=True)
    blocks = ["[[waivers]]\n" + "".join(f"{key} = {value}\n" for key, value in entry.items()) for entry in entries]
    path.write_text("\n".join(blocks) + tail, encoding="utf-8")
    return path


NEEDED = "it needs exactly check, reason, approver, expires"
DATE = "expires must be a date such as 2026-12-31, without quotes and without a time"


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        pytest.param({"expires": "2026-11-22"}, "B2 expired on 2026-11-22", id="expired yesterday"),
        pytest.param({"expires": '"2027-01-31"'}, f"B2: {DATE}", id="a text for a date"),
        pytest.param({"expires": "2027-01-31T10:00:00"}, f"B2: {DATE}", id="a time for a date"),
        pytest.param({"check": '"B9"'}, "B9 is not a required check", id="unknown check"),
        pytest.param({"check": '"B"'}, "B is not a required check", id="a criterion is no check"),
        pytest.param({"check": '"B*"'}, "B* is not a required check", id="a pattern is no check"),
        pytest.param({"check": '["B2"]'}, "['B2'] is not a required check", id="a list is no check"),
        pytest.param(
            {"check": '"A1"'}, "A1 belongs to A Water, which cannot be waived", id="a criterion that is not waivable"
        ),
        pytest.param({"reason": '"  "'}, "B2: reason must be a text that says something", id="blank reason"),
        pytest.param({"reason": "3"}, "B2: reason must be a text that says something", id="a number for a reason"),
        pytest.param({"approver": '""'}, "B2: approver must be a text that says something", id="no approver"),
        pytest.param({"severity": '"low"'}, f"{NEEDED}, not severity", id="unknown field"),
        pytest.param({"b": "1", "a": "2"}, f"{NEEDED}, not a, b", id="two unknown fields"),
    ],
)
def test_doubtful_waiver_is_an_error_that_names_line_and_number(
    tmp_path: Path, entry: dict[str, str], fault: str
) -> None:
    """A waiver after the doubtful one is read all the same."""
    path = written(tmp_path, GOOD | {"check": '"B1"'}, GOOD | entry, GOOD)
    waivers = load_waivers(path, example(), TODAY)
    assert waivers.errors == (f"release_waivers.toml, line 7, waiver 2: {fault}.",)
    assert [waiver.check for waiver in waivers.valid] == ["B1", "B2"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("[[waivers]]\ncheck = 'B2'\n", f"line 1, waiver 1: {NEEDED}.", id="fields left out"),
        pytest.param("waivers = [3, 4]\n", f"line 1, waiver 1: {NEEDED}.", id="a number is no waiver"),
    ],
)
def test_entry_without_its_fields_is_an_error(tmp_path: Path, text: str, error: str) -> None:
    waivers = load_waivers(written(tmp_path, tail=text), example(), TODAY)
    assert (waivers.valid, waivers.errors[0]) == ((), f"release_waivers.toml, {error}")


def test_check_that_is_waived_twice_is_an_error(tmp_path: Path) -> None:
    waivers = load_waivers(written(tmp_path, GOOD, GOOD), example(), TODAY)
    assert waivers.errors == ("release_waivers.toml, line 7, waiver 2: B2 is waived twice.",)
    assert waivers.valid == (Waiver("B2", "noisy thermostat", "A. Kettle", dt.date(2027, 1, 31)),)


@pytest.mark.parametrize(("expires", "warned"), [("2026-11-23", True), ("2026-11-30", True), ("2026-12-01", False)])
def test_waiver_is_valid_through_its_last_day_and_warns_before(tmp_path: Path, expires: str, warned: bool) -> None:
    waivers = load_waivers(written(tmp_path, GOOD | {"expires": expires}), example(), TODAY)
    assert [waiver.check for waiver in waivers.valid] == ["B2"]
    assert (waivers.errors, waivers.warnings) == ((), (f"The waiver of B2 expires on {expires}.",) * warned)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("waivers = 3\n", ", line 1: it may hold [[waivers]] only, not a table."),
        ("# a remark\n[waiver]\ncheck = 'B2'\n", ", line 2: it may hold [[waivers]] only, not waiver."),
        ("b = 1\na = 2\n", ", line 2: it may hold [[waivers]] only, not a, b."),
    ],
)
def test_file_that_holds_something_else_is_an_error(tmp_path: Path, text: str, error: str) -> None:
    found = load_waivers(written(tmp_path, tail=text), example(), TODAY)
    assert found == Waivers((), (f"release_waivers.toml{error}",), ())


@pytest.mark.parametrize("content", [b"not toml at all [", b"reason = '\xff'", b"a = " + b"[" * 5_000])
def test_file_that_cannot_be_read_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "release_waivers.toml"
    path.write_bytes(content)
    found = load_waivers(path, example(), TODAY)
    assert found == Waivers((), found.errors, ())
    assert [error.startswith("release_waivers.toml cannot be read: ") for error in found.errors] == [True]


def test_file_without_waivers_grants_none(tmp_path: Path) -> None:
    assert load_waivers(written(tmp_path, tail="# none yet\n"), example(), TODAY) == Waivers((), (), ())
    assert load_waivers(tmp_path / "absent.toml", example(), TODAY) == Waivers((), (), ())
    (tmp_path / "link.toml").symlink_to(tmp_path / "absent.toml")
    assert load_waivers(tmp_path / "link.toml", example(), TODAY).errors == ("link.toml is a link to nothing.",)


def test_file_is_utf_8_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD | {"reason": '"água"'})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert [waiver.reason for waiver in load_waivers(path, example(), TODAY).valid] == ["água"]


def test_waived_failure_is_named_in_every_report(kettle: Project) -> None:
    kettle.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', 'assert mode == "slow"')
    written(kettle.root / "docs", GOOD | {"expires": "2999-12-31"})
    ended = kettle.supervised()
    assert "PASS with 1 waiver (B2 until 2999-12-31)" in ended.output
    report = (kettle.folder / "ERROR_TRIAGE_REPORT.md").read_text("utf-8")
    assert "PASS with 1 waiver (B2 until 2999-12-31)" in report
    assert (kettle.check("B2")["outcome"], kettle.check("B2")["waived"]) == ("FAILED", True)
    assert kettle.result["waivers"] == [
        {
            "check": "B2",
            "reason": "noisy thermostat",
            "approver": "A. Kettle",
            "expires": "2999-12-31",
            "used": True,
        }
    ]


def test_needless_waiver_is_a_warning(kettle: Project) -> None:
    written(kettle.root / "docs", GOOD | {"expires": "2999-12-31"})
    kettle.bare()
    assert kettle.result["verdict"] == "PASS"
    assert ["B2" in warning for warning in kettle.result["warnings"]] == [True]


def test_waived_critical_failure_stops_nothing(kettle: Project) -> None:
    kettle.replace("pyproject.toml", 'id = "A"\ntitle = "Water"\nwaivable = false', 'id = "A"\ntitle = "Water"')
    kettle.replace("tests/test_a_water.py", "evidence.record", "raise OSError('dry')\n    evidence.record")
    written(kettle.root / "docs", GOOD | {"check": '"A1"', "expires": "2999-12-31"})
    assert kettle.supervised().exit_code == 0
    assert [kettle.check(name)["outcome"] for name in ("A1", "B1", "B2")] == ["FAILED", "PASSED", "PASSED"]
