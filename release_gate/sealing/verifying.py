"""Verifies that a result is a PASS for exactly this checkout, these inputs and this set of artefacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from release_gate.record.files import as_json, sha256_of
from release_gate.record.inputs import samples_in
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import Verdict
from release_gate.sealing import signing
from release_gate.sealing.expiry import expired_waivers, of_age
from release_gate.sealing.merging import faults_of_merge
from release_gate.sealing.result import parsed
from release_gate.sealing.run_evidence import faults_of_evidence
from release_gate.sealing.run_files import Unreadable, content_of
from release_gate.sealing.statement import statement
from release_gate.sealing.subject import describe, tree_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """Requirements of a result.

    commit: the judged commit, instead of the checkout's. inputs: files by their name in the subject. keys: public keys,
    one of which must have signed.
    """

    commit: str | None = None
    inputs: Mapping[str, Path] = field(default_factory=dict)
    allow_sample: bool = False
    max_age: dt.timedelta | None = None
    keys: Sequence[Path] = ()


def verify(path: Path, declaration: Declaration, wanted: Wanted | None = None) -> list[str]:
    """Return the reasons for which the result at `path` is refused; empty when it is valid.

    Raises SigningError for a key that cannot be used.
    """
    wanted = wanted or Wanted()
    try:
        content = content_of(path)
        result = parsed(content)
    except Unreadable as error:
        return [str(error)]
    except (ValueError, RecursionError) as error:
        return [f"{path} is no result: {error}"]
    refused = faults_of_evidence(path, declaration) or faults_of_merge(path.parent, declaration)
    refused += signing.faults(path.parent, as_json(statement(content, result)), wanted.keys)
    refused += _of_subject(declaration, result, wanted)
    if result["verdict"] != Verdict.PASS.value:
        refused.append(f"The verdict is {result['verdict']}, not PASS.")
    samples = samples_in(result["subject"])
    if samples and not wanted.allow_sample:
        refused.append(f"It proves the software on sample data ({', '.join(samples)}), not on real (--allow-sample).")
    now = dt.datetime.now(dt.UTC)
    return refused + expired_waivers(result, now) + of_age(result, wanted.max_age, now)


def _of_subject(declaration: Declaration, result: dict[str, Any], wanted: Wanted) -> list[str]:
    here, judged = describe(declaration.root, declaration.lock, tree_of(declaration)), result["subject"]
    refused = []
    commit = wanted.commit or here["commit"]
    if commit is None:
        refused.append("This checkout's commit is unknown; name it by --commit.")
    elif judged.get("commit") != commit:
        refused.append(f"It judged commit {judged.get('commit') or 'unknown'}, not {commit}.")
    if judged.get("dirty") is not False:
        refused.append(f"It judged a tree that {_state(judged)}")
    if wanted.commit is None and here["dirty"] is not False:
        refused.append(f"This tree {_state(here)}")
    if judged.get("lock_sha256") != here["lock_sha256"]:
        refused.append("It judged other dependencies: the lock file differs.")
    for name, file in wanted.inputs.items():
        refused += _of_input(name, file, judged.get(name))
    return refused


def _state(subject: Mapping[str, Any]) -> str:
    """Return the predicate of a sentence: how the tree differs from its commit. The caller names the tree."""
    why = " ".join(subject.get("tree_reasons", ())[:3])
    if subject.get("dirty"):
        return f"is not its commit: it has uncommitted changes. {why}".rstrip()
    return f"may not be its commit: that is unknown. {why}".rstrip()


def _of_input(name: str, file: Path, judged: Any) -> list[str]:
    try:
        digest = sha256_of(file)
    except (OSError, ValueError) as error:
        return [f"{file} cannot be read: {getattr(error, 'strerror', None) or error}."]
    if not isinstance(judged, dict) or "sha256" not in judged:
        return [f"It names no {name}, so it did not judge {file.name}."]
    return [] if judged["sha256"] == digest else [f"It judged another {name} than {file.name}."]
