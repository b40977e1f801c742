"""Checks that are doctests: finds examples that did not run, a replaced runner, and the cause of a failure."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from _pytest.doctest import DoctestItem

from release_gate.in_pytest.refusals import Refusal
from release_gate.record.causes import one_line
from release_gate.rules.model import Verdict

RUN = DoctestItem.runtest
"""pytest's function that runs a doctest, saved before code of a project could replace it."""


def skipped_in(item: pytest.Item) -> str:
    """Return the reason for which a doctest did not run completely; empty if it did, and for other tests.

    pytest skips a doctest whose examples are all excluded.
    """
    if type(item) is pytest.Function or not isinstance(item, DoctestItem):  # a class of pytest is slow to ask
        return ""
    examples, skip = item.dtest.examples, sys.modules["doctest"].SKIP
    left_out = [one.lineno for one in examples if one.options.get(skip)]
    return f"{len(left_out)} of {len(examples)} examples of the doctest are marked to be skipped" if left_out else ""


def runner_replaced(item: pytest.Item) -> list[Refusal]:
    """A refusal if another function than pytest's own would run a doctest."""
    if type(item) is pytest.Function or not isinstance(item, DoctestItem) or type(item).runtest is RUN:
        return []
    why = f"Something put another function into the place of the one with which pytest runs doctests ({item.nodeid})."
    return [(Verdict.INCOMPLETE, "REPLACED", why)]


def cause_in(error: BaseException) -> BaseException:
    """The exception that an example raised, or an AssertionError with its unexpected output; other errors unchanged."""
    doctest: Any = sys.modules.get("doctest")  # loaded by pytest where there is one, and not for anything else
    first = next(iter(getattr(error, "failures", ())), error)
    if doctest is None:
        return error
    if isinstance(first, doctest.UnexpectedException):
        raised: BaseException = first.exc_info[1] or first
        return raised
    if not isinstance(first, doctest.DocTestFailure):
        return error
    source, wanted, got = (one_line(text) for text in (first.example.source, first.example.want, first.got))
    return AssertionError(f"{source} printed {got or 'nothing'}, expected {wanted or 'nothing'}")
