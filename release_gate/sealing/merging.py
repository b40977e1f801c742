"""Merges shards into a run of its own: their folders are copied, their events joined, and the whole is sealed."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from release_gate.record.clock import CLOCK
from release_gate.record.files import as_json, write_whole
from release_gate.record.journal import NAME as JOURNAL
from release_gate.record.journal import Event, Journal, JournalError, encode, read
from release_gate.record.plain import encoded
from release_gate.record.records import Run, fold
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import Verdict
from release_gate.sealing import signing
from release_gate.sealing.expiry import expired_waivers
from release_gate.sealing.folders import begin, create
from release_gate.sealing.past_runs.earlier import earlier_runs
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import Derived, from_journal, parsed
from release_gate.sealing.run_evidence import faults_of_evidence
from release_gate.sealing.run_files import Unreadable, content_of
from release_gate.sealing.seal import DERIVED, decide, publish, seal
from release_gate.sealing.shards import (
    FOLDER,
    Shard,
    earlier_decisions,
    faults_of,
    in_order,
    merged_events,
    merged_subject,
)
from release_gate.sealing.statement import statement
from release_gate.sealing.subject import describe, tree_of
from release_gate.telling.page import kept
from release_gate.telling.page.blocks import ProjectPart

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

CLOCK_DIFFERENCE_S = 60.0
"""Seconds by which a shard's clock may be ahead of this machine's; they are waited for."""
ODD = (AttributeError, KeyError, TypeError, ValueError)
"""Exceptions that reading an event of another form raises."""
UNUSABLE = "The shards cannot be merged: "


def merge(
    declaration: Declaration,
    folders: Sequence[Path],
    signer: CryptoSigner | None = None,
    keys: Sequence[Path] = (),
) -> tuple[Path, dict[str, Any]]:
    """Merge the shards in `folders`; returns the merged run's folder and its result.

    Shards that are not the parts of one run give an INCOMPLETE result with the reasons. keys: public keys, one of which
    must have signed each shard. Raises SigningError for one that cannot be used and RunFolderError where no run can
    begin; JournalError, InvalidResult or OSError where it stays INCOMPLETE.
    """
    for key in keys:
        signing.public_key(key)
    folder = create(declaration)
    begin(declaration, folder)
    shards, faults = _usable(folders, declaration, keys)
    subject: dict[str, Any] = {}
    if not faults:
        subject = merged_subject(shards)
        _take(declaration, folder, shards)
    _note_faults(folder, faults)
    seal(declaration, folder, subject, earlier={} if faults else earlier_decisions(shards))
    derived = from_journal(folder, declaration.root)
    result = publish(declaration, folder, signer, derived)
    if result["verdict"] == Verdict.PASS.value and (refused := _refused(folder, declaration, derived)):
        _note(folder, refused)
        result = publish(declaration, folder, signer)
    return folder, result


def _usable(folders: Sequence[Path], declaration: Declaration, keys: Sequence[Path]) -> tuple[list[Shard], list[str]]:
    """The shards, and why they cannot be merged; a journal that was written by another program may hold anything."""
    try:
        shards, faults = read_shards(folders, declaration, keys)
        faults = faults or list(faults_of(shards, declaration)) or list(faults_of_checkout(declaration, shards))
        if not faults:
            merged_events(shards, "")
    except ODD as error:
        return [], [f"a journal holds an event that is none ({error!r}): run its shard again."]
    return shards, faults


def _refused(folder: Path, declaration: Declaration, derived: Derived) -> list[str]:
    """Return the reasons for which `verify` refuses a merged PASS, such as waivers that ended meanwhile."""
    faults = faults_of_evidence(folder / RESULT, declaration, derived) or faults_of_merge(folder, declaration)
    return faults + expired_waivers(derived.result, CLOCK.now())


def faults_of_checkout(declaration: Declaration, shards: Sequence[Shard]) -> Iterator[str]:
    """Differences between this checkout, whose RELEASE_BLOCKED.md a PASS removes, and the judged one."""
    here = describe(declaration.root, declaration.lock, tree_of(declaration))
    for name, what in (("commit", "commit"), ("lock_sha256", "the lock file")):
        judged = shards[0].result["subject"].get(name)
        if here[name] not in (None, judged):
            why = f"{shards[0].name} judged {what} {judged}, and this checkout has {here[name]}"
            yield f"{why}: merge in a checkout of what was judged."


def read_shards(
    folders: Sequence[Path], declaration: Declaration, keys: Sequence[Path] = ()
) -> tuple[list[Shard], list[str]]:
    """The shards in the order of their criteria, and why a folder is none that can be relied on. Raises SigningError.

    keys: see `merge`.
    """
    found, faults = [], []
    for folder in folders:
        refused = faults_of_evidence(folder / RESULT, declaration) or _faults_of_signature(folder, keys)
        if refused:
            faults += [f"{folder.resolve().name}: {reason}" for reason in refused]
        else:
            found.append(_shard(folder, declaration))
    return in_order(found, declaration), faults


def _faults_of_signature(folder: Path, keys: Sequence[Path]) -> list[str]:
    content = content_of(folder / RESULT)
    return signing.faults(folder, as_json(statement(content, parsed(content))), keys)


def _shard(folder: Path, declaration: Declaration) -> Shard:
    events = list(read(folder / JOURNAL))
    return Shard(folder, events, fold(events, declaration.root), parsed(content_of(folder / RESULT)))


def _take(declaration: Declaration, folder: Path, shards: Sequence[Shard]) -> None:
    """Copy the shards and their declared artefacts, and write the joined journal."""
    for number, shard in enumerate(shards, 1):
        shutil.copytree(shard.folder, folder / FOLDER / str(number))
    for name in declaration.artefacts:
        source = next(_holders(name, shards), None)
        if source is not None and name not in DERIVED:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, folder / name)
    _keep_page_data(declaration, folder, shards)
    events = merged_events(shards, folder.name)
    _wait_until(events[-1]["at"])
    write_whole(folder / JOURNAL, b"".join(encoded(encode(event)) + b"\n" for event in events), durable=True)


def _holders(name: str, shards: Sequence[Shard]) -> Iterator[Path]:
    """Folders of the shards that hold an artefact; first those in which a check of their own criteria attached it."""
    for shard in shards:
        checks = [check.id for check in shard.run.declaration.checks if check.criterion in shard.criteria]
        cases = [case for check in checks for case in shard.run.cases_of(check)]
        if any(item.get("path") == name for case in cases for item in case.evidence):
            yield shard.folder
    yield from (shard.folder for shard in shards if (shard.folder / name).is_file())


def _keep_page_data(declaration: Declaration, folder: Path, shards: Sequence[Shard]) -> None:
    """Write release_report.json: the sections of every shard, each once."""
    found = [data for data in (kept.read(shard.folder) for shard in shards) if data is not None]
    facts = list({fact: None for data in found for fact in data.facts})
    sections = [section for data in found for section in data.sections]
    only = [one for place, one in enumerate(sections) if one not in sections[:place]]
    kept.keep(folder, [ProjectPart(facts=facts, sections=only)], earlier_runs(declaration, folder.name))


def _wait_until(stamp: str) -> None:
    """Wait for a shard's clock that is ahead, so that the journal's times do not go back."""
    ahead_s = dt.datetime.fromisoformat(stamp).timestamp() - CLOCK.now().timestamp()
    if 0 < ahead_s <= CLOCK_DIFFERENCE_S:
        time.sleep(ahead_s)


def _note_faults(folder: Path, faults: Sequence[str]) -> None:
    """Record why the shards are not merged; the run then holds no check."""
    if not faults:
        return
    _note(folder, [f"{UNUSABLE}{fault}" for fault in faults])
    journal = Journal(folder)
    try:
        journal.append("collected", items=[])
        journal.append("session_finished", exitstatus=0)
    finally:
        journal.close()


def _note(folder: Path, problems: Sequence[str]) -> None:
    journal = Journal(folder)
    try:
        for problem in problems:
            journal.append("problem", verdict=Verdict.INCOMPLETE.value, code="SHARDS", message=problem)
    finally:
        journal.close()


def faults_of_merge(folder: Path, declaration: Declaration) -> list[str]:
    """Reasons why the shards kept in a merged run do not give its events; empty for a run that is not merged."""
    try:
        events = list(read(folder / JOURNAL))
        return _faults_of_shards(folder, events, declaration)
    except (JournalError, Unreadable, *ODD) as error:
        return [f"The merged shards cannot be read: {error}"]


def _faults_of_shards(folder: Path, events: Sequence[Event], declaration: Declaration) -> list[str]:
    invoked = next((event for event in events if event["event"] == "invoked"), {})
    if "merged_from" not in invoked:
        return []
    folders = [folder / FOLDER / str(number) for number in range(1, len(invoked["merged_from"]) + 1)]
    shards, faults = read_shards(folders, declaration)
    faults = faults or list(faults_of(shards, declaration))
    if faults:
        return faults
    joined = merged_events(shards, folder.name)
    if joined != list(events[: len(joined)]):
        return ["The journal is not the one that the shards give."]
    return _faults_of_seal(folder, events[len(joined) :], fold(events, declaration.root), shards)


def _faults_of_seal(folder: Path, rest: Sequence[Event], run: Run, shards: Sequence[Shard]) -> list[str]:
    """Return the faults of the events after the shards' own, which must be one seal alone."""
    if [event["event"] for event in rest] != ["sealed"]:
        return ["The journal holds more than the shards' events and one seal."]
    present = {one["path"] for one in rest[0]["artefacts"]}
    proven = (merged_subject(shards), decide(run, folder, present, earlier_decisions(shards)))
    told = (rest[0]["subject"], rest[0]["checks"])
    return [] if proven == told else ["The seal is not the one that the shards give."]
