"""The supervisor's copy of the journal admits secrets taken out of it, and nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from release_gate.record import journal
from release_gate.record.journal import NAME, Journal
from release_gate.record.redaction import Redactor
from release_gate.record.witness import Witness


def told(folder: Path) -> tuple[Witness, Path]:
    """A journal of three events: the supervisor wrote the first and received the others."""
    begun = Journal(folder)
    begun.append("run_started", declaration={"title": "steam-engine"})
    begun.close()
    witness = Witness()
    witness.begin(folder / NAME)
    journal = Journal(folder, witness=os.dup(witness.write_end))
    witness.listen()
    journal.append("phase", nodeid="a[steam-engine]", outcome="failed", failure={"message": "steam-engine broke"})
    journal.append("sealed", artefacts=[{"path": "a", "sha256": "0" * 64, "bytes": 1}])
    assert journal.witness is not None
    os.close(journal.witness)
    journal.close()
    return witness, folder / NAME


def changed(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    events = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    change(events)
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")


def test_journal_as_it_was_told_is_not_objected_to(tmp_path: Path) -> None:
    witness, path = told(tmp_path)
    assert witness.objection() is None
    assert witness.told() == path.read_bytes()


def test_secrets_taken_out_later_are_not_objected_to(tmp_path: Path) -> None:
    witness, path = told(tmp_path)
    journal = Journal(tmp_path)
    journal.rewrite(Redactor(["steam-engine"]).event)
    journal.close()
    assert "steam-engine broke" not in path.read_text("utf-8")
    assert witness.objection() is None


@pytest.mark.parametrize(
    "change",
    [
        lambda events: events[1].update(outcome="passed"),
        lambda events: events[1].update(outcome="[redacted]"),
        lambda events: events[1].update(nodeid="b"),
        lambda events: events[1]["failure"].update(message="steam-engine [redacted] broke"),
        lambda events: events[2]["artefacts"][0].update(bytes=2),
        lambda events: events[2]["artefacts"].append({}),
        lambda events: events[0]["declaration"].update(title="tea"),
        lambda events: events.pop(),
        lambda events: events.append({"seq": 4, "event": "note", "message": "x"}),
        lambda events: events.clear(),
    ],
)
def test_every_other_change_is_objected_to(change: Callable[[list[dict[str, Any]]], object], tmp_path: Path) -> None:
    witness, path = told(tmp_path)
    changed(path, change)
    assert witness.objection()


def test_a_fake_file_system_takes_no_event_from_the_witness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyfakefs replaces every name of a module that is a function of os, also of the gate's modules."""
    for name in [name for name, value in vars(journal).items() if value is os.write]:
        monkeypatch.setattr(journal, name, lambda *_: 0)
    witness, path = told(tmp_path)
    assert witness.objection() is None
    assert witness.told() == path.read_bytes()
