"""The global names of a module that got another value since it was last allowed to change."""

from __future__ import annotations

import datetime
from types import ModuleType
from unittest.mock import ANY

import pytest

from release_gate.in_pytest.source_code import identity
from release_gate.in_pytest.source_code.memory import READABLE
from release_gate.in_pytest.source_code.namespaces import Namespaces


def module(**names: object) -> ModuleType:
    made = ModuleType("test_kettle")
    vars(made).update(names)
    return made


@pytest.mark.parametrize(
    ("before", "after"), [(100, 0), ([1], []), ("hot", "cold"), (lambda: 1, lambda: 2), (100, None)]
)
def test_other_value_is_named(before: object, after: object) -> None:
    kettle, names = module(DEGREES=before, OTHER=1), Namespaces()
    names.note(kettle)
    assert names.changed(kettle) == []
    vars(kettle)["DEGREES"] = after
    assert names.changed(kettle) == ["DEGREES"]


def test_name_that_is_gone_is_named() -> None:
    kettle, names = module(DEGREES=100), Namespaces()
    names.note(kettle)
    del vars(kettle)["DEGREES"]
    assert names.changed(kettle) == ["DEGREES"]


@pytest.mark.parametrize("value", [None, datetime, datetime.datetime, pytest.raises, object()])
def test_name_of_something_else_may_change(value: object) -> None:
    kettle, names = module(pump=value), Namespaces()
    names.note(kettle)
    vars(kettle)["pump"] = "another"
    assert names.changed(kettle) == []


def test_change_that_was_allowed_is_not_named_again() -> None:
    kettle, names = module(DEGREES=100), Namespaces()
    names.note(kettle)
    vars(kettle)["DEGREES"] = 0
    names.allow(kettle)
    assert names.changed(kettle) == []


def test_module_that_was_never_noted_has_not_changed() -> None:
    assert Namespaces().changed(module(DEGREES=1)) == Namespaces().changed(None) == []


@pytest.mark.parametrize("readable", [True, False])
def test_value_under_another_name_is_a_change(monkeypatch: pytest.MonkeyPatch, readable: bool) -> None:
    """Renamed in place: the values are the same objects in the same order."""
    monkeypatch.setattr(identity, "READABLE", readable and READABLE)
    kettle, names = module(OTHER=1, all=lambda _: False), Namespaces()
    names.note(kettle)
    assert names.changed(kettle) == []
    vars(kettle)["unused"] = vars(kettle).pop("all")
    assert names.changed(kettle) == ["all"]


def test_object_that_claims_to_equal_anything_is_a_change() -> None:
    kettle, names = module(DEGREES=100), Namespaces()
    names.note(kettle)
    vars(kettle)["DEGREES"] = ANY
    assert names.changed(kettle) == ["DEGREES"]
