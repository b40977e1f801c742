"""The place of a throw-away server's data: memory when there is enough of it, otherwise a temporary folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from app.database.errors import DiskFull
from app.database.providers.accounts import Account, may_pass

MB = 1_000_000
EXPECTED_MB = 1000
"""A full workbook's database with the clones that the gate makes of it."""
MEMORY_FACTOR = 3
LEAST_DISK_MB = 200
"""initdb writes 40 MB and the first WAL segments; with less than this the server fails later."""

SHARED_MEMORY = Path("/dev/shm")
CGROUP = Path("/sys/fs/cgroup")


def free_memory_mb() -> int | None:
    """Memory that may be filled: what the system calls available, less where a cgroup allows less; None if unknown."""
    found = [headroom for headroom in (available_memory_mb(), cgroup_headroom_mb()) if headroom is not None]
    return min(found) if found else None


def available_memory_mb() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return kilobytes[0] * 1024 // MB if kilobytes else None


def cgroup_headroom_mb() -> int | None:
    """Memory left under this container's limit (cgroup v2); tmpfs pages count towards it."""
    try:
        limit = (CGROUP / "memory.max").read_text(encoding="ascii").strip()
        used = (CGROUP / "memory.current").read_text(encoding="ascii").strip()
    except OSError:
        return None
    return None if limit == "max" else (int(limit) - int(used)) // MB


def memory_is_plenty() -> bool:
    """Return True if the data may lie in memory: three times their expected size is free there."""
    free = free_memory_mb()
    return free is not None and free >= MEMORY_FACTOR * EXPECTED_MB


def may_hold(base: Path, account: Account | None) -> bool:
    """Return True if the account may work below `base`. For root's servers it must also permit execution, because they
    may run a copy of their binaries from there."""
    if not (base.is_dir() and may_pass(base, account)):
        return False
    return account is None or not os.statvfs(base).f_flag & getattr(os, "ST_NOEXEC", 0)


def data_base(account: Account | None) -> Path:
    """The folder to make the data folder in. Raises DiskFull when every usable one lacks room."""
    if memory_is_plenty() and may_hold(SHARED_MEMORY, account):
        free_mb = shutil.disk_usage(SHARED_MEMORY).free // MB
        if free_mb >= MEMORY_FACTOR * EXPECTED_MB:
            return SHARED_MEMORY
    tried: dict[Path, int] = {}
    for base in (Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")):
        if may_hold(base, account):
            tried[base] = shutil.disk_usage(base).free // MB
            if tried[base] >= LEAST_DISK_MB:
                return base
    places = ", ".join(f"{base} has {free} MB" for base, free in tried.items()) or "no temporary folder can be entered"
    raise DiskFull(
        f"No space for PostgreSQL's data: {places}, and {LEAST_DISK_MB} MB are needed. "
        "Free some, or set TMPDIR to a folder on a larger disk."
    )
