"""ctrf-report.json: a reader of that file alone is not misled, and the file is never one of an older run."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release_gate.record import ctrf
from release_gate.rules.declaration import load
from release_gate.rules.model import BROKEN, Outcome
from release_gate.sealing.folders import unjudged
from tests.plugin.ctrf import assert_honest
from tests.plugin.foreign import Project

FINDING = {
    "id": "FINDING-01",
    "category": "HEATING",
    "root_cause": "cold",
    "reproduction": "pytest",
    "fix_plan": ["heat"],
    "acceptance": "hot",
    "same_cause_as": None,
    "evidence": [],
}
WAIVER = {"reason": "series 7.", "approver": "A. Kettle", "expires": "2999-12-31", "used": True}


def checked(number: int, outcome: Outcome, waived: bool) -> dict[str, Any]:
    """A result's entry for a check; only a broken one can be waived."""
    check = {
        "id": f"B{number}",
        "title": "It boils",
        "nodeid": "tests/test_b.py::test_it",
        "outcome": outcome.value,
        "reason": "",
        "blocked_by": None,
        "waived": waived and outcome in BROKEN,
        "category": "HEATING",
        "duration_s": number / 7,
    }
    return check | ({"finding": FINDING} if outcome in BROKEN else {})


@st.composite
def results(draw: st.DrawFn) -> dict[str, Any]:
    """Results of every mixture of outcomes, waivers and reasons that concern the run alone."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(Outcome), st.booleans()), max_size=12))
    checks = [checked(number, *one) for number, one in enumerate(drawn)]
    proven = all(check["outcome"] == "PASSED" or check["waived"] for check in checks)
    of_the_run = draw(st.sampled_from(["", "FAIL", "INCOMPLETE", "MISCONFIGURED"]))
    verdict = of_the_run or ("PASS" if proven else draw(st.sampled_from(["FAIL", "INCOMPLETE"])))
    return {
        "title": "Kettle",
        "verdict": verdict,
        "run_id": "20260101_000000",
        "reasons": [] if verdict == "PASS" else ["It was left out."],
        "notes": [],
        "subject": draw(st.sampled_from([{}, {"commit": None}, {"commit": "a" * 40}])),
        "started_at": "2026-01-01T00:00:00.000+00:00",
        "finished_at": draw(st.sampled_from([None, "2026-01-01T00:00:01.000+00:00", "2025-12-31T00:00:00+00:00"])),
        "criteria": [{"id": "B", "title": "Heating", "checks": checks}],
        "waivers": [WAIVER | {"check": check["id"]} for check in checks if check["waived"]],
    }


@given(results())
def test_report_is_valid_and_calls_nothing_passed_that_is_not(result: dict[str, Any]) -> None:
    assert_honest(ctrf.report(result), result)


@pytest.mark.parametrize("door", ["bare", "supervised"])
def test_waived_check_is_neither_passed_nor_failed(kettle: Project, door: str) -> None:
    kettle.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', 'assert mode == "slow"')
    waiver = 'check = "B2"\nreason = "Series 7."\napprover = "A. Kettle"\nexpires = 2999-12-31\n'
    kettle.write("docs/release_waivers.toml", f"[[waivers]]\n{waiver}")
    getattr(kettle, door)()
    assert_honest(kettle.ctrf, kettle.result)
    (test,) = [test for test in kettle.ctrf["results"]["tests"] if test["name"].startswith("B2 ")]
    assert (test["status"], test["rawStatus"]) == ("other", "FAILED")
    assert test["message"].startswith("Waived until 2999-12-31 by A. Kettle: Series 7. It is still FAILED: ")


LEAVES_THE_LAST_OUT = """
def pytest_collection_modifyitems(config, items):
    config.hook.pytest_deselected(items=[item for item in items if "switches_off" in item.name])
    items[:] = [item for item in items if "switches_off" not in item.name]
"""


def test_run_that_was_narrowed_has_an_entry_that_says_so(kettle: Project) -> None:
    kettle.write("conftest.py", LEAVES_THE_LAST_OUT)
    kettle.bare()
    (of_the_run,) = [test for test in kettle.ctrf["results"]["tests"] if test["rawStatus"] == "INCOMPLETE"]
    assert of_the_run["status"] == "failed"
    assert "Deselected: tests/test_b_heating.py::test_it_switches_off" in of_the_run["message"]


def test_report_may_be_among_the_required_artefacts(kettle: Project) -> None:
    kettle.replace("pyproject.toml", '"junit.xml"]', '"junit.xml", "ctrf-report.json"]')
    assert kettle.supervised().exit_code == 0


def test_report_is_sealed_with_the_others(kettle: Project) -> None:
    kettle.commit()
    assert kettle.supervised().exit_code == 0
    assert [one["path"] for one in kettle.result["artefacts"]].count("ctrf-report.json") == 1
    assert kettle.verify().exit_code == 0
    forged = (kettle.folder / "ctrf-report.json").read_text("utf-8").replace('"passed": 7', '"passed": 8')
    (kettle.folder / "ctrf-report.json").write_text(forged, "utf-8")
    assert "ctrf-report.json was changed since the run was sealed" in kettle.verify().output


FORGED = """import json

import pytest

pytestmark = pytest.mark.kettle_ready


@pytest.mark.check("B1")
def test_the_water_boils(run_folder):
    (run_folder / "ctrf-report.json").write_text('{"forged": true}')
    (run_folder / "boil.json").write_text(json.dumps({"degrees": 100.0}))


@pytest.mark.check("B2")
def test_it_switches_off(run_folder):
"""
DYING = "    __import__('os')._exit(0)\n"
DAMAGING = """    journal = run_folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"run_started", b"run_staryed"))
"""


@pytest.mark.parametrize("end", [DYING, DAMAGING, "    assert True\n"], ids=["dies", "damages the journal", "passes"])
def test_what_a_check_left_in_its_place_never_survives(kettle: Project, end: str) -> None:
    kettle.write("tests/test_b_heating.py", FORGED + end)
    kettle.supervised()
    assert_honest(kettle.ctrf, kettle.result)


def test_report_says_incomplete_from_the_first_moment(kettle: Project) -> None:
    look = "    report = (run_folder / 'ctrf-report.json').read_text()\n    assert 'INCOMPLETE' in report\n"
    kettle.replace("tests/test_b_heating.py", "(run_folder):\n", f"(run_folder):\n{look}")
    assert kettle.supervised().exit_code == 0


def test_run_that_cannot_be_judged_stays_incomplete_and_says_why(kettle: Project) -> None:
    assert kettle.supervised().exit_code == 0
    declaration = load(kettle.root)
    assert declaration is not None
    unjudged(declaration, kettle.folder, kettle.result["started_at"], "The disk is full.")
    assert (kettle.result["verdict"], "The disk is full." in kettle.result["reasons"]) == ("INCOMPLETE", True)
    assert_honest(kettle.ctrf, kettle.result)
    assert "The disk is full." in kettle.blocked.read_text("utf-8")


def test_same_result_gives_the_same_bytes(kettle: Project) -> None:
    kettle.supervised()
    assert json.dumps(ctrf.report(kettle.result)) == json.dumps(kettle.ctrf)
