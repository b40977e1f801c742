"""The events of one run from those of its shards: runs of some criteria each, perhaps on several machines. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from release_gate.record.inputs import inputs_in
from release_gate.record.journal import Event
from release_gate.record.records import Run
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import Outcome, Seal
from release_gate.sealing.result import OLDEST_SHARD, problems_of
from release_gate.sealing.seal import MISSING, Decision

FOLDER = "shards"
"""The folder in a merged run that holds the folders of its shards, numbered in the order of their criteria."""
OF_ONE_MACHINE = frozenset({"modules", "platform", "tree_reasons"})
"""Facts about the subject in which machines, or the runs of different criteria, may differ."""
ALWAYS_TOLD = frozenset({"versions"})
"""Facts that each run records; one without them was made by another release of the gate."""


UNKNOWN_TREE = "which files it judged is unknown, so run it in a git checkout."


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of some criteria. events: those of its journal. result: RELEASE_GATE_RESULT.json."""

    folder: Path
    events: Sequence[Event]
    run: Run
    result: Mapping[str, Any]

    @property
    def criteria(self) -> tuple[str, ...]:
        """The criteria that it ran; empty for a run that is no shard."""
        return tuple(self.run.invocation.get("criteria") or ())

    @property
    def tree(self) -> str | None:
        """The digest of the judged tree; None where nobody could tell."""
        digest: str | None = self.result["subject"].get("tree_sha256")
        return digest

    @property
    def name(self) -> str:
        return f"{self.run.run_id} ({', '.join(self.criteria) or 'no shard'})"


def shard_note(criteria: Sequence[str]) -> str:
    """The note of a shard's verdict line."""
    return f"shard of {', '.join(criteria)}, to be merged with the others"


def in_order(shards: Sequence[Shard], declaration: Declaration) -> list[Shard]:
    """The shards in the order of their first criteria, as declared."""
    places = {criterion.id: place for place, criterion in enumerate(declaration.criteria)}
    return sorted(shards, key=lambda shard: min((places.get(one, len(places)) for one in shard.criteria), default=-1))


def faults_of(shards: Sequence[Shard], declaration: Declaration) -> Iterator[str]:
    """Reasons why the shards are not the parts of one run: each criterion once, one subject, one declaration."""
    counted = Counter(criterion for shard in shards for criterion in shard.criteria)
    with_tests = {_criterion_of(shard, check) for shard in shards for _, check in _collected(shard)}
    known = [criterion.id for criterion in declaration.criteria if criterion.id in with_tests]
    for shard in shards:
        if not shard.criteria:
            yield f"{shard.name} was not run by --criteria: its checks are a run of their own."
        if "merged_from" in shard.run.invocation:
            yield f"{shard.name} is a merge itself: name its shards instead."
        if not shard.run.invocation.get("supervised"):
            yield f"{shard.name} was run by pytest alone: use `python3 -m release_gate run --criteria`."
        if shard.run.sealed is None:
            yield f"{shard.name} never ended."
    yield from (f"Criterion {one} is in {counted[one]} shards." for one in known if counted[one] > 1)
    yield from (f"Criterion {one} is in no shard." for one in known if not counted[one])
    # Each pair, because the first shard may not name an input at all.
    for one, other in combinations(shards, 2):
        yield from _differences(one, other)
    if len(shards) > 1:
        yield from (f"{one.name} cannot be compared: {UNKNOWN_TREE}" for one in shards if not one.tree)


def _differences(first: Shard, other: Shard) -> Iterator[str]:
    """Differences between two shards that no two parts of one run have."""
    one, two = first.result["subject"], other.result["subject"]
    inputs = inputs_in(one), inputs_in(two)
    for name in sorted(((one.keys() & two.keys()) | ALWAYS_TOLD) - OF_ONE_MACHINE):
        values = (inputs[0].get(name, one.get(name)), inputs[1].get(name, two.get(name)))
        if values[0] != values[1]:
            yield f"{first.name} and {other.name} judged different subjects: {name} is {values[0]} and {values[1]}."
    for what, told in (
        ("release", [bool(shard.run.invocation.get("release")) for shard in (first, other)]),
        ("waivers", [sorted(map(str, shard.run.waivers)) for shard in (first, other)]),
        ("checks on trial", [shard.run.on_trial for shard in (first, other)]),
        ("collected tests", [sorted(_collected(shard)) for shard in (first, other)]),
    ):
        if told[0] != told[1]:
            yield f"{first.name} and {other.name} differ in {what}."


def _collected(shard: Shard) -> list[tuple[str, str]]:
    listed = [item for event in shard.events if event["event"] == "collected" for item in event["items"]]
    return [(item["nodeid"], item["check"]) for item in listed]


def merged_subject(shards: Sequence[Shard]) -> dict[str, Any]:
    """The subject of the merged run: facts of the first shard that has them, every platform, the end of the oldest."""
    subject: dict[str, Any] = {}
    for shard in reversed(shards):
        subject |= shard.result["subject"]
    platforms = dict.fromkeys(str(shard.result["subject"].get("platform")) for shard in shards)
    reasons = dict.fromkeys(why for shard in shards for why in shard.result["subject"].get("tree_reasons", ()))
    oldest = min(str(shard.result["finished_at"]) for shard in shards)
    return subject | {"platform": "; ".join(platforms), "tree_reasons": list(reasons), OLDEST_SHARD: oldest}


def merged_events(shards: Sequence[Shard], run_id: str) -> list[Event]:
    """The events of the merged run up to its session's end, numbered and in the order of their times.

    Of each shard the events of its own criteria are taken. Paths of evidence lead to the copies of the shards' folders.
    """
    first = min(shards, key=lambda shard: shard.run.started_at)
    began = first.run.started_at
    started = next(event for event in first.events if event["event"] == "run_started")
    invoked = next(event for event in first.events if event["event"] == "invoked")
    criteria = [criterion for shard in shards for criterion in shard.criteria]
    items = [item for shard in shards for item in _own_items(shard)]
    head = [
        started | {"run_id": run_id},
        invoked | {"at": began, "criteria": criteria, "merged_from": [shard.run.run_id for shard in shards]},
        {"at": began, "event": "collected", "items": items},
    ]
    numbered = [
        (event["at"], number, event) for number, shard in enumerate(shards, 1) for event in _own_events(shard, number)
    ]
    body = _without_repeats([event for _, _, event in sorted(numbered, key=lambda one: one[:2])])
    tail = [*_untold_problems(shards), *_inputs_of_some(shards), *_session_end(shards)]
    return [{**event, "seq": seq} for seq, event in enumerate([*head, *body, *tail], 1)]


def _own_items(shard: Shard) -> list[dict[str, Any]]:
    items = [item for event in shard.events if event["event"] == "collected" for item in event["items"]]
    return [item for item in items if _criterion_of(shard, item["check"]) in shard.criteria]


def _criterion_of(shard: Shard, check: str) -> str:
    declared = shard.run.declaration.check(check)
    return declared.criterion if declared else ""


def _own_events(shard: Shard, number: int) -> Iterator[Event]:
    """The events about the shard's own checks, and about its run as a whole."""
    own = {item["nodeid"] for item in _own_items(shard)}
    note = shard_note(shard.criteria)
    for event in shard.events:
        kind = event["event"]
        if kind in ("run_started", "invoked", "collected", "session_finished", "sealed"):
            continue
        if kind == "note" and event["message"] == note:
            continue
        if "nodeid" in event and event["nodeid"] not in own:
            continue
        yield _led_to_copy(event, number) if kind == "evidence" else event


def _led_to_copy(event: Event, number: int) -> Event:
    item = event["item"]
    return {**event, "item": {**item, "path": f"{FOLDER}/{number}/{item['path']}"}} if "path" in item else event


def _without_repeats(events: Sequence[Event]) -> list[Event]:
    """The events, without waivers, warnings and notes that several shards tell alike."""
    seen: set[str] = set()
    kept = []
    for event in events:
        told = {name: value for name, value in event.items() if name not in ("seq", "at")}
        if event["event"] in ("waiver", "warning", "note"):
            if str(told) in seen:
                continue
            seen.add(str(told))
        kept.append(event)
    return kept


def earlier_decisions(shards: Sequence[Shard]) -> dict[str, list[Decision]]:
    """Faults that the shards' own seals found in artefacts, by the sealed check: no copy mends them.

    Left out is what the others' checks may have made good: a check without a record, a missing artefact.
    """
    found: dict[str, list[Decision]] = {}
    for shard in shards:
        for check in shard.run.declaration.checks:
            decided = (shard.run.sealed or {}).get("checks", {}).get(check.id)
            if decided is None or check.seals is Seal.COMPLETE or decided["outcome"] == Outcome.PASSED.value:
                continue
            lasting = [part for part in decided["reason"].split("; ") if not part.endswith(MISSING)]
            if lasting:
                found.setdefault(check.id, []).append({"outcome": decided["outcome"], "reason": "; ".join(lasting)})
    return found


def _untold_problems(shards: Sequence[Shard]) -> list[Event]:
    """Problems of single shards that follow from their events and are in none, such as a clock that went back."""
    last = _last(shards)
    return [
        {
            "at": last,
            "event": "problem",
            "verdict": problem.verdict.value,
            "code": problem.code,
            "message": f"{shard.name}: {problem.message}",
        }
        for shard in shards
        for problem in problems_of(shard.run)
        if problem.message not in {event["message"] for event in shard.events if event["event"] == "problem"}
    ]


def _inputs_of_some(shards: Sequence[Shard]) -> list[Event]:
    """A warning for each input that some shards do not name: nobody can tell which one their checks judged."""
    named = [inputs_in(shard.result.get("subject", {})) for shard in shards]
    events = []
    for name in sorted({name for inputs in named for name in inputs}):
        without = [shard.name for shard, inputs in zip(shards, named, strict=True) if name not in inputs]
        if without:
            message = f"{', '.join(without)} did not name the input {name}, which other shards name."
            events.append({"at": _last(shards), "event": "warning", "message": message})
    return events


def _last(shards: Sequence[Shard]) -> str:
    return str(max(event["at"] for shard in shards for event in shard.events if event["event"] != "sealed"))


def _session_end(shards: Sequence[Shard]) -> list[Event]:
    """The end of the sessions with the gravest exit code; none where one of them did not end."""
    ends = [event for shard in shards for event in shard.events if event["event"] == "session_finished"]
    if len(ends) != len(shards):
        return []
    return [
        {"at": _last(shards), "event": "session_finished", "exitstatus": max(event["exitstatus"] for event in ends)}
    ]
