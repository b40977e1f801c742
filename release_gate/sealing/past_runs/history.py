"""Lists the runs on disk in order: verdict, and whether the journal still gives that verdict.

Derived from the run folders after each run and by `python3 -m release_gate history`; docs/_runs/index.json is never
read.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from release_gate.record.files import as_json, write_whole
from release_gate.record.inputs import inputs_in
from release_gate.record.journal import JournalError
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import BROKEN, Outcome
from release_gate.rules.validity import violations
from release_gate.sealing.folders import began, copied_from, run_folders
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import InvalidResult, from_journal, parsed
from release_gate.sealing.run_files import Unreadable, content_of
from release_gate.telling.reports import findings_in, verdict_line

INDEX = "index.json"
INDEX_VERSION = 2
SCHEMA_FILE = Path(__file__).with_name("run_index.schema.json")

JUDGED, UNSEALED, CONTRADICTED, UNREADABLE = "judged", "unsealed", "contradicted", "unreadable"
"""States of a run: its journal gives its result; it never ended; its journal gives another result; its result is
unreadable."""
COPIED = "copied"
"""State of a copied folder of another run."""
NOTHING: dict[str, Any] = {"findings": [], "passed": [], "failed": []}
"""The findings and checks of a run that does not count."""

Entry = dict[str, Any]


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the index."""
    loaded: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return loaded


def read_runs(
    declaration: Declaration,
    *,
    newest: int | None = None,
    before: str = "",
    derived: Mapping[Path, bytes] | None = None,
) -> list[Entry]:
    """One entry for each run folder, in the order in which they began.

    Each is derived again from its journal, because an index file could have been changed. newest: only the last ones,
    this many. before: a run that is left out because it is going on. derived: results that the caller has just derived
    from the journals of their folders.
    """
    try:
        found = sorted(path for path in declaration.runs_dir.iterdir() if path.name[0] != "." and path.is_dir())
    except OSError:
        return []
    runs = set(run_folders(declaration))
    ordered = sorted(
        (folder for folder in found if folder.name != before),
        key=lambda folder: (_began(folder, runs), _counter(_shown(folder))),
    )
    kept = ordered if newest is None else ordered[-newest:]
    return [_entry(folder, declaration.root, folder in runs, (derived or {}).get(folder)) for folder in kept]


def _shown(folder: Path) -> str:
    return folder.name.encode("utf-8", "backslashreplace").decode()


def _began(folder: Path, runs: set[Path]) -> dt.datetime:
    """Sort key of a run; a folder without a run's name comes first, so it is never the last run."""
    return began(folder) if folder in runs else dt.datetime.min.replace(tzinfo=dt.UTC)


def _counter(name: str) -> tuple[int, str]:
    """The counter in the folder's name, as a number, so that _10 comes after _9."""
    _, _, counter = name[9:].partition("_")
    return (int(counter) if counter.isdecimal() else 0), name


def write_index(declaration: Declaration, entries: list[Entry]) -> None:
    """docs/_runs/index.json. Raises InvalidResult when it would not follow its schema, OSError."""
    record = {
        "index_version": INDEX_VERSION,
        "derived_by": "python3 -m release_gate history",
        "unstable": unstable(entries),
        "runs": entries,
    }
    fault = next(violations(record, schema()), None)
    if fault is not None:
        raise InvalidResult(f"The index of runs is invalid at {fault}")
    write_whole(declaration.runs_dir / INDEX, as_json(record))


def _entry(folder: Path, root: Path, named_as_run: bool, derived: bytes | None) -> Entry:
    named = {"run_id": _shown(folder)}
    if not named_as_run:
        return named | _nothing(UNREADABLE, "It has not the name of a run.")
    original = copied_from(folder)
    if original:
        return named | _nothing(COPIED, f"It is a copy of run {ascii(original)[1:-1]}.")
    return named | _conclusion(folder, root, derived)


def _conclusion(folder: Path, root: Path, derived: bytes | None) -> Entry:
    try:
        content = content_of(folder / RESULT)
        result = parsed(content)
    except (Unreadable, ValueError, RecursionError) as error:
        return _nothing(UNREADABLE, f"{RESULT} cannot be read: {error}")
    if result["finished_at"] is None:
        return _told(result) | NOTHING | {"state": UNSEALED, "reason": "The run did not end."}
    try:
        same = content == derived or as_json(from_journal(folder, root).result) == content
    except (JournalError, InvalidResult) as error:
        return _told(result) | _nothing(CONTRADICTED, str(error))
    if not same:
        return _told(result) | _nothing(CONTRADICTED, "The journal does not give this result.")
    return _told(result)


def _nothing(state: str, reason: str) -> Entry:
    return {"state": state, "reason": reason[:300], "verdict": None, "line": None} | NOTHING


def _told(result: dict[str, Any]) -> Entry:
    subject = result["subject"]
    checks = [check for criterion in result["criteria"] for check in criterion["checks"]]
    return {
        "state": JUDGED,
        "reason": "",
        "verdict": result["verdict"],
        "line": verdict_line(result),
        "started_at": result["started_at"],
        "finished_at": result["finished_at"],
        "commit": subject.get("commit"),
        "dirty": subject.get("dirty"),
        "tree_sha256": subject.get("tree_sha256"),
        "inputs": inputs_in(subject),
        "findings": [
            {name: finding[name] for name in ("id", "check", "category", "root_cause")}
            for finding in findings_in(result)
        ],
        "passed": [check["id"] for check in checks if check["outcome"] == Outcome.PASSED.value],
        "failed": [check["id"] for check in checks if Outcome(check["outcome"]) in BROKEN],
    }


def unstable(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Checks that both passed and failed on one subject: the same commit, files and inputs."""
    by_subject: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry["state"] == JUDGED and entry["commit"] and entry["tree_sha256"]:
            digests = {name: facts["sha256"] for name, facts in entry["inputs"].items()}
            key = json.dumps([entry["commit"], entry["tree_sha256"], digests], sort_keys=True)
            by_subject.setdefault(key, []).append(entry)
    found = []
    for runs in by_subject.values():
        passed = Counter(check for run in runs for check in run["passed"])
        failed = Counter(check for run in runs for check in run["failed"])
        found += [
            {
                "check": check,
                "commit": runs[0]["commit"],
                "failed": failed[check],
                "runs": passed[check] + failed[check],
            }
            for check in sorted(passed.keys() & failed.keys())
        ]
    return found
