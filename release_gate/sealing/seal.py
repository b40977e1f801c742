"""Seals a run: decides what only the ended session can show, writes it into the journal, and makes it durable.

A sealed check names its rule in the declaration: `complete` (every check ran once), `artefacts` (all exist, with
hashes), `schemas` (all valid) or `triaged` (every finding is whole).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from release_gate.record import ctrf
from release_gate.record.clock import CLOCK
from release_gate.record.files import as_json, files_in, irregular_in, sha256_of, write_whole
from release_gate.record.findings import findings, incomplete_findings
from release_gate.record.journal import NAME as JOURNAL
from release_gate.record.journal import Journal, read
from release_gate.record.records import WORST_FIRST, Run, fold
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import BLOCKED, BROKEN, PAGE, TRIAGE, Outcome, Seal, Verdict
from release_gate.rules.validity import faults_of
from release_gate.sealing import signing
from release_gate.sealing.folders import unblock
from release_gate.sealing.past_runs import chronicle
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import Derived, from_journal
from release_gate.sealing.statement import NAME as STATEMENT
from release_gate.sealing.statement import statement
from release_gate.telling.reports import blocked

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

DERIVED = {TRIAGE, ctrf.NAME}
"""Reports that are computed from the result and written with it."""
LATER = frozenset({RESULT, STATEMENT, signing.NAME, JOURNAL, PAGE} | DERIVED)
"""Files written after the journal has the others' hashes; the result adds the hashes of the journal and of derived
reports."""
CLOCK_SLACK_S = 2.0
"""Seconds by which file times may be before the run's start, because file systems keep coarser times."""

MISSING = " is missing"
"""The end of the reason of an artefact that is not there."""

Decision = dict[str, str]


def seal(
    declaration: Declaration,
    folder: Path,
    subject: dict[str, Any],
    *,
    witness: int | None = None,
    earlier: Mapping[str, Sequence[Decision]] | None = None,
) -> None:
    """Decide the sealed checks and write them, with the artefacts' hashes, into the journal as its last events.

    earlier: see decide. Raises JournalError; the INCOMPLETE result then stays.
    """
    events = list(read(folder / JOURNAL))
    run = fold(events, declaration.root)
    journal = Journal(folder, after=len(events), witness=witness)
    try:
        _remove_empty_folders(folder)
        for name in irregular_in(folder):
            why = f"{name} in the run folder is a link or no file: what it says can change after the run is sealed."
            journal.append("problem", verdict=Verdict.INCOMPLETE.value, code="NOT_A_FILE", message=why)
        artefacts = hashed(folder)
        journal.append(
            "sealed",
            subject=subject,
            artefacts=artefacts,
            checks=decide(run, folder, {one["path"] for one in artefacts}, earlier),
        )
    finally:
        journal.close()


def publish(
    declaration: Declaration, folder: Path, signer: CryptoSigner | None = None, derived: Derived | None = None
) -> dict[str, Any]:
    """Write the files that follow from the journal: triage and CTRF report, result, statement, page, and
    RELEASE_BLOCKED.md or its removal; then the history of all runs.

    In a supervised run only the supervisor calls this: it alone has the session's exit code and a signer. derived:
    what the caller has derived from the journal as it stands now. Raises JournalError or InvalidResult; the INCOMPLETE
    result then stays.
    """
    from release_gate.telling.page.rendering import page  # only here: its templates cost 50 ms to import

    derived = derived or from_journal(folder, declaration.root)
    run, result = derived.run, derived.result
    rendered = page(run, result, folder)
    write_whole(folder / TRIAGE, derived.reports[TRIAGE])
    write_whole(declaration.docs_dir / TRIAGE, derived.reports[TRIAGE])
    content = as_json(result)
    passed = result["verdict"] == Verdict.PASS.value
    if not passed:
        write_whole(declaration.docs_dir / BLOCKED, blocked(run, result, folder).encode(), durable=True)
    vouched = as_json(statement(content, result))
    write_whole(folder / STATEMENT, vouched, durable=True)
    (folder / signing.NAME).unlink(missing_ok=True)
    if signer is not None:
        write_whole(folder / signing.NAME, signing.signed(vouched, signer), durable=True)
    write_whole(folder / RESULT, content, durable=True)
    # After the result: where that cannot be written, no report may call the run passed.
    write_whole(folder / ctrf.NAME, derived.reports[ctrf.NAME], durable=True)
    write_whole(folder / PAGE, rendered, durable=True)
    if passed:
        unblock(declaration, run.run_id)
    chronicle.write_or_warn(declaration, run.language, {folder: content})
    return result


def _remove_empty_folders(folder: Path) -> None:
    """Remove empty folders: a result lists files only, so an empty folder would look as if added later."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()


def hashed(folder: Path) -> list[dict[str, Any]]:
    """The files of the run folder except those that are written later: path, SHA-256, bytes."""
    return [
        {"path": name, "sha256": sha256_of(path), "bytes": path.stat().st_size}
        for name, path in files_in(folder).items()
        if name not in LATER
    ]


def decide(
    run: Run, folder: Path, present: set[str], earlier: Mapping[str, Sequence[Decision]] | None = None
) -> dict[str, Decision]:
    """Outcome, reason and blocking check of each sealed check by its id.

    earlier: decisions of the seals of a merged run's shards, of which the gravest stands.
    """
    rules: dict[Seal, Callable[[], tuple[Outcome, str]]] = {
        Seal.COMPLETE: lambda: complete(run),
        Seal.ARTEFACTS: lambda: artefacts(run, folder, present),
        Seal.SCHEMAS: lambda: schemas(run, folder, present),
        Seal.TRIAGED: lambda: triaged(run),
    }
    unproven = [one for one in _plain_results(run) if one.outcome is not Outcome.PASSED]
    cause = next((one.check for one in unproven if one.outcome in BROKEN), unproven[0].check if unproven else "")
    decisions = {}
    for check in run.declaration.checks:
        if check.seals is None:
            continue
        outcome, reason = _gravest([rules[check.seals](), *_pairs((earlier or {}).get(check.id, ()))])
        decisions[check.id] = {"outcome": outcome.value, "reason": reason}
        if outcome is Outcome.NOT_RUN:
            decisions[check.id]["blocked_by"] = cause
    return decisions


def _pairs(decisions: Sequence[Decision]) -> list[tuple[Outcome, str]]:
    return [(Outcome(one["outcome"]), one["reason"]) for one in decisions]


def _gravest(decisions: Sequence[tuple[Outcome, str]]) -> tuple[Outcome, str]:
    """The gravest outcome, with each of its reasons once."""
    outcome = min((outcome for outcome, _ in decisions), key=WORST_FIRST.index)
    parts = [part for one, reason in decisions if one is outcome for part in reason.split("; ")]
    return outcome, "; ".join(dict.fromkeys(parts))


def complete(run: Run) -> tuple[Outcome, str]:
    """Passed if each required check that is a test has one complete record: also a failed one, but no skipped one."""
    counted = {Outcome.PASSED, *BROKEN}
    lacking = [one.check for one in _plain_results(run) if one.outcome not in counted]
    if lacking:
        return Outcome.NOT_RUN, f"no complete record of {', '.join(lacking)}"
    return Outcome.PASSED, ""


def artefacts(run: Run, folder: Path, present: set[str]) -> tuple[Outcome, str]:
    """Passed if each declared artefact is in the run folder, not empty, of this run, and as it was attached.

    One that is missing is no fault of its own where a check failed or did not run before it could be written. Where
    the clock was put back meanwhile, a file of this run cannot be told from an older one. The ages of a merged run's
    files were looked at by the seals of its shards: a copy may have any.
    """
    expected = [name for name in run.declaration.artefacts if name not in DERIVED]
    began = dt.datetime.fromisoformat(run.started_at).timestamp() - CLOCK_SLACK_S
    attached = {item["path"]: item["sha256"] for case in run.cases.values() for item in case.evidence if "path" in item}
    here = [name for name in dict.fromkeys([*expected, *attached]) if name in present]
    faults = [f"{name} is empty" for name in here if (folder / name).stat().st_size == 0]
    dated = here if "merged_from" not in run.invocation else []
    early = [name for name in dated if (folder / name).stat().st_mtime < began]
    behind_s = _disk_is_behind_s(folder) if early else 0.0
    unsure = [name for name in early if (folder / name).stat().st_mtime >= began - behind_s]
    faults += [f"{name} is older than this run" for name in early if name not in unsure]
    faults += [
        f"{name} was changed after it was attached"
        for name in here
        if name in attached and sha256_of(folder / name) != attached[name]
    ]
    missing = [f"{name}{MISSING}" for name in dict.fromkeys([*expected, *attached]) if name not in present]
    if unsure and not faults:
        clock = f"the clock of its disk is {behind_s:.0f} s behind the run's (put back meanwhile?): run again"
        return Outcome.NOT_RUN, f"{', '.join(unsure)} may be older than this run: {clock}"
    return _decision(run, faults, missing)


def _disk_is_behind_s(folder: Path) -> float:
    """Seconds by which a file that is written now would be dated before the run's own clock."""
    with tempfile.NamedTemporaryFile(dir=folder) as probe:
        return max(0.0, CLOCK.now().timestamp() - os.fstat(probe.fileno()).st_mtime)


def schemas(run: Run, folder: Path, present: set[str]) -> tuple[Outcome, str]:
    """Passed if each artefact with a schema was valid as the check wrote it, before secrets were taken out."""
    faults, missing = [], []
    for name, schema in run.declaration.schemas.items():
        if name not in present:
            missing.append(f"{name}{MISSING}")
            continue
        content = (folder / name).read_bytes()
        told = run.validated.get((name, hashlib.sha256(content).hexdigest()))
        found = faults_of(content, run.declaration.root / schema) if told is None else told
        faults += [f"{name}: {fault}" for fault in found]
    return _decision(run, faults, missing)


def triaged(run: Run) -> tuple[Outcome, str]:
    """Passed if each failure has a whole finding, of a declared category."""
    found = findings(run)
    faults = incomplete_findings(found)
    faults += [
        f"the finding of {check} has the unknown category {finding['category']}"
        for check, finding in found.items()
        if finding["category"] not in run.declaration.categories
    ]
    return (Outcome.FAILED, "; ".join(faults)) if faults else (Outcome.PASSED, "")


def _decision(run: Run, faults: list[str], missing: list[str]) -> tuple[Outcome, str]:
    """A missing file is a fault of its own where all else went well; pytest writes some as its session ends."""
    proven = not run.problems and all(one.outcome is Outcome.PASSED for one in _plain_results(run))
    if faults or (missing and proven):
        return Outcome.FAILED, "; ".join([*faults, *missing])
    return (Outcome.NOT_RUN, "; ".join(missing)) if missing else (Outcome.PASSED, "")


def _plain_results(run: Run) -> list[Any]:
    apart = {check.id for check in run.declaration.checks if check.sealed} | run.on_trial
    return [result for result in run.results() if result.check not in apart]
