"""Commands start without the libraries that only some of them use."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from app.checkout import ROOT
from tests import kept_collection

DEAR = ("alembic", "fastapi", "jsonschema", "numpy", "openpyxl", "procrastinate", "xlsxwriter")


def test_every_command_starts_without_what_one_alone_needs() -> None:
    """A person waits for each: Alembic and JSON Schema alone are a third of a start."""
    loaded = f"import sys, app.commands.cli; print(*{{{', '.join(map(repr, DEAR))}}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_schema_is_required_without_alembic() -> None:
    loaded = "import sys, app.database.revisions.at_head; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


COUNTED = """
import atexit, gc, runpy, sys
seen = []
gc.callbacks.append(lambda phase, info: seen.append(phase))
atexit.register(lambda: print(seen.count("start"), gc.isenabled(), gc.get_freeze_count()))
sys.argv[1:] = ["--version"]
runpy.run_module("app", run_name="__main__", alter_sys=True)
"""


def test_a_start_collects_no_garbage_and_is_left_out_of_later_collections() -> None:
    """Modules make no garbage worth a search: it took a sixth of each start."""
    done = subprocess.run([sys.executable, "-c", COUNTED], cwd=ROOT, capture_output=True, text=True, check=True)
    collections, is_on, left_out = done.stdout.split()[-3:]
    assert int(collections) < 30  # eight; without it 164 by CPython 3.11, which collects three times as often as 3.14
    assert is_on == "True"
    assert int(left_out) > 20_000


def test_nothing_is_searched_for_garbage_while_the_tests_are_collected() -> None:
    collecting = kept_collection.pytest_collection()
    next(collecting)
    was_on_meanwhile, kept_before = gc.isenabled(), gc.get_freeze_count()
    made: list[list[int]] = [[] for _ in range(1000)]
    with pytest.raises(StopIteration) as ended:
        collecting.send(made)
    assert (was_on_meanwhile, gc.isenabled()) == (False, True)
    assert gc.get_freeze_count() >= kept_before + len(ended.value.value)
