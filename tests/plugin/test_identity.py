"""Names, values and code that are compared by CPython's own memory of them, and by value where it keeps none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import pytest

from release_gate.in_pytest.source_code import identity
from release_gate.in_pytest.source_code.identity import PARTS, Codes, Untouched, Values


def kettle() -> int:
    return 100


def teapot() -> int:
    return 90


@pytest.fixture
def function() -> FunctionType:
    """A copy of `kettle`, to be changed."""
    return FunctionType(kettle.__code__, globals())


def assigned(owner: Any) -> None:
    owner.name = "other"


CHANGES: dict[str, Callable[[Any], object]] = {
    "another value": assigned,
    "another value by setattr": lambda owner: setattr(owner, "name", 1),
    "a new name": lambda owner: setattr(owner, "more", 1),
    "a name gone": lambda owner: delattr(owner, "name"),
}


@pytest.fixture(params=["module", "class"])
def owner(request: pytest.FixtureRequest) -> Any:
    made: Any = ModuleType("made") if request.param == "module" else type("Made", (), {})
    made.name = "kettle"
    return made


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python 3.14 counts no changes of a dict")
def test_python_keeps_what_the_fast_comparison_needs() -> None:
    assert None not in (identity.PARTS_AT, identity.VERSION_AT)


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_of_a_name_is_seen(owner: Any, change: str) -> None:
    untouched = Untouched((), [vars(owner)])
    assert untouched.is_certain()
    CHANGES[change](owner)
    assert not untouched.is_certain()
    untouched.renew()
    assert untouched.is_certain()


def test_value_that_was_put_back_is_the_same_again(owner: Any) -> None:
    values, before = Values(vars(owner)), owner.name
    owner.name = "other"
    assert not values.are_same()
    owner.name = before
    assert values.are_same()


def test_change_after_many_assignments_of_one_loop_is_seen(owner: Any) -> None:
    """Python replaces the instruction of an assignment that is often made by a faster one."""
    untouched, seen = Untouched((), [vars(owner)]), []
    for number in range(1000):
        owner.name = number
        seen.append(untouched.is_certain())
        untouched.renew()
    assert not any(seen)


@pytest.fixture(params=[True, False], ids=["by memory", "by value"])
def readable(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if not request.param:
        monkeypatch.setattr(identity, "PARTS_AT", None)
        monkeypatch.setattr(identity, "VERSION_AT", None)
    return bool(request.param)


@pytest.mark.usefixtures("readable")
def test_other_code_is_seen_until_it_was_put_back(function: FunctionType) -> None:
    noted = [(function, PARTS(function))]
    codes = Codes(noted)
    assert codes.changed() == []
    for other in (teapot.__code__, teapot.__code__, assigned.__code__, teapot.__code__):
        function.__code__ = other
        assert codes.changed() == codes.changed() == noted
    function.__code__ = kettle.__code__
    assert codes.changed() == []


@pytest.mark.usefixtures("readable")
def test_other_defaults_are_seen_until_they_were_put_back(function: FunctionType) -> None:
    noted = [(function, PARTS(function))]
    codes = Codes(noted)
    for name, other in {"__defaults__": (1,), "__kwdefaults__": {"degrees": 1}}.items():
        assert codes.changed() == []
        setattr(function, name, other)
        assert codes.changed() == noted
        setattr(function, name, None)
    assert codes.changed() == []


@pytest.mark.usefixtures("readable")
def test_code_that_had_changed_before_the_first_comparison_is_seen(function: FunctionType) -> None:
    noted = [(function, PARTS(function))]
    function.__code__ = teapot.__code__
    assert Codes(noted).changed() == noted


@pytest.mark.usefixtures("readable")
def test_each_of_several_functions_is_seen_beside_one_that_was_known_to_have_changed() -> None:
    first, other = (FunctionType(kettle.__code__, globals()) for _ in range(2))
    (of_first, of_other) = noted = [(one, PARTS(one)) for one in (first, other)]
    codes = Codes(noted)
    first.__code__ = teapot.__code__
    assert codes.changed() == [of_first]
    other.__defaults__ = (1,)
    assert codes.changed() == [of_first, of_other]
    first.__code__ = kettle.__code__
    assert codes.changed() == [of_other]
    other.__defaults__ = None
    assert codes.changed() == []


def test_nothing_is_certain_where_python_keeps_no_memory_of_it(
    readable: bool, function: FunctionType, owner: Any
) -> None:
    assert Untouched([function], [vars(owner)]).is_certain() is readable
    values = Values(vars(owner))
    assert values.are_same()
    owner.name = "other"
    assert not values.are_same()
