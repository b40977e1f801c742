"""A workbook's as_of: its latest event that is not later than the export, by docs/ingestion.md.

The export's time is the latest that the file records (document properties, entries of the zip) and that has already
been. A local clock may be 14 hours ahead of it. If too many events lie beyond that, the file's date is not believed;
then the oracle's own clock is the bound, and if even that contradicts a tenth of the events, there is none. Few events
that lie long after all others are not believed either.
"""

from __future__ import annotations

import datetime as dt
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

AHEAD = dt.timedelta(hours=14)
EVENTS = """
    SELECT unnest([Of_DataCriacao, Of_DataAcabamento]) AS moment FROM OrdensFabrico
     UNION ALL SELECT unnest([FaseOf_Inicio, FaseOf_Fim]) FROM FasesOrdemFabrico"""
LONGEST = 1_000_000


def latest_event(oracle: Oracle) -> dt.datetime | None:
    """The workbook's as_of; None without any event."""
    here = dt.datetime.now(dt.UTC).replace(tzinfo=None) + AHEAD
    past = [moment for moment in recorded(oracle.path) if moment <= here]
    tries = [(min(max(past) + AHEAD, here), 1)] if past else []
    for bound, percent in [*tries, (here, 10)]:
        (found,) = oracle.records(
            f"SELECT count(moment) AS events, count(*) FILTER (moment > $bound) AS beyond FROM ({EVENTS})",
            {"bound": bound},
        )
        allowed = 10 if found["beyond"] < 4 else percent
        if found["beyond"] / max(found["events"], 1) <= allowed / 100:
            return in_company(oracle, bound)
    return in_company(oracle, dt.datetime(9999, 12, 31))


def in_company(oracle: Oracle, bound: dt.datetime) -> dt.datetime | None:
    """The latest event up to the bound, but for a ten-thousandth of them where that lies over 60 days behind."""
    rows = oracle.records(f"SELECT moment FROM ({EVENTS}) WHERE moment <= $bound", {"bound": bound})
    moments = sorted(row["moment"] for row in rows)
    if not moments:
        return None
    most = moments[-1 - len(moments) // 10_000] + dt.timedelta(days=60)
    latest: dt.datetime = max(moment for moment in moments if moment <= most)
    return latest


def recorded(path: Path) -> list[dt.datetime]:
    """The times at which the file says that it was made, in UTC."""
    moments = []
    with zipfile.ZipFile(path) as package:
        for entry in package.infolist():
            year, month, day, hour, minute, second = entry.date_time
            if (year, month, day) != (1980, 1, 1) and month and day:
                moments.append(dt.datetime(year, month, day, hour, minute, second))
            if entry.filename.lower() == "docprops/core.xml" and entry.file_size <= LONGEST:
                with suppress(zipfile.BadZipFile, zlib.error):
                    moments += _in_properties(package.read(entry))
    return moments


def _in_properties(xml: bytes) -> list[dt.datetime]:
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return []
    moments = []
    for element in root:
        if element.tag.endswith(("}created", "}modified")):
            try:
                said = (element.text or "").strip()
                moment = dt.datetime.fromisoformat(said)
                if ":" not in said:  # a day: any time of it may be meant
                    moment += dt.timedelta(hours=24)
                moments.append(moment.replace(tzinfo=None) - (moment.utcoffset() or dt.timedelta()))
            except (ValueError, OverflowError):
                continue
    return moments
