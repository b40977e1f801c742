"""Errors of an ingestion, each with a stable code and its exit code.

Faults of rows are values, not exceptions: see `rejection`. A workbook that breaks its contract raises
`app.workbook.errors.WorkbookRefused` (exit 3).
"""

from __future__ import annotations


class IngestionError(Exception):
    """An error of an ingestion; its subclasses say which. The message is one sentence for a person."""

    code = "INGESTION_ERROR"
    exit_code = 1


class IngestionFailed(IngestionError):
    """The ingestion could not be done, and nothing changed; a run that broke off is marked FAILED."""

    code = "INGESTION_FAILED"


class ReconciliationFailed(IngestionFailed):
    """Rows were lost or invented between workbook and core; the run is not published."""

    code = "RECONCILIATION_FAILED"


class IngestionBusy(IngestionFailed):
    """Another ingestion, publication or retention of the same plant is at work."""

    code = "INGESTION_BUSY"


class UnknownRun(IngestionFailed):
    """There is no published snapshot with this number for this plant."""

    code = "UNKNOWN_RUN"


class RunRefused(IngestionError):
    """The workbook was read whole and reconciles, but publishing it would harm; it is not worth trying again."""

    code = "RUN_REFUSED"
    exit_code = 3


class RejectsRefused(RunRefused):
    """Too many of a sheet's rows are refused, or a whole column is at fault."""

    code = "REJECTS_REFUSED"


class ShrinkRefused(RunRefused):
    """More than a tenth of a live table's keys would disappear: a truncated export must not empty the factory."""

    code = "SHRINK_REFUSED"


class OlderRefused(RunRefused):
    """The export is older than the live run."""

    code = "OLDER_REFUSED"


class ImplausibleRefused(RunRefused):
    """Most values of a column are not those of the live run, or most rows of a sheet without key stand twice."""

    code = "IMPLAUSIBLE_REFUSED"


class EmptyRefused(RunRefused):
    """There are no orders or no phases, or a sheet that others refer to has no rows."""

    code = "EMPTY_REFUSED"


class SampleRefused(IngestionError):
    """A generated sample would replace a plant's own data."""

    code = "SAMPLE_REFUSED"
    exit_code = 2


class QueueFull(IngestionError):
    """The plant's queue is full."""

    code = "QUEUE_FULL"
