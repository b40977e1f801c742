"""Faults of work orders and of their phases."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import chain

from app.contract import quality_issues as contract
from app.contract.quality_issues import QualityIssue
from app.workbook.profile.faults.fault_declaration import (
    Fault,
    Found,
    SoundRows,
    is_null,
    precedes,
    rows_where,
)
from app.workbook.profile.sheet_data import Values

MIDNIGHT = dt.time()


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


def _after_export(issue: QualityIssue, headers: str) -> Fault:
    """Rows with a later stamp than as_of: after the export, or long after all others."""
    first, second = headers.split()

    def count(rows: SoundRows) -> Found:
        pairs = zip(rows[first], rows[second], strict=True)
        return rows.hits(first, (precedes(rows.as_of, one) or precedes(rows.as_of, other) for one, other in pairs))

    return Fault(issue, count)


ORDER_FAULTS: tuple[Fault, ...] = (
    rows_where(contract.ORDER_NOT_COMPLETED, "Of_DataAcabamento", is_null),
    rows_where(contract.ORDER_WITHOUT_TRANSPORT, "Of_DataTransporte", is_null),
    rows_where(contract.COMPLETED_BEFORE_CREATED, "Of_DataAcabamento Of_DataCriacao", precedes),
    Fault(
        QualityIssue("OrdensFabrico", "COMPLETED_BEFORE_ANY_ORDER", "completed before any order was created"),
        _before_any_order,
    ),
    rows_where(contract.TRANSPORT_BEFORE_CREATED, "Of_DataTransporte Of_DataCriacao", precedes),
    Fault(contract.TRANSPORT_IN_FUTURE, _in_future),
    _after_export(contract.ORDER_AFTER_EXPORT, "Of_DataCriacao Of_DataAcabamento"),
    rows_where(
        contract.LONG_LEAD_TIME,
        "Of_DataCriacao Of_DataAcabamento",
        lambda created, completed: completed is not None and (completed - created).days > contract.LONG_LEAD_TIME_DAYS,
    ),
    rows_where(contract.CREATED_OFF_MIDNIGHT, "Of_DataCriacao", lambda created: created.time() != MIDNIGHT),
    Fault(contract.ORDER_ELSEWHERE, _elsewhere),
    Fault(
        QualityIssue("OrdensFabrico", "ID_OUT_OF_ORDER", "a lower number than the row before: unsorted"), _out_of_order
    ),
)

PHASE_FAULTS: tuple[Fault, ...] = (
    rows_where(contract.PHASE_NOT_FINISHED, "FaseOf_Fim", is_null),
    rows_where(contract.FINISHED_BEFORE_STARTED, "FaseOf_Fim FaseOf_Inicio", precedes),
    rows_where(
        QualityIssue("FasesOrdemFabrico", "PHASE_WITHOUT_DURATION", "without end, or with an end before the start"),
        "FaseOf_Fim FaseOf_Inicio",
        lambda end, start: end is None or (start is not None and end < start),
    ),
    _after_export(contract.PHASE_AFTER_EXPORT, "FaseOf_Inicio FaseOf_Fim"),
    rows_where(contract.PHASE_NOT_STARTED, "FaseOf_Inicio", is_null),
    rows_where(
        contract.FINISHED_WITHOUT_START,
        "FaseOf_Inicio FaseOf_Fim",
        lambda start, end: start is None and end is not None,
    ),
    rows_where(
        contract.LONG_PHASE,
        "FaseOf_Inicio FaseOf_Fim",
        lambda start, end: start is not None and end is not None and (end - start).days > contract.LONG_PHASE_DAYS,
    ),
    Fault(contract.OPEN_PHASE_OF_COMPLETED_ORDER, _open_of_completed),
    rows_where(contract.SHIFT_UNKNOWN, "FaseOf_Turno", is_null),
    rows_where(contract.PLANNED_DATE_UNKNOWN, "FaseOf_DataPrevista", is_null),
    rows_where(contract.ZERO_WEIGHT, "FaseOf_Peso", lambda weight: weight == 0),
    rows_where(
        QualityIssue("FasesOrdemFabrico", "RETURNED_PHASE", "phases that an order returned to (rework)"),
        "FaseOf_Retorno",
        bool,
    ),
)
