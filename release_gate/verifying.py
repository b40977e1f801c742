"""Is this result a PASS for exactly this checkout, workbook and evidence? Everything doubtful is a reason to refuse."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from release_gate.declaration import DeclarationError, load
from release_gate.files import as_json, sha256_of
from release_gate.journal import NAME as JOURNAL
from release_gate.journal import JournalError, read
from release_gate.reports import triage
from release_gate.result import NAME as RESULT
from release_gate.result import InvalidResult, from_journal, schema
from release_gate.seal import TRIAGE
from release_gate.statement import NAME as STATEMENT
from release_gate.statement import statement
from release_gate.subject import checkout

AGE = re.compile(r"(\d+)\s*([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def age(text: str) -> dt.timedelta:
    """`24h`, `90m`, `7d` or `30s` as a span. Raises ValueError for anything else."""
    match = AGE.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is no age: write a number with s, m, h or d, such as 24h.")
    return dt.timedelta(seconds=int(match[1]) * SECONDS[match[2]])


def verify(
    result_path: Path,
    root: Path,
    *,
    commit: str | None = None,
    workbook: Path | None = None,
    allow_sample: bool = False,
    max_age: dt.timedelta | None = None,
) -> list[str]:
    """Reasons to refuse the result in `result_path` (the file or its run folder); empty means that it is valid.

    commit: the one that must have been judged; without it, the checkout at `root`, which must then be clean.
    """
    path = result_path / RESULT if result_path.is_dir() else result_path
    try:
        content = path.read_bytes()
        result = json.loads(content)
    except (OSError, ValueError) as error:
        return [f"{path} cannot be read: {error}."]
    fault = next(iter(Draft202012Validator(schema()).iter_errors(result)), None)
    if fault is not None:
        return [f"The result does not follow its schema at {fault.json_path}: {fault.message[:200]}."]
    reasons = [] if result["verdict"] == "PASS" else [f"The verdict is {result['verdict']}, not PASS."]
    reasons += _recomputed(path.parent, root, content)
    reasons += _artefacts(path.parent, result)
    reasons += _requirements(path.parent, root, result["subject"])
    reasons += _subject(result["subject"], root, commit)
    reasons += _workbook(result["subject"].get("workbook"), workbook, allow_sample)
    if max_age is not None:
        reasons += _age(result["finished_at"], max_age)
    return reasons


def _recomputed(folder: Path, root: Path, content: bytes) -> list[str]:
    """The result, the statement and the triage report must be what the journal gives, byte for byte."""
    try:
        run, result = from_journal(folder, root)
    except (JournalError, InvalidResult, DeclarationError) as error:
        return [f"The verdict cannot be computed again from the journal: {error}"]
    expected = {
        RESULT: (as_json(result), content),
        STATEMENT: (as_json(statement(content, result)), _bytes(folder / STATEMENT)),
        TRIAGE: (triage(run, result).encode(), _bytes(folder / TRIAGE)),
    }
    return [
        f"{name} is not what the journal gives: it was changed, or is of another run."
        for name, (wanted, found) in expected.items()
        if wanted != found
    ]


def _artefacts(folder: Path, result: dict[str, Any]) -> Iterable[str]:
    listed = {one["path"]: one for one in result["artefacts"]}
    for name, one in listed.items():
        path = folder / name
        if not path.is_file():
            yield f"{name} is missing from the run folder."
        elif path.stat().st_size != one["bytes"] or sha256_of(path) != one["sha256"]:
            yield f"{name} was changed after the run was sealed."
    known = listed.keys() | {RESULT, STATEMENT, TRIAGE, JOURNAL}
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    yield from (f"{name} was added after the run was sealed." for name in sorted(present - known))


def _requirements(folder: Path, root: Path, subject: dict[str, Any]) -> list[str]:
    """The run must have judged what this checkout requires, not what another one did."""
    try:
        declaration = load(root)
        judged = next(read(folder / JOURNAL))["declaration"]
    except (DeclarationError, JournalError, StopIteration, KeyError) as error:
        return [f"What the run had to prove is unknown: {error}"]
    if declaration is None:
        return [f"{root} declares no release gate."]
    if json.loads(json.dumps(declaration.raw, default=str)) != judged:
        return ["The run was judged by other requirements than this checkout's [tool.release_gate]."]
    lock = root / declaration.lock if declaration.lock else None
    found = sha256_of(lock) if lock is not None and lock.is_file() else None
    same = found == subject.get("lock_sha256")
    return [] if same else [f"The run used another {declaration.lock} than this checkout's."]


def _subject(subject: dict[str, Any], root: Path, commit: str | None) -> Iterable[str]:
    judged = subject.get("commit")
    here, dirty = (commit, False) if commit else checkout(root)
    if judged is None:
        yield "The result names no commit."
    elif here is None:
        yield "This checkout's commit is unknown; give --commit."
    elif judged != here:
        yield f"The result is for commit {judged}, not {here}."
    if subject.get("dirty") is not False:
        yield "The result is for a tree that differed from its commit, or was not compared with it."
    if dirty:
        yield "This tree differs from its commit, so no result can be for it."


def _workbook(judged: dict[str, Any] | None, given: Path | None, allow_sample: bool) -> Iterable[str]:
    if judged is not None and judged["kind"] == "sample" and not allow_sample:
        yield "The result is for sample data; --allow-sample accepts that."
    if given is None:
        return
    if judged is None:
        yield "The result names no workbook."
    elif not given.is_file():
        yield f"{given} is not a file."
    elif sha256_of(given) != judged["sha256"]:
        yield f"The result is for another workbook than {given.name}."


def _age(finished_at: str | None, max_age: dt.timedelta) -> list[str]:
    if finished_at is None:
        return ["The run has not ended."]
    elapsed = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(finished_at)
    if elapsed < dt.timedelta(0):
        return [f"The result is from the future ({finished_at})."]
    return [f"The result is {elapsed} old, more than {max_age}."] if elapsed > max_age else []


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
