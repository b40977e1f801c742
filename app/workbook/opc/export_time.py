"""When a workbook was exported, as far as the file itself tells, and the latest event that it can know of.

The document's properties and the zip's entries carry times; copying the file does not change them. A wrong one must not
hide the data: a bound that many stamps exceed is not believed.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, ZipFile

from app.workbook.opc.xml_walk import local_name, walk

PROPERTIES = "docprops/core.xml"
LARGEST_PROPERTIES_BYTES = 1_000_000
NO_TIME = dt.datetime(1980, 1, 1)
"""The time of a zip's entry whose writer gave none."""

AHEAD_OF_UTC = dt.timedelta(hours=14)
"""No place on earth is further ahead, so no event before the export has a local time beyond this."""
ONE_DAY, NO_DAY = dt.timedelta(days=1), dt.timedelta()

OF_THE_FILE_PERCENT, OF_THE_CLOCK_PERCENT = 1, 10
"""So many of the stamps may exceed a bound. The file's own is often a template's date; the clock is rarely wrong."""
FEW = 3
"""So many mistyped years, up to a tenth of the stamps, do not contradict the file's date either."""


@dataclass(frozen=True, slots=True)
class LatestMoment:
    """An upper limit of event times; disbelieved when more than this share of the stamps exceeds it."""

    moment: dt.datetime
    most_percent: int

    def is_believed(self, beyond: int, stamps: int) -> bool:
        """True if it may be right, though so many of the stamps exceed it."""
        most = OF_THE_CLOCK_PERCENT if beyond <= FEW else self.most_percent
        return beyond * 100 <= stamps * most


def latest_moments(recorded: Iterable[dt.datetime], now: dt.datetime | None = None) -> tuple[LatestMoment, ...]:
    """Upper limits of the latest event's local time: by the file first, then by the clock.

    recorded: the file's own times (`recorded_times`); those in the future are no times of this file. now: UTC without
    zone.
    """
    clock = (now or dt.datetime.now(dt.UTC).replace(tzinfo=None)) + AHEAD_OF_UTC
    told = max((moment for moment in recorded if moment <= clock), default=None)
    by_the_clock = LatestMoment(clock, OF_THE_CLOCK_PERCENT)
    if told is None:
        return (by_the_clock,)
    return (LatestMoment(min(told + AHEAD_OF_UTC, clock), OF_THE_FILE_PERCENT), by_the_clock)


def latest_event(stamps: Sequence[dt.datetime], bounds: Iterable[LatestMoment]) -> dt.datetime | None:
    """The latest stamp within the first bound that is believed; the latest of all if none is."""
    for bound in bounds:
        within = [stamp for stamp in stamps if stamp <= bound.moment]
        if bound.is_believed(len(stamps) - len(within), len(stamps)):
            return max(within, default=None)
    return max(stamps, default=None)


def recorded_times(path: Path) -> tuple[dt.datetime, ...]:
    """Every time in the file that says when it was made, UTC without zone; of a file that cannot be read so, none.

    To be called in the bounded process: a zip may list millions of entries.
    """
    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
            found = {moment for entry in entries if (moment := _made(entry.date_time)) is not None}
            names = (entry for entry in entries if entry.filename.replace("\\", "/").lstrip("/").lower() == PROPERTIES)
            if (properties := next(names, None)) is not None:
                with archive.open(properties) as file:
                    found.update(_in_properties(file.read(LARGEST_PROPERTIES_BYTES + 1)))
    except (OSError, EOFError, BadZipFile, zlib.error, ValueError, NotImplementedError):
        return ()
    return tuple(sorted(found))


def _made(date_time: tuple[int, ...]) -> dt.datetime | None:
    """A zip entry's time, local to who made it and so within the hours that the bound adds; None: it says nothing."""
    try:
        made = dt.datetime(*date_time[:6])  # type: ignore[arg-type]
    except ValueError:
        return None
    return made if made.date() != NO_TIME.date() else None


def _in_properties(xml: bytes) -> Iterator[dt.datetime]:
    """The times of creation and of the last change; none of a part that is no safe XML or longer than any."""
    texts: list[list[str]] = []
    path: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        path.append(local_name(name))
        if path[1:] in (["modified"], ["created"]):
            texts.append([])

    def end(_: str) -> None:
        path.pop()

    def text(piece: str) -> None:
        if path[1:] in (["modified"], ["created"]):
            texts[-1].append(piece)

    try:
        walk(BytesIO(xml), start, end, text)
    except (ExpatError, ValueError):
        return
    if len(xml) <= LARGEST_PROPERTIES_BYTES:
        yield from filter(None, (_utc("".join(parts).strip()) for parts in texts))


def _utc(text: str) -> dt.datetime | None:
    """The time that a text says, a day's end for a day alone; None: it says none."""
    try:
        moment = dt.datetime.fromisoformat(text) + (ONE_DAY if len(text) <= len("2025-12-11") else NO_DAY)
        return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
