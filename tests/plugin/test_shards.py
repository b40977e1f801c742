"""A shard is a run of some criteria; the events of several are put together as one run's."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release_gate.in_pytest.options.invocation import reproducible_options
from release_gate.record.records import Run
from release_gate.rules.model import Problem, Verdict
from release_gate.sealing.expiry import of_age
from release_gate.sealing.shards import Shard, faults_of, merged_events
from tests.plugin.foreign import GATE, Project


def test_reproduction_does_not_name_the_shard() -> None:
    options = [
        "--gate-criteria=A",
        "--gate-criteria",
        "B",
        "--workbook",
        "w.xlsx",
        "--gate-criteria",
        "A,B",
        "--tb=short",
    ]
    assert reproducible_options(options) == ["--workbook", "w.xlsx", "--tb=short"]


STAMPS = st.lists(st.integers(0, 59), max_size=6).map(sorted)


@given(STAMPS, STAMPS)
def test_merged_events_are_numbered_and_in_the_order_of_their_times(first: list[int], second: list[int]) -> None:
    events = merged_events([shard_at("A", first), shard_at("B", second)], "20260101_000000")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    stamps = [event["at"] for event in events]
    assert stamps == sorted(stamps)
    told = [event["nodeid"] for event in events if event["event"] == "finished"]
    assert (told.count("test_A"), told.count("test_B")) == (len(first), len(second))
    assert [event["event"] for event in events[:3]] == ["run_started", "invoked", "collected"]
    assert [item["nodeid"] for item in events[2]["items"]] == ["test_A", "test_B"]
    assert events[-1]["event"] == "session_finished"


def shard_at(criterion: str, seconds: list[int]) -> Shard:
    """A shard that ran one criterion of two, with an event of its own test and one of the other's at each second."""
    listed = [{"nodeid": f"test_{one}", "check": one} for one in "AB"]
    told: list[dict[str, Any]] = [
        {"event": "run_started", "run_id": criterion},
        {"event": "invoked", "criteria": [criterion]},
        {"event": "collected", "items": listed},
        *({"event": "finished", "nodeid": f"test_{one}", "second": second} for second in seconds for one in "AB"),
        {"event": "session_finished", "exitstatus": 0},
    ]
    last = max(seconds, default=0)
    events: list[dict[str, Any]] = [
        {"seq": seq, "at": f"2026-01-01T00:00:{0 if seq < 4 else event.pop('second', last):02}+00:00", **event}
        for seq, event in enumerate(told, 1)
    ]
    declaration: Any = SimpleNamespace(check=lambda check: SimpleNamespace(criterion=check))
    return Shard(Path(criterion), events, Run(declaration, criterion, events[0]["at"], invocation=events[1]), {})


def test_unknown_criterion_begins_no_run(kettle: Project) -> None:
    ended = kettle.run([*GATE, "run", "--criteria", "A,Z"])
    assert (ended.exit_code, kettle.runs) == (4, []), ended.output
    assert "Kettle has no criterion 'Z'; it has A, B, F." in ended.output


@pytest.mark.parametrize("criteria", ["", " , "])
def test_run_of_no_criterion_is_refused(kettle: Project, criteria: str) -> None:
    ended = kettle.bare(f"--gate-criteria={criteria}")
    assert (ended.exit_code, kettle.runs) == (4, []), ended.output
    assert "--gate-criteria names no criterion; Kettle has A, B, F." in ended.output


def test_problem_that_follows_from_a_shards_events_is_kept() -> None:
    first, second = shard_at("A", [1]), shard_at("B", [2])
    first.run.problems.append(Problem(Verdict.INCOMPLETE, "CLOCK", "The clock went backwards."))
    second.run.exit_status = 1
    problems = [event for event in merged_events([first, second], "") if event["event"] == "problem"]
    assert [(event["code"], event["message"]) for event in problems] == [
        ("CLOCK", "A (A): The clock went backwards."),
        ("EXIT_CODE", "B (B): pytest ended with exit code 1, where its checks' outcomes make 0."),
    ]
    assert {event["verdict"] for event in problems} == {"INCOMPLETE"}


def test_shards_whose_files_are_unknown_are_not_compared() -> None:
    declaration: Any = SimpleNamespace(criteria=[SimpleNamespace(id=one) for one in "AB"], checks=[])
    shards = [shard_at(criterion, []) for criterion in "AB"]
    unknown = [
        Shard(one.folder, one.events, one.run, {"subject": {"commit": None, "tree_sha256": None}}) for one in shards
    ]
    for one in unknown:
        one.run.sealed, one.run.declaration = {}, SimpleNamespace(check=one.run.declaration.check, checks=[])  # type: ignore[assignment]
        one.run.invocation["supervised"] = True
    told = list(faults_of(unknown, declaration))
    assert [one.partition(" cannot")[0] for one in told] == ["A (A)", "B (B)"], told


def test_merged_run_is_as_old_as_its_oldest_shard() -> None:
    now = dt.datetime(2026, 1, 9, tzinfo=dt.UTC)
    result = {"finished_at": now.isoformat(), "subject": {"oldest_shard_at": (now - dt.timedelta(days=8)).isoformat()}}
    assert of_age(result, dt.timedelta(days=7), now) == [
        "It is 8 days, 0:00:00 old; at most 7 days, 0:00:00 is accepted."
    ]
    assert of_age(result | {"subject": {}}, dt.timedelta(days=7), now) == []
