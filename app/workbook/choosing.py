"""Chooses the workbook of a command: the named one, the configured one, the only one in `data/`, or a sample."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.config import Settings
from app.workbook.errors import WorkbookRefused
from app.workbook.opc.digest import require_readable

if TYPE_CHECKING:
    from app.workbook.writing import Progress

FOLDER = Path("data")
SAMPLE = "sample.xlsx"
LOCK_MARK = "~$"
"""Prefix of the file that Excel puts beside an open workbook."""


class SeveralWorkbooks(Exception):
    """No workbook was named and `data/` holds more than one."""

    code = "SEVERAL_WORKBOOKS"
    exit_code = 2


def found_workbook(named: Path | None, settings: Settings) -> Path | None:
    """The workbook that was named, that PRODPLAN_WORKBOOK names, or that lies alone in `data/`; None without any.

    Raises SeveralWorkbooks, and WorkbookRefused when it cannot be opened: a link to a share that is not there, for
    which no other workbook, and no sample, may be taken.
    """
    given = named or settings.prodplan_workbook or only_workbook(FOLDER)
    if given is None:
        return None
    path = given.expanduser()
    try:
        require_readable(path)
    except WorkbookRefused as refused:
        source = " PRODPLAN_WORKBOOK names it." if not named and settings.prodplan_workbook else ""
        raise WorkbookRefused(refused.code, f"{refused}{source}") from refused
    return path


def only_workbook(folder: Path) -> Path | None:
    """The one .xlsx directly in the folder, be it a link to nothing or a pipe; None when there is none.

    Raises SeveralWorkbooks, and WorkbookRefused for a folder that cannot be read.
    """
    try:
        names = [entry.name for entry in os.scandir(folder) if not _is_folder(entry)]
    except OSError as error:
        if isinstance(error, FileNotFoundError | NotADirectoryError) and not folder.is_symlink():
            return None
        why = f"The folder {folder}/ cannot be read ({error.strerror}): mend it, or name the workbook."
        raise WorkbookRefused("NOT_FOUND", why) from error
    found = sorted(name for name in names if name.lower().endswith(".xlsx") and not name.startswith((LOCK_MARK, ".")))
    if len(found) > 1:
        raise SeveralWorkbooks(f"{folder}/ holds {len(found)} workbooks ({', '.join(found)}): name the one to use.")
    return folder / found[0] if found else None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link back to itself
        return False


def sample_workbook(folder: Path, progress: Progress | None = None) -> Path:
    """The sample in the folder, made if it is not there yet. Raises OSError."""
    from app.workbook.sample import write_sample

    path = folder / SAMPLE
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=f".{SAMPLE}", dir=folder)
        os.close(handle)
        unfinished = Path(name)
        try:
            write_sample(unfinished, progress=progress)
            unfinished.chmod(0o644)
            # Not renamed: another command may have made the sample meanwhile, and be reading it.
            with suppress(FileExistsError):
                path.hardlink_to(unfinished)
        finally:
            unfinished.unlink(missing_ok=True)
    return path
