"""Every run on disk, in order: what it concluded, and whether its journal still bears that out.

Derived from the run folders after each run and by `python3 -m release_gate history`; no verdict is ever read from it.
What is known of a run is kept in docs/_runs/index.json and used again while result and journal are the same files.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from release_gate.record.files import as_json, sha256_of, write_whole
from release_gate.record.journal import NAME as JOURNAL
from release_gate.record.journal import JournalError
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import Outcome
from release_gate.rules.validity import violations
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import InvalidResult, from_journal
from release_gate.sealing.result import schema as result_schema
from release_gate.telling.reports import findings_in, verdict_line

INDEX = "index.json"
INDEX_VERSION = 1
SCHEMA_FILE = Path(__file__).with_name("run_index.schema.json")

JUDGED, UNSEALED, CONTRADICTED, UNREADABLE = "judged", "unsealed", "contradicted", "unreadable"
"""A result that its journal gives; one that never ended; one that its journal does not give; none that can be read."""

Entry = dict[str, Any]


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the index."""
    loaded: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return loaded


def read_runs(declaration: Declaration) -> list[Entry]:
    """One entry for each run folder, in the order in which the runs began; none is left out."""
    known = {entry["run_id"]: entry for entry in _known(declaration.runs_dir / INDEX)}
    folders = [path for path in declaration.runs_dir.glob("*") if path.is_dir() and path.name[0] != "."]
    entries = [_entry(folder, declaration.root, known.get(folder.name)) for folder in folders]
    return sorted(entries, key=lambda entry: (_stamp(entry["run_id"]), entry["run_id"]))


def write_index(declaration: Declaration, entries: list[Entry]) -> None:
    """docs/_runs/index.json. Raises InvalidResult when it would not follow its schema, OSError."""
    record = {"index_version": INDEX_VERSION, "derived_by": "python3 -m release_gate history", "runs": entries}
    fault = next(violations(record, schema()), None)
    if fault is not None:
        raise InvalidResult(f"The index of runs is invalid at {fault}")
    write_whole(declaration.runs_dir / INDEX, as_json(record))


def _known(path: Path) -> list[Entry]:
    """What an earlier index holds; nothing when it is not one."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    if next(violations(record, schema()), None) is not None:
        return []
    entries: list[Entry] = record["runs"]
    return entries


def _stamp(run_id: str) -> tuple[str, int]:
    """The second of a folder's name and its counter within it, so that _10 comes after _9."""
    day, _, rest = run_id.partition("_")
    second, _, counter = rest.partition("_")
    return f"{day}_{second}", int(counter) if counter.isdigit() else 0


def _entry(folder: Path, root: Path, known: Entry | None) -> Entry:
    files = {name: _sha256(folder / name) for name in (RESULT, JOURNAL)}
    if known is not None and known["files"] == files and None not in files.values():
        return known
    return {"run_id": folder.name, "files": files} | _conclusion(folder, root)


def _sha256(path: Path) -> str | None:
    try:
        return sha256_of(path)
    except OSError:
        return None


def _conclusion(folder: Path, root: Path) -> Entry:
    try:
        content = (folder / RESULT).read_bytes()
        result = json.loads(content)
    except (OSError, ValueError) as error:
        return _nothing(UNREADABLE, f"{RESULT} cannot be read: {error}")
    fault = next(violations(result, result_schema()), None)
    if fault is not None:
        return _nothing(UNREADABLE, f"{RESULT} does not follow today's schema: {fault}")
    if result["finished_at"] is None:
        return _told(result) | {"state": UNSEALED, "reason": "The run did not end.", "findings": [], "passed": []}
    try:
        same = as_json(from_journal(folder, root)[1]) == content
    except (JournalError, InvalidResult) as error:
        return _told(result) | _nothing(CONTRADICTED, str(error))
    if not same:
        return _told(result) | _nothing(CONTRADICTED, "The journal does not give this result.")
    return _told(result)


def _nothing(state: str, reason: str) -> Entry:
    return {"state": state, "reason": reason[:300], "verdict": None, "line": None, "findings": [], "passed": []}


def _told(result: dict[str, Any]) -> Entry:
    subject = result["subject"]
    workbook = subject.get("workbook") or {}
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
        "workbook": {"kind": workbook.get("kind"), "sha256": workbook.get("sha256")},
        "findings": [
            {name: finding[name] for name in ("id", "check", "category", "root_cause")}
            for finding in findings_in(result)
        ],
        "passed": [check["id"] for check in checks if check["outcome"] == Outcome.PASSED.value],
    }
