"""An expectation is evidence; one that fails stands in the finding of its check and in the triage."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from release_gate.in_pytest.evidence import Evidence
from tests.plugin.foreign import Project


def test_claim_that_is_compared_with_nothing_was_not_measured(tmp_path: Path) -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    evidence = Evidence(lambda event, **facts: told.append((event, facts)), tmp_path)
    evidence.expect(3, "cups").equals(3)
    evidence.expect(4, "lids")
    evidence.close()
    assert told[-1] == ("not_measured", {"reason": "nothing was expected of: lids"})


def test_evidence_does_not_travel_to_another_process(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="return what the child found"):
        pickle.dumps(Evidence(print, tmp_path))


def test_every_expectation_is_evidence(tmp_path: Path) -> None:
    kept: list[dict[str, Any]] = []
    evidence = Evidence(lambda _, **facts: kept.append(facts["item"]), tmp_path)
    evidence.expect(3, "cups", unit="cup", source="the shelf").equals(3)
    assert kept == [{"kind": "value", "name": "cups", "value": 3, "unit": "cup", "source": "the shelf"}]


def test_failed_expectation_stands_in_the_finding_and_the_triage(kettle: Project) -> None:
    kettle.replace(
        "tests/test_a_water.py",
        'evidence.record("level", 0.8, unit="l", source="the gauge")',
        'evidence.expect(0.2, "level ada@example.org", unit="l", source="the gauge").at_least(0.5)',
    )
    assert kettle.supervised().exit_code == 1
    finding = kettle.check("A1")["finding"]
    assert finding["expectation"] == {
        "claim": "level [redacted]",
        "expected": "at least 0.5",
        "actual": "0.2",
        "unit": "l",
        "source": "the gauge",
    }
    assert finding["root_cause"] == "level [redacted]: expected at least 0.5 l, found 0.2 l (from the gauge)"
    triage = (kettle.folder / "ERROR_TRIAGE_REPORT.md").read_text("utf-8")
    assert "  - expected: at least 0.5\n  - found: 0.2\n" in triage


def test_plain_assert_keeps_its_explanation(kettle: Project) -> None:
    kettle.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', 'assert len(mode) == 5, "slow"')
    kettle.replace("tests/test_a_water.py", "evidence.record", "assert [1, 2] == [1, 3]\n    evidence.record")
    assert kettle.supervised("--keep-going").exit_code == 1
    assert "[1, 2] == [1, 3]" in kettle.check("A1")["finding"]["root_cause"]
