"""Faults of work orders and of their phases."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import chain

from app.workbook.profile.faults.fault_declaration import (
    SHEET_OF,
    Fault,
    Found,
    SoundRows,
    is_null,
    precedes,
    rows_where,
)
from app.workbook.profile.sheet_data import Values

MIDNIGHT = dt.time()
LONG_LEAD_TIME_DAYS, LONG_PHASE_DAYS = 365, 3 * 365
"""Whole days: a lead time of 365 days and some hours does not exceed 365 days."""


def _before_any_order(rows: SoundRows) -> Found:
    first = min(rows["Of_DataCriacao"], default=None)
    return rows.hits("Of_Id", (precedes(completed, first) for completed in rows["Of_DataAcabamento"]))


def _in_future(rows: SoundRows) -> Found:
    return rows.hits("Of_Id", (precedes(rows.as_of, transport) for transport in rows["Of_DataTransporte"]))


def _out_of_order(rows: SoundRows) -> Found:
    ids = rows["Of_Id"]
    return rows.hits("Of_Id", (number < before for before, number in zip(chain(ids[:1], ids), ids, strict=False)))


def _open_of_completed(rows: SoundRows) -> Found:
    orders: Values = rows["Of_Id"]
    completed = {order for order, end in zip(orders, rows["Of_DataAcabamento"], strict=True) if end is not None}
    pairs = zip(rows["FaseOf_Fim"], rows["FaseOf_OfId"], strict=True)
    return rows.hits("FaseOf_Id", (end is None and order in completed for end, order in pairs))


def _elsewhere(rows: SoundRows) -> Found:
    """Open orders whose open work is at another phase: the one in process, else the first in routing order."""
    in_process: defaultdict[int, set[int]] = defaultdict(set)
    queued: dict[int, tuple[tuple[bool, int, int], int]] = {}
    headers = ("FaseOf_OfId", "FaseOf_FaseId", "FaseOf_Inicio", "FaseOf_Fim", "FaseOf_Sequencia", "FaseOf_Id")
    for order, phase, start, end, sequence, number in zip(*(rows[header] for header in headers), strict=True):
        if end is not None:
            continue
        if start is not None:
            in_process[order].add(phase)
        place = (sequence is None, sequence or 0, number), phase
        queued[order] = min(queued.get(order, place), place)

    def is_elsewhere(order: int, phase: int | None, completed: dt.datetime | None) -> bool:
        if completed is not None or phase is None or order not in queued:
            return False
        return phase not in (in_process.get(order) or {queued[order][1]})

    orders = zip(rows["Of_Id"], rows["Of_FaseId"], rows["Of_DataAcabamento"], strict=True)
    return rows.hits("Of_Id", (is_elsewhere(*order) for order in orders))


def _after_export(meaning: str, headers: str) -> Fault:
    """Rows with a later stamp than as_of, which is the latest one not after the export."""
    first, second = headers.split()

    def count(rows: SoundRows) -> Found:
        pairs = zip(rows[first], rows[second], strict=True)
        return rows.hits(first, (precedes(rows.as_of, one) or precedes(rows.as_of, other) for one, other in pairs))

    return Fault(SHEET_OF[first], "STAMP_AFTER_EXPORT", meaning, count)


ORDER_FAULTS: tuple[Fault, ...] = (
    rows_where("ORDER_NOT_COMPLETED", "work orders without completion", "Of_DataAcabamento", is_null),
    rows_where("ORDER_WITHOUT_TRANSPORT", "work orders without transport date", "Of_DataTransporte", is_null),
    rows_where(
        "COMPLETED_BEFORE_CREATED", "completed before they were created", "Of_DataAcabamento Of_DataCriacao", precedes
    ),
    Fault("OrdensFabrico", "COMPLETED_BEFORE_ANY_ORDER", "completed before any order was created", _before_any_order),
    rows_where("TRANSPORT_BEFORE_CREATED", "transport before creation", "Of_DataTransporte Of_DataCriacao", precedes),
    Fault("OrdensFabrico", "TRANSPORT_IN_FUTURE", "transport after the workbook's latest stamp", _in_future),
    _after_export("creation or completion after the export", "Of_DataCriacao Of_DataAcabamento"),
    rows_where(
        "LONG_LEAD_TIME",
        f"lead time over {LONG_LEAD_TIME_DAYS} days",
        "Of_DataCriacao Of_DataAcabamento",
        lambda created, completed: completed is not None and (completed - created).days > LONG_LEAD_TIME_DAYS,
    ),
    rows_where(
        "CREATED_OFF_MIDNIGHT",
        "created at a time other than midnight",
        "Of_DataCriacao",
        lambda created: created.time() != MIDNIGHT,
    ),
    Fault("OrdensFabrico", "ORDER_ELSEWHERE", "open orders whose open work is at another phase", _elsewhere),
    Fault("OrdensFabrico", "ID_OUT_OF_ORDER", "a lower number than the row before: unsorted", _out_of_order),
)

PHASE_FAULTS: tuple[Fault, ...] = (
    rows_where("PHASE_NOT_FINISHED", "open phases: the shop floor", "FaseOf_Fim", is_null),
    rows_where("FINISHED_BEFORE_STARTED", "phase ends before its start", "FaseOf_Fim FaseOf_Inicio", precedes),
    rows_where(
        "PHASE_WITHOUT_DURATION",
        "without end, or with an end before the start",
        "FaseOf_Fim FaseOf_Inicio",
        lambda end, start: end is None or (start is not None and end < start),
    ),
    _after_export("start or end after the export", "FaseOf_Inicio FaseOf_Fim"),
    rows_where("PHASE_NOT_STARTED", "phases without start", "FaseOf_Inicio", is_null),
    rows_where(
        "FINISHED_WITHOUT_START",
        "phases that end without having started",
        "FaseOf_Inicio FaseOf_Fim",
        lambda start, end: start is None and end is not None,
    ),
    rows_where(
        "LONG_PHASE",
        f"phase lasts over {LONG_PHASE_DAYS:,} days (three years)",
        "FaseOf_Inicio FaseOf_Fim",
        lambda start, end: start is not None and end is not None and (end - start).days > LONG_PHASE_DAYS,
    ),
    Fault(
        "FasesOrdemFabrico", "OPEN_PHASE_OF_COMPLETED_ORDER", "open phases of completed work orders", _open_of_completed
    ),
    rows_where("SHIFT_UNKNOWN", "phases without shift", "FaseOf_Turno", is_null),
    rows_where("PLANNED_DATE_UNKNOWN", "phases without planned date", "FaseOf_DataPrevista", is_null),
    rows_where("ZERO_WEIGHT", "phases with weight 0", "FaseOf_Peso", lambda weight: weight == 0),
    rows_where("RETURNED_PHASE", "phases that an order returned to (rework)", "FaseOf_Retorno", bool),
)
