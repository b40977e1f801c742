"""A moment as the workbook has it: factory-local, without a zone, and documented as such.

RFC 3339's `date-time` demands an offset, which no stamp of the workbook has; `date-time-local` is the same without it
(OpenAPI Format Registry, https://spec.openapis.org/registry/format/date-time-local.html).
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import WithJsonSchema

DOCUMENTED = WithJsonSchema(
    {
        "type": "string",
        "format": "date-time-local",
        "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?$",
        "examples": ["2024-03-01T07:30:00"],
    }
)
LocalTime = Annotated[dt.datetime, DOCUMENTED]
"""Type of a model's field: a naive datetime, to the microsecond."""


def moment_after(since: dt.datetime, seconds: int) -> dt.datetime | None:
    """The moment so many seconds later; None beyond the calendar."""
    try:
        return since + dt.timedelta(seconds=seconds)
    except OverflowError:
        return None
