"""The workbook's contract: sheets, columns and relationships. Pure data; every package may import it."""

from app.contract.model import (
    BIGINT,
    EARLIEST,
    INTEGER,
    LATEST,
    NULL_TEXT,
    Column,
    Kind,
    Link,
    Relationship,
    Sheet,
)
from app.contract.sheet_references import RELATIONSHIPS
from app.contract.sheets import SHEET_BY_NAME, SHEETS

__all__ = [
    "BIGINT",
    "EARLIEST",
    "INTEGER",
    "LATEST",
    "NULL_TEXT",
    "RELATIONSHIPS",
    "SHEETS",
    "SHEET_BY_NAME",
    "Column",
    "Kind",
    "Link",
    "Relationship",
    "Sheet",
]
