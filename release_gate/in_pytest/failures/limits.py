"""The limits of this process on open files and on the size of a file, which a check may lower and leave so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from resource import RLIM_INFINITY, RLIMIT_FSIZE, RLIMIT_NOFILE, getrlimit, setrlimit  # bound: a check may replace them

KINDS = {
    RLIMIT_NOFILE: ("the limit on open files (RLIMIT_NOFILE)", 256),
    RLIMIT_FSIZE: ("the limit on the size of a file (RLIMIT_FSIZE)", 1 << 30),
}
"""Each limit with its name, and the value from which on the gate and the reporters have enough of it."""
BEFORE = {kind: getrlimit(kind)[0] for kind in KINDS}
"""The limits as they were before any code of a project ran."""


def left_low() -> Iterator[str]:
    """A sentence on each limit that was lowered and is too low to write the reports of a run."""
    for kind, (name, enough) in KINDS.items():
        now = getrlimit(kind)[0]
        if _is_below(now, BEFORE[kind]) and _is_below(now, enough):
            yield f"A check lowered {name} to {now} and did not put it back: what the run writes may be cut."


def raise_again() -> bool:
    """Undo that a limit was lowered, as far as this process may; True where that changed one."""
    changed = False
    for kind, before in BEFORE.items():
        now, most = getrlimit(kind)
        wanted = most if _is_below(most, before) else before
        if _is_below(now, wanted):
            setrlimit(kind, (wanted, most))
            changed = True
    return changed


@contextmanager
def lifted() -> Iterator[bool]:
    """A block without the limits that a check has set, which hold again after it; False where it has set none."""
    limits = {kind: getrlimit(kind) for kind in KINDS}
    changed = raise_again()
    try:
        yield changed
    finally:
        for kind, limit in limits.items() if changed else ():
            setrlimit(kind, limit)


def _is_below(one: int, other: int) -> bool:
    return one != RLIM_INFINITY and (other == RLIM_INFINITY or one < other)
