"""Why a workbook is refused before anything of it is kept: a stable code and one sentence with what to do."""

from __future__ import annotations


class WorkbookRefused(Exception):
    """The workbook cannot be ingested as it is.

    code: NOT_FOUND, NOT_XLSX, ENCRYPTED, DAMAGED, UNSAFE_XML, TOO_LARGE, MISSING_SHEET, MISSING_HEADER,
    MISSING_COLUMN or DUPLICATE_COLUMN. exit_code: the status with which a command ends.
    """

    exit_code = 3

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
