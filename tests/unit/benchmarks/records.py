"""A record as a campaign of two rounds leaves it, in round figures."""

from __future__ import annotations

from typing import Any

from benchmarks.ingestion_speed.record import Record

MB = 1_000_000


def load(seconds: float, rows: int = 1000) -> dict[str, Any]:
    """One ingestion of this duration, half of it extracting."""
    return {
        "seconds": seconds,
        "until_read_s": seconds * 0.7,
        "cpu_s": seconds / 2,
        "server_cpu_s": seconds / 4,
        "phases_s": {"extract": seconds / 2, "merge": seconds / 5},
        "rows": rows,
        "rows_changed": 3,
    }


def _machine() -> dict[str, Any]:
    return {
        "cpu": "Abacus",
        "cores": 2,
        "memory_bytes": 16e9,
        "kernel": "Linux",
        "python": "CPython 3.11",
        "packages": {"openpyxl": "3.1"},
        "load_at_start": 0.5,
        "servers": {
            "throw-away": {"version": "18.6", "file_system": "tmpfs"},
            "durable": {"version": "18.6", "file_system": "ext4"},
        },
    }


def _memory(peak_mb: int) -> dict[str, Any]:
    return {
        "peak_bytes": peak_mb * MB,
        "at_peak": {"client": 200 * MB, "workers": 0, "server": (peak_mb - 200) * MB},
        "data_bytes": 500 * MB,
        "samples": 99,
    }


def a_record() -> Record:
    """All targets measured and met."""
    return Record(
        machine=_machine(),
        workbook={"kind": "given", "bytes": 37 * MB, "rows": 1000},
        plan={"scales": ["0.1", "1"], "twice": ["1", "2"], "rounds": 2, "began": "2026-01-01", "took_s": 60},
        floors={
            reader: [{"seconds": seconds * drift, "cpu_s": seconds, "size": 1} for drift in (1, 2)]
            for reader, seconds in (("openpyxl", 40.0), ("calamine", 5.0), ("inflate", 0.4))
        },
        loads={
            "first": [load(8), load(16)],
            "first, durable": [load(10), load(20)],
            "forced": [load(9), load(18)],
            "changed": [load(8), load(16)],
        },
        growth={
            "empty": [load(1, 0), load(1, 0)],
            "0.1": [load(2, 100), load(2, 100)],
            "1": [load(11, 1000), load(11, 1000)],
            "2": [load(22, 2000), load(22, 2000)],
        },
        memory={"first": _memory(400), "forced": _memory(450)},
        no_op={"hashing_s": [0.03, 0.03], "no_op_s": [0.05, 0.05]},
        reader={
            "longest_inside_s": 0.02,
            "longest_outside_s": None,
            "reads_inside": 5,
            "reads": 5,
            "mixed": 0,
            "runs_seen": 2,
            "long": 1,
        },
        statements=[{"statement": "SELECT 1 | 2 < 3", "calls": 1, "seconds": 0.5}],
    )
