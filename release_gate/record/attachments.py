"""The place of an attached file in the run folder: under its own name, never replacing another file."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from release_gate.record import ctrf
from release_gate.record.journal import NAME as JOURNAL
from release_gate.rules.model import RESULT_FILE

WRITTEN_BY_THE_GATE = {
    name.casefold()
    for name in (
        JOURNAL,
        RESULT_FILE,
        "RELEASE_GATE_RESULT.intoto.json",
        "RELEASE_GATE_RESULT.intoto.dsse.json",
        ctrf.NAME,
        "ERROR_TRIAGE_REPORT.md",
        "junit.xml",
        "pytest.html",
        "release_report.html",
        "release_report.json",
        "benchmark.json",
        "journal.damaged.jsonl",
        "stacks.txt",
        "stacks_asked.txt",
    )
}


class AttachmentRefused(ValueError):
    """A file cannot be attached under this name."""

    code = "ATTACHMENT_REFUSED"


def place_for(folder: Path, source: Path, name: str) -> Path:
    """A path in `folder` for a copy of `source` called `name`; numbered if another file has that name.

    Raises AttachmentRefused for a name that leaves the folder, belongs to the gate, or is not UTF-8, and for a source
    that is a folder, or a device or a pipe, which may have no end.
    """
    if source.exists() and not source.is_file():
        what = "a folder: attach its files" if source.is_dir() else "a device, a pipe or a socket, and no file"
        raise AttachmentRefused(f"evidence.attach: {source} is {what}.")
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts or "\0" in name or name.endswith(("/", "/.")):
        raise AttachmentRefused(f"evidence.attach: {name!r} is no name of a file within the run folder.")
    try:
        name.encode("utf-8")
    except UnicodeEncodeError as error:
        raise AttachmentRefused(
            f"evidence.attach: the name {name!r} is not UTF-8; give it another (name=…)."
        ) from error
    target = folder / name
    if not target.resolve().is_relative_to(folder.resolve()):
        raise AttachmentRefused(f"evidence.attach: {name!r} leads out of the run folder by a link.")
    if source.resolve() == target.resolve():
        return target
    if PurePosixPath(name).as_posix().casefold() in WRITTEN_BY_THE_GATE:
        raise AttachmentRefused(f"evidence.attach: {name} is written by the gate itself; give the file another name.")
    return next(path for path in _numbered(target) if not path.exists() or _same(source, path))


def _numbered(target: Path) -> Iterator[Path]:
    yield target
    number = 2
    while True:
        yield target.with_name(f"{target.stem}-{number}{target.suffix}")
        number += 1


def _same(source: Path, there: Path) -> bool:
    return there.is_file() and filecmp.cmp(source, there, shallow=False)
