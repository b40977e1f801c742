"""The last lines: every cause or how many more there are; colours and symbols for a terminal alone."""

from __future__ import annotations

import io
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.cells import cell_len

from release_gate.telling.closing_lines import CLOSING_CAUSES, LONGEST, closing_lines
from release_gate.telling.colours import MARKS, coloured

DECLARATION: Any = SimpleNamespace(root=Path("/p"), docs_dir=Path("/p/docs"))
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def result(verdict: str, causes: int = 0, reasons: int = 0) -> dict[str, Any]:
    """A result with this many failed checks of different causes, one more of the first cause, and reasons."""
    names = [(f"A{number}", None) for number in range(causes)] + [("B1", "A0")] * bool(causes)
    checks = [
        {
            "id": name,
            "title": "It boils",
            "outcome": "FAILED",
            "blocked_by": None,
            "waived": False,
            "finding": {
                "check": name,
                "root_cause": f"cause of {name}",
                "same_cause_as": same,
                "fix_plan": [f"step {number} of {name}" for number in range(6)],
            },
        }
        for name, same in names
    ]
    return {
        "verdict": verdict,
        "run_id": "20261129_101010",
        "criteria": [{"id": "A", "title": "Heating", "verdict": verdict, "checks": checks}],
        "reasons": [f"reason {number}" for number in range(reasons)],
        "subject": {},
        "waivers": [],
        "notes": [],
    }


def lines_of(given: dict[str, Any], width: int | None = None) -> list[str]:
    return closing_lines(DECLARATION, given, Path("/p/docs/_runs/20261129_101010"), width)


@pytest.mark.parametrize("count", [1, 4, 5, 40])
def test_every_cause_is_named_or_counted(count: int) -> None:
    for told in (lines_of(result("FAIL", causes=count)), lines_of(result("INCOMPLETE", reasons=count))):
        named = [line for line in told if re.match(r"  (A\d+.*: cause|reason)", line)]
        more = [int(line.split()[1]) for line in told if line.startswith("  and ")]
        assert len(named) + sum(more) == count
        assert (len(more) == 1) == (count > CLOSING_CAUSES)


@pytest.mark.parametrize("causes", [1, 3, 9])
def test_problem_of_the_run_is_named_or_counted_beside_findings(causes: int) -> None:
    given = result("FAIL", causes=causes)
    given["reasons"] = [f"A{number} It boils FAILED: cause of A{number}" for number in range(causes)]
    given["reasons"] += ["B1 It boils FAILED: cause of B1", "A hook altered a report."]
    told = lines_of(given)
    assert ("  A hook altered a report." in told) == (causes < CLOSING_CAUSES)
    assert [line for line in told if line.startswith("  and ")] == (
        ["  and 6 more, in ERROR_TRIAGE_REPORT.md"] if causes == 9 else []
    )


def unproven(identity: str, outcome: str, blocked_by: str | None = None) -> dict[str, Any]:
    return {"id": identity, "title": "It stops", "outcome": outcome, "blocked_by": blocked_by, "waived": False}


@pytest.mark.parametrize("causes", [0, 1])
@pytest.mark.parametrize("note", [[], ["shard of pottery"]])
def test_skipped_check_is_told_beside_a_failure_and_whatever_its_reason_says(causes: int, note: list[str]) -> None:
    given = result("FAIL", causes=causes)
    given["notes"] = note
    given["criteria"][0]["checks"] += [unproven("C1", "SKIPPED"), unproven("C2", "NOT_RUN", "C1")]
    given["reasons"] = ["C1 It stops SKIPPED: NOT_RUN in this lab", "C2 It stops NOT_RUN (blocked by C1): none"]
    told = lines_of(given)
    assert "  C1 It stops SKIPPED: NOT_RUN in this lab" in told
    assert not any("C2" in line for line in told)
    assert told[0] == "PRODUCTION PROOF FAILED at step A. Heating"


def test_shard_tells_its_own_checks_and_the_step_that_it_ran() -> None:
    given = result("INCOMPLETE")
    heating = {"id": "B", "title": "Stopping", "verdict": "INCOMPLETE", "checks": [unproven("B1", "SKIPPED")]}
    given["criteria"][0]["checks"] = [unproven("A1", "NOT_RUN", "--criteria B")]
    given["criteria"].append(heating)
    given["reasons"] = ["A1 It stops NOT_RUN (blocked by --criteria B)", "B1 It stops SKIPPED: none"]
    assert lines_of(given)[:2] == ["PRODUCTION PROOF FAILED at step B. Stopping", "  B1 It stops SKIPPED: none"]
    heating["checks"], heating["verdict"] = [], "PASS"
    del given["reasons"][1]
    assert lines_of(given)[0] == "Shard ended without a failure"


@pytest.mark.parametrize(("causes", "steps"), [(1, 4), (2, 4), (3, 3), (4, 4), (9, 4)])
def test_causes_are_shown_with_their_first_steps(causes: int, steps: int) -> None:
    told = lines_of(result("FAIL", causes=causes))
    assert told[1:3] == ["  A0 (1 more check failed by it): cause of A0", "    fix: step 0 of A0"]
    assert sum(line.startswith("    fix: ") for line in told) == steps
    assert len(told) <= LONGEST


@pytest.mark.parametrize("width", [60, 80, 200])
def test_causes_and_steps_fit_the_terminal(width: int) -> None:
    given = result("FAIL", causes=2)
    for check in given["criteria"][0]["checks"]:
        check["finding"]["root_cause"] = "the water is cold, " * 20
    cut = [line for line in lines_of(given, width) if line.startswith("  ")]
    assert [len(line) < width for line in cut] == [True] * 6
    assert [line.endswith("…") for line in cut] == [True, False, False] * 2
    assert not any("…" in line for line in lines_of(given))


@pytest.mark.parametrize("text", ["水が冷たい。", "a水", "cafe\u0301 ", "🔧 "])
@pytest.mark.parametrize("width", [60, 61])
def test_wide_characters_take_two_columns_and_accents_none(text: str, width: int) -> None:
    given = result("FAIL", causes=1)
    given["criteria"][0]["checks"][0]["finding"]["root_cause"] = text * 100
    (cut,) = [line for line in lines_of(given, width) if text[:2] in line]
    assert width - 4 < cell_len(cut) < width
    assert cut.endswith("…")
    given["criteria"][0]["checks"][0]["finding"]["root_cause"] = "水" * 8
    assert any(line.endswith("水" * 8) for line in lines_of(given, width))


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class AsciiTerminal(Terminal):
    encoding = "ascii"


@pytest.fixture(autouse=True)
def no_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize("given", [result("PASS"), result("FAIL", causes=7), result("INCOMPLETE", reasons=1)])
def test_terminal_gets_a_symbol_beside_each_colour(given: dict[str, Any]) -> None:
    plain = lines_of(given)
    shown = coloured(plain, Terminal())
    assert len(shown) == len(plain)
    symbols = {symbol for _, symbol, _ in MARKS}
    for line, before in zip(shown, plain, strict=True):
        assert line.startswith("\x1b[")
        assert line.endswith("\x1b[0m")
        symbol, _, rest = ANSI.sub("", line).partition(" ")
        assert (symbol in symbols, rest) == (True, before.strip())
    bad = {symbol for line in shown for symbol in "✔✘" if symbol in line}
    assert bad == ({"✔"} if given["verdict"] == "PASS" else {"✘"})


def test_everything_else_gets_them_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = lines_of(result("PASS"))
    assert coloured(plain, io.StringIO()) == coloured(plain, AsciiTerminal()) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured(plain, Terminal()) == plain
    monkeypatch.setenv("NO_COLOR", "")
    assert coloured(plain, Terminal()) != plain
    monkeypatch.setenv("TERM", "dumb")
    assert coloured(plain, Terminal()) == plain
