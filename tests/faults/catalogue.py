"""The faults as tests/faults/planted/*.toml declares them: what is broken, and which check must see it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

FOLDER = Path(__file__).resolve().parent
PLANTED = FOLDER / "planted"
ROOT = FOLDER.parents[1]


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in a file that is there exactly once, and what stands there instead."""

    file: str
    search: str
    replace: str


class NewFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that the fault adds."""

    file: str
    text: str


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mistake somebody could make, and how the gate must answer.

    tests: the acceptance tests that run, as `file::test`, in this order; the check's must be the first to fail. says: a
    part of the root cause. crash: why an exception that is no assertion is this check's way of seeing it. quick: cheap
    enough for `make test`. baseline: its check compares with a run that passed, so its tests are run without the fault
    first, and what they measured is sealed as a PASS (see baseline.py).
    """

    id: str
    check: str
    category: str
    story: str
    origin: str
    tests: tuple[str, ...]
    says: str
    edits: tuple[Edit, ...] = ()
    files: tuple[NewFile, ...] = ()
    removes: tuple[str, ...] = ()
    crash: str = ""
    quick: bool = False
    baseline: bool = False


class FaultError(Exception):
    """A fault that is declared wrongly, or does not fit the tree any more."""


class _Declared(msgspec.Struct, forbid_unknown_fields=True):
    faults: tuple[Fault, ...]


def load(folder: Path = PLANTED) -> list[Fault]:
    """The planted faults, in the order of files and lines. Raises FaultError."""
    found: list[Fault] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            found += msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Declared).faults
        except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise FaultError(f"{path.name}: {error}") from error
    ids = [fault.id for fault in found]
    if twice := {name for name in ids if ids.count(name) > 1}:
        raise FaultError(f"Declared twice: {', '.join(sorted(twice))}")
    return found


def chosen(faults: list[Fault], names: list[str]) -> list[Fault]:
    """The faults of these ids or checks; all of them without a name. Raises FaultError for a name of neither."""
    unknown = [name for name in names if not any(name in (fault.id, fault.check) for fault in faults)]
    if unknown:
        raise FaultError(f"No fault and no check with a fault is called {', '.join(unknown)}.")
    return [fault for fault in faults if not names or fault.id in names or fault.check in names]
