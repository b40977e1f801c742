"""Converts the serials of a column of dates or times to COPY text and to the server's counts, all at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from app.contract import EARLIEST, LATEST, Kind
from app.ingestion.reading.checksums import ZERO, counted, digest
from app.workbook.scanning.decoding import LEAP_BUG_ENDS

Texts: TypeAlias = "np.ndarray[Any, np.dtype[np.bytes_]]"
Counts: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"

DAY_MS = 86_400_000
MILLISECOND = dt.timedelta(milliseconds=1)
SENT_AS = {Kind.DATETIME: ">i8", Kind.DATE: ">i4"}
"""Type of the server's image of such values."""


def stamps(values: Sequence[bytes], kind: Kind, first: dt.datetime) -> tuple[list[bytes], Counts] | None:
    """Dates and times of serials made of digits and a point, to the second and within the accepted years, as fields and
    as the server counts them; None when one of them is anything else."""
    if b"".join(values).translate(None, b"0123456789."):
        return None
    try:
        serials = np.array(list(map(float, values)))
    except ValueError:
        return None
    serials = np.clip(serials, 0, 1e6)
    whole = np.floor(serials)
    milliseconds = np.rint((serials - whole) * DAY_MS).astype(np.int64) + whole.astype(np.int64) * DAY_MS
    low, high = ((bound - first) // MILLISECOND for bound in (EARLIEST, LATEST))
    good = (milliseconds >= low) & (milliseconds < high) & (serials > LEAP_BUG_ENDS)
    if not good.all() or (milliseconds % (DAY_MS if kind is Kind.DATE else 1000)).any():
        return None
    days, times = np.divmod(milliseconds, DAY_MS)
    dates = _days()[days + (first - EARLIEST).days]
    if kind is Kind.DATE:
        return _listed(dates), days + (first - ZERO).days
    both = np.empty(len(serials), [("date", "S10"), ("time", "S9")])
    both["date"], both["time"] = dates, _times()[times // 1000]
    return _listed(both.view("S19")), (milliseconds + (first - ZERO) // MILLISECOND) * 1000


def with_others(kind: Kind, counts: Counts, others: Mapping[int, Any]) -> Counts:
    """The counts with other values in these places, and without those that are null."""
    for place, value in others.items():
        if value is not None:
            counts[place] = counted(kind, value)
    return np.delete(counts, [place for place, value in others.items() if value is None])


def checksum_of_counts(kind: Kind, counts: Counts) -> str:
    """The checksum of a column, from its counts."""
    return digest(counts.astype(SENT_AS[kind]).tobytes())


@cache
def _days() -> Texts:
    """The accepted days as text, in their order."""
    return (np.datetime64(EARLIEST, "D") + np.arange((LATEST - EARLIEST).days)).astype("S10")


@cache
def _times() -> Texts:
    """The seconds of a day as text, each after a blank."""
    made = np.empty((24, 60, 60), [("hour", "S3"), ("minute", "S3"), ("second", "S3")])
    made["hour"] = np.array([b" %02d" % hour for hour in range(24)]).reshape(-1, 1, 1)
    made["minute"] = np.array([b":%02d" % minute for minute in range(60)]).reshape(-1, 1)
    made["second"] = [b":%02d" % second for second in range(60)]
    return made.view("S9").ravel()


def _listed(texts: Texts) -> list[bytes]:
    found: list[bytes] = texts.tolist()
    return found
