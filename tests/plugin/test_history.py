"""The history is derived from the runs on disk, leaves none out, and calls nothing gone that was not proven gone."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from release_gate.sealing.past_runs.chronicle import normalised, recurrences
from tests.plugin.foreign import GATE, Project

RESULT = "RELEASE_GATE_RESULT.json"
WORKS, BROKEN = 'assert mode in ("slow", "fast")', 'assert mode == "slow", f"stuck after {len(mode)} s"'


def run(kettle: Project, works: bool) -> str:
    """One bare gate run of a kettle that works or does not; the run's id."""
    path = kettle.root / "tests" / "test_b_heating.py"
    text = path.read_text("utf-8")
    kettle.write("tests/test_b_heating.py", text.replace(BROKEN, WORKS) if works else text.replace(WORKS, BROKEN))
    before = {folder.name for folder in (kettle.root / "docs" / "_runs").glob("*/")}
    assert kettle.bare().exit_code == (0 if works else 1)
    (name,) = {folder.name for folder in (kettle.root / "docs" / "_runs").glob("*/")} - before
    return name


def index(kettle: Project) -> list[dict[str, Any]]:
    return list(json.loads((kettle.root / "docs" / "_runs" / "index.json").read_text("utf-8"))["runs"])


def page(kettle: Project, name: str) -> str:
    return (kettle.root / "docs" / name).read_text("utf-8")


def row_of(kettle: Project, check: str) -> list[str]:
    (row,) = [
        line for line in page(kettle, "ERROR_ERADICATION_SUMMARY.md").splitlines() if line.startswith(f"| {check}")
    ]
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_a_finding_is_open_until_a_run_proves_it_gone(kettle: Project) -> None:
    first, second = run(kettle, works=False), run(kettle, works=False)
    assert row_of(kettle, "B2")[3:] == ["2", first, second, "**no**"]
    assert "**B2** HEATING" in page(kettle, "FINAL_STATUS.md")
    third = run(kettle, works=True)
    assert row_of(kettle, "B2")[3:] == ["2", first, second, third]
    assert [entry["verdict"] for entry in index(kettle)] == ["FAIL", "FAIL", "PASS"]
    assert f"**PASS**, run `{third}`" in page(kettle, "FINAL_STATUS.md")


def test_no_run_is_left_out_and_none_is_believed_without_its_journal(kettle: Project) -> None:
    edited, cut, lost = (run(kettle, works=False) for _ in range(3))
    runs = kettle.root / "docs" / "_runs"
    text = (runs / edited / RESULT).read_text("utf-8")
    (runs / edited / RESULT).write_text(text.replace("stuck after", "struck by"))
    (runs / cut / RESULT).write_text(text[:100])
    (runs / lost / RESULT).unlink()
    told = kettle.run([*GATE, "history", "--json"])
    states = {entry["run_id"]: (entry["state"], entry["verdict"]) for entry in json.loads(told.output)["runs"]}
    assert states == {edited: ("contradicted", None), cut: ("unreadable", None), lost: ("unreadable", None)}
    assert f"| {cut} | unreadable |" in page(kettle, "ERROR_ERADICATION_SUMMARY.md")
    assert "releases nothing" in page(kettle, "FINAL_STATUS.md")


def test_changed_run_is_looked_at_again_whatever_the_index_says(kettle: Project) -> None:
    name = run(kettle, works=True)
    journal = kettle.root / "docs" / "_runs" / name / "journal.jsonl"
    journal.write_text(journal.read_text("utf-8").replace('"setup"', '"rinse"', 1))
    assert kettle.run([*GATE, "history"]).exit_code == 0
    assert [entry["state"] for entry in index(kettle)] == ["contradicted"]


def test_supervised_run_writes_it_too_and_a_killed_one_is_unsealed(kettle: Project) -> None:
    assert kettle.supervised().exit_code == 0
    assert [entry["state"] for entry in index(kettle)] == ["judged"]
    result = kettle.folder / RESULT
    record = json.loads(result.read_text("utf-8")) | {"finished_at": None, "verdict": "INCOMPLETE"}
    result.write_text(json.dumps(record))
    assert kettle.run([*GATE, "history"]).exit_code == 0
    assert [entry["state"] for entry in index(kettle)] == ["unsealed"]


def test_history_that_cannot_be_written_leaves_the_verdict(kettle: Project) -> None:
    (kettle.root / "docs" / "FINAL_STATUS.md").mkdir(parents=True)
    ended = kettle.supervised()
    assert (ended.exit_code, "could not be written" in ended.output) == (0, True), ended.output


def entry(number: int, found: list[str], passed: list[str], state: str) -> dict[str, Any]:
    findings = [{"check": check, "category": "X", "root_cause": f"{check} took {number} s"} for check in found]
    return {"run_id": f"r{number}", "state": state, "findings": findings, "passed": passed}


OUTCOMES = st.sampled_from(["found", "passed", "not run"])
RUNS = st.lists(
    st.tuples(OUTCOMES, OUTCOMES, st.sampled_from(["judged", "judged", "unsealed", "contradicted"])), max_size=8
)


@given(RUNS)
def test_gone_means_a_later_judged_run_passed_that_check(runs: list[tuple[str, str, str]]) -> None:
    told = [
        entry(
            number,
            [check for check, outcome in (("A1", one), ("B1", two)) if outcome == "found"],
            [check for check, outcome in (("A1", one), ("B1", two)) if outcome == "passed"],
            state,
        )
        for number, (one, two, state) in enumerate(runs)
    ]
    expected = {}
    for place, check in ((0, "A1"), (1, "B1")):
        judged = [(number, run[place]) for number, run in enumerate(runs) if run[2] == "judged"]
        found = [number for number, outcome in judged if outcome == "found"]
        if found:
            after = [number for number, outcome in judged if number > found[-1] and outcome == "passed"]
            expected[check] = (len(found), f"r{after[0]}" if after else None)
    assert {one.check: (len(one.runs), one.gone_since) for one in recurrences(told)} == expected


def test_what_differs_from_run_to_run_is_no_other_cause() -> None:
    assert normalised("port 5432 at 0x7f00 after 1.5 s") == normalised("port 6543 at 0x7fff after 12 s")
    assert normalised("port refused") != normalised("port closed")
