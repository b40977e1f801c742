"""Checks that are doctests: finds examples that did not run, a replaced runner, and the cause of a failure."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from _pytest.doctest import DoctestItem

from release_gate.in_pytest.refusals import Refusal
from release_gate.record.causes import one_line
from release_gate.rules.model import Verdict

RUN = DoctestItem.runtest
"""pytest's function that runs a doctest, saved before code of a project could replace it."""


def skipped_in(item: pytest.Item) -> str:
    """Why a doctest did not run completely; empty if it did, and for every other test.

    pytest skips a doctest whose examples are all excluded.
    """
    if not isinstance(item, DoctestItem):
        return ""
    examples, skip = item.dtest.examples, sys.modules["doctest"].SKIP
    left_out = [one.lineno for one in examples if one.options.get(skip)]
    return f"{len(left_out)} of {len(examples)} examples of the doctest are marked to be skipped" if left_out else ""


def runner_replaced(item: pytest.Item) -> Iterator[Refusal]:
    """A refusal if another function than pytest's own would run a doctest."""
    if isinstance(item, DoctestItem) and type(item).runtest is not RUN:
        why = (
            f"Something put another function into the place of the one with which pytest runs doctests ({item.nodeid})."
        )
        yield Verdict.INCOMPLETE, "REPLACED", why


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
