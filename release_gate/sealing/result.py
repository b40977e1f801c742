"""RELEASE_GATE_RESULT.json: computed from the journal alone, so that it can be computed again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from release_gate.record import ctrf
from release_gate.record.files import artefact_entry, as_json
from release_gate.record.findings import findings
from release_gate.record.journal import NAME as JOURNAL
from release_gate.record.journal import Event, JournalError, events_in
from release_gate.record.records import Run, evidence_of, fold
from release_gate.rules.declaration import DeclarationError
from release_gate.rules.model import BROKEN, RESULT_FILE, TRIAGE, CheckResult, Outcome, Problem, Verdict, Waiver
from release_gate.rules.validity import violations
from release_gate.rules.verdict import Judgement, judge
from release_gate.sealing.run_files import Unreadable, require_file
from release_gate.telling.reports import triage

NAME = RESULT_FILE
OLDEST_SHARD = "oldest_shard_at"
"""The fact of a merged run's subject that says when the first of its shards ended."""
SCHEMA_VERSION = 1
SCHEMA_FILE = Path(__file__).with_name("release_gate_result.schema.json")


class InvalidResult(Exception):
    """A result does not follow its schema; it is never written as a PASS."""

    code = "INVALID_RESULT"


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of a result."""
    loaded: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return loaded


def parsed(content: bytes) -> dict[str, Any]:
    """A result from its bytes. Raises ValueError for one that does not follow the schema, RecursionError."""
    result = json.loads(content)
    fault = next(violations(result, schema()), None)
    if fault is not None:
        raise ValueError(f"it does not follow the schema: {fault}")
    json.dumps(result, ensure_ascii=False).encode()
    return dict(result)


@dataclass(frozen=True, slots=True)
class Derived:
    """A run as its journal gives it, with all that follows, so that no caller folds the journal a second time.

    events: in their order. reports: the content of the reports that follow from the result, by file name.
    """

    events: tuple[Event, ...]
    run: Run
    result: dict[str, Any]
    reports: dict[str, bytes]


def judgement_of(run: Run) -> Judgement:
    """The verdict of a run; at best INCOMPLETE for one that was not sealed."""
    declared = run.declaration
    return judge(declared.criteria, declared.checks, run.results(), run.waivers, problems_of(run), run.on_trial)


def problems_of(run: Run) -> list[Problem]:
    """The problems of a run; one without any has a problem if its exit code contradicts its checks."""
    expected = int(any(case.outcome()[0] in BROKEN for case in run.cases.values()))
    if run.problems or run.exit_status in (None, expected):
        return list(run.problems)
    message = f"pytest ended with exit code {run.exit_status}, where its checks' outcomes make {expected}."
    return [Problem(Verdict.INCOMPLETE, "EXIT_CODE", message)]


def build(run: Run) -> dict[str, Any]:
    """The result as plain JSON values, valid against the schema. Raises InvalidResult."""
    judgement = judgement_of(run)
    sealed: Event = run.sealed or {}
    verdict = judgement.verdict if run.sealed else max_incomplete(judgement.verdict)
    found = findings(run)
    waived = {waiver.check for waiver in judgement.waived}
    results = run.results()
    checks = [(_criterion_of(run, result.check), _check(run, result, found, waived)) for result in results]
    record = {
        "schema_version": SCHEMA_VERSION,
        "title": run.declaration.title,
        "verdict": verdict.value,
        "reasons": list(judgement.reasons) or ([] if run.sealed else ["The run has not ended."]),
        "notes": run.notes,
        "warnings": [*run.warnings, *_needless(run.waivers, results)],
        "run_id": run.run_id,
        "started_at": run.started_at,
        "finished_at": sealed.get("at"),
        "release": bool(run.invocation.get("release", False)),
        "subject": sealed.get("subject", {}),
        "criteria": [
            {
                "id": criterion.id,
                "title": criterion.title,
                "verdict": judgement.criteria.get(criterion.id, Verdict.INCOMPLETE).value,
                "checks": [check for identity, check in checks if identity == criterion.id],
            }
            for criterion in run.declaration.criteria
        ],
        "waivers": [_waiver(waiver, used=waiver.check in waived) for waiver in run.waivers],
        "artefacts": sealed.get("artefacts", []),
    }
    fault = next(violations(record, schema()), None)
    if fault is not None:
        raise InvalidResult(f"The result is invalid at {fault}")
    return record


def _needless(waivers: Iterable[Waiver], results: Iterable[CheckResult]) -> Iterator[str]:
    passed = {result.check for result in results if result.outcome is Outcome.PASSED}
    for waiver in waivers:
        if waiver.check in passed:
            yield f"The waiver of {waiver.check} is no longer needed: it passed."


def _waiver(waiver: Waiver, *, used: bool) -> dict[str, Any]:
    return {
        "check": waiver.check,
        "reason": waiver.reason,
        "approver": waiver.approver,
        "expires": waiver.expires.isoformat(),
        "used": used,
    }


def is_merged(result: Mapping[str, Any]) -> bool:
    """True for the result of shards that were merged."""
    return OLDEST_SHARD in result.get("subject", {})


def evidence_at(result: Mapping[str, Any]) -> str:
    """The end of the run, or of its oldest shard; the start of a run that did not end."""
    ended = str(result["finished_at"] or result["started_at"])
    return min(ended, str(result.get("subject", {}).get(OLDEST_SHARD, ended)), key=dt.datetime.fromisoformat)


def max_incomplete(verdict: Verdict) -> Verdict:
    """The verdict, but INCOMPLETE instead of PASS."""
    return Verdict.INCOMPLETE if verdict is Verdict.PASS else verdict


def from_journal(folder: Path, root: Path) -> Derived:
    """Read the journal in a folder once and derive all that follows from it. Raises JournalError, InvalidResult.

    The journal, and the triage and CTRF reports that follow from it, are artefacts as well; their hashes are added
    after the others. The journal's is of the very bytes that were folded: a file that has this hash gives this result.
    """
    path = folder / JOURNAL
    try:
        require_file(path)
        content = path.read_bytes()
        events = tuple(events_in(content, path))
        run = fold(events, root)
        result = build(run)
        reports = {TRIAGE: triage(run, result).encode(), ctrf.NAME: as_json(ctrf.report(result))}
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError, DeclarationError) as error:
        raise JournalError(f"{path} holds an event that is none: {error!r}") from error
    except (OSError, Unreadable) as error:
        raise JournalError(f"{path} cannot be read: {error}") from error
    late = [artefact_entry(name, text) for name, text in {JOURNAL: content, **reports}.items()]
    result["artefacts"] = sorted([*result["artefacts"], *late], key=lambda one: str(one["path"]))
    return Derived(events, run, result, reports)


def _criterion_of(run: Run, check: str) -> str:
    declared = run.declaration.check(check)
    return declared.criterion if declared else ""


def _check(run: Run, result: CheckResult, found: dict[str, Any], waived: set[str]) -> dict[str, Any]:
    identity = result.check
    declared = run.declaration.check(identity)
    cases = run.cases_of(identity)
    failed = next((case for case in cases if case.failure), None)
    told: list[dict[str, Any]] = [
        {"nodeid": case.nodeid, "outcome": case.outcome()[0].value, "duration_s": case.duration_s} for case in cases
    ]
    nodes = list(dict.fromkeys(case.function or case.nodeid for case in cases))
    record = {
        "id": identity,
        "title": declared.title if declared else "",
        "nodeid": nodes[0] if nodes else "",
        "outcome": result.outcome.value,
        "reason": result.reason,
        "blocked_by": result.blocked_by or None,
        "waived": identity in waived,
        "category": (failed.failure or {}).get("category") if failed else None,
        "duration_s": round(sum(one["duration_s"] for one in told), 4),
        "cases": told,
        "evidence": evidence_of(run, identity),
    }
    record["category"] = record["category"] or (declared.category if declared else None)
    if declared is not None and identity in run.on_trial:
        record["trial_until"] = str(declared.trial_until)
    earlier = [case.earlier for case in cases if case.earlier is not None]
    if earlier:
        record["measured_before"] = [{"duration_s": duration, "reason": reason} for duration, reason in earlier]
    if identity in found:
        record["finding"] = found[identity]
    return record
