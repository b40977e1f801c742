"""Order-free checksums of content, the same for the workbook's cells and for core, by one canonical form of a row."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tests.acceptance.support.backend import Backend
from tests.oracle import Oracle

SOURCE = re.compile(r"Source: (\w+)\.(\w+)\.$")
MODULUS = 2**128
FETCH = 5_000


def checksum(rows: Iterable[Sequence[Any]]) -> tuple[int, str]:
    """Number of rows, and the sum of their BLAKE2b digests modulo 2¹²⁸: equal for equal multisets of rows."""
    count = total = 0
    for row in rows:
        canonical = repr([canonical_value(value) for value in row]).encode()
        total += int.from_bytes(hashlib.blake2b(canonical, digest_size=16).digest(), "big")
        count += 1
    return count, f"{total % MODULUS:032x}"


def canonical_value(value: Any) -> str:
    """One text for one value: flags as 0/1, floats exactly (hex), times in ISO 8601, null apart from every text."""
    if value is None:
        return "\x00"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return (value + 0.0).hex()  # -0 is 0: a workbook writes either
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="microseconds")
    return str(value)


def source_columns(backend: Backend) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """{sheet: (table, [(header, column)])}, as the comments in the database say; the contract is not read."""
    found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for table, column, comment in backend.rows(
        "SELECT c.relname, a.attname, col_description(c.oid, a.attnum) FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relnamespace = 'core'::regnamespace AND c.relkind = 'p' ORDER BY c.relname, a.attname"
    ):
        source = SOURCE.search(comment or "")
        if source is not None:
            found.setdefault(source[1], (table, []))[1].append((source[2], column))
    return found


def core_rows(backend: Backend, table: str, columns: Sequence[str], run_id: int) -> Iterator[tuple[Any, ...]]:
    """Rows of one run of a core table, streamed through a server-side cursor."""
    engine = backend.engine()
    try:
        with engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            with raw.cursor(name="content") as cursor:
                cursor.itersize = FETCH
                cursor.execute(f"SELECT {', '.join(columns)} FROM core.{table} WHERE run_id = %s", (run_id,))
                yield from cursor
    finally:
        engine.dispose()


def workbook_rows(oracle: Oracle, sheet: str, headers: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The accepted rows of a sheet as openpyxl read them and DuckDB keeps them."""
    result = oracle.connection.cursor().execute(f"SELECT {', '.join(headers)} FROM {sheet}")
    while rows := result.fetchmany(FETCH):
        yield from rows


def snapshot_checksums(backend: Backend, run_id: int) -> dict[str, tuple[int, str]]:
    """Checksum of each core table of one run, over its sheet's columns."""
    return {
        table: checksum(core_rows(backend, table, [column for _, column in columns], run_id))
        for table, columns in source_columns(backend).values()
    }
