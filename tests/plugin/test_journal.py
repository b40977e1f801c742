"""The journal is whole and in order, or it is none; what it says does not depend on who asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from release_gate.record.files import as_json
from release_gate.record.journal import Journal, JournalError, encode, read
from release_gate.record.records import STAGES, fold
from release_gate.rules.declaration import load
from release_gate.rules.model import Outcome
from release_gate.sealing.result import build
from tests.plugin.foreign import EXAMPLES

BASE = EXAMPLES / "base"
CHECKS = ("A1", "B1", "B2", "F1", "F2", "F3", "F5")
DECIDED = {check: {"outcome": "PASSED", "reason": ""} for check in CHECKS[3:]}


def events(*, drop: Callable[[dict[str, Any]], bool] = lambda _: False, apart: bool = True) -> list[dict[str, Any]]:
    """A passed run's journal, without the events that `drop` picks. apart: each phase is an event of its own."""
    declaration = load(BASE)
    assert declaration is not None
    told: list[dict[str, Any]] = [
        {"event": "run_started", "run_id": "r", "declaration": dict(declaration.raw)},
        {"event": "invoked", "argv": []},
        {"event": "collected", "items": [{"nodeid": check, "check": check} for check in CHECKS]},
    ]
    for check in CHECKS:
        node = {"nodeid": check, "check": check}
        told.append({"event": "started", **node})
        for when in STAGES if apart else ():
            told.append(
                {"event": "phase", **node, "when": when, "outcome": "passed", "duration_s": 0.1, "xfail": False}
            )
        told.append({"event": "finished", **node, **({} if apart else {"passed_s": dict.fromkeys(STAGES, 0.1)})})
    told.append({"event": "session_finished", "exitstatus": 0})
    artefacts = [{"path": "boil.json", "sha256": "0" * 64, "bytes": 1}]
    told.append({"event": "sealed", "subject": {}, "artefacts": artefacts, "checks": DECIDED})
    return [event | {"at": "2026-01-01T00:00:00.000+00:00"} for event in told if not drop(event)]


def verdict(told: list[dict[str, Any]]) -> str:
    return str(build(fold(told, BASE))["verdict"])


def test_whole_journal_of_passed_checks_is_a_pass() -> None:
    assert verdict(events()) == "PASS"


def test_phases_that_only_passed_say_the_same_in_the_event_that_ends_their_test() -> None:
    assert build(fold(events(apart=False), BASE)) == build(fold(events(), BASE))


@given(st.integers(1, len(events(apart=False)) - 1))
def test_losing_any_event_of_tests_that_only_passed_never_yields_pass(lost: int) -> None:
    told = events(apart=False)
    event = told.pop(lost)
    assert (verdict(told) == "PASS") == (event["event"] == "invoked")


@pytest.mark.parametrize(
    ("passed_s", "outcome"),
    [({}, Outcome.NOT_RUN), ({"setup": 0.1, "teardown": 0.1}, Outcome.NOT_RUN), ({"call": 0.1}, Outcome.NOT_RUN)],
)
def test_phase_that_the_end_of_a_test_does_not_name_has_not_passed(passed_s: object, outcome: Outcome) -> None:
    told = events(apart=False)
    place = next(n for n, event in enumerate(told) if event["event"] == "finished" and event["nodeid"] == "B1")
    told[place] = told[place] | {"passed_s": passed_s}
    (found,) = [result for result in fold(told, BASE).results() if result.check == "B1"]
    assert found.outcome is outcome


@settings(deadline=None)
@given(st.integers(1, len(events()) - 1))
def test_losing_any_event_but_the_command_line_never_yields_pass(lost: int) -> None:
    told = events()
    del told[lost]
    assert (verdict(told) == "PASS") == (events()[lost]["event"] == "invoked")


@given(st.integers(0, len(events()) - 2))
def test_journal_cut_anywhere_never_yields_pass(kept: int) -> None:
    told = events()[: kept + 1]
    assert verdict(told) != "PASS"


@given(st.integers(3, len(events()) - 3))
def test_event_told_twice_never_yields_pass(repeated: int) -> None:
    told = events()
    told.insert(repeated, told[repeated])
    assert verdict(told) != "PASS"


def without_an_end(verdict: str) -> list[dict[str, Any]]:
    """A merged run's journal of a shard that did not end, with a problem of that verdict about it."""
    named = {"code": "NOT_FINISHED", "verdict": verdict, "message": "r1 (A): The session did not finish."}
    told = events(drop=lambda event: event["event"] == "session_finished")
    return [*told[:-1], {"event": "problem", "at": told[-1]["at"], **named}, told[-1]]


def test_session_of_a_shard_that_did_not_end_is_told_once() -> None:
    told = fold(without_an_end("INCOMPLETE"), BASE).problems
    assert [problem.message for problem in told] == ["r1 (A): The session did not finish."]
    assert verdict(without_an_end("INCOMPLETE")) == "INCOMPLETE"


def test_problem_that_blocks_nothing_tells_no_end_of_a_session() -> None:
    assert len(fold(without_an_end("PASS"), BASE).problems) == 2
    assert verdict(without_an_end("PASS")) == "INCOMPLETE"


@pytest.mark.parametrize("told", [[], events()[1:], [{"event": "sealed"}]])
def test_journal_that_does_not_begin_with_a_run_is_none(told: list[dict[str, Any]]) -> None:
    with pytest.raises(JournalError):
        fold(told, BASE)


@pytest.mark.parametrize(
    ("phase", "change", "outcome"),
    [
        ("call", {"outcome": "failed"}, Outcome.FAILED),
        ("setup", {"outcome": "failed"}, Outcome.ERROR),
        ("teardown", {"outcome": "failed"}, Outcome.ERROR),
        ("call", {"outcome": "skipped"}, Outcome.SKIPPED),
        ("call", {"outcome": "skipped", "xfail": True}, Outcome.XFAILED),
        ("call", {"xfail": True}, Outcome.XPASSED),
        ("call", {"when": "setup"}, Outcome.RAN_TWICE),
        ("call", {"when": "subtest"}, Outcome.NOT_RUN),
    ],
)
def test_what_a_phase_makes_of_its_check(phase: str, change: dict[str, Any], outcome: Outcome) -> None:
    told = events()
    place = next(n for n, event in enumerate(told) if event.get("when") == phase and event["nodeid"] == "B1")
    told[place] = told[place] | change
    (found,) = [result for result in fold(told, BASE).results() if result.check == "B1"]
    assert found.outcome is outcome


@pytest.mark.parametrize(
    "value",
    ['ä \u2028 "\\\n', 1, -0.0, 1e300, float("inf"), float("nan"), True, None, [], {1: {}}, Path("x"), (1, [2])],
)
def test_event_is_written_as_json_would_write_it(value: object) -> None:
    event = {"event": "evidence", "item": value}
    assert encode(event) == json.dumps(event, ensure_ascii=False, default=str)


def test_same_events_give_the_same_bytes() -> None:
    assert as_json(build(fold(events(), BASE))) == as_json(build(fold(json.loads(json.dumps(events())), BASE)))


def written(folder: Path, count: int = 3) -> Path:
    journal = Journal(folder)
    for number in range(count):
        journal.append("event", number=number)
    journal.close()
    return journal.path


def test_journal_goes_on_where_it_ended(tmp_path: Path) -> None:
    written(tmp_path)
    assert [event["seq"] for event in read(written(tmp_path))] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda lines: lines[1:], id="first line lost"),
        pytest.param(lambda lines: [lines[0], lines[2]], id="middle line lost"),
        pytest.param(lambda lines: [*lines, lines[2]], id="line repeated"),
        pytest.param(lambda lines: [lines[1], lines[0], lines[2]], id="lines swapped"),
        pytest.param(lambda lines: [*lines[:2], lines[2][:-1]], id="last line cut"),
        pytest.param(lambda lines: [*lines[:2], b"[]\n"], id="no event"),
        pytest.param(lambda lines: [*lines[:2], b"\xff\n"], id="no text"),
    ],
)
def test_spoiled_journal_is_none(tmp_path: Path, spoil: Callable[[list[bytes]], list[bytes]]) -> None:
    path = written(tmp_path)
    path.write_bytes(b"".join(spoil(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(JournalError):
        list(read(path))


def test_many_threads_write_one_journal_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: journal.append("event", number=number), range(400)))
    journal.close()
    assert sorted(event["number"] for event in read(journal.path)) == list(range(400))


def test_text_beyond_utf_8_is_kept_as_its_escape(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append("note", message="\udcff ü", **{"\ud800": 1})
    journal.close()
    (event,) = read(tmp_path / "journal.jsonl")
    assert (event["message"], event["\\ud800"]) == ("\\udcff ü", 1)


def test_journal_that_is_closed_says_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.close()
    with pytest.raises(JournalError, match="its journal is closed"):
        journal.append("event")
