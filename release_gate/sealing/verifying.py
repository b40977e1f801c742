"""`python3 -m release_gate verify`: is this result a PASS for exactly this checkout, workbook and set of artefacts?"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from release_gate.record.files import as_json, entry, name_in, sha256_of
from release_gate.record.journal import JournalError
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import Verdict
from release_gate.rules.validity import violations
from release_gate.sealing import signing
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import InvalidResult, from_journal, schema
from release_gate.sealing.statement import NAME as STATEMENT
from release_gate.sealing.statement import statement
from release_gate.sealing.subject import describe

VOUCHING = (RESULT, STATEMENT, signing.NAME)
"""What vouches for the artefacts and is none itself."""


def verify(
    path: Path,
    declaration: Declaration,
    *,
    commit: str | None = None,
    workbook: Path | None = None,
    allow_sample: bool = False,
    max_age: dt.timedelta | None = None,
    keys: Sequence[Path] = (),
) -> list[str]:
    """Why the result at `path` is refused, one reason each; empty when it is valid.

    commit: the commit that must have been judged, instead of the checkout's. workbook: the file that must have been.
    keys: public keys, of which one must have signed it. Raises SigningError for one that cannot be used.
    """
    try:
        content = path.read_bytes()
        result = json.loads(content)
    except (OSError, ValueError) as error:
        return [f"{path} cannot be read as a result: {error}"]
    fault = next(violations(result, schema()), None)
    if fault is not None:
        return [f"The result is not valid against its schema: {fault}"]
    refused = _of_evidence(path.parent, declaration, content, result)
    refused += signing.faults(path.parent, as_json(statement(content, result)), keys)
    refused += _of_subject(declaration, result, commit, workbook)
    if result["verdict"] != Verdict.PASS.value:
        refused.append(f"The verdict is {result['verdict']}, not PASS.")
    if result["subject"].get("workbook", {}).get("kind") == "sample" and not allow_sample:
        refused.append("It proves the software on sample data; its workbook ships a factory (--allow-sample).")
    return refused + _of_age(result, max_age)


def _of_evidence(folder: Path, declaration: Declaration, content: bytes, result: dict[str, Any]) -> list[str]:
    refused = []
    files = {name_in(folder, path): path for path in folder.rglob("*") if path.is_file()}
    present = {name: entry(name, path.read_bytes()) for name, path in files.items() if name not in VOUCHING}
    recorded = {one["path"]: one for one in result["artefacts"]}
    for name in sorted(present.keys() | recorded.keys()):
        if present.get(name) != recorded.get(name):
            what = "is gone" if name not in present else "was added" if name not in recorded else "was changed"
            refused.append(f"{name} {what} since the run was sealed.")
    try:
        _, computed = from_journal(folder, declaration.root)
        if as_json(computed) != content:
            refused.append("The result is not the one that the journal gives.")
        if not _same_requirements(declaration, folder):
            refused.append("The required checks have changed since that run.")
    except (JournalError, InvalidResult) as error:
        refused.append(f"The journal does not bear the result out: {error}")
    vouched = as_json(statement(content, result))
    if not (folder / STATEMENT).is_file() or (folder / STATEMENT).read_bytes() != vouched:
        refused.append(f"{STATEMENT} does not vouch for this result.")
    return refused


def _same_requirements(declaration: Declaration, folder: Path) -> bool:
    run, _ = from_journal(folder, declaration.root)
    return bool(run.declaration.raw == json.loads(json.dumps(declaration.raw, default=str)))


def _of_subject(
    declaration: Declaration, result: dict[str, Any], commit: str | None, workbook: Path | None
) -> list[str]:
    refused = []
    here, judged = describe(declaration.root, declaration.lock), result["subject"]
    wanted = commit or here["commit"]
    if wanted is None:
        refused.append("This checkout's commit is unknown; name it by --commit.")
    elif judged.get("commit") != wanted:
        refused.append(f"It judged commit {judged.get('commit') or 'unknown'}, not {wanted}.")
    if judged.get("dirty"):
        refused.append("It judged a tree with uncommitted changes, which no commit names.")
    if commit is None and here["dirty"]:
        refused.append("This tree has uncommitted changes, so no result can be for it.")
    if judged.get("lock_sha256") != here["lock_sha256"]:
        refused.append("It judged other dependencies: the lock file differs.")
    if workbook is not None and judged.get("workbook", {}).get("sha256") != sha256_of(workbook):
        refused.append(f"It judged another workbook than {workbook.name}.")
    return refused


def _of_age(result: dict[str, Any], max_age: dt.timedelta | None) -> list[str]:
    try:
        age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(result["finished_at"] or result["started_at"])
    except (ValueError, TypeError) as error:
        return [f"It does not say when it ended: {error}"]
    if age < dt.timedelta(0):
        return ["It is from the future; one of the two clocks is wrong."]
    return [f"It is {age} old; at most {max_age} is accepted."] if max_age is not None and age > max_age else []
