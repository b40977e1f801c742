"""The options of an ingestion, and its stopwatch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from time import perf_counter

from app.database.access.roles import Roles
from app.expansion_limit import DEFAULT_MAX_EXPANDED_MB
from app.ingestion.run_result import Progress
from app.workbook.errors import WorkbookRefused, shown_name
from app.workbook.opc.digest import require_file, sha256_of, unreadable_refused


@dataclass(frozen=True, slots=True)
class Identity:
    """A workbook file at one moment: its SHA-256, and its size and times in the file system."""

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
    """Raises WorkbookRefused when the file changed since it was hashed (CHANGED) or is gone (NOT_FOUND)."""
    with unreadable_refused(workbook):
        now = workbook.stat()
    if (now.st_size, now.st_mtime_ns, now.st_ino) != (identity.size, identity.mtime_ns, identity.inode):
        raise WorkbookRefused(
            "CHANGED", f"{shown_name(workbook)} changed while it was read; wait for the export to end and try again."
        )


@dataclass(frozen=True, slots=True)
class Allowed:
    """Refusals that the user has overridden beforehand; each field is an option `allow_…` of `ingest`."""

    shrink: bool = False
    rejects: bool = False
    older: bool = False
    empty: bool = False
    implausible: bool = False


NOTHING_ALLOWED = Allowed()


def no_progress(step: str, done: int, total: int | None) -> None:
    """A progress callback that does nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of an ingestion.

    force: run although this very workbook is live. allow_shrink: accept the loss of more than a tenth of a table's
    keys. allow_rejects: accept any number of refused rows. allow_older: accept an export that is older than the live
    run's. allow_empty: accept a first snapshot without orders, or without rows that others refer to.
    allow_implausible: accept columns with most values changed since the live run, and a sheet whose rows stand twice.
    dry_run: do everything, reports included, then roll back. gates_file: FEATURE_GATES.json for the API. keep:
    snapshots of the plant to keep, at least 1. reserved_run_id: the run's number, if a request holds one. progress:
    called as (step, done, total); its exceptions fail the run. expected_sha256: refuse any other content (CHANGED).
    """

    plant: str = "main"
    force: bool = False
    allow_shrink: bool = False
    allow_rejects: bool = False
    allow_older: bool = False
    allow_empty: bool = False
    allow_implausible: bool = False
    dry_run: bool = False
    requested_by: str = "cli"
    reports_dir: Path | None = None
    gates_file: Path | None = None
    keep: int = 3
    max_expanded_mb: int = DEFAULT_MAX_EXPANDED_MB
    progress: Progress = no_progress
    reserved_run_id: int | None = None
    expected_sha256: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError unless at least one snapshot is kept."""
        if self.keep < 1:
            raise ValueError(f"at least one snapshot must be kept, not {self.keep}")

    @property
    def allowed(self) -> Allowed:
        return Allowed(**{one.name: getattr(self, f"allow_{one.name}") for one in fields(Allowed)})


DEFAULTS = Options()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Options):
    """One ingestion to carry out: its options, with the workbook, its identity and the roles."""

    workbook: Path
    identity: Identity
    roles: Roles


def request_of(workbook: Path, identity: Identity, roles: Roles, options: Options) -> Request:
    """The request for this workbook. Raises WorkbookRefused (CHANGED) if it is not the expected one."""
    if options.expected_sha256 not in (None, identity.sha256):
        name = shown_name(workbook)
        raise WorkbookRefused("CHANGED", f"{name} is not the file that was asked for any more; ask again.")
    chosen = {one.name: getattr(options, one.name) for one in fields(Options)}
    return Request(workbook=workbook, identity=identity, roles=roles, **chosen)


@dataclass(slots=True)
class Stopwatch:
    """Seconds spent in each ingestion step."""

    steps_s: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add the block's duration to the step."""
        began = perf_counter()
        try:
            yield
        finally:
            self.add(name, perf_counter() - began)

    def add(self, name: str, seconds: float) -> None:
        """Add a duration that was measured elsewhere."""
        self.steps_s[name] = self.steps_s.get(name, 0.0) + seconds
