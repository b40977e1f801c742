"""When a workbook was exported, as far as the file itself tells, and the latest event that it can know of.

The document's properties and the zip's entries carry times; copying the file does not change them. A wrong one must not
hide the data: a bound that many stamps exceed is not believed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from defusedxml.ElementTree import fromstring

PROPERTIES = "docprops/core.xml"
LARGEST_PROPERTIES_BYTES = 1_000_000
NO_TIME = dt.datetime(1980, 1, 1)
"""What a zip says whose writer gave no time."""

AHEAD_OF_UTC = dt.timedelta(hours=14)
"""No place on earth is further ahead, so no event before the export has a local time beyond this."""

NOT_BELIEVED_ABOVE_PERCENT = 10
"""A bound that more of the stamps exceed is wrong: a template's date, or a machine whose clock is."""


def latest_moments(path: Path, now: dt.datetime | None = None) -> tuple[dt.datetime, ...]:
    """What the latest event's local time cannot exceed: by the file first, then by the clock, which also bounds the
    file. now: UTC without zone."""
    clock = (now or dt.datetime.now(dt.UTC).replace(tzinfo=None)) + AHEAD_OF_UTC
    told = max(_times(path), default=None)
    return (clock,) if told is None else (min(told + AHEAD_OF_UTC, clock), clock)


def latest_event(stamps: Sequence[dt.datetime], bounds: Iterable[dt.datetime]) -> dt.datetime | None:
    """The latest stamp within the first bound that is believed; the latest of all if none is."""
    for bound in bounds:
        within = [stamp for stamp in stamps if stamp <= bound]
        if is_believed(len(stamps) - len(within), len(stamps)):
            return max(within, default=None)
    return max(stamps, default=None)


def is_believed(beyond: int, stamps: int) -> bool:
    """Whether a bound may be right that so many of the stamps exceed."""
    return beyond * 100 <= stamps * NOT_BELIEVED_ABOVE_PERCENT


def _times(path: Path) -> Iterator[dt.datetime]:
    """Every time in the file that says when it was made, UTC without zone; nothing of a file that cannot be read so."""
    try:
        with ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.filename.replace("\\", "/").lstrip("/").lower() == PROPERTIES:
                    with archive.open(entry) as file:
                        yield from _in_properties(file.read(LARGEST_PROPERTIES_BYTES))
                if (made := _made(entry.date_time)) is not None:
                    yield made
    except (OSError, BadZipFile, ValueError, NotImplementedError):
        return


def _made(date_time: tuple[int, ...]) -> dt.datetime | None:
    """A zip entry's time, local to who made it and so within the hours that the bound adds; None: it says nothing."""
    try:
        made = dt.datetime(*date_time[:6])  # type: ignore[arg-type]
    except ValueError:
        return None
    return made if made.date() != NO_TIME.date() else None


def _in_properties(xml: bytes) -> Iterator[dt.datetime]:
    try:
        root = fromstring(xml, forbid_dtd=True)
    except Exception:
        return
    for name in ("modified", "created"):
        for element in root.iterfind(f".//{{*}}{name}"):
            try:
                moment = dt.datetime.fromisoformat((element.text or "").strip())
            except ValueError:
                continue
            yield moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
