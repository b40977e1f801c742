"""The time of a workbook's export, as recorded in the file, and the latest event that it can contain.

The document's properties and the zip's entries have times, which copying the file does not change. A bound that many
stamps exceed is ignored, so that a wrong time does not hide the data.
"""

from __future__ import annotations

import datetime as dt
import heapq
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
"""The time of a zip's entry for which its writer gave none."""

AHEAD_OF_UTC = dt.timedelta(hours=14)
"""Largest offset of a local time. The local time of an event before the export is at most the export's UTC time plus
this."""
ONE_DAY, NO_DAY = dt.timedelta(days=1), dt.timedelta()

OF_THE_FILE_PERCENT, OF_THE_CLOCK_PERCENT = 1, 10
"""Percentages of the stamps that may exceed a bound. The file's time is often a template's; the clock is rarely
wrong."""
STRAGGLES_AFTER = dt.timedelta(days=60)
"""Time after the 99.99th percentile of the stamps from which a later one is taken for mistyped. A factory's summer is
shorter, and a day's work more than a ten-thousandth of its years."""
FEW = 3
"""Number of mistyped years, up to a tenth of the stamps, that do not discredit the file's time."""


@dataclass(frozen=True, slots=True)
class LatestMoment:
    """An upper limit of event times; ignored when more than this share of the stamps exceeds it."""

    moment: dt.datetime
    most_percent: int

    def is_believed(self, beyond: int, stamps: int) -> bool:
        """True if the limit may be right, given the stamps that exceed it."""
        most = OF_THE_CLOCK_PERCENT if beyond <= FEW else self.most_percent
        return beyond * 100 <= stamps * most


def latest_moments(recorded: Iterable[dt.datetime], now: dt.datetime | None = None) -> tuple[LatestMoment, ...]:
    """Upper limits of the latest event's local time: by the file first, then by the clock.

    recorded: the file's times (`recorded_times`); those in the future are ignored. now: UTC without zone.
    """
    clock = (now or dt.datetime.now(dt.UTC).replace(tzinfo=None)) + AHEAD_OF_UTC
    told = max((moment for moment in recorded if moment <= clock), default=None)
    by_the_clock = LatestMoment(clock, OF_THE_CLOCK_PERCENT)
    if told is None:
        return (by_the_clock,)
    return (LatestMoment(min(told + AHEAD_OF_UTC, clock), OF_THE_FILE_PERCENT), by_the_clock)


def latest_event(stamps: Sequence[dt.datetime], bounds: Iterable[LatestMoment]) -> dt.datetime | None:
    """The latest stamp within the first limit that is believed, or of all without one; stragglers do not count."""
    for bound in bounds:
        within = [stamp for stamp in stamps if stamp <= bound.moment]
        if bound.is_believed(len(stamps) - len(within), len(stamps)):
            return _latest_in_company(within)
    return _latest_in_company(stamps)


def _latest_in_company(stamps: Sequence[dt.datetime]) -> dt.datetime | None:
    """The latest stamp that is no straggler."""
    if not stamps:
        return None
    last = heapq.nlargest(stragglers_at_most(len(stamps)) + 1, stamps)[-1]
    return max(stamp for stamp in stamps if stamp - last <= STRAGGLES_AFTER)


def stragglers_at_most(stamps: int) -> int:
    """The most stamps that may lie far behind all others and are not believed: those beyond the 99.99th percentile."""
    return stamps // 10_000


def recorded_times(path: Path) -> tuple[dt.datetime, ...]:
    """Times in the file that say when it was made, UTC without zone; none if they cannot be read.

    Must be called in the bounded process: a zip may list millions of entries.
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
    """A zip entry's time, in its writer's local time, whose offset the bound allows for; None if it has none."""
    try:
        made = dt.datetime(*date_time[:6])  # type: ignore[arg-type]
    except ValueError:
        return None
    return made if made.date() != NO_TIME.date() else None


def _in_properties(xml: bytes) -> Iterator[dt.datetime]:
    """The times of creation and of the last change; none from a part that is unsafe XML or too long."""
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
    """The time in a text, for a day alone the day's end; None if it has no time."""
    try:
        moment = dt.datetime.fromisoformat(text) + (ONE_DAY if len(text) <= len("2025-12-11") else NO_DAY)
        return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
