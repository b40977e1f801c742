"""The declaration names everything that seals a run, wherever it stands there; ambiguous entries are refused."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from release_gate.record.clock import CLOCK
from release_gate.record.records import fold
from release_gate.rules.declaration import DeclarationError, load, parse
from release_gate.rules.model import Seal
from release_gate.sealing.seal import decide
from tests.plugin.foreign import EXAMPLES, Project
from tests.plugin.test_journal import events

BASE = EXAMPLES / "base"
SEALS = {"F1": "complete", "F2": "artefacts", "F3": "schemas", "F5": "triaged"}


def table() -> dict[str, Any]:
    loaded: dict[str, Any] = tomllib.loads((BASE / "pyproject.toml").read_text("utf-8"))["tool"]["release_gate"]
    return loaded


def sealed_by(rules: dict[str, str]) -> dict[str, Any]:
    """The kettle's declaration with these rules on its checks, and no other."""
    declared = table()
    for check in declared["checks"]:
        check.pop("seals", None)
        if check["id"] in rules:
            check["seals"] = rules[check["id"]]
    return declared


@pytest.mark.parametrize("order", list(permutations(SEALS.values())))
def test_each_check_is_decided_by_the_rule_that_it_names(order: tuple[str, ...], tmp_path: Path) -> None:
    rules = dict(zip(SEALS, order, strict=True))
    (tmp_path / "boil.json").write_text('{"degrees": 20}', encoding="utf-8")
    os.utime(tmp_path / "boil.json", (1, 1))
    told = events(drop=lambda event: event.get("nodeid") == "B1")
    told[0] = told[0] | {"declaration": sealed_by(rules) | {"artefacts": ["boil.json"]}}
    decided = decide(fold(told, BASE), tmp_path, present={"boil.json"})
    assert {rules[check]: decision["reason"].partition(":")[0] for check, decision in decided.items()} == {
        "complete": "no complete record of B1",
        "artefacts": "boil.json is older than this run",
        "schemas": "boil.json",
        "triaged": "",
    }


@pytest.mark.parametrize(
    ("age_s", "outcome", "reason"),
    [
        (0.0, "NOT_RUN", "boil.json may be older than this run: the clock of its disk is 3600 s behind the run's"),
        (7200.0, "FAILED", "boil.json is older than this run"),
    ],
)
def test_artefact_is_not_called_older_because_the_clock_was_put_back_an_hour(
    age_s: float, outcome: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    monkeypatch.setattr(CLOCK, "now", lambda: later)
    path = tmp_path / "boil.json"
    path.write_text('{"degrees": 100.0}', encoding="utf-8")
    os.utime(path, (path.stat().st_mtime - age_s,) * 2)
    told = [event | {"at": later.isoformat()} for event in events()]
    told[0] = told[0] | {"declaration": sealed_by(dict(SEALS)) | {"artefacts": ["boil.json"]}}
    decided = decide(fold(told, BASE), tmp_path, present={"boil.json"})["F2"]
    assert (decided["outcome"], decided["reason"].startswith(reason)) == (outcome, True)


def test_every_rule_is_decided_and_its_check_is_known_as_sealed() -> None:
    declaration = parse(table(), BASE)
    assert {check.id: check.seals for check in declaration.checks if check.sealed} == SEALS
    assert set(SEALS.values()) == {seal.value for seal in Seal}


def test_nothing_to_seal_is_nothing_to_declare() -> None:
    assert not any(check.sealed for check in parse(sealed_by({}) | {"artefacts": [], "schemas": {}}, BASE).checks)


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        pytest.param(
            SEALS | {"F1": "compleet"}, '(F1), seals: seals = "compleet" is no rule; there are seals = "c', id="unknown"
        ),
        pytest.param(SEALS | {"F1": ["complete"]}, "(F1), seals: seals = ['complete'] is no rule", id="no text"),
        pytest.param(SEALS | {"F1": True}, "(F1), seals: seals = true is no rule", id="a flag"),
        pytest.param(SEALS | {"B2": "triaged"}, 'B2, F5: one check alone may have seals = "triaged"', id="named twice"),
        pytest.param(
            {"F3": "schemas"}, 'artefacts are declared, and no check has seals = "artefacts"', id="artefacts left out"
        ),
        pytest.param(
            {"F2": "artefacts"}, 'schemas are declared, and no check has seals = "schemas"', id="schemas left out"
        ),
    ],
)
def test_rule_that_cannot_be_followed_is_refused(rules: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        parse(sealed_by(rules), BASE)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("door", ["bare", "supervised"])
def test_sealed_check_without_a_rule_is_misconfigured_through_each_door(kettle: Project, door: str) -> None:
    kettle.replace("pyproject.toml", 'seals = "triaged"', "sealed = true")
    ended = getattr(kettle, door)()
    assert ended.exit_code == 4, ended.output
    told = 'line 79, checks[6] (F5), sealed: the key "sealed" is unknown; did you mean "seals"?'
    assert told in ended.output
    assert not (kettle.root / "docs").exists()
    assert "Traceback" not in ended.output
    assert not kettle.runs


def test_declaration_may_lie_in_a_file_of_its_own(kettle: Project) -> None:
    inline = load(kettle.root)
    text = (kettle.root / "pyproject.toml").read_text("utf-8")
    kettle.write("gate.toml", text.replace("[tool.release_gate]\n", "").replace("tool.release_gate.", ""))
    kettle.write("pyproject.toml", '[tool.release_gate]\ndeclaration = "gate.toml"\n')
    assert load(kettle.root) == inline
    kettle.write("pyproject.toml", '[tool.release_gate]\ndeclaration = "gate.toml"\ntitle = "Kettle"\n')
    with pytest.raises(DeclarationError, match=r"title belong into gate\.toml"):
        load(kettle.root)


def test_criterion_always_runs_where_it_says_so_or_seals_the_run() -> None:
    declared = table()
    declared["criteria"].append({"id": "G", "title": "After"})
    declared["checks"].append(declared["checks"][1] | {"id": "G1"})
    for entry in declared["criteria"]:
        entry.pop("always", None)
    assert [one.id for one in parse(declared, BASE).criteria if one.always] == ["F"]
    declared["criteria"][2]["always"], declared["criteria"][3]["always"] = False, True
    assert [one.id for one in parse(declared, BASE).criteria if one.always] == ["G"]
