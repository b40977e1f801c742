"""Imports what every worker needs, in the process that they are forked from (see app.api.process.workers).

A failure is left to the workers: each imports for itself what is not there, and says why it cannot.
"""

from __future__ import annotations

import os
from contextlib import suppress

from app.imported_once import uncollected

IMPORTED_IN = os.getpid()
"""The process that imported this module: in a worker, the one that it was forked from."""

with suppress(Exception), uncollected():
    import app.api.application  # noqa: F401  imported for the processes forked from this one
