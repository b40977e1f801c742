"""Answers of the API on trial while workbooks come and go and its gates file is tampered with (checks D4 to D8).

Each function makes its own workbook live before it asks; they take turns, because they share one database and file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.acceptance.support.ahead import Ahead
from tests.acceptance.support.declared_gates import BY_PRODUCT, DECLARED, GUARDED, DeclaredGate
from tests.acceptance.support.errands.errand import Errand
from tests.acceptance.support.trial import Trial, answer_of
from tests.acceptance.support.two_exports import of_both

TURNS = 5
"""Workbooks after which a gate had each of its four shares, was opened once and closed once."""

Asked = TypeVar("Asked")


def taking_turns(trial_ahead: Ahead[Trial], ask: Callable[[Trial], Asked]) -> Errand[Asked]:
    """The function as an errand, on the trial once it is ready and no other is at work on it."""

    def work() -> Asked:
        trial = trial_ahead.ready()
        with trial.turn:
            return ask(trial)

    return Errand(work)


@dataclass(frozen=True)
class Refused:
    """Answers of the guarded routes by gate while all gates are closed, and the operations of the OpenAPI document."""

    answers: dict[str, httpx.Response]
    operations: dict[str, Any]


def refused(trial: Trial) -> Refused:
    """Ask with data that support no gate (check D4)."""
    trial.ingest({gate.name: 1 for gate in GUARDED})
    answers = {gate.name: trial.answer(gate) for gate in GUARDED}
    return Refused(answers, trial.api.json("/api/openapi.json")["paths"])


@dataclass(frozen=True)
class Marked:
    """The status of a gate in a body, of an API that obeys the gates of the file or of the database."""

    gate: str
    percent: int
    path: str
    obeyed: str
    status: str | None


def degraded(trial: Trial) -> list[Marked]:
    """Ask with data that support each gate halfway (check D5)."""
    percent = {gate.name: halfway(gate) for gate in DECLARED if gate.disabled_below < gate.enabled_at}
    trial.ingest(percent)
    marks = []
    with trial.backend.served_here() as by_database:
        for declared in (gate for gate in DECLARED if gate.name in percent):
            paths = [declared.route.format(product=1)] if declared.route else ["/api/prodplan/orders", *BY_PRODUCT]
            for path, (obeyed, asked) in product(paths, {"file": trial.api, "database": by_database}.items()):
                found = {entry["gate"]: entry["status"] for entry in asked.json(path)["data_quality"] or []}
                name = declared.name
                marks.append(Marked(name, percent[name], path, obeyed, found.get(name)))
    return marks


def halfway(declared: DeclaredGate) -> int:
    """A share in percent at which the gate is degraded."""
    return int((declared.enabled_at + declared.disabled_below) / 2 * 100)


@dataclass(frozen=True)
class Tampered:
    """Statuses (case, gate or path, status) by tampered file; of the guarded routes by a sound one; and the orders'
    pages with a sound file and without one."""

    statuses: list[tuple[str, str, int]]
    supported: dict[str, int]
    names: dict[str, Any]
    closed_names: dict[str, Any]


def tampered(trial: Trial) -> Tampered:
    """Ask with data that support every gate and a file that is wrong (check D6)."""
    trial.ingest({gate.name: 100 for gate in DECLARED})
    api, gates_file, statuses = trial.api, trial.gates_file, []
    good = gates_file.read_text(encoding="utf-8")
    for case, content in wrong_files(good):
        if content is None:
            gates_file.unlink(missing_ok=True)
        else:
            put(gates_file, content)
        statuses += [(case, declared.name, answer_of(api, declared).status_code) for declared in GUARDED]
        statuses += [(case, path, api.get(path).status_code) for path in BY_PRODUCT]
        put(gates_file, good)
    names = api.json("/api/prodplan/orders", limit=50)
    supported = {declared.name: answer_of(api, declared).status_code for declared in GUARDED}
    gates_file.unlink()
    closed_names = api.json("/api/prodplan/orders", limit=50)
    put(gates_file, good)
    return Tampered(statuses, supported, names, closed_names)


def put(path: Path, content: str) -> None:
    """Replace at once, as ingestion does."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(content, encoding="utf-8")
    temporary.replace(path)


def wrong_files(good: str) -> Iterator[tuple[str, str | None]]:
    """Ways in which the file can be wrong, made of one that opens every gate."""
    yield "missing", None
    yield "empty", ""
    yield "no JSON", good[: len(good) // 2]
    yield "another shape", json.dumps({"gates": []})
    wide_open = json.loads(good)
    yield "of another run", json.dumps(wide_open | {"run_id": wide_open["run_id"] + 1})
    yield "of another workbook", json.dumps(wide_open | {"excel_sha256": "0" * 64})
    for gate in wide_open["gates"]:
        gate |= {"match_rate": 0.0, "matched": 0}
    yield "statuses that do not follow from the rates", json.dumps(wide_open)


Crossings = dict[str, list[tuple[int, int]]]
"""The matched share of 100 references and the route's status, workbook after workbook, by guarded gate."""


def crossings(trial: Trial) -> Crossings:
    """Ask while data become better and worse (check D7).

    Each gate has its shares in another order, so that no two open and close together.
    """
    found: Crossings = {declared.name: [] for declared in GUARDED}
    for turn in range(TURNS):
        shares = {declared.name: shares_around(declared)[(turn + n) % 4] for n, declared in enumerate(GUARDED)}
        trial.ingest(shares)
        for declared in GUARDED:
            found[declared.name].append((shares[declared.name], trial.answer(declared).status_code))
    return found


def shares_around(declared: DeclaredGate) -> tuple[int, int, int, int]:
    """Shares of which two in succession open the gate and two close it, wherever in the circle one begins."""
    edge = lower_edge(declared)
    return edge - 1, edge, 100, edge - 2


def lower_edge(declared: DeclaredGate) -> int:
    return int(declared.disabled_below * 100)


def two_exports(trial: Trial) -> dict[str, list[str]]:
    """Differences of the answers about two exports from the oracles' of both, by path (check D8)."""
    return dict(of_both(trial))
