"""The folder of a run: named after its start, used by one run, and INCOMPLETE as soon as it exists."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from release_gate.record import ctrf
from release_gate.record.files import as_json, shown_path, sync_folder, write_whole
from release_gate.record.journal import Journal
from release_gate.record.records import Run
from release_gate.rules.declaration import Declaration
from release_gate.rules.language import Language
from release_gate.rules.model import BLOCKED, PAGE, Problem, Verdict
from release_gate.sealing import subject
from release_gate.sealing.result import NAME, build, is_merged
from release_gate.sealing.run_files import Unreadable, content_of
from release_gate.telling.reports import blocked

STAMP = re.compile(r"\d{8}_\d{6}(?:_\d{1,3})?", re.ASCII)
LARGEST_OFFSET = dt.timedelta(hours=15)
"""More than the largest difference between local time and UTC, which is 14 hours."""


class RunFolderError(OSError):
    """The run's folder cannot be written; no run begins."""

    code = "NO_RUN_FOLDER"


@contextmanager
def _writing(declaration: Declaration) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = shown_path(Path(error.filename or declaration.runs_dir), declaration.root)
        why = f"No run can begin: {where} cannot be written ({error.strerror or error})."
        raise RunFolderError(f"{why} Free or mount it, or set another runs_dir.") from error


def create(declaration: Declaration) -> Path:
    """A new folder docs/_runs/<YYYYmmdd_HHMMSS>, with a counter if that name exists. Raises RunFolderError."""
    leave_files_to_their_owner()
    with _writing(declaration):
        return _new_folder(declaration)


def leave_files_to_their_owner() -> None:
    """Give the owner read and write access to files of this process, whatever the umask is."""
    os.umask(os.umask(0o077) & 0o077)


def _new_folder(declaration: Declaration) -> Path:
    declaration.runs_dir.mkdir(parents=True, exist_ok=True)
    stamp = dt.datetime.now().astimezone().strftime("%Y%m%d_%H%M%S")
    for number in range(1, 1000):
        folder = declaration.runs_dir / (stamp if number == 1 else f"{stamp}_{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(f"{declaration.runs_dir} holds a thousand runs of this second.")


def begin(declaration: Declaration, folder: Path, language: Language = Language.EN) -> dict[str, Any]:
    """Write INCOMPLETE and RELEASE_BLOCKED.md, durably, before any check; returns that result.

    language: of the run's documents; recorded, so that they can be computed again. Raises RunFolderError; the folder is
    then removed.
    """
    spoken = {} if language is Language.EN else {"language": language.value}
    tree = subject.of_tree(subject.tree_of(declaration))
    with _writing(declaration):
        try:
            journal = Journal(folder)
            facts = {"run_id": folder.name, "declaration": declaration.raw, "tree": tree, **spoken}
            started = journal.append("run_started", **facts)
            journal.close()
            return _write_unsealed(Run(declaration, folder.name, started["at"], language=language), folder)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def unjudged(
    declaration: Declaration, folder: Path, started_at: str, why: str, language: Language = Language.EN
) -> dict[str, Any]:
    """Write INCOMPLETE over the files of a run that could not be judged; returns that result.

    If the disk is full, the INCOMPLETE result of `begin` stays.
    """
    unread = Problem(Verdict.INCOMPLETE, "UNJUDGED", why)
    run = Run(declaration, folder.name, started_at, problems=[unread], language=language)
    with suppress(OSError):
        return _write_unsealed(run, folder)
    return build(run)


def _write_unsealed(run: Run, folder: Path) -> dict[str, Any]:
    result = build(run)
    (folder / PAGE).unlink(missing_ok=True)  # the page of a verdict that could not be written
    write_whole(folder / ctrf.NAME, as_json(ctrf.report(result)), durable=True)
    write_whole(folder / NAME, as_json(result), durable=True)
    write_whole(run.declaration.docs_dir / BLOCKED, blocked(run, result, folder).encode(), durable=True)
    return result


def unblock(declaration: Declaration, run_id: str) -> None:
    """Remove RELEASE_BLOCKED.md after a proven PASS, unless another run has begun since and blocks."""
    path = declaration.docs_dir / BLOCKED
    if path.is_file() and f"`{run_id}`" in path.read_text(encoding="utf-8"):
        path.unlink()
        sync_folder(declaration.docs_dir)


def latest(declaration: Declaration) -> Path | None:
    """The run folder whose run began last, by its own record; a copy under another name does not count."""
    found = [(began(folder), folder) for folder in run_folders(declaration) if not copied_from(folder)]
    newest = max(found, key=lambda one: (one[0], _counter(one[1].name), one[1].name), default=None)
    return newest[1] if newest else None


def run_folders(declaration: Declaration) -> list[Path]:
    """The folders of docs/_runs with a run's name, without links."""
    try:
        folders = list(declaration.runs_dir.iterdir())
    except OSError:
        return []
    return [path for path in folders if _is_stamp(path.name) and path.is_dir() and not path.is_symlink()]


def _is_stamp(name: str) -> bool:
    if not STAMP.fullmatch(name):
        return False
    try:
        dt.datetime.fromisoformat(name[:15].replace("_", "T")).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return False
    return True


def began(folder: Path) -> dt.datetime:
    """The start of a run: from its result, if that agrees with the folder's name; of a merged one, when it was merged.

    The name is local time of an unknown zone. If the two disagree or no result can be read, the later one counts, so
    that tampering cannot make a run older.
    """
    stamp = dt.datetime.fromisoformat(folder.name[:15].replace("_", "T"))
    by_name = stamp.astimezone(dt.UTC)
    try:
        result = _recorded(folder)
        named = result["finished_at" if is_merged(result) else "started_at"]
        recorded = dt.datetime.fromisoformat(named).astimezone(dt.UTC)
        agree = abs(recorded - stamp.replace(tzinfo=dt.UTC)) <= LARGEST_OFFSET
        return recorded if agree else max(recorded, by_name)
    except (KeyError, TypeError, ValueError, OverflowError):
        return by_name


def copied_from(folder: Path) -> str:
    """The run whose folder was copied to this name; empty for a run's own folder."""
    named = _recorded(folder).get("run_id")
    return named if isinstance(named, str) and named != folder.name else ""


def _recorded(folder: Path) -> dict[str, Any]:
    """The content of the result; empty if it cannot be read."""
    try:
        result = json.loads(content_of(folder / NAME))
    except (Unreadable, ValueError, RecursionError):
        return {}
    return result if isinstance(result, dict) else {}


def _counter(name: str) -> int:
    """The counter in the name, as a number, so that _10 comes after _9."""
    return int(name[16:] or 1)
