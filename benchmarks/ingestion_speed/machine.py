"""The machine and the software that the figures were taken on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

MOUNTS = Path("/proc/self/mounts")
UNKNOWN = "unknown"
PACKAGES = ("openpyxl", "python-calamine", "psycopg2-binary", "sqlalchemy")


def described() -> dict[str, Any]:
    """Processor, cores, memory, kernel, Python, and the packages that matter."""
    return {
        "cpu": _after("/proc/cpuinfo", "model name") or platform.processor() or UNKNOWN,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": {name: version(name) for name in PACKAGES},
        "load_at_start": os.getloadavg()[0],
    }


def file_system(path: Path, mounts: Iterable[str] | None = None) -> str:
    """Type of the file system that a folder lies on; "unknown" where the system keeps no such table.

    mounts: lines of /proc/self/mounts.
    """
    if mounts is None:
        mounts = MOUNTS.read_text(encoding="utf-8").splitlines() if MOUNTS.exists() else ()
    best, kind = "", UNKNOWN
    for line in mounts:
        _, point, found, *_ = line.split()
        point = point.replace("\\040", " ")
        # A later mount on the same point hides the earlier one.
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, found
    return kind


def _after(file: str, name: str) -> str:
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
