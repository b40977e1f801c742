"""The known faults of the ERP's exports, each declared once and counted over every row."""

from __future__ import annotations

from collections.abc import Iterator

from app.workbook.profile.faults.catalogue_faults import PEOPLE_FAULTS, PRODUCT_FAULTS
from app.workbook.profile.faults.fault_declaration import Fault, Found, SoundRows
from app.workbook.profile.faults.order_faults import ORDER_FAULTS, PHASE_FAULTS
from app.workbook.profile.faults.work_faults import ERROR_FAULTS, WORK_FAULTS
from app.workbook.profile.sheet_data import MissingColumn

FAULTS: tuple[Fault, ...] = ORDER_FAULTS + PHASE_FAULTS + WORK_FAULTS + ERROR_FAULTS + PEOPLE_FAULTS + PRODUCT_FAULTS


def count_faults(rows: SoundRows) -> Iterator[tuple[Fault, Found | str]]:
    """Each fault with its count, or with the name of the missing sheet or column that it needs."""
    for fault in FAULTS:
        try:
            yield fault, fault.count(rows)
        except MissingColumn as missing:
            yield fault, str(missing)


__all__ = ["FAULTS", "Fault", "Found", "SoundRows", "count_faults"]
