"""Python's own functions that the gate works with, as they were before any code of a project ran."""

from __future__ import annotations

import builtins
import gc
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator

import msgspec

from release_gate.record.causes import named, one_line

SHOWN = 3
SPACES = {
    one.__name__: one
    for one in (builtins, gc, hashlib, io, json, os, re, shutil, subprocess, tempfile, threading, msgspec.json)
} | {
    f"{one.__module__}.{one.__qualname__}": one
    for one in (pathlib.Path, pathlib.PurePath, json.JSONEncoder, json.JSONDecoder, subprocess.Popen)
}
CHANGING = frozenset({"_", "excepthook", "_make_invoke_excepthook"})
"""Names that ordinary code, and the gate itself, give other values to."""
NAMES = {place: dict(vars(space)) for place, space in SPACES.items()}


def replaced() -> Iterator[str]:
    """The names that have another value now."""
    for place, names in NAMES.items():
        now = vars(SPACES[place])
        for name, value in names.items():
            if now.get(name) is not value and callable(value) and name not in CHANGING:
                yield f"{place}.{name}"


def cause_of(error: BaseException) -> str:
    """The exception in one line, with what of Python's own was replaced and not put back."""
    found = [*replaced()]
    if not found:
        return one_line(named(error))
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"the project replaced and did not put back {', '.join(found[:SHOWN])}{more} ({one_line(named(error))})"
