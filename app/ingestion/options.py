"""The options of an ingestion, and its stopwatch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from app.database.roles import Roles
from app.ingestion.run_result import Progress
from app.workbook.digest import require_file, sha256_of, unreadable_refused
from app.workbook.errors import WorkbookRefused, shown_name


@dataclass(frozen=True, slots=True)
class Identity:
    """A workbook file at one moment: its content's sha256, and what the file system says of it."""

    sha256: str
    size: int
    mtime_ns: int
    inode: int


def identify(workbook: Path) -> Identity:
    """Hash the file. Raises WorkbookRefused: NOT_FOUND when it cannot be read, CHANGED when it changes meanwhile."""
    require_file(workbook)
    with unreadable_refused(workbook):
        before = workbook.stat()
    identity = Identity(sha256_of(workbook), before.st_size, before.st_mtime_ns, before.st_ino)
    require_unchanged(workbook, identity)
    return identity


def require_unchanged(workbook: Path, identity: Identity) -> None:
    """Raises WorkbookRefused when the file is no longer the one that was hashed (CHANGED: an export may still be
    writing it), or is no longer there (NOT_FOUND)."""
    with unreadable_refused(workbook):
        now = workbook.stat()
    if (now.st_size, now.st_mtime_ns, now.st_ino) != (identity.size, identity.mtime_ns, identity.inode):
        raise WorkbookRefused(
            "CHANGED", f"{shown_name(workbook)} changed while it was read; wait for the export to end and try again."
        )


@dataclass(frozen=True, slots=True)
class Allowed:
    """Refusals that a person has waived beforehand; each field is an option of `ingest`, `allow_…`."""

    shrink: bool = False
    rejects: bool = False
    older: bool = False
    empty: bool = False


NOTHING_ALLOWED = Allowed()


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of `ingest`, with the workbook's identity."""

    workbook: Path
    identity: Identity
    roles: Roles
    plant: str
    allowed: Allowed
    dry_run: bool
    requested_by: str
    reports_dir: Path | None
    gates_file: Path | None
    keep: int
    max_expanded_mb: int
    progress: Progress
    reserved_run_id: int | None


@dataclass(slots=True)
class Stopwatch:
    """Seconds spent in each phase."""

    phases_s: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the block's duration to the phase."""
        began = perf_counter()
        try:
            yield
        finally:
            self.add(name, perf_counter() - began)

    def add(self, name: str, seconds: float) -> None:
        """Add a duration that was taken elsewhere."""
        self.phases_s[name] = self.phases_s.get(name, 0.0) + seconds
