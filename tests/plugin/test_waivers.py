"""Waivers are strict: what is doubtful is an error, and each fault is told apart."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from release_gate.rules.declaration import load
from release_gate.rules.waivers import load_waivers
from tests.plugin.foreign import EXAMPLES, Project

TODAY = dt.date(2026, 11, 23)
GOOD = {"check": '"B2"', "reason": '"noisy thermostat"', "approver": '"A. Kettle"', "expires": "2027-01-31"}


def written(folder: Path, *entries: dict[str, str], tail: str = "") -> Path:
    path = folder / "release_waivers.toml"
    folder.mkdir(exist_ok=True)
    blocks = ["[[waivers]]\n" + "".join(f"{key} = {value}\n" for key, value in entry.items()) for entry in entries]
    path.write_text("\n".join(blocks) + tail, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([GOOD | {"expires": "2026-11-22"}], id="expired yesterday"),
        pytest.param([GOOD | {"expires": '"2027-01-31"'}], id="a text for a date"),
        pytest.param([GOOD | {"expires": "2027-01-31T10:00:00"}], id="a time for a date"),
        pytest.param([GOOD | {"check": '"B9"'}], id="unknown check"),
        pytest.param([GOOD | {"check": '"B"'}], id="a criterion is no check"),
        pytest.param([GOOD | {"check": '"B*"'}], id="a pattern is no check"),
        pytest.param([GOOD | {"check": '"A1"'}], id="not waivable"),
        pytest.param([GOOD | {"reason": '"  "'}], id="blank reason"),
        pytest.param([GOOD | {"approver": '""'}], id="no approver"),
        pytest.param([{key: GOOD[key] for key in ("check", "reason", "expires")}], id="approver left out"),
        pytest.param([GOOD | {"severity": '"low"'}], id="unknown field"),
        pytest.param([GOOD, GOOD], id="waived twice"),
    ],
)
def test_doubtful_waiver_is_an_error(tmp_path: Path, entries: list[dict[str, str]]) -> None:
    declaration = load(EXAMPLES / "base")
    assert declaration is not None
    waivers = load_waivers(written(tmp_path, *entries), declaration, TODAY)
    assert len(waivers.errors) == 1
    assert len(waivers.valid) == len(entries) - 1


@pytest.mark.parametrize(("expires", "warned"), [("2026-11-23", 1), ("2026-11-30", 1), ("2026-12-01", 0)])
def test_waiver_is_valid_through_its_last_day_and_warns_before(tmp_path: Path, expires: str, warned: int) -> None:
    declaration = load(EXAMPLES / "base")
    assert declaration is not None
    waivers = load_waivers(written(tmp_path, GOOD | {"expires": expires}), declaration, TODAY)
    assert [waiver.check for waiver in waivers.valid] == ["B2"]
    assert (len(waivers.errors), len(waivers.warnings)) == (0, warned)


@pytest.mark.parametrize("text", ["not toml at all [", "waivers = 3\n", "[waiver]\ncheck = 'B2'\n"])
def test_file_that_is_no_waiver_file_is_an_error(tmp_path: Path, text: str) -> None:
    declaration = load(EXAMPLES / "base")
    assert declaration is not None
    assert load_waivers(written(tmp_path, tail=text), declaration, TODAY).errors


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
