"""The reading process, `python -m app.workbook.bounds.bounded_child`: runs the task on its standard input, within
bounds.

The bounds are set before the first byte of the foreign file is read. Standard input stays open while the parent lives.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import sys
import threading
import traceback
from contextlib import suppress
from typing import IO

from app.workbook.bounds.bounded import (
    HEADER_BYTES,
    Bounds,
    EndOfRecords,
    OutOfMemory,
    ProgramFault,
    Refusal,
    Task,
    send,
)
from app.workbook.errors import WorkbookRefused

try:
    import resource
except ImportError:  # a platform without such limits; the parent's clock still holds
    resource = None  # type: ignore[assignment]

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Environment that switches off thread pools, which take address space and are of no use here."""


def bind(bounds: Bounds) -> None:
    """Limit the resources of this process; a lower limit is kept."""
    if resource is None:
        return
    for limit, value in ((resource.RLIMIT_AS, bounds.memory_mb << 20), (resource.RLIMIT_CPU, bounds.within_s)):
        _, hard = resource.getrlimit(limit)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_parent(source: IO[bytes]) -> None:
    """Wait for the end of standard input, which means the end of the parent, and exit at once."""
    source.read()
    os._exit(0)


def carry_out(order: Task, sink: IO[bytes]) -> None:
    """Run the generator, send its items, and send how it ended."""
    try:
        function = getattr(importlib.import_module(order.module), order.function)
        for record in function(*order.arguments):
            send(record, sink)
    except WorkbookRefused as refused:
        send(Refusal(refused.code, str(refused)), sink)
    except MemoryError:
        send(OutOfMemory(), sink)
    except BrokenPipeError:
        os._exit(0)
    except Exception:  # any exception must be reported to the parent
        send(ProgramFault(traceback.format_exc()), sink)
    else:
        send(EndOfRecords(), sink)


def main() -> None:
    """Carry out one task."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    size = int.from_bytes(source.read(HEADER_BYTES), "big")
    order: Task = pickle.loads(source.read(size))
    threading.Thread(target=end_with_parent, args=(source,), daemon=True).start()
    gc.disable()  # nothing here makes cycles, and collecting among millions of cells takes a quarter of the time
    os.environ.update(ONE_THREAD)  # here and not by the parent, whose environment may change while it is copied
    bind(order.bounds)
    carry_out(order, sink)
    sys.stdout.flush()
    os._exit(0)  # a thread still waits for the input's end


if __name__ == "__main__":
    main()
